"""What is taken in: files by their content, folders with other files in them, zip files, JSON
arrays, Arrow files, and a format that somebody insists on."""

import gzip
import io
import json
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path
from threading import Thread

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from editwright.evaluator.formats import archives
from editwright.evaluator.formats.format import Use
from editwright.evaluator.formats.head import head_of
from editwright.evaluator.formats.problems import ClaimsError
from editwright.evaluator.formats.read import read_claims
from editwright.evaluator.formats.registry import FORMATS
from tests.test_columns_in import expect_the_same

ROWS: list[dict[str, str | None]] = [
    {"claim_id": "C1", "procedure_code": "64642", "units": "1"},
    {"claim_id": "C2", "procedure_code": "64643", "units": None},
]
COLUMNS = {name: [row[name] for row in ROWS] for name in ROWS[0]}
CSV = "claim_id,procedure_code,units\nC1,64642,1\nC2,64643,\n"
NDJSON = "".join(json.dumps(row) + "\n" for row in ROWS)
JSON = json.dumps(ROWS, indent=2)


def arrow_bytes(*, as_file: bool) -> bytes:
    table, out = pa.table(COLUMNS), io.BytesIO()
    new = pa.ipc.new_file if as_file else pa.ipc.new_stream
    with new(out, table.schema) as writer:
        writer.write_table(table)
    return out.getvalue()


def parquet_bytes() -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.table(COLUMNS), out)
    return out.getvalue()


CONTENTS: Mapping[str, bytes] = {
    "csv": CSV.encode(),
    "ndjson": NDJSON.encode(),
    "json": JSON.encode(),
    "parquet": parquet_bytes(),
    "arrow": arrow_bytes(as_file=True),
    "arrow stream": arrow_bytes(as_file=False),
}


def claim_ids(path: Path, **options: str) -> list[str]:
    """The claims in a file, read row by row and in columns."""
    expect_the_same(lambda: read_claims(path, format=options.get("format")))
    return [line.claim_id for line in read_claims(path, format=options.get("format"))]


def error_of(path: Path, format: str | None = None) -> str:
    with pytest.raises(ClaimsError) as caught:
        list(read_claims(path, format=format))
    return str(caught.value)


def zipped(path: Path, files: Mapping[str, bytes | str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


# -- one file --------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", CONTENTS)
def test_content_decides_whatever_the_name(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "claims.dat"
    path.write_bytes(CONTENTS[kind])
    assert claim_ids(path) == ["C1", "C2"]
    assert claim_ids(path, format=kind.partition(" ")[0]) == ["C1", "C2"]


@pytest.mark.parametrize("kind", CONTENTS)
def test_gzip_and_zip_around_it(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "claims"
    path.write_bytes(gzip.compress(CONTENTS[kind]))
    assert claim_ids(path) == ["C1", "C2"]
    assert claim_ids(zipped(tmp_path / "z", {"a/claims": CONTENTS[kind]})) == ["C1", "C2"]
    inner = gzip.compress(CONTENTS[kind])
    assert claim_ids(zipped(tmp_path / "y", {"claims.gz": inner})) == ["C1", "C2"]


def test_parquet_from_a_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for in_columns in (False, True):
        writer = Thread(target=pipe.write_bytes, args=[CONTENTS["parquet"]])
        writer.start()
        claims = read_claims(pipe)
        batches = claims.in_columns(()) if in_columns else ()
        assert sum(batch.count for batch in batches) or len(list(claims)) == 2
        writer.join()


@pytest.mark.parametrize("cut", [20, 200])
def test_damaged_parquet_in_a_zip_file(tmp_path: Path, cut: int) -> None:
    path = zipped(tmp_path / "z.zip", {"claims.parquet": CONTENTS["parquet"][:cut]})
    assert "claims.parquet is a damaged Parquet file" in error_of(path)


@pytest.mark.parametrize("cut", [20, 200, 400])
def test_a_damaged_arrow_file(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "claims.arrow"
    path.write_bytes(arrow_bytes(as_file=False)[:cut])
    assert "is a damaged Arrow IPC file" in error_of(path)


# -- JSON arrays -----------------------------------------------------------------------------------

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)
items = st.one_of(
    values, st.fixed_dictionaries({"claim_id": st.text(max_size=5)}, optional={"note": values})
)


@given(st.lists(items, min_size=1, max_size=8), st.sampled_from((None, 1)), st.booleans())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_an_array_is_read_like_its_items_as_lines(
    tmp_path: Path, array: list[object], indent: int | None, escaped: bool
) -> None:
    """The lines, and how many items are set aside, are those of NDJSON."""
    array = [{"claim_id": "C0"}, *array]
    text = json.dumps(array, indent=indent, ensure_ascii=escaped)
    (tmp_path / "a.json").write_text(text, encoding="utf-8")
    lines = [json.dumps(item, ensure_ascii=escaped) for item in array]
    (tmp_path / "a.ndjson").write_text("\n".join(lines), encoding="utf-8")
    of_array, of_lines = (read_claims(tmp_path / name) for name in ("a.json", "a.ndjson"))
    assert [line.claim_id for line in of_array] == [line.claim_id for line in of_lines]
    assert of_array.bad_lines.count == of_lines.bad_lines.count


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('[{"claim_id": "A"}', "breaks off"),
        ('[{"claim_id": "A"', "breaks off within an item"),
        ('[{"claim_id": "A', "breaks off within an item"),
        ('[{"claim_id": "A"} {"claim_id": "B"}]', "not separated by commas"),
        ('[{"claim_id": "A"},]', "a comma has no item after it"),
        ('[{"claim_id": "A"}] x', "something follows"),
    ],
)
def test_a_damaged_array(tmp_path: Path, text: str, what: str) -> None:
    path = tmp_path / "claims.json"
    path.write_text(text, encoding="utf-8")
    assert "is a damaged JSON array" in (error := error_of(path))
    assert what in error or what == "breaks off"


def test_an_array_far_larger_than_a_chunk(tmp_path: Path) -> None:
    path = tmp_path / "claims.json"
    array = [{"claim_id": f"C{n}", "note": 'x, ]} " \\ ' * (n % 50)} for n in range(3_000)]
    path.write_text(json.dumps(array, indent=1), encoding="utf-8")
    assert claim_ids(path) == [f"C{n}" for n in range(3_000)]


# -- folders and zip files -------------------------------------------------------------------------

OTHERS: Mapping[str, bytes] = {
    "README.md": b"# About these claims\n\nThey are made up.\n",
    "badge.md": b"[![License](x)](y)\n",
    "schema.json": b'{"$schema": "https://json-schema.org", "properties": {"units": {}}}',
    "list.json": b'[{"name": "x"}]',
    "codes.csv": b"code,text\n64642,Chemo\n",
    "empty.csv": b"",
    "page.html": b"<html></html>",
    "claims.pdf": b"%PDF-1.7 ...",
}


def test_a_folder_with_other_files(tmp_path: Path) -> None:
    for name, content in OTHERS.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "sub").mkdir()
    for name, content in (("a.txt", CSV.encode()), ("sub/b.json", b'[{"claim_id": "C3"}]')):
        (tmp_path / name).write_bytes(content)
    (tmp_path / "_SUCCESS").write_bytes(b"")
    assert claim_ids(tmp_path) == ["C1", "C2", "C3"]
    notes = " ".join(read_claims(tmp_path).notes)
    assert all(name in notes or "more" in notes for name in OTHERS)
    assert "passed over empty.csv: empty" in notes
    assert "passed over page.html: XML or HTML" in notes


def test_a_zip_file_with_other_files(tmp_path: Path) -> None:
    path = zipped(tmp_path / "feed.zip", {**OTHERS, "claims.csv": CSV, "__MACOSX/._x": b"\0"})
    assert claim_ids(path) == ["C1", "C2"]
    assert any("README.md" in note for note in read_claims(path).notes)


def test_a_folder_without_claims_says_what_its_files_are(tmp_path: Path) -> None:
    for name in ("README.md", "page.html"):
        (tmp_path / name).write_bytes(OTHERS[name])
    error = error_of(tmp_path)
    assert "none of the files holds claims" in error
    assert "README.md: no column `claim_id`" in error


def test_one_file_is_named_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "codes.csv").write_bytes(OTHERS["codes.csv"])
    assert "codes.csv has no column `claim_id`" in error_of(tmp_path)
    assert "has no column `claim_id`" in error_of(tmp_path / "codes.csv")


def test_a_column_map_makes_a_table_of_claims(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"num\nC1\n")
    (tmp_path / "b.csv").write_bytes(b"other\nC2\n")
    claims = read_claims(tmp_path, column_map={"claim_id": "num"})
    assert [line.claim_id for line in claims] == ["C1"]


ELIGIBILITY = "member_id,birth_date,gender,enrollment_start_date"


def test_eligibility_beside_claims(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("claim_id,member_id\nC1,M1\nC2,M2\n", encoding="utf-8")
    (tmp_path / "e.csv").write_text(f"{ELIGIBILITY}\nM1,1950-01-02,female,\n", encoding="utf-8")
    claims = read_claims(tmp_path)
    assert [(str(line.birth_date), line.sex) for line in claims] == [
        ("1950-01-02", "F"), ("None", None),
    ]  # fmt: skip
    assert list(claims.notes) == ["birth dates and sex of 1 member come from e.csv"]


def test_claims_that_say_as_much_of_their_members_are_claims(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"claim_id,{ELIGIBILITY}\nC1,M1,1950-01-02,F,2024-01-01\n", encoding="utf-8")
    assert claim_ids(path) == ["C1"]


def test_what_is_wrong_with_members_beside_claims_shows_nobody(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("claim_id,member_id\nC1,M1\n", encoding="utf-8")
    rows = "M77,1950-02-30,F,\nM78,1950-01-02,F,\nM78,1950-01-03,F,\n"
    (tmp_path / "e.csv").write_text(f"{ELIGIBILITY}\n{rows}", encoding="utf-8")
    notes = " ".join(read_claims(tmp_path).notes)
    assert "set aside" in notes
    assert "contradict each other in e.csv were left out: 1" in notes
    assert "M77" not in notes
    assert "1950" not in notes


def test_a_file_in_a_folder_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(CSV, encoding="utf-8")
    claims = read_claims([tmp_path, tmp_path / "a.csv"])
    assert [line.claim_id for line in claims] == ["C1", "C2"]


def test_progress_in_a_zip_file(tmp_path: Path) -> None:
    text = "claim_id\n" + "".join(f"C{number}\n" for number in range(50_000))
    path = zipped(tmp_path / "a.zip", {"a.csv": text})
    claims = read_claims(path)
    for number, _ in enumerate(claims):
        if number == 10_000:
            assert claims.bytes_total is not None
            assert 0 < claims.bytes_read < claims.bytes_total
    assert claims.bytes_read == claims.bytes_total


# -- what is too large, or hostile -----------------------------------------------------------------

BOMB = b"claim_id\n" + b"A" * 30_000_000


def test_a_zip_file_that_unpacks_to_far_too_much(tmp_path: Path) -> None:
    error = error_of(zipped(tmp_path / "a.zip", {"a.csv": BOMB}))
    assert "a.zip/a.csv unpacks to more than 250 times its size" in error
    assert "unpack it first" in error


def test_a_gzip_file_that_unpacks_to_far_too_much(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(b"claim_id\n" + (b"A" * 100_000 + b"\n") * 300))
    assert "unpacks to more than 250 times its size" in error_of(path)


def test_a_zip_file_that_unpacks_to_more_than_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = zipped(tmp_path / "a.zip", {"a.csv": CSV, "b.csv": CSV})
    monkeypatch.setattr(archives, "MOST_FILES", 1)
    assert "holds 2 files; at most 1 are read" in error_of(path)
    monkeypatch.setattr(archives, "MOST_FILES", 2)
    monkeypatch.setattr(archives, "MOST_BYTES", 10)
    assert "GiB" in error_of(path)


def test_a_zip_file_in_a_zip_file(tmp_path: Path) -> None:
    inner = zipped(tmp_path / "inner.zip", {"a.csv": CSV}).read_bytes()
    path = zipped(tmp_path / "outer.zip", {"inner.zip": inner})
    assert "inner.zip is an Excel workbook or a zip file" in error_of(path)


def test_an_excel_workbook_is_refused_with_advice(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.xlsx", {"[Content_Types].xml": "x", "xl/workbook.xml": "y"})
    assert "save the sheet as CSV in UTF-8" in error_of(path)


def test_encrypted_damaged_and_empty_zip_files(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"a.csv": CSV})
    whole = bytearray(path.read_bytes())
    path.write_bytes(whole[:-10])
    assert "is a damaged zip file" in error_of(path)
    broken = bytearray(whole)
    broken[40] ^= 0xFF
    path.write_bytes(broken)
    assert "damaged" in error_of(path)
    central = whole.index(b"PK\x01\x02")
    whole[central + 8] |= 1
    path.write_bytes(whole)
    assert "is encrypted" in error_of(path)
    assert "is empty" in error_of(zipped(tmp_path / "b.zip", {}))


@given(st.binary(max_size=300))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_bytes_are_read_or_refused(tmp_path: Path, raw: bytes) -> None:
    """Nothing but `ClaimsError` comes of any file, whatever it starts like."""
    for start in (b"", b"PK\x03\x04", b"\x1f\x8b", b"[", b"{", b"ARROW1\0\0", b"\xff" * 4, b"PAR1"):
        path = tmp_path / "claims"
        path.write_bytes(start + raw)
        head_of(start + raw)
        try:
            list(read_claims(path))
        except ClaimsError:
            continue


# -- insisting on a format -------------------------------------------------------------------------


def test_a_format_that_there_is_not(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(CSV, encoding="utf-8")
    error = error_of(path, "parkuet")
    assert "there is no claim format `parkuet`" in error
    assert "did you mean `parquet`?" in error


def test_a_format_that_the_content_contradicts(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(CSV, encoding="utf-8")
    error = error_of(path, "parquet")
    assert "is not in the format `parquet`: it looks like CSV" in error
    assert "--claims-format csv" in error


def test_a_format_chooses_among_the_files_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(CSV, encoding="utf-8")
    (tmp_path / "b.ndjson").write_text('{"claim_id": "C9"}\n', encoding="utf-8")
    claims = read_claims(tmp_path, format="ndjson")
    assert [line.claim_id for line in claims] == ["C9"]
    assert "passed over a.csv: not in the format `ndjson`" in claims.notes


def test_the_guide_names_every_format() -> None:
    page = (Path(__file__).parents[1] / "docs" / "claim-formats.md").read_text(encoding="utf-8")
    names = page.partition("`--claims-format NAME` insists")[2].partition("(")[2].partition(")")[0]
    known = sorted({each.name for each in FORMATS if each.use is Use.CLAIMS})
    assert names.replace("\n", " ") == ", ".join(f"`{name}`" for name in known)


def test_the_guide_unpivots_a_wide_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (Path(__file__).parents[1] / "docs" / "claim-formats.md").read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    Path("wide.csv").write_text("claim,code_1,code_2\nC1,64642,64643\nC2,64642,\n")
    duckdb.sql(page.partition("```sql\n")[2].partition("```")[0])
    claims = read_claims("lines.parquet", column_map={"claim_id": "claim"})
    assert sorted((line.claim_id, line.procedure_code) for line in claims) == [
        ("C1", "64642"), ("C1", "64643"), ("C2", "64642"),
    ]  # fmt: skip


def test_a_known_layout_as_plain_csv(tmp_path: Path) -> None:
    """Somebody who insists on CSV gets no layout."""
    path = tmp_path / "pde.csv"
    path.write_text("bene_id,pde_id,claim_id\nB,P,C1\n", encoding="utf-8")
    assert "holds drug events" in error_of(path)
    assert claim_ids(path, format="csv") == ["C1"]
