"""837 files that are broken: what is set aside, where it stands, and that nothing is lost."""

import csv
import io
import json
import random
import re
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from editwright.command_line import main
from editwright.evaluator.formats.problems import ClaimsError
from editwright.evaluator.formats.read import ClaimsIn, read_claims
from editwright.evaluator.formats.registry import FORMATS
from editwright.evaluator.formats.x12 import x12_batches
from editwright.evaluator.formats.x12_warnings import (
    DISPLACED,
    NO_CODE,
    NO_DATE,
    NO_DAY,
    NO_FACILITY,
    NO_QUANTITY,
    OUT_OF_PLACE,
    PLACE,
    SEVERAL,
)
from editwright.evaluator.lines.service_line import ServiceLine
from tests.x12_writing import (
    ABOVE,
    CLAIM,
    LINES,
    SUBSCRIBER,
    D,
    P,
    file_of,
    group,
    interchange,
    transaction,
    written,
)

RENDERING = ("NM1*82*1*BROOK*****XX*1111111112", "NM1*82*1*BROOK*****XX*1111111112")
SERVICE = "SV1*HC:99213*100*UN*1"
THREE_CLAIMS = interchange(
    group(
        transaction(
            *ABOVE,
            *("CLM*A1*100***11:B:1", *LINES),
            *("CLM*A2*200***11:B:1", *LINES, "LX*2", SERVICE, "DTP*472*D8*20250302"),
            *SUBSCRIBER,
            *("CLM*A3*100***11:B:1", *LINES),
        )
    )
)


def read(folder: Path, text: str | bytes) -> tuple[list[ServiceLine], ClaimsIn]:
    path = folder / "claims.837"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    claims = read_claims(path)
    return list(claims), claims


def reasons(claims: ClaimsIn) -> list[str]:
    return [str(bad).partition("claims.837, ")[2] for bad in claims.bad_lines.kept]


def accounts(lines: list[ServiceLine]) -> list[str]:
    return [line.claim_id.split("-")[0] for line in lines]


# -- one thing wrong ------------------------------------------------------------------------------


def test_a_bad_date_stands_somewhere(tmp_path: Path) -> None:
    text = file_of(CLAIM, "LX*1", SERVICE, "DTP*472*D8*20251301", "LX*2", SERVICE)
    lines, claims = read(tmp_path, text)
    assert [line.line_number for line in lines] == [2]
    (reason,) = reasons(claims)
    assert reason == (
        f"interchange 000000905, transaction 0001, claim 1, segment 12 (SV1), "
        f"byte {text.index('SV1')}: service_from is not a date: `20251301`; expected a date such "
        "as 2025-03-01 that is in the calendar, because windows, limits and effective dates are "
        "counted from it"
    )
    (bad,) = claims.bad_lines.kept
    assert (bad.row, bad.unit, bad.field) == (1, "line", "service_from")


def test_a_claim_without_lines(tmp_path: Path) -> None:
    lines, claims = read(tmp_path, file_of(CLAIM, CLAIM, *LINES))
    assert len(lines) == 1
    (reason,) = reasons(claims)
    assert "claim 1, segment 10 (CLM)" in reason
    assert "the claim has no service lines: expected LX and SV1, SV2 or SV3 behind CLM" in reason
    assert claims.bad_lines.by_unit == {"claim": 1}


def test_lx_without_a_service(tmp_path: Path) -> None:
    lines, claims = read(tmp_path, file_of(CLAIM, "LX*1", "LX*2", SERVICE, "LX*3"))
    assert [line.line_number for line in lines] == [2]
    assert [re.sub(", byte.*", "", each) for each in reasons(claims)] == [
        "interchange 000000905, transaction 0001, claim 1, segment 11 (LX)",
        "interchange 000000905, transaction 0001, claim 1, segment 14 (LX)",
    ]
    assert claims.bad_lines.by_problem == {"LX without a service line": 2}


def test_services_without_a_claim(tmp_path: Path) -> None:
    lines, claims = read(tmp_path, file_of("LX*1", SERVICE, *SUBSCRIBER, CLAIM, *LINES))
    assert len(lines) == 1
    assert claims.bad_lines.by_problem == {"a service line without a claim": 2}


def test_a_code_that_does_not_come_apart(tmp_path: Path) -> None:
    lines, claims = read(tmp_path, file_of(CLAIM, "LX*1", "SV1*HC99213*100*UN*1", *LINES))
    assert len(lines) == 1
    assert claims.bad_lines.by_problem == {
        "the procedure code cannot be told from its qualifier": 1
    }


@pytest.mark.parametrize(
    ("segments", "problems"),
    [
        ((CLAIM, *LINES, "HI*ABK:R079"), (OUT_OF_PLACE,)),
        (("HI*ABK:R079", CLAIM, *LINES), (OUT_OF_PLACE,)),
        (("DTP*472*D8*20250301", CLAIM, *LINES), (OUT_OF_PLACE,)),
        (("REF*G1*A77", CLAIM, *LINES), (OUT_OF_PLACE,)),
        (("DTP*472*D8*20250301", CLAIM, "LX*1", SERVICE), (OUT_OF_PLACE, NO_DAY)),
        ((CLAIM, "NM1*IL*1*QUILL*IMOGEN****MI*M100", *LINES), (OUT_OF_PLACE,)),
        ((CLAIM, "LX*1", SERVICE, "DTP*472*20250301"), (NO_DATE, NO_DAY)),
        ((CLAIM, "LX*1", SERVICE, "DTP*472*D8*"), (NO_DATE, NO_DAY)),
        ((CLAIM, "LX*1", SERVICE, "DTP*47xx2*D8*20250301"), (NO_DATE, NO_DAY)),
        ((CLAIM, "LX*1", SERVICE, "DTP*509*D8*20250301"), (NO_DAY,)),
        ((CLAIM, "LX*1", "SV1*HC:99213*100*250", "DTP*472*D8*20250301"), (NO_QUANTITY,)),
        ((CLAIM, "LX*1", "SV1*HC:99213*100", "DTP*472*D8*20250301"), (NO_QUANTITY,)),
        ((CLAIM, "LX*1", "SV1*HC:*100*UN*1", "DTP*472*D8*20250301"), (NO_CODE,)),
        ((CLAIM, "LX*1", "SV1**100*UN*1", "DTP*472*D8*20250301"), (NO_CODE,)),
        (("CLM*A1*100*11*Y*A", *LINES), (NO_FACILITY,)),
        (("CLM*A1*100***OFFICE:B:1", *LINES), (PLACE,)),
        ((CLAIM, "LX*1", "SV1*HC:99213*100*UN*1*Y", "DTP*472*D8*20250301"), (PLACE,)),
        ((CLAIM, "LX*1", "SV3*AD:D0120*100*UN", "DTP*472*D8*20250301"), (PLACE,)),
        ((CLAIM, "NM1*82*1*BROOK****XX*2222222228", *LINES), (DISPLACED,)),
        ((CLAIM, *LINES, "NM1*82*1*BROOK*****MI**XX*2222222228"), (DISPLACED,)),
        ((CLAIM, "REF*G1*A1", "REF*G1*A2", *LINES), (SEVERAL,)),
        ((CLAIM, "REF*F8*A1", "REF*F8*A1", "REF*F8*A2", *LINES), (SEVERAL,)),
        ((CLAIM, *LINES, "REF*G1*A1", "REF*G1*A2"), (SEVERAL,)),
        ((CLAIM, *RENDERING, "NM1*82*1*BECK*****XX*2222222228", *LINES), (SEVERAL,)),
        ((CLAIM, *LINES, *RENDERING, "NM1*82*1*BECK*****XX*2222222228"), (SEVERAL,)),
        (("NM1*85*2*CLINIC****xx*2222222228", *SUBSCRIBER, CLAIM, *LINES), (DISPLACED,)),
    ],
)
def test_what_is_passed_over_is_told(
    tmp_path: Path, segments: tuple[str, ...], problems: tuple[str, ...]
) -> None:
    version = D if any(each.startswith("SV3") for each in segments) else P
    lines, claims = read(tmp_path, file_of(*segments, version=version))
    assert len(lines) == 1
    assert claims.warnings.by_problem == dict.fromkeys(problems, 1)
    assert lines[0].diagnoses == ()
    assert lines[0].place_of_service in ("11", None)
    assert lines[0].rendering_provider in ("1111111112", None)


def test_what_is_odd_is_told_and_stops_nothing(tmp_path: Path) -> None:
    text = (
        written(THREE_CLAIMS).replace("*005010X222A1", "*005010X223A2").replace("A2*200", "A2*201")
    )
    text = re.sub(r"SE\*\d+\*", "SE*1*", text).replace("GE*1*", "GE*9*").replace("IEA*1*", "IEA**")
    lines, claims = read(tmp_path, text)
    assert len(lines) == 4
    assert not claims.bad_lines.count
    notes = " ".join(claims.notes).replace(str(tmp_path), "")
    place = "/claims.837, interchange 000000905"
    assert f"SE01 is not the number of segments (once: {place}, transaction 0001, segment" in notes
    assert "it says 1, there are 29)" in notes
    assert "it says 9, there are 1)" in notes
    assert "it says none, there are 1)" in notes
    assert "CLM02 is not the sum of the lines (once:" in notes
    assert (
        f"GS08 announces claims of another type than the service lines are (3 times, first: {place}"
        in notes
    )


def test_more_lines_than_a_guide_allows(tmp_path: Path) -> None:
    lines, claims = read(
        tmp_path, file_of(CLAIM, *[f"LX*{n}~\nSV1*HC:99213*2*UN*1" for n in range(1, 52)])
    )
    assert len(lines) == 51
    assert any("51 lines, 50 are allowed" in note for note in claims.notes)


def test_segments_without_isa(tmp_path: Path) -> None:
    lines, claims = read(tmp_path, written(THREE_CLAIMS[1:]))
    assert not lines
    (reason,) = reasons(claims)
    assert "outside of interchanges, byte 0: segments without a whole ISA" in reason
    assert claims.bad_lines.by_unit == {"interchange": 1}


# -- cut off --------------------------------------------------------------------------------------


def test_a_file_cut_off_anywhere(tmp_path: Path) -> None:
    text = written(THREE_CLAIMS)
    whole = accounts(read(tmp_path, text)[0])
    assert whole == ["A1", "A2", "A2", "A3"]
    first = text.index("CLM") + 3
    for length in range(text.index("GS*"), first):
        with pytest.raises(ClaimsError, match="and no claims"):
            read(tmp_path, text[:length])
    for length in range(first, text.index("IEA*1") + 5):
        lines, claims = read(tmp_path, text[:length])
        found = accounts(lines)
        assert found in ([], whole[:1], whole[:3], whole), length
        assert claims.bad_lines.count or claims.warnings.by_problem, length
        begun = text[:length].count("CLM")
        assert len(set(found)) + claims.bad_lines.by_unit["claim"] == begun, length


def test_trailers_that_are_missing(tmp_path: Path) -> None:
    for missing in ("SE", "GE", "IEA"):
        segments = [each for each in THREE_CLAIMS if not each.startswith(missing)]
        lines, claims = read(tmp_path, written(segments))
        assert len(lines) == 4
        assert not claims.bad_lines.count
        assert bool(claims.warnings.by_problem) == (missing != "GE")


def test_another_interchange_follows_one_that_is_cut_off(tmp_path: Path) -> None:
    text = written(THREE_CLAIMS)
    for length in range(text.index("CLM*A2"), len(text)):
        lines, _ = read(tmp_path, text[:length] + "\n" + text)
        assert accounts(lines)[-4:] == ["A1", "A2", "A2", "A3"]
        assert set(accounts(lines)[:-4]) <= {"A1", "A2", "A3"}


# -- hostile --------------------------------------------------------------------------------------


class _Endless(io.RawIOBase):
    """A start, and then the same again and again."""

    def __init__(self, start: str, again: str, size: int) -> None:
        self._rest = start.encode()
        self._again = again.encode() * max(1, 65536 // len(again))
        self._left = size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        if not self._rest:
            self._rest = self._again
        count = min(len(buffer), len(self._rest), self._left)
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        self._left -= count
        return count


class _Heard:
    """Stands for the intake of a source."""

    source, key = "claims.837", "claim_id"

    def __init__(self) -> None:
        self.refused: list[tuple[str, str]] = []

    def refuse(
        self, _number: int, problem: str, _reason: str, *, where: str | None, unit: str
    ) -> None:
        self.refused.append((unit, problem))

    def warn(self, problem: str, where: str) -> None: ...


@pytest.mark.parametrize(
    ("start", "again", "megabytes", "refused"),
    [
        ("", "no terminator at all", 10, ("interchange", "a segment does not end")),
        (written([CLAIM, "LX*1", SERVICE]), "x", 10, ("claim", "a segment does not end")),
        (
            written([CLAIM]),
            written(["LX*1", SERVICE]),
            1,
            ("claim", "the claim has too many lines"),
        ),
        (
            written([CLAIM, *LINES]),
            written(["NTE*ADD*" + "X" * 70]),
            9,
            ("claim", "the claim is too long"),
        ),
        (
            written([CLAIM]),
            "HI" + "*ABF:I10" * 90 + "~",
            1,
            ("claim", "the claim has too many diagnoses"),
        ),
        (
            written([CLAIM, *LINES]),
            "REF*G1*" + "1" * 9000 + "~",
            10,
            ("claim", "a segment is too long"),
        ),
    ],
)
def test_hostile_input_meets_limits(
    start: str, again: str, megabytes: int, refused: tuple[str, str]
) -> None:
    opening = written(interchange(group(transaction(*ABOVE)))[:-3])
    endless: Any = _Endless(opening + start, again, megabytes << 20)
    stream = io.BufferedReader(endless)
    heard = _Heard()
    tracemalloc.start()
    batches = list(x12_batches(stream, heard))  # type: ignore[arg-type]
    rows = sum(len(batch.rows) for batch in batches)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert refused in heard.refused
    assert rows == 0
    assert peak < 150 << 20


def test_noise(tmp_path: Path) -> None:
    noise = random.Random(7)
    for _ in range(60):
        data = noise.randbytes(noise.randrange(3000))
        start = written(THREE_CLAIMS).encode()[: noise.randrange(110, 400)]
        try:
            lines, claims = read(tmp_path, start + data)
        except ClaimsError as error:
            assert "and no claims" in str(error)
        else:
            assert not lines
            assert claims.bad_lines.count


# -- nothing is lost ------------------------------------------------------------------------------


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_every_claim_and_service_is_accounted_for(tmp_path: Path, data: st.DataObject) -> None:
    """Segments are left out, doubled, exchanged and replaced; the envelope stays."""
    segments = list(THREE_CLAIMS[4:-3])
    others = [
        "LX", "SV1", "SV1*", "CLM", "CLM*A9*1***11:B:1", "SBR*S", "NM1*IL*1*X*Y****MI*9", "HL",
        "HL*1**20", "NM1*82", "REF*G1", "DTP*472", "HI*ABK:E119", "SVD*1", "x", "SV2*0450",
        "SV3*AD:D0120*5", "DTP*472*D8*zz", "SV1*HC:9*1*UN*-3", "SE*9", "ST*837*2", "sv1*HC:1",
    ]  # fmt: skip
    for _ in range(data.draw(st.integers(0, 6))):
        at = data.draw(st.integers(0, len(segments) - 1))
        match data.draw(st.integers(0, 3)):
            case 0 if len(segments) > 1:
                del segments[at]
            case 1:
                segments.insert(at, segments[data.draw(st.integers(0, len(segments) - 1))])
            case 2:
                segments.insert(at, data.draw(st.sampled_from(others)))
            case _:
                segments[at] = data.draw(st.sampled_from(others))
    text = written([*THREE_CLAIMS[:4], *segments, *THREE_CLAIMS[-3:]])
    lines, claims = read(tmp_path, text)
    bad = claims.bad_lines.kept
    with_them = [re.search(r"set aside with ([\d,]+) service", each.reason) for each in bad]
    aside = sum(int(found[1]) for found in with_them if found)
    single = [each for each in bad if each.unit == "line" and "(LX)" not in (each.where or "")]
    services = [each for each in segments if each[:3].upper() in ("SV1", "SV2", "SV3")]
    assert len(lines) + len(single) + aside == len(services)
    begun = [each for each in segments if each.startswith("CLM")]
    numbers = {line.claim_id.rsplit("-", 2)[1] for line in lines}
    numbers |= {found[1] for each in bad if (found := re.search(r"claim (\d+),", each.where or ""))}
    assert len(numbers) == len(begun)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_damaged_bytes_are_noticed(tmp_path: Path, data: st.DataObject) -> None:
    """Whatever happens to the bytes: no error, and no line less without a word about it."""
    text = bytearray(written(THREE_CLAIMS).encode())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text) - 1))
        match data.draw(st.integers(0, 2)):
            case 0:
                text[at] = data.draw(st.integers(0, 255))
            case 1:
                del text[at : at + data.draw(st.integers(1, 40))]
            case _:
                text[at:at] = data.draw(st.binary(max_size=20))
    try:
        lines, claims = read(tmp_path, bytes(text))
    except ClaimsError:
        return
    assert len(lines) >= 4 or claims.bad_lines.count or claims.warnings.by_problem


# -- privacy --------------------------------------------------------------------------------------

SECRETS = ("QUILLWORTH", "IMOGEN", "M1009988", "19600229", "1960-02-29", "12 HIDDEN LANE", "ARLO")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_messages_give_no_member_away(tmp_path: Path, data: st.DataObject) -> None:
    above = [
        *ABOVE[:3], "HL*2*1*22*0", "SBR*P*18", "NM1*IL*1*QUILLWORTH*IMOGEN****MI*M1009988",
        "N3*12 HIDDEN LANE", "DMG*D8*19600229*F", "HL*3*2*23*0", "NM1*QC*1*QUILLWORTH*ARLO",
    ]  # fmt: skip
    segments = interchange(group(transaction(*above, CLAIM, "HI*ABK:E119", *LINES)))
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, len(segments) - 1))
        elements = segments[at].split("*")
        place = data.draw(st.integers(0, len(elements) - 1))
        elements[place] = data.draw(st.sampled_from(SECRETS))
        segments[at] = "*".join(elements)
    text = written(segments)
    cut = data.draw(st.integers(0, len(text)))
    try:
        _, claims = read(tmp_path, text[:cut] if data.draw(st.booleans()) else text)
    except ClaimsError as error:
        said = str(error)
    else:
        bad = claims.bad_lines.kept
        said = " ".join(
            [*map(str, bad), *claims.notes, *(json.dumps(each.as_dict()) for each in bad)]
        )
    said = re.sub(r"line \d+ of claim [^`]*", "", said.replace(str(tmp_path), ""))
    assert not [secret for secret in SECRETS if secret in said], said


# -- on the command line --------------------------------------------------------------------------


@pytest.fixture
def rules(tmp_path: Path) -> str:
    path = tmp_path / "rules.edits"
    path.write_text("64643 requires 64642 same date  # why\n", encoding="utf-8")
    return str(path)


def test_run_tells_where(tmp_path: Path, rules: str, capsys: pytest.CaptureFixture[str]) -> None:
    claims, quarantine = tmp_path / "c.837", tmp_path / "bad.csv"
    text = file_of(
        "CLM*A1*100***11:B:1", "LX*1", SERVICE, "DTP*472*D8*20251301", CLAIM, CLAIM, *LINES
    )
    claims.write_text(text, encoding="utf-8")
    command = ["run", rules, "--claims", str(claims), "--quarantine", str(quarantine)]
    assert main(command) == 0
    assert "1 claim, 1 line set aside" in capsys.readouterr().err
    rows = list(csv.DictReader(io.StringIO(quarantine.read_text(encoding="utf-8"))))
    assert [(row["unit"], row["where"].split(", byte")[0]) for row in rows] == [
        ("claim", "interchange 000000905, transaction 0001, claim 2, segment 14 (CLM)"),
        ("line", "interchange 000000905, transaction 0001, claim 1, segment 12 (SV1)"),
    ]


def test_a_strict_run_stops(tmp_path: Path, rules: str, capsys: pytest.CaptureFixture[str]) -> None:
    claims = tmp_path / "c.837"
    claims.write_text(file_of(CLAIM, CLAIM, *LINES), encoding="utf-8")
    assert main(["run", rules, "--claims", str(claims), "--strict"]) == 2
    err = capsys.readouterr().err
    assert "claim 1, segment 10 (CLM)" in err
    assert "run without --strict to set this claim aside" in err


REMITTANCE = transaction("BPR*I*100*C*ACH", "CLP*A1*1*100*80**12*1", kind="835")
ISA, *_ = interchange()


@pytest.mark.parametrize(
    ("segments", "held"),
    [
        (interchange(group(REMITTANCE)), "X12 transactions that are no 837 (835)"),
        (interchange(group(transaction(kind="M100"))), "X12 transactions that are no 837"),
        (interchange(group(transaction(*ABOVE))), "837 transactions without CLM"),
        ((ISA, "XYZ*1", "ABC*2"), "X12 without transactions"),
    ],
)
def test_a_file_without_claims_cannot_be_used(
    tmp_path: Path,
    rules: str,
    segments: list[str],
    held: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    claims = tmp_path / "c.837"
    claims.write_text(written(segments), encoding="utf-8")
    assert main(["run", rules, "--claims", str(claims)]) == 2
    assert f"c.837 holds {held}, and no claims\n" in capsys.readouterr().err
    with pytest.raises(ClaimsError, match="and no claims"):
        list(read_claims(claims))


def test_files_without_claims_stop_nothing_where_others_have_some(tmp_path: Path) -> None:
    others = {"a.835": written(interchange(group(REMITTANCE))), "b.txt": "some words\n"}
    for name, text in others.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(ClaimsError, match=r"a\.835 holds X12 transactions that are no 837"):
        list(read_claims(tmp_path))
    (tmp_path / "c.837").write_text(file_of(CLAIM, *LINES), encoding="utf-8")
    assert len(list(read_claims(tmp_path))) == 1
    (tmp_path / "c.837").write_text(file_of(CLAIM), encoding="utf-8")
    assert list(read_claims(tmp_path)) == []  # it is set aside


def test_ebcdic_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "c.837"
    path.write_bytes(file_of(CLAIM, *LINES).encode("cp037"))
    with pytest.raises(ClaimsError, match="is an X12 interchange in EBCDIC"):
        read_claims(path)


def test_the_format_has_a_name() -> None:
    assert "x12" in [known.name for known in FORMATS]
