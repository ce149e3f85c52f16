"""The files that the importers of CMS tables take and refuse, and their command."""

import gzip
import json
import sys
import zipfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest

from editwright.command_line import main
from editwright.evaluator.tables import IMPORTERS, TableFileError, documents, import_table
from editwright.exit_codes import DONE, PROBLEMS, UNUSABLE
from tests.cms_files import AOC_HEAD, FILES, PTP, PTP_HEAD, failure, imported, workbook, written


@pytest.mark.parametrize("kind", IMPORTERS)
@pytest.mark.parametrize("other", list(IMPORTERS))
def test_another_table_is_named(tmp_path: Path, kind: str, other: str) -> None:
    path = written(tmp_path, *FILES[other])
    if kind == other:
        imported(kind, path)
    else:
        assert failure(kind, path).help == f"import it with `editwright import {other}`"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        (" \n\n", "is empty"),
        ("<!DOCTYPE html>\n<html>License for use of CPT</html>", "is a web page"),
        ("%PDF-1.7", "is a PDF"),
        ("PK\x03\x04 and no more", "is damaged"),
        ("\x1f\x8b and no more", "is damaged"),
        ("11111 22222 fixed width\n", "it begins with `11111 22222 fixed width`"),
        ('"a quote without an end\n' * 9001, "is not an NCCI"),
        (PTP_HEAD, "and no rows"),
    ],
)
def test_what_is_no_table_is_said(tmp_path: Path, text: str, said: str) -> None:
    assert said in failure("ncci-ptp", written(tmp_path, "file.txt", text)).message


def test_gzip_and_the_right_members_of_a_zip(tmp_path: Path) -> None:
    name, text = FILES["mue"]
    packed = tmp_path / f"{name}.gz"
    packed.write_bytes(gzip.compress(text.encode("latin-1")))
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr("readme.txt", "See the table.")
        archive.writestr(f"folder/{name}", text.encode("latin-1"))
        archive.writestr("table.xlsx", "not read, for the CSV is there")
    report, rows = imported("mue", tmp_path / "all.zip")
    assert report.parts[0].file == f"all.zip: {name}"
    assert rows == imported("mue", packed)[1]


def test_a_zip_without_the_table(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.txt", "See the table.")
        archive.writestr("b.txt", PTP_HEAD + PTP)
    said = failure("mue", tmp_path / "a.zip").message
    assert "does not hold an MUE table" in said
    assert "`a.zip: b.txt` is an NCCI procedure-to-procedure table" in said


@pytest.mark.parametrize("pack", ["zip", "gz"])
def test_bombs_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pack: str) -> None:
    monkeypatch.setattr(documents, "MOST_BYTES", 1 << 20)
    path, zeros = tmp_path / f"bomb.{pack}", bytes(2 << 20)
    if pack == "gz":
        path.write_bytes(gzip.compress(zeros))
    else:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a.txt", zeros)
    assert "too large" in failure("mue", path).message


def test_workbooks(tmp_path: Path) -> None:
    pytest.importorskip("python_calamine")
    head: list[list[str | int]] = [list(line.split("\t")) for line in AOC_HEAD.splitlines()]
    rows: list[list[str | int]] = [
        [1, 11112, "", 100, "", 2013001, "", ""],
        [1, "11112", "", "22222", "", 2013001, 2026090, ""],
    ]
    report, found = imported("add-on", workbook(tmp_path / "AOC.xlsx", [*head, *rows]))
    assert [row["primary"] for row in found] == ["00100", "22222"]
    assert [row["deletion"] for row in found] == [None, date(2026, 3, 31)]
    assert "`100` to `00100`" in report.ledger.notes[0]
    assert "is an add-on code table" in failure("mue", tmp_path / "AOC.xlsx").message


def test_the_extra_for_workbooks_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "python_calamine", None)
    error = failure("add-on", workbook(tmp_path / "AOC.xlsx", [["a"]]))
    assert "editwright[excel]" in (error.help or "")


# ---- the command


def command(kind: str, files: Sequence[Path], output: Path, format: str = "text") -> int:
    names = [str(path) for path in files]
    return main(["import", kind, *names, "-o", str(output), "--format", format])


def test_the_command_closes_with_a_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, output = written(tmp_path, *FILES["add-on"]), tmp_path / "aoc.parquet"
    assert command("add-on", [path], output) == DONE
    assert capsys.readouterr().out.splitlines()[:3] == [
        f"5 rows in 1 file: 3 intervals of 3 pairs of 5 codes written to {output}",
        "2 rows set aside",
        "  2  primary CCCCC: the contractor defines it",
    ]
    assert command("add-on", [path], output, "json") == DONE
    report = json.loads(capsys.readouterr().out)
    assert (report["schema_version"], report["rows_read"], report["rows_written"]) == (1, 5, 3)


def test_what_is_no_file_says_what_to_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command("mue", [tmp_path], tmp_path / "mue.parquet") == UNUSABLE
    assert f"name the files in it: `{tmp_path}/*.zip`" in capsys.readouterr().err
    assert command("mue", [Path("-")], tmp_path / "mue.parquet") == UNUSABLE
    assert "not read from standard input" in capsys.readouterr().err


def test_no_file_is_written_over_while_it_is_read(tmp_path: Path) -> None:
    path = written(tmp_path, "mue.parquet", FILES["mue"][1])
    with pytest.raises(TableFileError, match="cannot be written over it"):
        import_table("mue", [path], path)
    assert path.read_bytes().startswith(b'"CPT')


def test_a_full_disk_is_told_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "Error writing bytes to file. Detail: [errno 28] No space left on device")

    monkeypatch.setattr("pyarrow.parquet.write_table", full)
    error = failure("mue", written(tmp_path, *FILES["mue"]))
    assert error.message.endswith("nothing.parquet`: no space left on device")


def test_exit_codes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    never = PTP_HEAD + "11111\t22222\t\t20200101\t20200101\t9\t\n"
    path, output = written(tmp_path, "a.txt", never), tmp_path / "ptp.parquet"
    assert command("ncci-ptp", [path], output) == PROBLEMS
    assert not output.exists()
    assert command("mue", [path], output) == UNUSABLE
    assert command("mue", [path], tmp_path / "table.csv") == UNUSABLE
    assert command("mue", [path], tmp_path / "none" / "table.parquet") == UNUSABLE
    assert command("mue", [tmp_path / "none.csv"], output) == UNUSABLE
    assert "there is no file" in capsys.readouterr().err
