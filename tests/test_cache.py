"""Large tables and plans are made once and kept; what was kept is used only if it is sound."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from attrs import define
from hypothesis import given, settings
from hypothesis import strategies as st

import editwright
from editwright.evaluator.findings.finding import Finding
from editwright.evaluator.plan import plan_cache
from editwright.evaluator.plan.compile import compile_rules
from editwright.evaluator.plan.plan_cache import plan_of
from editwright.evaluator.run import Evaluator
from editwright.grammar import cache, table_cache
from editwright.grammar.tables import read_table
from tests.evaluation_strategies import Case, cases, expect_checked

laws = settings.get_profile("laws")

RULES = """\
use "lists.edits"
table pairs from "pairs.csv"
codes listed from "listed.csv" column code
field plan_type is text

rule PAIR for each row of pairs:
    row.two not allowed with row.one same date
    effective row.first to row.last

rule UNITS for each row of pairs:
    row.two at most row.units units per day

rule GROUP for each one of pairs:
    row.one requires row.two, J* same date
    unless modifier used

rule LISTED:
    listed not allowed with 1004* except 10040 within 30 days before
    unless plan_type = special

rule LATE:
    1* not allowed when days from date to received > 90
"""
FILES = {
    "rules.edits": RULES,
    "lists.edits": "modifiers used = 59, X*\n",
    "listed.csv": "code\n10010\n1002*\n",
    "pairs.csv": "one,two,first,last,units\n"
    + "".join(
        f"{10000 + number % 40},{10050 + number % 7},2025-01-01,{'2025-06-30' * (number % 2)},"
        f"{1 + number % 5}\n"
        for number in range(300)
    ),
}
LINES = [
    {"claim_id": "C1", "line_number": number, "member_id": "M1", "procedure_code": code,
     "service_from": day, "units": 1 + number % 7, "received_date": "2025-12-01",
     "plan_type": "basic"}
    for number, (code, day) in enumerate(
        [("10001", "2025-03-01"), ("10050", "2025-03-01"), ("10051", "2025-03-01"),
         ("10023", "2025-03-02"), ("10041", "2025-03-01"), ("10010", "2025-03-05"),
         ("10053", "2025-08-01"), ("10003", "2025-08-01"), ("J1234", "2025-08-01")], 1
    )
]  # fmt: skip


@define
class Folder:
    """A folder with the rule file, and what was made since from it rather than found."""

    path: Path
    made: list[str]

    @classmethod
    def of(cls, path: Path, made: list[str]) -> "Folder":
        """With all files in it."""
        folder = cls(path, made)
        folder.write(**{name.replace(".", "__"): text for name, text in FILES.items()})
        return folder

    def write(self, **files: str) -> None:
        """Write files; `__` in a name stands for a dot."""
        for name, text in files.items():
            (self.path / name.replace("__", ".")).write_text(text, encoding="utf-8", newline="")

    def findings(self) -> list[Finding]:
        """What rules that are loaded now find."""
        return list(editwright.load(self.path / "rules.edits").evaluate(LINES))

    def kept(self) -> list[Path]:
        """The files in the cache, but for the grammar."""
        return sorted(self.path.glob(f"cache/editwright/*{cache.ENDING}"))


@pytest.fixture(autouse=True, scope="module")
def made() -> Iterator[list[str]]:
    """What was made, by and by; small tables and plans are kept too."""
    found: list[str] = []

    def noting(name: str, make: Callable[..., object]) -> Callable[..., object]:
        def note(*given: object) -> object:
            found.append(name)
            return make(*given)

        return note

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plan_cache, "MANY", 1)
        patch.setattr(table_cache, "MANY_ROWS", 100)
        patch.setattr(plan_cache, "compile_rules", noting("plan", compile_rules))
        patch.setattr(table_cache, "read_table", noting("table", read_table))
        yield found


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made: list[str]) -> Folder:
    """A folder with a cache of its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("EDITWRIGHT_NO_CACHE", raising=False)
    made.clear()
    return Folder.of(tmp_path, made)


@pytest.fixture(scope="module")
def apart(tmp_path_factory: pytest.TempPathFactory, made: list[str]) -> Iterator[Folder]:
    """A folder that all examples share."""
    path = tmp_path_factory.mktemp("apart")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(path / "cache"))
        patch.delenv("EDITWRIGHT_NO_CACHE", raising=False)
        yield Folder.of(path, made)


def test_tables_and_plans_are_made_once(folder: Folder) -> None:
    first = folder.findings()
    assert {each.rule for each in first} == {"PAIR", "UNITS", "GROUP", "LISTED", "LATE"}
    assert folder.made == ["table", "table", "plan"]
    assert [each.name.partition("-")[0] for each in folder.kept()] == ["plan", "table"]
    folder.made.clear()
    assert folder.findings() == first
    assert folder.made == ["table"]  # the short list


def test_a_kept_table_has_the_same_cells(folder: Folder) -> None:
    """Blanks, missing cells, dates, numbers, and values that no row has."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns: dict[str, list[Any]] = {
        "text": ["a", " a ", None, "", "é"],
        "number": [1.0, 2.5, None, 3.0, 1e300],
        "day": [date(2025, 1, 1), None, date(2024, 2, 29), date(2025, 1, 1), None],
        "some": ["x", "z", None, "z", "x"],
        "list": [["a"], None, [], ["a", "b"], ["a"]],
    }
    table = pa.table({name: values * 50 for name, values in columns.items()})
    numbers = pa.array([0, 2, None, 2, 0] * 50, pa.int32())
    some = pa.DictionaryArray.from_arrays(numbers, pa.array(["x", "y", "z"]))
    table = table.set_column(3, "some", some)
    path = folder.path / "table.parquet"
    pq.write_table(table, path, row_group_size=70)
    first, again = table_cache.table_at(path), table_cache.table_at(path)
    assert folder.made == ["table"]
    for name in columns:
        assert list(again.columns[name]) == list(first.columns[name])
        assert again.columns[name].distinct() == first.columns[name].distinct()
    assert list(first.columns["text"])[:5] == ["a", "a", None, None, "é"]
    assert first.columns["some"].distinct() == ["x", "z", None]
    assert (again.rows, again.path, again.digest) == (250, path, first.digest)


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("pairs.csv", "10001,10051", "10001,10053"),
        ("rules.edits", "> 90", "> 95"),
        ("lists.edits", "59", "25"),
        ("listed.csv", "10010", "10011"),
    ],
)
def test_every_change_is_noticed(folder: Folder, name: str, old: str, new: str) -> None:
    """Even where size and time of a file are as they were."""
    folder.findings()
    path = folder.path / name
    times = path.stat()
    changed = FILES[name].replace(old, new)
    assert changed != FILES[name]
    path.write_text(changed, encoding="utf-8", newline="")
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert path.stat().st_size == times.st_size
    assert path.stat().st_mtime_ns == times.st_mtime_ns
    folder.made.clear()
    after = folder.findings()
    assert "plan" in folder.made
    cold = Evaluator(editwright.load(path.parent / "rules.edits").checked)
    assert compile_rules(cold.rules).arrays.keys() == cold.machine.plan.arrays.keys()
    folder.write(**{name.replace(".", "__"): FILES[name]})
    folder.made.clear()
    folder.findings()
    assert "plan" not in folder.made
    assert after is not None


def test_names_of_files_do_not_matter_and_their_order_does(folder: Folder) -> None:
    folder.findings()
    folder.write(other__csv=FILES["pairs.csv"])
    folder.write(rules__edits=RULES)
    (folder.path / "rules.edits").rename(folder.path / "renamed.edits")
    folder.made.clear()
    editwright.load(folder.path / "renamed.edits").evaluate(LINES)
    assert "plan" not in folder.made
    folder.write(rules__edits="10001 requires J* same date\n")
    for order in (("renamed.edits", "rules.edits"), ("rules.edits", "renamed.edits")):
        folder.made.clear()
        editwright.load(*(folder.path / each for each in order)).evaluate(LINES)
        assert "plan" in folder.made


def test_other_code_makes_its_own(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    before = folder.findings()
    for module, name, other in (
        (plan_cache, "_code", lambda: "another version"),
        (table_cache, "_reader", lambda _: "another version"),
    ):
        monkeypatch.setattr(module, name, other)
        folder.made.clear()
        assert folder.findings() == before
        assert "plan" in folder.made


def test_code_that_changed_while_it_runs_keeps_nothing(tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text("print()", encoding="utf-8")
    assert cache.code_digest(tmp_path) is None
    os.utime(tmp_path / "module.py", (0, 0))
    before = cache.code_digest(tmp_path)
    assert before is not None
    (tmp_path / "module.py").write_text("print(1)", encoding="utf-8")
    os.utime(tmp_path / "module.py", (0, 0))
    assert cache.code_digest(tmp_path) not in (None, before)
    assert cache.code_digest(tmp_path / "nowhere") is None


# ---- a cache that is not as it was


Damage = Callable[[bytes], bytes]


@st.composite
def damages(draw: st.DrawFn) -> Damage:
    """Bytes changed, cut off, put in or added."""
    where = draw(st.one_of(st.floats(0, 1), st.floats(0, 0.01)))
    new = draw(st.binary(min_size=1, max_size=8))
    kind = draw(st.sampled_from(("change", "bit", "cut", "insert", "add", "swap")))

    def damage(data: bytes) -> bytes:
        at = min(int(where * len(data)), len(data) - 1)
        match kind:
            case "change":
                return data[:at] + new + data[at + len(new) :]
            case "bit":
                return data[:at] + bytes([data[at] ^ 1 << new[0] % 8]) + data[at + 1 :]
            case "cut":
                return data[:at]
            case "insert":
                return data[:at] + new + data[at:]
            case "add":
                return data + new
            case _:
                return data[:at] + data[at + 1 : at + 2] + data[at : at + 1] + data[at + 2 :]

    return damage


@settings(laws, max_examples=max(200, laws.max_examples))
@given(damage=damages(), plan=st.booleans())
def test_damage_changes_no_answer(apart: Folder, damage: Damage, plan: bool) -> None:
    """Whatever happens to the bytes of a kept file, it is made again."""
    found = apart.findings()
    path = next(each for each in apart.kept() if each.name.startswith("plan" if plan else "table"))
    sound = path.read_bytes()
    path.write_bytes(damage(sound))
    apart.made.clear()
    assert apart.findings() == found
    made = apart.made.count("plan" if plan else "table") - (not plan)  # one table is too short
    assert made == (damage(sound) != sound)
    assert path.read_bytes()[:200] == sound[:200]


def test_a_file_under_the_name_of_another_is_not_trusted(folder: Folder) -> None:
    before = folder.findings()
    (old_plan,) = (each for each in folder.kept() if each.name.startswith("plan"))
    folder.write(rules__edits=RULES.replace("> 90", "> 300"))
    after = folder.findings()
    assert after != before
    (plan,) = (each for each in folder.kept() if each.name.startswith("plan") and each != old_plan)
    plan.write_bytes(old_plan.read_bytes())
    assert folder.findings() == after


def test_a_folder_that_cannot_be_used_only_costs_time(folder: Folder) -> None:
    (folder.path / "cache").write_text("a file where the folder should be", encoding="utf-8")
    assert folder.findings() == folder.findings()
    assert folder.made.count("plan") == 2
    assert folder.kept() == []


def test_without_a_cache_nothing_is_kept(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDITWRIGHT_NO_CACHE", "1")
    assert folder.findings() == folder.findings()
    assert folder.made.count("plan") == 2
    assert folder.kept() == []


def test_what_was_not_used_for_longest_makes_room(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.findings()
    plan, table = folder.kept()
    abandoned = plan.with_name(f"{plan.name}.abandoned")
    abandoned.write_bytes(b"half a file")
    for path in (plan, abandoned):
        os.utime(path, (0, 0))
    size = sum(each.stat().st_size for each in (plan, table))
    monkeypatch.setattr(cache, "MOST_BYTES", size + 1000)
    folder.write(rules__edits=RULES.replace("> 90", "> 95"))
    folder.findings()
    assert not plan.exists()
    assert not abandoned.exists()
    assert table.exists()
    assert len(folder.kept()) == 2
    monkeypatch.setattr(cache, "MOST_BYTES", 1000)
    folder.write(rules__edits=RULES.replace("> 90", "> 96"))
    folder.findings()
    assert len(folder.kept()) == 2  # too large to be kept at all


# ---- several at once


def test_processes_may_share_a_cache(folder: Folder) -> None:
    """Two processes read and write one cache, which somebody keeps damaging."""
    expected = [(each.rule, each.line_number) for each in folder.findings()]
    program = (
        "import json, sys, editwright\n"
        "from editwright.evaluator.plan import plan_cache\n"
        "from editwright.grammar import table_cache\n"
        "plan_cache.MANY, table_cache.MANY_ROWS = 1, 100\n"
        "lines = json.loads(sys.argv[2])\n"
        "for _ in range(30):\n"
        "    found = editwright.load(sys.argv[1]).evaluate(lines)\n"
        "    print([(each.rule, each.line_number) for each in found])\n"
    )
    repository = Path(__file__).parents[1]
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(folder.path / "rules.edits"), json.dumps(LINES)],
            cwd=repository,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    done = threading.Event()

    def remove() -> None:
        while not done.wait(0.005):
            for path in folder.kept():
                path.unlink(missing_ok=True)

    thread = threading.Thread(target=remove)
    thread.start()
    outputs = [process.communicate(timeout=120)[0] for process in processes]
    done.set()
    thread.join()
    assert [process.returncode for process in processes] == [0, 0]
    assert outputs == [f"{expected}\n" * 30] * 2


# ---- any rules


@settings(laws, max_examples=max(150, laws.max_examples))
@given(case=cases())
def test_a_kept_plan_finds_the_same(apart: Folder, case: Case) -> None:
    """A plan that was kept finds what it found when it was made."""
    rules = expect_checked(case, apart.path)
    first = Evaluator(rules)
    found = list(first.findings(case.lines))
    apart.made.clear()
    again = Evaluator(expect_checked(case, apart.path))
    assert list(again.findings(case.lines)) == found
    assert "plan" not in apart.made
    plans = plan_of(rules), compile_rules(rules)
    assert plans[0].steps == plans[1].steps
    assert plans[0].layout == plans[1].layout
    assert plans[0].rules == plans[1].rules
    assert plans[0].by_reference == plans[1].by_reference
