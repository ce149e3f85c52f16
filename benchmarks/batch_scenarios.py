"""Scenarios of the NCCI edits over a file of claims: the rules, and other engines by hand.

Each reads the same Parquet file and writes its findings in Parquet; tables and rules are loaded
before. The floor is pyarrow's reading of the columns that the edits need.
"""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

from benchmarks.inputs import FULL, ODD, SHARES, SMALL, claims_file, ncci_rules
from benchmarks.job import Job, Scenario
from benchmarks.peers import PEERS, THREADS, load_peer

COLUMNS = (
    "claim_id", "line_number", "member_id", "service_from", "procedure_code", "modifier_1",
    "modifier_2", "units", "rendering_provider",
)  # fmt: skip
"""What the NCCI edits read of a line."""

LINES = (100_000, 500_000, 1_000_000, 5_000_000, 10_000_000)
QUICK_LINES = (500,)
LINES_OF_SHARES = (100_000,)
LINES_OF_ODD = (100_000,)
_ONCE = 5_000_000
"""From how many lines on one run is enough."""

Prepare = Callable[[int, Path], Job]


def _judging(engine: str, kind: str) -> Prepare:
    def prepare(lines: int, folder: Path) -> Job:
        tables = SMALL if lines in QUICK_LINES else FULL
        claims = claims_file(folder, tables, kind, lines)
        findings = folder / "findings.parquet"
        load = _editwright if engine == "editwright" else _peer
        judge = load(engine, ncci_rules(folder, tables), claims, findings)
        return Job(
            f"{lines:,} lines",
            lines,
            "lines",
            judge,
            runs=1 if lines >= _ONCE else None,
            outcome=lambda: _per_rule(findings),
        )

    return prepare


def _editwright(_engine: str, rules: Path, claims: Path, findings: Path) -> Callable[[], object]:
    """As `editwright run` does it: the columns that rules read, judged, and written."""
    from editwright.evaluator.findings.out import write_findings
    from editwright.evaluator.findings.table import FindingTables
    from editwright.evaluator.formats.read import read_claims
    from editwright.evaluator.run import Evaluator, read_columns
    from editwright.rules import load

    evaluator = Evaluator(load(rules).checked)
    evaluator.prepare()

    def judge() -> None:
        columns = read_columns(evaluator, read_claims([claims]))
        judged = evaluator.of_columns(columns, threads=THREADS)
        write_findings(FindingTables(each.table for each in judged), findings)

    return judge


def _peer(engine: str, rules: Path, claims: Path, findings: Path) -> Callable[[], object]:
    peer = load_peer(engine, rules.parent)
    return lambda: peer.run(claims, findings)


def _per_rule(findings: Path) -> str:
    """How many findings each rule has."""
    import pyarrow.parquet as pq

    counts = Counter(pq.read_table(findings, columns=["rule"])["rule"].to_pylist())
    return ", ".join(f"{rule} {count:,}" for rule, count in sorted(counts.items())) or "none"


def _reading(lines: int, folder: Path) -> Job:
    import pyarrow as pa
    import pyarrow.parquet as pq

    from benchmarks.peers import THREADS

    pa.set_cpu_count(THREADS)
    claims = claims_file(folder, SMALL if lines in QUICK_LINES else FULL, "date", lines)
    size = f"{lines:,} lines"
    return Job(size, lines, "lines", lambda: pq.read_table(claims, columns=list(COLUMNS)))


def _scenarios(
    chapter: str, name: str, kind: str, sizes: tuple[int, ...], quick: tuple[int, ...] = ()
) -> tuple[Scenario, ...]:
    return tuple(
        Scenario(name, _judging(engine, kind), sizes, quick, chapter, engine, needs)
        for engine, needs in (("editwright", None), *((each, each) for each in PEERS))
    )


SCENARIOS = (
    Scenario("NCCI, by date", _reading, LINES, QUICK_LINES, "Batch", "pyarrow, reading alone"),
    *_scenarios("Batch", "NCCI, by date", "date", LINES, QUICK_LINES),
    *_scenarios("Batch", "NCCI, by member", "member", (1_000_000,)),
    *(
        each
        for share in SHARES
        for each in _scenarios(
            "Growth", f"NCCI, findings on {share} of the lines", share, LINES_OF_SHARES
        )
    ),
    *(
        each
        for kind in ODD
        for each in _scenarios("Odd shapes", f"NCCI, {kind.replace('-', ' ')}", kind, LINES_OF_ODD)
    ),
)
