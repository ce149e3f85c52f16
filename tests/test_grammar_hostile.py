"""Whatever is given as a rule file, the answer is rules or located problems, and soon."""

import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from editwright.grammar.check import Checked, check_paths, check_sources
from editwright.grammar.diagnostics import MEANING_OF_CODE, Diagnostic, as_json, render
from editwright.grammar.format import format_file
from editwright.grammar.parse import decode, parse
from editwright.grammar.source import Source
from editwright.grammar.syntax import syntax
from tests.strategies import FILES, PROCEDURES, rule_files

PATIENCE = 10
"""Seconds of the processor that one hostile file may take; all of them take far less."""

laws = settings.get_profile("laws")

WORDS = (*syntax().keywords, *PROCEDURES, *"=:,()<>#\"*-", ">=", "!=", "visits", "R1", "CO-97",
         "2025-03-01", '"t.csv"', '"{code}"', "row.column_1", "59", "11", "G80.*", "3")  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hostile")
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@contextmanager
def patience() -> Iterator[None]:
    """Ends a check that takes too long, where the system can."""

    def give_up(*_: object) -> None:
        raise TimeoutError(f"more than {PATIENCE} seconds")

    if not hasattr(signal, "setitimer"):
        yield
        return
    before = signal.signal(signal.SIGVTALRM, give_up)
    signal.setitimer(signal.ITIMER_VIRTUAL, PATIENCE)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def survive(check: Callable[[], Checked]) -> list[Diagnostic]:
    """The problems of a check that must come to an end; each can be shown."""
    with patience():
        checked = check()
        assert (checked.rules is None) == checked.has_errors
        for problem in checked.diagnostics:
            assert problem.code in MEANING_OF_CODE
            assert 0 <= problem.span.start <= problem.span.end <= len(problem.source.text) + 1
            assert render(problem)
            assert as_json(problem)
    return checked.diagnostics


def survive_text(text: str, folder: Path | None = None) -> list[Diagnostic]:
    path = folder / "hostile.edits" if folder else None
    return survive(lambda: check_sources([Source("hostile.edits", text, path)]))


def codes_of(problems: Sequence[Diagnostic]) -> list[str]:
    return [each.code for each in problems]


# ---- random input


@laws
@given(st.binary(max_size=200) | st.text(max_size=100).map(lambda text: text.encode("utf-16")))
def test_random_bytes(data: bytes) -> None:
    """Bytes are no rules, one with a byte order mark neither."""
    for each in (data, b"\xef\xbb\xbf" + data):
        survive(lambda each=each: check_sources([decode(each, "hostile.edits")]))  # type: ignore[misc]


@laws
@given(st.text(st.characters(), max_size=100))
def test_random_text(text: str) -> None:
    """Any text at all, lone surrogates included."""
    survive_text(text)


@laws
@given(st.lists(st.sampled_from([*WORDS, "\n", "\n  ", "\r\n"]), max_size=60))
def test_random_words(folder: Path, words: Sequence[str]) -> None:
    """The language's own words in any order; what parses by chance is formatted soundly."""
    text = " ".join(words)
    survive_text(text, folder)
    survive_formatting(text)


@laws
@given(rule_files().map(format_file), st.randoms(use_true_random=False))
def test_mutated_files(folder: Path, text: str, random: Random) -> None:
    """Sound files in which words are lost, doubled, exchanged or replaced."""
    words = text.split(" ")
    for _ in range(random.randint(1, 4)):
        one, two = random.randrange(len(words)), random.randrange(len(words))
        match random.randrange(5):
            case 0:
                words[one] = ""
            case 1:
                words[one] += " " + words[one]
            case 2:
                words[one], words[two] = words[two], words[one]
            case 3:
                words[one] = random.choice(WORDS)
            case 4:
                words[one] = words[one][1:]
    mutated = " ".join(words)
    survive_text(mutated, folder)
    survive_formatting(mutated)


def survive_formatting(text: str) -> None:
    """What can be read is the same when it is read again as formatted."""
    file, problems = parse(Source("hostile.edits", text))
    if not problems:
        formatted = format_file(file)
        again, problems = parse(Source("formatted.edits", formatted))
        assert [render(each) for each in problems] == []
        assert again == file
        assert format_file(again) == formatted


# ---- long, deep and odd texts

LONG = 1_000_000
RULE = "64643 requires 64642 same date\n"

NOT_TOO_DEEP = {
    "five thousand parentheses": "64643 not allowed when " + "(" * 5_000,
    "five thousand closed parentheses": f"64643 not allowed when {'(' * 5000}age{')' * 5000} = 1",
    "a hundred thousand nots": "64643 not allowed when " + "not " * 100_000 + "units > 3",
    "five megabytes in one statement": "codes many = " + "64643, " * 750_000 + "64642",
    "a megabyte in one word": "6" * LONG,
}


@pytest.mark.parametrize("text", NOT_TOO_DEEP.values(), ids=NOT_TOO_DEEP)
def test_what_is_too_long_or_too_deep_says_so(text: str) -> None:
    assert codes_of(survive_text(text)) == ["E105"]


SOUND = {
    "nothing": "",
    "a comment of a megabyte": "#" * LONG,
    "only blanks": " \t\f" * 300_000,
    "only empty lines": "\n\r\r\n" * 300_000,
    "a megabyte of codes on one line": "codes many = 64643" + ", 64643" * 140_000,
    "a condition of many parts": "64643 not allowed when " + "age = 1 or " * 50_000 + "age = 2",
    "as deep as may be": f"64643 not allowed when {'(' * 100}age = 1{')' * 100}",
    "many rules": RULE * 10_000,
    "the longest text": f'64643 not allowed because "{"x y " * 200_000}"',
    "lists in a long row": "codes c0 = 64642\n"
    + "".join(f"codes c{each} = c{each - 1}, 64643\n" for each in range(1, 2_000))
    + "64641 requires 2 of c1999 same date",
    "lists in a long row, the last one first": "".join(
        f"codes c{each} = c{each + 1}, 64643\n" for each in range(2_000)
    )
    + "codes c2000 = 64642\nc0 not allowed",
    "lists that double": "codes c0 = 64642\n"
    + "".join(f"codes c{each} = c{each - 1}, c{each - 1}\n" for each in range(1, 60))
    + "c59 at most 1 unit per day",
    "ranges of ten billion codes": "any line not allowed when provider in 0000000000 to"
    " 9999999999 except 0000000001 to 9999999999",
}


@pytest.mark.parametrize("text", SOUND.values(), ids=SOUND)
def test_what_is_long_but_sound_has_no_problem(text: str) -> None:
    assert codes_of(survive_text(text)) == []


UNSOUND = {
    "bytes of zero": ("64643 requires \x00\x00 same date", "E102"),
    "a lone surrogate": ("64643 \ud800 64642", "E102"),
    "a lone surrogate as a file name": ('table t from "\ud800.csv"', "E601"),
    "a lone surrogate as a used file": ('use "\udcff.edits"', "E601"),
    "a zero in a file name": ('table t from "a\x00.csv"', "E601"),
    "a file name of a megabyte": (f'table t from "{"x" * LONG}.csv"', "E601"),
    "a text that ends on the next line": ('64643 not allowed because "a\\\n  b"', "E103"),
    "ten billion codes, all taken out": (
        "any line not allowed when provider in 0000000000 to 9999999999 except 0000000000 to"
        " 5555555555, 5555555556 to 9999999999",
        "E306",
    ),
    "a list that contains itself": ("codes c = c, 64642", "E404"),
    "a megabyte of commas": ("64643" + "," * LONG, "E201"),
    "a megabyte of hyphens": ("6" + "-" * LONG + "4", "E105"),
    "a megabyte of dots": ("a" + "." * LONG, "E102"),
    "a megabyte of quotes": ('"' * LONG, "E201"),
    "a megabyte of backslashes": ('because "' + "\\" * LONG, "E103"),
    "a megabyte of braces": (f'64643 not allowed because "{"{" * (LONG + 1)}"', "E308"),
    "a megabyte and a slip at its end": ("codes c = " + "64643, " * 140_000 + "9921", "E301"),
}


@pytest.mark.parametrize(("text", "code"), UNSOUND.values(), ids=UNSOUND)
def test_what_is_odd_is_one_problem(text: str, code: str, tmp_path: Path) -> None:
    assert codes_of(survive_text(text, tmp_path)) == [code]


MANY_PROBLEMS = {
    "words": "64643 require 64642\n",
    "relations": "64643 requires 64642\n",
    "codes": "64643 requires 6464 same date\n",
    "names": "first_extremity requires 64642 same date\n",
    "rules": "rule R1: 64643 not allowed\n",
    "characters": "64643 $\n",
    "expectations": 'example "x" given 64643 on 2025-03-01 expect R99 on 64642\n',
}


@pytest.mark.parametrize("line", MANY_PROBLEMS.values(), ids=MANY_PROBLEMS)
def test_many_problems_do_not_take_long(line: str) -> None:
    """A file of ten thousand slips is answered like any other."""
    assert survive_text("codes first_extremities = 64642\n" + line * 10_000)


def test_rules_that_wait_in_a_great_circle() -> None:
    text = "".join(
        f"{64000 + each} not allowed with payable {64000 + (each + 1) % 300} same date\n"
        for each in range(300)
    )
    assert codes_of(survive_text(text)) == ["E508"]


# ---- files that name each other


def write(folder: Path, files: dict[str, str | bytes]) -> None:
    for name, content in files.items():
        data = content.encode() if isinstance(content, str) else content
        (folder / name).write_bytes(data)


def survive_files(folder: Path, *names: str) -> list[Diagnostic]:
    return survive(lambda: check_paths([folder / name for name in names]))


def test_files_that_use_each_other(tmp_path: Path) -> None:
    tmp_path = tmp_path / "rules"
    tmp_path.mkdir()
    write(tmp_path, {"a.edits": 'use "b.edits"\n', "b.edits": 'use "a.edits"\n'})
    write(tmp_path, {"self.edits": 'use "../rules/self.edits"\n'})
    assert codes_of(survive_files(tmp_path, "a.edits")) == ["E602"]
    assert codes_of(survive_files(tmp_path, "self.edits")) == ["E602"]


def test_long_chains_of_used_files(tmp_path: Path) -> None:
    write(tmp_path, {f"{each}.edits": f'use "{each + 1}.edits"' for each in range(200)})
    write(tmp_path, {"200.edits": "codes c = 64642"})
    assert codes_of(survive_files(tmp_path, "0.edits")) == ["E602"]
    assert codes_of(survive_files(tmp_path, "190.edits")) == []


def test_files_that_use_two_files_each(tmp_path: Path) -> None:
    """A file is read once, however many ways lead to it."""
    for each in range(30):
        both = f'use "a{each + 1}.edits"\nuse "b{each + 1}.edits"\n'
        write(tmp_path, {f"a{each}.edits": both, f"b{each}.edits": both})
    write(tmp_path, {"a30.edits": "codes c = 64642", "b30.edits": "codes d = 9"})
    assert codes_of(survive_files(tmp_path, "a0.edits")) == ["E301"]


def test_odd_paths(tmp_path: Path) -> None:
    write(tmp_path, {"latin.edits": b"# caf\xe9", "wide.edits": "codes c = 1".encode("utf-16")})
    write(tmp_path, {"marked.edits": b"\xef\xbb\xbf# caf\xc3\xa9 \xe9 64642"})
    (tmp_path / "folder.edits").mkdir()
    (tmp_path / "circle.edits").symlink_to(tmp_path / "circle.edits")
    for name in ("latin.edits", "wide.edits", "marked.edits", "folder.edits", "circle.edits",
                 "none.edits", "zero\x00.edits", "\udcff.edits", "x" * 5_000, ""):  # fmt: skip
        assert set(codes_of(survive_files(tmp_path, name))) == {"E101"}, name
        if name.isprintable():
            used = survive_text(f'use "{name}"', tmp_path)
            assert codes_of(used) in (["E101"], ["E601"]), name


# ---- tables

TABLES: dict[str, str | bytes] = {
    "ragged.csv": "a,b\n1\n",
    "empty.csv": "",
    "no_heading.csv": "\n\n,\n",
    "doubled.csv": "a,A\n1,2\n",
    "open_quote.csv": 'a,b\n"1,2\n',
    "long_cell.csv": "a,b\n" + "x" * 200_000 + ",1\n",
    "latin.csv": "a,b\n\xe9,1\n".encode("latin-1"),
    "wide.csv": "a,b\n1,2\n".encode("utf-16"),
    "text.xlsx": b"PK\x03\x04",
    "nothing.parquet": b"",
    "damaged.parquet": b"PAR1" + b"\x00" * 50 + b"PAR1",
    "none.csv": b"",
}


@pytest.mark.parametrize("name", TABLES)
def test_odd_tables(name: str, tmp_path: Path) -> None:
    """A table that cannot be read is one problem, and none of its columns is another."""
    write(tmp_path, {} if name == "none.csv" else {name: TABLES[name]})
    text = (
        f'table t from "{name}"\ncodes c from "{name}" column a when b > 3\n'
        "rule R for each row of t:\n    row.a requires row.b same date\n    unless units > row.b"
    )
    assert set(codes_of(survive_text(text, tmp_path))) == {"E601"}


CELLS = (
    "1", "", " ", "*", "\x00", "NaN", "Infinity", "1e999999999", "-1", "1_0", "\uff11",
    "2025-02-30", "20251301", "0000-00-00", "64642 64643", "992*", '"', "a\rb", "x" * 9_999,
)  # fmt: skip


@pytest.mark.parametrize("cell", CELLS)
def test_odd_cells(cell: str, tmp_path: Path) -> None:
    """Whatever stands in a cell, in a place for a code, a number, a date, a list or a text."""
    quoted = '"' + cell.replace('"', '""') + '"'
    write(tmp_path, {"t.csv": f"a,b\n64642,{quoted}\n{quoted},64643\n"})
    for use in (
        "row.a requires row.b same date",
        "row.a at most row.b units per day",
        "64643 requires 64642 within row.b days",
        "64643 at most 1 time per row.b days",
        "64643 not allowed when date > row.b or units in row.b or plan = row.a",
        "64643 not allowed when row.a > 5 and row.b is missing\n    effective row.a to row.b",
        "64643 not allowed with modifier row.b, row.a\n    because row.b\n    source row.a",
    ):
        text = f'table t from "t.csv"\nfield plan is code\nrule R for each row of t:\n    {use}'
        survive_text(text, tmp_path)
    for kind in ("codes", "diagnoses", "modifiers", "bill types"):
        survive_text(f'{kind} c from "t.csv" column b when a >= {quoted} or b < 5', tmp_path)


def test_odd_parquet(tmp_path: Path) -> None:
    """Columns of any type are texts or missing; a folder is no table."""
    pa: Any = pytest.importorskip("pyarrow")
    pq: Any = pytest.importorskip("pyarrow.parquet")
    (tmp_path / "folder.parquet").mkdir()
    (tmp_path / "folder.csv").mkdir()
    columns = {
        "a": pa.array([b"\xff", None]),
        "b": pa.array([[1, 2], []]),
        "c": pa.array([{"x": 1}, None]),
        "d": pa.array([float("nan"), float("inf")]),
        "e": pa.array([True, None]),
        "f": pa.array([0, 2**62], pa.timestamp("us")),
        "g": pa.nulls(2),
    }
    for name, column in columns.items():
        pq.write_table(pa.table({name: column}), tmp_path / f"{name}.parquet")
    pq.write_table(pa.table({}), tmp_path / "z.parquet")
    for name in (*columns, "z", "folder"):
        text = f'table t from "{name}.parquet"\nrule R for each row of t: row.{name} not allowed'
        survive_text(text, tmp_path)
    assert codes_of(survive_text('table t from "folder.csv"', tmp_path)) == ["E601"]
