"""Laws of reading 837: whatever is written comes back, however it is written and cut."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from editwright.evaluator.formats import x12_envelope
from editwright.evaluator.formats.read import read_claims
from editwright.evaluator.lines.service_line import ServiceLine
from tests.x12_slow import slow_lines
from tests.x12_writing import D, I, P, group, interchange, transaction, written

FIRST_DAY = date(2024, 1, 1)
RELAXED = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
VERSIONS = {"P": P, "I": I, "D": D}

codes = st.sampled_from(["99213", "00100", "J0585", "D0120", "0001A"])
modifiers = st.permutations(["25", "59", "LT", "GC", "X1"]).flatmap(
    lambda every: st.integers(0, 4).map(lambda count: every[:count])
)
amounts = st.decimals(0, 99_999, places=2)
diagnoses = st.integers(0, 12).map(lambda count: [f"E{at}" for at in range(10, 10 + count)])
npis = st.integers(1_000_000_000, 1_999_999_998).map(str)
days = st.integers(0, 900).map(lambda after: FIRST_DAY + timedelta(after))


@frozen
class MadeLine:
    code: str
    modifiers: list[str]
    charge: Decimal
    units: Decimal
    place: str
    day: date
    last_day: date
    rendering: str | None
    pointers: list[int]


@frozen
class MadeClaim:
    account: str
    kind: str
    frequency: str
    diagnoses: list[str]
    rendering: str | None
    authorization: str | None
    dependent: tuple[str, date] | None
    lines: list[MadeLine]


@st.composite
def made_lines(draw: st.DrawFn, diagnosis_count: int) -> MadeLine:
    day = draw(days)
    pointing = st.lists(st.integers(1, max(1, diagnosis_count)), max_size=4, unique=True)
    return MadeLine(
        code=draw(codes),
        modifiers=draw(modifiers),
        charge=draw(amounts),
        units=draw(st.decimals(0, 999, places=1)),
        place=draw(st.sampled_from(["", "11", "22"])),
        day=day,
        last_day=day + timedelta(draw(st.sampled_from([0, 0, 1, 30]))),
        rendering=draw(st.none() | npis),
        pointers=draw(pointing) if diagnosis_count else [],
    )


@st.composite
def made_claims(draw: st.DrawFn) -> MadeClaim:
    found = draw(diagnoses)
    return MadeClaim(
        account=draw(st.sampled_from(["A1", "B2", "777", "X" * 30])),
        kind=draw(st.sampled_from("PID")),
        frequency=draw(st.sampled_from("178")),
        diagnoses=found,
        rendering=draw(st.none() | npis),
        authorization=draw(st.none() | st.sampled_from(["AUTH1", "0042"])),
        dependent=draw(st.none() | st.tuples(st.sampled_from(["ARLO", "OTIS"]), days)),
        lines=draw(st.lists(made_lines(len(found)), min_size=1, max_size=3)),
    )


def segments_of(claim: MadeClaim) -> list[str]:
    """The claim under a billing provider and a subscriber of its own."""
    found = ["HL*1**20*1", "NM1*85*2*CLINIC*****XX*1999999999", "REF*EI*123456789", "HL*2*1*22*1",
             "SBR*P", "NM1*IL*1*QUILL*IMOGEN****MI*M100", "DMG*D8*19600229*F"]  # fmt: skip
    if claim.dependent is not None:
        first, born = claim.dependent
        found += ["HL*3*2*23*0", f"NM1*QC*1*QUILL*{first}", f"DMG*D8*{born:%Y%m%d}*M"]
    place = "13:A" if claim.kind == "I" else "11:B"
    total = sum(line.charge for line in claim.lines)
    found.append(f"CLM*{claim.account}*{total}***{place}:{claim.frequency}")
    found += [f"REF*G1*{claim.authorization}"] if claim.authorization else []
    marks = ["ABK", *["ABF"] * 11]
    pairs = [f"{mark}:{code}" for mark, code in zip(marks, claim.diagnoses, strict=False)]
    found += ["*".join(["HI", *pairs[at : at + 5]]) for at in range(0, len(pairs), 5)]
    found += [f"NM1*82*1*A*B****XX*{claim.rendering}"] if claim.rendering else []
    for number, line in enumerate(claim.lines, 1):
        found += [f"LX*{number}", _service(claim.kind, line)]
        span = f"RD8*{line.day:%Y%m%d}-{line.last_day:%Y%m%d}"
        found.append(f"DTP*472*{span if line.last_day != line.day else f'D8*{line.day:%Y%m%d}'}")
        found += [f"NM1*82*1*A*B****XX*{line.rendering}"] if line.rendering else []
    return found


def _service(kind: str, line: MadeLine) -> str:
    code = ":".join([line.code, *line.modifiers])
    pointers = ":".join(map(str, line.pointers))
    if kind == "P":
        return f"SV1*HC:{code}*{line.charge}*UN*{line.units}*{line.place}**{pointers}"
    if kind == "I":
        return f"SV2*0450*HC:{code}*{line.charge}*UN*{line.units}"
    return f"SV3*AD:{code}*{line.charge}*{line.place}***{line.units}*****{pointers}"


def expected(claim: MadeClaim) -> list[dict[str, Any]]:
    hospital = claim.kind == "I"
    return [
        {
            "line_number": number,
            "procedure_code": line.code,
            "modifiers": tuple(line.modifiers),
            "charge": line.charge,
            "units": line.units,
            "place_of_service": None if hospital else line.place or "11",
            "bill_type": f"13{claim.frequency}" if hospital else None,
            "revenue_code": "0450" if hospital else None,
            "service_from": line.day,
            "service_to": line.last_day,
            "diagnoses": tuple(claim.diagnoses),
            "pointed_diagnoses": tuple(claim.diagnoses[at - 1] for at in line.pointers)
            if line.pointers and not hospital
            else tuple(claim.diagnoses),
            "rendering_provider": line.rendering
            or claim.rendering
            or (None if hospital else "1999999999"),
            "billing_provider": "1999999999",
            "group_id": "123456789",
            "authorization": claim.authorization,
            "frequency_code": claim.frequency,
            "birth_date": claim.dependent[1] if claim.dependent else date(1960, 2, 29),
            "sex": "M" if claim.dependent else "F",
        }
        for number, line in enumerate(claim.lines, 1)
    ]


def said(line: ServiceLine, names: Any) -> dict[str, Any]:
    return {name: getattr(line, name) for name in names}


files = st.lists(st.lists(made_claims(), min_size=1, max_size=2), min_size=1, max_size=2)
delimiters = st.permutations(["*", ":", "~", "|", ">", "^", "\x1c", "\x1d"])
line_ends = st.sampled_from(["", "\n", "\r\n", "\n  "])


def text_of(claims: list[list[MadeClaim]], marks: list[str], line_end: str) -> str:
    """Each list is a transaction in an interchange of its own."""
    element, component, terminator, *_ = marks
    found = ""
    for number, each in enumerate(claims, 1):
        inside = [segment for claim in each for segment in segments_of(claim)]
        version = VERSIONS[each[0].kind]
        segments = interchange(
            group(transaction(*inside, version=version), version=version), control=f"{number:09}"
        )
        found += written(
            [each.replace("*^*", "*U*") for each in segments],
            element=element,
            component=component,
            terminator=terminator,
            line_end=line_end,
        )
    return found


@settings(suppress_health_check=RELAXED)
@given(files, delimiters, line_ends)
def test_what_is_written_comes_back(
    tmp_path: Path, claims: list[list[MadeClaim]], marks: list[str], line_end: str
) -> None:
    path = tmp_path / "claims.837"
    data = text_of(claims, marks, line_end).encode()
    path.write_bytes(data)
    reading = read_claims(path)
    lines = list(reading)
    assert [str(bad) for bad in reading.bad_lines.kept] == []
    wanted = [row for each in claims for claim in each for row in expected(claim)]
    assert [said(line, wanted[0]) for line in lines] == wanted
    every = [claim for each in claims for claim in each]
    assert len({line.claim_id for line in lines}) == len(every)
    odd = {"X12: GS08 announces claims of another type than the service lines are"}
    assert set(reading.warnings.by_problem) <= odd
    slowly = slow_lines(data)
    names = set(slowly[0]) & set(wanted[0]) - {"service_from", "service_to", "birth_date"}
    assert [said(line, names) for line in lines] == [
        {name: row[name] for name in names} for row in slowly
    ]


@settings(suppress_health_check=RELAXED, max_examples=20, deadline=None)
@given(files, delimiters, line_ends, st.integers(1, 3000))
def test_blocks_may_end_anywhere(
    tmp_path: Path, claims: list[list[MadeClaim]], marks: list[str], line_end: str, block: int
) -> None:
    path = tmp_path / "claims.837"
    text = text_of(claims, marks, line_end)
    path.write_bytes(text.replace("20240", "20249", 3).encode())  # some days are none
    whole, places = _content(path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(x12_envelope, "_BLOCK", block)
        assert _content(path) == (whole, places)


def _content(path: Path) -> tuple[list[tuple[Any, ...]], list[str]]:
    reading = read_claims(path)
    lines = [
        (line.claim_id.rsplit("-", 1)[0], line.line_number, line.procedure_code, line.member_id,
         line.diagnoses, line.rendering_provider, line.service_from)
        for line in reading
    ]  # fmt: skip
    bad = [str(each).partition("line ")[0] for each in reading.bad_lines.kept]
    return lines, [*bad, *reading.warnings.texts()]
