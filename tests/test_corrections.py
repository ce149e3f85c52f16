"""Replaced and voided claims are left out: by every way in, as a slow and obvious model says."""

import csv
import json
from collections.abc import Collection, Sequence
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from editwright.command_line import main
from editwright.evaluator.corrections.in_lines import lines_to_judge
from editwright.evaluator.formats.read import read_claims, read_table
from editwright.evaluator.judging.summary import Summary
from editwright.evaluator.lines.frequency import correction_of
from editwright.evaluator.lines.service_line import ServiceLine
from editwright.evaluator.lines.to_columns import lines_of
from editwright.evaluator.run import Evaluator, judged_parts, read_parts
from editwright.exit_codes import DONE, PROBLEMS
from editwright.rules import load_text
from tests.test_line_parts import Fixed

profile = settings.get_profile("laws")

RULES = load_text("""\
rule PAIR: 99213 not allowed with 99214 same date
rule TWICE: 80053 at most 1 unit per calendar year
rule NEEDS: 64643 requires 64642 same date
""")

Facts = tuple[str, int, int, bool]
"""Of a line its claim's id and correction, its number, and whether it is history."""


# ---- the model


def standing(lines: Sequence[ServiceLine]) -> tuple[set[Facts], dict[str, int]]:
    """The lines that stand, and the counts of what does not. Pair by pair, without any index."""
    everything = lines
    here = {facts_of(line)[:3] for line in lines if not line.history}
    lines = [line for line in lines if not line.history or facts_of(line)[:3] not in here]
    there = {facts_of(line)[:2] for line in lines}
    claims = sorted(there | {(name, kind) for name, _ in there for kind in (0, 1)})
    related: set[frozenset[tuple[str, int]]] = set()
    over: set[tuple[str, int]] = set()
    unclear = 0
    for one in claims:
        if one[1] == 0 or one not in there:
            continue
        meant = meant_by(one, claims, everything)
        if meant is None:
            unclear += 1
            meant = set()
        for other in {each for each in claims if each[0] == one[0] and each[1] < one[1]} | meant:
            related.add(frozenset((one, other)))
            named = said(one, everything)["original_claim_id"]
            if other[0] in (one[0], named) or other[1] == 0:
                over.add(other)
    gone: dict[tuple[str, int], str] = {}
    for one in sorted(there):
        family = family_of(one, related)
        if one[1] == 2:
            gone[one] = "void"
        elif len(family) == 1:
            continue
        elif any(each[1] == 2 for each in family):
            gone[one] = "voided"
        else:
            replacements = [each for each in family if each[1] == 1 and each in there]
            last = [each for each in replacements if each not in over] or replacements
            days = [said(each, everything)["received"] for each in last]
            if len(last) > 1 and None not in days and days.count(max(days)) == 1:
                last = [last[days.index(max(days))]]
            if one not in last:
                gone[one] = "replaced"
            elif len(last) > 1:
                unclear += 1
    counts = {"unclear_corrections": unclear}
    for what, name in (("replaced", "replaced"), ("voided", "voided"), ("void", "void")):
        counts[f"{name}_claims"] = list(gone.values()).count(what)
        counts[f"{name}_lines"] = sum(gone.get(facts_of(line)[:2]) == what for line in lines)
    return {facts_of(line) for line in lines if facts_of(line)[:2] not in gone}, counts


def meant_by(
    one: tuple[str, int], claims: Collection[tuple[str, int]], lines: Sequence[ServiceLine]
) -> set[tuple[str, int]] | None:
    """The claims of other ids that a correction is about; nothing where it may mean several."""
    mine = said(one, lines)
    named = mine["original_claim_id"]
    if named != one[0] and named in {line.claim_id for line in lines}:
        return {each for each in claims if each[0] == named and each[1] < 2}
    for number in (named, mine["claim_number"]):
        found = {
            each
            for each in claims
            if each[0] != one[0] and each[1] < 2 and number is not None
            and said(each, lines)["claim_number"] == number
            and said(each, lines)["member_id"] == mine["member_id"] is not None
            and said(each, lines)["billing_provider"] == mine["billing_provider"]
        }  # fmt: skip
        if len({each for each in found if each[1] == 0}) > 1:
            return None
        if found:
            return found
    return set()


def said(claim: tuple[str, int], lines: Sequence[ServiceLine]) -> dict[str, Any]:
    """What the lines of a claim agree about, and when it was received."""
    own = [line for line in lines if facts_of(line)[:2] == claim]
    own = [line for line in own if claim[1] or line.claim_number is not None]
    found: dict[str, Any] = {}
    for name in ("member_id", "billing_provider", "claim_number", "original_claim_id"):
        values = {getattr(line, name) for line in own} - {None}
        found[name] = min(values) if len(values) == 1 else None
    days = [line.received_date for line in own if line.received_date is not None]
    return {**found, "received": max(days) if days else None}


def family_of(
    one: tuple[str, int], related: Collection[frozenset[tuple[str, int]]]
) -> set[tuple[str, int]]:
    family = {one}
    while more := {each for pair in related if pair & family for each in pair} - family:
        family |= more
    return family


def facts_of(line: ServiceLine) -> Facts:
    kind = correction_of(line.frequency_code, line.bill_type)
    return line.claim_id, kind, line.line_number, line.history


# ---- every way in against the model

NAMES = st.sampled_from(["A", "B", "C", "D"])
CODES = st.sampled_from(["99213", "99214", "80053", "64643", "64642"])


@st.composite
def cases(draw: st.DrawFn) -> list[ServiceLine]:
    """Lines of few claims that correct each other in any way; history may repeat what is judged."""
    lines: dict[Facts, ServiceLine] = {}
    numbers = st.none() | st.sampled_from(["N1", "N1", "N2", "A"])
    names = draw(st.lists(NAMES, min_size=1, max_size=7))
    for name in names:
        frequency, bill_type = draw(
            st.sampled_from(
                [(None, None), ("1", None), ("7", None), ("7", "131"), ("8", None), (None, "137")]
            )
        )
        claim = ServiceLine(
            claim_id=name,
            line_number=1,
            member_id=draw(st.sampled_from(["M1", "M1", "M1", "M2", None])),
            billing_provider=draw(st.sampled_from([None, "P1", "P1", "P2"])),
            original_claim_id=draw(st.none() | NAMES | st.sampled_from(["N1", "Z"])),
            claim_number=draw(numbers),
            received_date=draw(st.none() | st.dates(date(2025, 4, 1), date(2025, 4, 3))),
            frequency_code=frequency,
            bill_type=bill_type,
            history=draw(st.booleans()),
            service_from=date(2025, 3, 1),
        )
        for number in draw(st.lists(st.integers(1, 3), min_size=1, max_size=2, unique=True)):
            line = evolve(claim, line_number=number, procedure_code=draw(CODES))
            if draw(st.integers(0, 9)) == 0:
                line = evolve(line, member_id="M2", claim_number=None)
            lines.setdefault(facts_of(line), line)
    return draw(st.permutations(list(lines.values())))


@settings(profile, max_examples=max(400, profile.max_examples))
@given(lines=cases())
def test_the_lines_that_stand_are_those_of_the_model(lines: list[ServiceLine]) -> None:
    judged = [line for line in lines if not line.history]
    past = [line for line in lines if line.history]
    kept, counts = standing(lines)
    found = lines_to_judge(judged, past)
    assert {facts_of(line) for line in found.lines} == kept
    assert found.corrected.as_dict() == counts


@settings(profile, max_examples=max(200, profile.max_examples))
@given(lines=cases(), room=st.sampled_from([1 << 60, 0, 200]))
def test_columns_hold_the_lines_that_stand(lines: list[ServiceLine], room: int) -> None:
    """At once, and in parts with temporary files."""
    judged = [line for line in lines if not line.history]
    past = [line for line in lines if line.history]
    kept, counts = standing(lines)
    evaluator, summary = Evaluator(RULES.checked), Summary()
    with read_parts(evaluator, judged, past, room=Fixed(room)) as parts:
        parts.sort(lambda _done, _total: None)
        claims = parts.claims
        found = [line for part in parts for line in lines_of(part, range(part.count))]
        corrected = parts.corrected
    wanted = {(name, number, past) for name, _, number, past in kept}
    assert {(line.claim_id, line.line_number, line.history) for line in found} == wanted
    assert len(found) == len(kept)
    assert corrected.as_dict() == counts
    assert claims == len({name for name, _, _, past in kept if not past})
    with read_parts(evaluator, judged, past, room=Fixed(room)) as parts:
        parts.sort(lambda _done, _total: None)
        assert list(judged_parts(evaluator, parts, summary))
    assert summary.corrected.as_dict() == counts


def row_of(line: ServiceLine) -> dict[str, Any]:
    names = (
        "claim_id", "line_number", "member_id", "procedure_code", "service_from", "bill_type",
        "billing_provider", "original_claim_id", "claim_number", "received_date", "frequency_code",
    )  # fmt: skip
    return {name: getattr(line, name) for name in names}


@settings(profile, max_examples=max(100, profile.max_examples))
@given(lines=cases())
def test_every_way_in_finds_the_same(
    tmp_path_factory: pytest.TempPathFactory, lines: list[ServiceLine]
) -> None:
    """Objects, dictionaries, Arrow tables and files of every format, claims in one and history in
    another."""
    kept, counts = standing(lines)
    expected = [
        (each.claim_id, each.line_number, each.rule, each.partners)
        for each in Evaluator(RULES.checked).findings(
            line for line in lines if facts_of(line) in kept
        )
    ]
    judged = [row_of(line) for line in lines if not line.history]
    past = [row_of(line) for line in lines if line.history]
    folder = tmp_path_factory.mktemp("corrections")
    seen = []
    for now, then in (("dicts", "arrow"), ("arrow", "dicts"), ("csv", "parquet"),
                      ("parquet", "ndjson"), ("ndjson", "csv")):  # fmt: skip
        summary = Summary()
        with read_parts(
            Evaluator(RULES.checked),
            source_of(now, judged, folder / "now", history=False),
            source_of(then, past, folder / "then", history=True),
            room=Fixed(0 if now == "csv" else 1 << 60),
        ) as parts:
            parts.sort(lambda _done, _total: None)
            tables = list(judged_parts(Evaluator(RULES.checked), parts, summary, threads=1))
        assert summary.corrected.as_dict() == counts
        rows = [row for table in tables for row in table.to_pylist()]
        seen.append([(row["claim_id"], row["line_number"], row["rule"],
                      tuple(zip(row["partner_claim_ids"], row["partner_line_numbers"],
                                strict=True))) for row in rows])  # fmt: skip
    assert all(each == expected for each in seen)


def source_of(kind: str, rows: list[dict[str, Any]], path: Path, *, history: bool) -> Any:
    names = list(row_of(ServiceLine("", 1)))
    table = pa.table({name: pa.array([row[name] for row in rows],
                                     pa.int32() if name == "line_number" else
                                     pa.date32() if name in ("service_from", "received_date")
                                     else pa.string()) for name in names})  # fmt: skip
    if kind == "dicts":
        return read_table(rows, history=history)
    if kind == "arrow":
        return read_table(table, history=history)
    path = path.with_suffix(f".{kind}")
    if kind == "parquet":
        pq.write_table(table, path)
    elif kind == "csv":
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, names)
            writer.writeheader()
            writer.writerows(rows)
    else:
        texts = [json.dumps(row, default=str) for row in rows] or ['{"claim_id": null}']
        path.write_text("\n".join(texts), encoding="utf-8")
    if kind == "ndjson" and not rows:
        return read_table([], history=history)
    return read_claims(path, history=history)


# ---- chains, in every order and place

CHAIN = [
    {"claim_id": "A", "frequency_code": "1"},
    {"claim_id": "B", "frequency_code": "7", "original_claim_id": "A"},
    {"claim_id": "C", "frequency_code": "7", "original_claim_id": "B"},
    {"claim_id": "D", "frequency_code": "8", "original_claim_id": "C"},
]
SHARED = {"member_id": "M1", "units": 1, "procedure_code": "80053", "service_from": "2025-03-01",
          "line_number": 1, "billing_provider": "1234567893"}  # fmt: skip
NUMBERED = [{**each, "original_claim_id": None, "claim_number": "N7"} for each in CHAIN]
FROM_PAYER = [{**each, "original_claim_id": "ICN1", "claim_number": "N7"} for each in NUMBERED]
TO_THE_FIRST = [{**each, "original_claim_id": "A" if at else None} for at, each in enumerate(CHAIN)]
ONE_ID = [{**each, "claim_id": "A", "original_claim_id": None} for each in CHAIN]


def judge(claims: list[dict[str, Any]], history: Sequence[dict[str, Any]] = ()) -> tuple[Any, Any]:
    found = RULES.evaluate([{**SHARED, **each} for each in claims],
                           history=[{**SHARED, **each} for each in history])  # fmt: skip
    return found, found.summary.corrected.as_dict()


@pytest.mark.parametrize("chain", [CHAIN, NUMBERED, FROM_PAYER, TO_THE_FIRST])
@pytest.mark.parametrize("places", [*product([True, False], repeat=4)])
@pytest.mark.parametrize("backwards", [False, True])
def test_of_a_voided_chain_nothing_is_left(
    chain: list[dict[str, Any]], places: tuple[bool, ...], backwards: bool
) -> None:
    order = list(zip(chain, places, strict=True))[:: -1 if backwards else 1]
    found, counts = judge([each for each, now in order if now],
                          [each for each, now in order if not now])  # fmt: skip
    assert len(found) == 0
    assert found.summary.lines == found.summary.history_lines == found.summary.claims == 0
    assert (counts["voided_claims"], counts["voided_lines"], counts["void_claims"]) == (3, 3, 1)


@pytest.mark.parametrize("places", [*product([True, False], repeat=3)])
def test_of_a_chain_of_replacements_the_last_is_left(places: tuple[bool, ...]) -> None:
    order = list(zip(CHAIN[:3], places, strict=True))
    found, counts = judge([{"claim_id": "X"}, *(each for each, now in order if now)],
                          [each for each, now in order if not now])  # fmt: skip
    assert counts["replaced_claims"] == counts["replaced_lines"] == 2
    assert found.summary.lines + found.summary.history_lines == 2
    partners = {each for finding in found for each in finding.partners}
    named = {finding.claim_id for finding in found} | {claim_id for claim_id, _ in partners}
    assert named == {"X", "C"}


def test_replacements_of_one_original_go_by_the_day_they_were_received() -> None:
    siblings = [
        {**TO_THE_FIRST[0], "received_date": "2025-04-01"},
        {**TO_THE_FIRST[1], "received_date": "2025-04-09"},
        {**TO_THE_FIRST[2], "received_date": "2025-04-05"},
    ]
    found, counts = judge([*siblings, {"claim_id": "X"}])
    assert (counts["replaced_claims"], counts["unclear_corrections"]) == (2, 0)
    assert {each.claim_id for each in found} == {"X"}
    assert {each for finding in found for each in finding.partners} == {("B", 1)}
    found, counts = judge([{**each, "received_date": None} for each in siblings])
    assert (counts["replaced_claims"], counts["unclear_corrections"]) == (1, 2)
    assert found.summary.claims == 2


def test_a_number_of_two_originals_is_unclear() -> None:
    found, counts = judge([
        {"claim_id": "A", "claim_number": "N"}, {"claim_id": "B", "claim_number": "N"},
        {"claim_id": "C", "claim_number": "N", "frequency_code": "7"},
    ])  # fmt: skip
    assert counts == {**dict.fromkeys(counts, 0), "unclear_corrections": 1}
    assert found.summary.claims == 3


@pytest.mark.parametrize(
    "other",
    [{"member_id": "M2"}, {"billing_provider": "1999999992"}, {"billing_provider": None},
     {"claim_number": "N8"}, {"member_id": None}],
)  # fmt: skip
def test_a_number_counts_within_a_member_and_a_billing_provider(other: dict[str, Any]) -> None:
    later = {"claim_id": "B", "claim_number": "N", "frequency_code": "7", **other}
    found, counts = judge([{"claim_id": "A", "claim_number": "N"}, later])
    assert not any(counts.values())
    assert found.summary.claims == 2


def test_a_replacement_without_an_original_is_an_ordinary_claim() -> None:
    found, counts = judge([CHAIN[1], {"claim_id": "X"}])
    assert not any(counts.values())
    assert [each.claim_id for each in found] == ["X"]


def test_a_void_is_not_judged_whether_or_not_its_claim_is_there() -> None:
    found, counts = judge([CHAIN[3], {"claim_id": "X"}], [CHAIN[3] | {"claim_id": "E"}])
    assert len(found) == 0
    assert (counts["void_claims"], counts["void_lines"]) == (2, 2)


def test_one_id_may_have_all_versions() -> None:
    """Also where their line numbers repeat, or are left to be counted."""
    for number in (1, None):
        for count in (2, 4):
            some = [{**each, "line_number": number} for each in ONE_ID[:2] + ONE_ID[3:]][:count]
            found, counts = judge(some)
            assert not found.bad_lines
            assert (counts["voided_lines"], counts["replaced_lines"]) == (
                (2, 0) if count == 4 else (0, 1)
            )


@pytest.mark.parametrize(
    ("frequency", "bill_type", "left"),
    [("7", None, 1), ("07", None, 1), ("7.00", None, 1), (7, None, 1), ("8", None, 0),
     (None, "137", 1), (None, "0138", 0), (None, "7", 1), ("1", "137", 2), ("7", "131", 1),
     (None, "87", 2), ("I", None, 2), (None, None, 2)],
)  # fmt: skip
def test_frequency_is_the_last_digit(frequency: Any, bill_type: str | None, left: int) -> None:
    later = {"claim_id": "B", "original_claim_id": "A", "frequency_code": frequency,
             "bill_type": bill_type}  # fmt: skip
    assert judge([{"claim_id": "A"}, later])[0].summary.lines == left
    lines = [*read_table([{**SHARED, **later}])]
    past = [*read_table([{**SHARED, "claim_id": "A"}], history=True)]
    assert len(lines_to_judge(lines, past).lines) == left


def test_one_claim_with_its_history() -> None:
    """What a claim replaces is no partner of it; a void, or what history replaces, is out."""
    past = [{**SHARED, "claim_id": "A"}]
    claim = {**SHARED, "claim_id": "B", "original_claim_id": "A"}
    assert len(RULES.evaluate_claim(claim, history=past)) == 1
    assert RULES.evaluate_claim({**claim, "frequency_code": "7"}, history=past) == []
    assert RULES.evaluate_claim({**claim, "frequency_code": "8"}, history=past) == []
    never = load_text("80053 not allowed")
    assert len(never.evaluate_claim({**SHARED, "claim_id": "A"})) == 1
    later = [{**claim, "frequency_code": "7"}]
    assert never.evaluate_claim({**SHARED, "claim_id": "A"}, history=later) == []


# ---- the command line


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    (tmp_path / "rules.edits").write_text("80053 at most 1 time per calendar year\n")
    (tmp_path / "claims.csv").write_text("""\
claim_id,line_number,member_id,procedure_code,service_from,frequency,claim_number,original_icn
A,1,M1,80053,2025-03-01,1,,
B,1,M1,80053,2025-03-01,7,,A
C,1,M1,85025,2025-03-01,1,,
C,2,M1,85025,2025-03-01,1,,
D,1,M1,85025,2025-03-01,8,,C
E,1,M2,85025,2025-03-01,1,N,
F,1,M2,85025,2025-03-01,1,N,
G,1,M2,85025,2025-03-01,7,N,
""")
    return [str(tmp_path / "rules.edits"), "--claims", str(tmp_path / "claims.csv")]


def test_the_summary_says_what_was_left_out(
    files: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", *files]) == DONE
    assert capsys.readouterr().err.splitlines()[:6] == [
        "4 lines of 4 claims of 2 members",
        "1 line of 1 replaced claim left out",
        "2 lines of 1 voided claim left out",
        "1 line of 1 void left out",
        "note: 1 correction may mean several claims, and leaves them all in",
        "0 findings on 0 lines",
    ]
    assert main(["run", *files, "--follow", "--once"]) == DONE
    said = [each for each in capsys.readouterr().err.splitlines() if each.endswith("left out")]
    assert said == [  # claims come one by one: what they leave out is not counted by lines
        "1 replaced claim left out",
        "1 voided claim left out",
        "1 void left out",
    ]
    assert main(["run", *files, "--summary", "json"]) == DONE
    assert json.loads(capsys.readouterr().err)["corrections"] == {
        "replaced_claims": 1, "replaced_lines": 1, "voided_claims": 1, "voided_lines": 2,
        "void_claims": 1, "void_lines": 1, "unclear_corrections": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("claim", "why"),
    [("A", "claim B replaces it"), ("C", "claim D voids it"), ("D", "it voids another claim")],
)
def test_a_claim_that_does_not_stand_is_explained(
    files: list[str], claim: str, why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", *files, "--claim", claim]) == PROBLEMS
    assert capsys.readouterr().err == f"editwright: claim {claim} is not judged: {why}\n"
