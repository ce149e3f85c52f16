"""Claim files in every format: CSV, NDJSON, Parquet, folders, standard input."""

import gzip
import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from editwright.evaluator.formats.problems import ClaimsError
from editwright.evaluator.formats.read import ClaimsIn, read_claims, read_table
from tests.claim_reading import error_of, read_csv

REPOSITORY = Path(__file__).parents[1]
TUVA = REPOSITORY.parent / "shared" / "data" / "claims" / "flat" / "tuva-demo-2023"


# -- CSV -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("delimiter", [",", "\t", "|", ";"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_every_usual_csv_is_read(tmp_path: Path, delimiter: str, end: str, mark: str) -> None:
    rows = (["claim_id", "note", "procedure_code"], ["A", '"x\n""y"""', "00100"], ["B", "", ""])
    text = mark + "".join(delimiter.join(row) + end for row in rows) + end
    lines = list(read_csv(tmp_path, text, declared_fields={"note": "text"}))
    assert [line.procedure_code for line in lines] == ["00100", None]
    assert lines[0].declared == {"note": 'x\n"y"'}


def test_lines_within_an_object_are_not_lost_in_silence(tmp_path: Path) -> None:
    path = tmp_path / "claims.json"
    nested = {"claim_id": "A", "services": [{"procedure_code": "99213"}]}
    flat = {"claim_id": "B", "tags": ["x"], "diagnoses": ["I10"]}
    path.write_text(json.dumps([nested, flat]))
    claims, columns = read_claims(path), read_claims(path)
    assert [line.procedure_code for line in claims] == [None, None]
    note, other = claims.notes
    assert "no source has a column that is known for `procedure_code`" in other
    assert note.startswith("an object holds a list of objects that nothing reads; if they are")
    assert note.endswith("claims.json, row 1)")
    assert sum(batch.count for batch in columns.in_columns(["procedure_code"])) == 2
    assert columns.notes == claims.notes


@pytest.mark.parametrize("first", ["sep=;\n", "\ufeffSEP=;\r\n", '"sep=;"\n\n'])
def test_a_first_line_may_say_the_delimiter(tmp_path: Path, first: str) -> None:
    text = first + "claim_id;procedure_code;note, with, commas,\nA;00100;x\nB;\n"
    claims, columns = read_csv(tmp_path, text), read_csv(tmp_path, text)
    assert [line.procedure_code for line in claims] == ["00100"]
    assert [batch.count for batch in columns.in_columns(["procedure_code"])] == [1]
    assert claims.bad_lines.kept == columns.bad_lines.kept
    assert claims.bad_lines.kept[0].row == 2


def test_latin_1_is_read_and_noted(tmp_path: Path) -> None:
    claims = read_csv(tmp_path, "claim_id,procedure_code\nJos\xe9,99213\n".encode("latin-1"))
    assert [line.claim_id for line in claims] == ["Jos\xe9"]
    assert len(claims.notes) == 1
    assert "Latin-1" in claims.notes[0]


def test_utf_16_with_a_mark_is_read(tmp_path: Path) -> None:
    claims = read_csv(tmp_path, "claim_id\tunits\r\nA\t2\r\n".encode("utf-16"))
    assert [line.units for line in claims] == [2]


def test_rows_that_do_not_fit_the_header_are_set_aside(tmp_path: Path) -> None:
    claims = read_csv(tmp_path, 'claim_id,units\nA,1\nB\nC,1,\n\n"D"x,1\nE,1\n')
    assert [line.claim_id for line in claims] == ["A", "E"]
    assert [(bad.row, bad.problem) for bad in claims.bad_lines.kept] == [
        (2, "a row does not fit the header"),
        (3, "a row does not fit the header"),
        (4, "a row has a stray double quote or line end"),
    ]


def test_a_quote_that_is_never_closed_is_an_error(tmp_path: Path) -> None:
    text = error_of(lambda: read_csv(tmp_path, 'claim_id,units\nA,1\nB,"1\nC,1\n'))
    assert "from its line 3 on" in text


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        (b"PK\x03\x04rest", "a damaged zip file"),
        (b'[{"claim_id": 1}', "a damaged JSON array"),
        (b"ARROW1..", "a damaged Arrow IPC file"),
        ("claim_id,units\nA,1\n".encode("utf-16-le"), "UTF-16 without a byte order mark"),
        (b"claim_id,units\rA,1\r", "carriage return"),
        (b"PAR1....", "a damaged Parquet file"),
        (b'"claim_id', "header row"),
        (b"\x1f\x8b\x08broken", "a damaged gzip file"),
    ],
)
def test_what_is_no_claim_file_says_so(tmp_path: Path, content: bytes, text: str) -> None:
    assert text in error_of(lambda: read_csv(tmp_path, content))


# -- NDJSON ----------------------------------------------------------------------------------------


def read_ndjson(folder: Path, *lines: str) -> ClaimsIn:
    path = folder / "claims.ndjson"
    path.write_text("\n".join(lines), encoding="utf-8")
    return read_claims(path)


def test_ndjson_is_read_in_any_shape(tmp_path: Path) -> None:
    lines = list(
        read_ndjson(
            tmp_path,
            '{"claim_id": "A", "units": 1.10, "modifiers": ["25", "59"]}',
            "",
            '{"units": null, "claim_id": 7, "diagnoses": ["G80.1"], "patient_id": "P"}',
        )
    )
    assert [line.claim_id for line in lines] == ["A", "7"]
    assert (lines[0].units, lines[0].modifiers) == (Decimal("1.1"), ("25", "59"))
    assert (lines[1].principal_diagnosis, lines[1].member_id) == ("G801", "P")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "goes wrong at character"),
        ("[1]", "one object on each line"),
        ('{"claim_id": "A", "units": NaN}', "NaN and Infinity are no JSON"),
        ('{"claim_id": "A", "claim_id": "B"}', "a name stands twice"),
        ('{"claim_id": "A", "units": ' + "9" * 5000 + "}", "too many digits"),
        ('{"claim_id": ' + "[" * 100_000 + "]" * 100_000 + "}", "nested more than 64 deep"),
        ('{"claim_id": "A", "Units": 1, "units": 2}', "two columns named"),
    ],
)
def test_a_bad_json_line_is_set_aside(tmp_path: Path, line: str, reason: str) -> None:
    claims = read_ndjson(tmp_path, '{"claim_id": "A"}', line, '{"claim_id": "B"}')
    assert [found.claim_id for found in claims] == ["A", "B"]
    (bad,) = claims.bad_lines.kept
    assert bad.row == 2
    assert reason in bad.reason


def test_brackets_in_a_string_are_no_nesting(tmp_path: Path) -> None:
    claims = read_ndjson(tmp_path, json.dumps({"claim_id": "[" * 100 + '"\\'}))
    assert len(list(claims)) == 1


def test_ndjson_that_is_not_utf_8_is_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "claims.jsonl"
    path.write_bytes(b'{"claim_id": "A"}\n{"claim_id": "\xe9"}\n')
    claims = read_claims(path)
    assert len(list(claims)) == 1
    assert "not UTF-8" in claims.bad_lines.kept[0].reason


def test_objects_without_any_claim_id_are_an_error(tmp_path: Path) -> None:
    assert "has no column `claim_id`" in error_of(
        lambda: read_ndjson(tmp_path, '{"claimnumbr": 1}', '{"x": 1}')
    )
    many = [{"claim_idd": number} for number in range(500)]
    assert "did not" not in error_of(lambda: read_table(many))


def test_a_map_that_no_object_matches_is_noted() -> None:
    claims = read_table([{"claim_id": "C1"}], column_map={"units": "Anzahl"})
    assert len(list(claims)) == 1
    assert claims.notes == ("no row has the column that the column map gives for `units`",)


# -- files -----------------------------------------------------------------------------------------


def test_parquet_reads_the_columns_that_it_needs(tmp_path: Path) -> None:
    path = tmp_path / "claims.parquet"
    row = {"claim_id": "A", "procedure_code": "00100", "diagnoses": ["G80.1"], "name": {"x": "y"}}
    pq.write_table(pa.Table.from_pylist([row, {**row, "claim_id": "B"}]), path)
    claims = read_claims(path)
    assert [(line.claim_id, line.diagnoses) for line in claims] == [
        ("A", ("G801",)),
        ("B", ("G801",)),
    ]
    assert claims.unread_columns == ("name",)
    assert claims.bytes_read == claims.bytes_total == path.stat().st_size


def test_a_cut_off_parquet_file_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "claims.parquet"
    pq.write_table(pa.table({"claim_id": ["A"]}), path)
    path.write_bytes(path.read_bytes()[:-20])
    assert "damaged Parquet file" in error_of(lambda: read_claims(path))


def test_folders_patterns_and_gzip(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "1.csv").write_text("claim_id\nA\n", encoding="utf-8")
    (tmp_path / "a" / "2.csv.gz").write_bytes(gzip.compress(b"claim_id\nB\n"))
    (tmp_path / "a" / "3.jsonl").write_text('{"claim_id": "C"}\n', encoding="utf-8")
    (tmp_path / "a" / "_SUCCESS").write_text("", encoding="utf-8")
    (tmp_path / "a" / "readme.md").write_text("x", encoding="utf-8")
    claims = read_claims([tmp_path, tmp_path / "a" / "*.csv", str(tmp_path / "a" / "1.csv")])
    assert [line.claim_id for line in claims] == ["A", "B", "C"]
    assert claims.bytes_read == claims.bytes_total
    assert claims.line_count == 3


def test_standard_input(tmp_path: Path) -> None:
    script = (
        "from editwright.evaluator.formats.read import read_claims\n"
        "print([line.claim_id for line in read_claims('-')])\n"
    )
    for content in (b"claim_id\nA\n", b'{"claim_id": "A"}\n', gzip.compress(b"claim_id\nA\n")):
        done = subprocess.run(
            [sys.executable, "-c", script],
            input=content,
            capture_output=True,
            cwd=REPOSITORY,
            check=True,
        )
        assert done.stdout.decode().strip() == "['A']"


def test_csv_and_ndjson_do_without_pyarrow() -> None:
    script = (
        "import sys\n"
        "from editwright.evaluator.formats.read import read_claims\n"
        "from editwright.evaluator.findings import out as findings_out\n"
        "from editwright.evaluator.formats import members\n"
        "list(read_claims('rulesets/sample-claims.csv'))\n"
        "assert 'pyarrow' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", script], cwd=REPOSITORY, check=True)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("clams.csv", "did you mean"),
        ("none/claims.csv", "there is no folder"),
        ("*.parquet", "no file matches"),
        ("empty", "holds no claim files"),
    ],
)
def test_a_path_that_leads_nowhere_is_an_error_at_once(
    tmp_path: Path, name: str, text: str
) -> None:
    (tmp_path / "claims.csv").write_text("claim_id\nA\n", encoding="utf-8")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ClaimsError, match=text):
        read_claims(tmp_path / name)


def test_bad_lines_are_counted_kept_and_called_back(tmp_path: Path) -> None:
    called: list[int] = []
    text = "claim_id,units\n" + "A,x\n" * 5 + ",1\n"
    claims = read_csv(
        tmp_path, text, keep_bad_lines=2, on_bad_line=lambda bad: called.append(bad.row)
    )
    assert list(claims) == []
    assert claims.bad_lines.by_problem == {"units is not a plain number": 5, "claim_id is blank": 1}
    assert [bad.row for bad in claims.bad_lines.kept] == [1, 2]
    assert called == [1, 2, 3, 4, 5, 6]


def test_reading_streams(tmp_path: Path) -> None:
    path = tmp_path / "claims.csv"
    path.write_text("claim_id,units\n" + "A,1\n" * 200_000, encoding="utf-8")
    claims = read_claims(path)
    lines = iter(claims)
    next(lines)
    assert claims.bytes_total is not None
    assert 0 < claims.bytes_read < claims.bytes_total / 2
    assert [line.line_number for line in lines] == list(range(2, 200_001))
    assert claims.bytes_read == claims.bytes_total
