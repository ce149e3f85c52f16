"""Rules written by hand against all practitioner pairs of NCCI: in seconds, with the rows named."""

import re
from pathlib import Path
from time import process_time
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from editwright.evaluator.analysis.analyse import analyse
from editwright.grammar.check import check_sources, expect_rules
from editwright.grammar.diagnostics import Diagnostic
from editwright.grammar.parse import read_source
from editwright.grammar.source import Source

REPOSITORY = Path(__file__).parents[1]
PAIRS = (
    REPOSITORY.parent / "shared/data/cms/northstar/ncci_ptp_prac_2024q3_flat.parquet"
)  # codes are not this project's to give
PTP = """\
modifiers ncci = 24, 25, 27, 57, 58, 59, 78, 79, 91, E1, LT, RT, XE, XP, XS, XU

table ptp from "ptp.parquet"

rule NCCI-PTP for each row of ptp:
    row.column_2 not allowed with row.column_1 same date, same provider
    unless modifier ncci on either line when row.modifier_indicator = 1
    otherwise deny as CO-236
    effective row.effective to row.deletion
"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not PAIRS.exists(), reason="the tables of CMS are not here"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the rule for all pairs and their table."""
    folder = tmp_path_factory.mktemp("ncci")
    rows: Any = pq.read_table(PAIRS)
    rows = rows.filter([each != "9" for each in rows["ptp_mod"].cast("string").to_pylist()])
    days: list[str] = rows["ptp_deleted"].cast("string").to_pylist()
    columns: dict[str, Any] = {
        "column_1": rows["column_1"],
        "column_2": rows["column_2"],
        "modifier_indicator": rows["ptp_mod"].cast("string"),
        "effective": ["1996-01-01"] * rows.num_rows,
        "deletion": [None if day.startswith("9999") else day for day in days],
    }
    pq.write_table(pa.table(columns), folder / "ptp.parquet")
    (folder / "ptp.edits").write_text(PTP)
    return folder


def findings(folder: Path, *others: Source) -> list[Diagnostic]:
    source = read_source(folder / "ptp.edits", "ptp.edits")
    assert isinstance(source, Source)
    rules = expect_rules(check_sources([source, *others]))
    started = process_time()
    found = analyse(rules)
    assert process_time() - started < 10
    return found


def row_numbers(found: Diagnostic) -> list[int]:
    return [int(each) - 1 for each in re.findall(r"\d+", found.message.partition("(row")[2])]


def test_a_policy_that_ships_against_all_pairs(folder: Path) -> None:
    """The rules of the policy that repeat pairs, and only these, are covered by their rows."""
    source = read_source(REPOSITORY / "rulesets" / "chemodenervation.edits", "chemo.edits")
    assert isinstance(source, Source)
    found = findings(folder, source)
    assert {each.code for each in found} == {"W813"}
    named = {re.findall(r"`([A-Z-]+)`", each.message)[0]: each for each in found}
    assert named.keys() >= {"CHEMO-ONE-FIRST", "CHEMO-BLOCK"}
    (number,) = row_numbers(named["CHEMO-ONE-FIRST"])
    table = pq.read_table(folder / "ptp.parquet").slice(number, 1).to_pylist()[0]
    assert (table["column_1"], table["column_2"]) == ("64644", "64642")
    assert table["modifier_indicator"] == "0"


def test_a_rule_that_asks_for_what_a_row_forbids(folder: Path) -> None:
    text = (
        "rule FORBIDDEN:\n    64642 requires 64644 same date, same provider\n\n"
        "rule ALLOWED:\n    64643 requires 64642 or 64644 same date, same provider\n\n"
        "rule FREED:\n    96372 requires 64642 same date, same provider\n\n"
        "rule BY-OTHERS:\n    64642 requires 64644 same date\n"
    )
    found = [each for each in findings(folder, Source("a.edits", text)) if each.code == "W811"]
    (only,) = found
    assert only.message.startswith("`64642` can never be paid from 1996-01-01: `FORBIDDEN`")
    (number,) = row_numbers(only)
    table = pq.read_table(folder / "ptp.parquet").slice(number, 1).to_pylist()[0]
    assert (table["column_1"], table["column_2"]) == ("64644", "64642")
    assert len(only.claims) == 2
