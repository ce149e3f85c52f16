"""Who may import whom: the rooms stand in a row and look only to the right."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from attrs import frozen

from editwright.grammar.syntax import syntax

REPOSITORY = Path(__file__).parents[1]

MAY_IMPORT = {
    "editwright": {"editwright", "evaluator", "grammar", "rulesets", "attrs", "pyarrow"},
    "evaluator": {
        "evaluator",
        "grammar",
        "attrs",
        "cython",
        "msgspec",
        "numpy",
        "pyarrow",
        "python_calamine",
    },
    "grammar": {"grammar", "attrs", "lark", "numpy", "pyarrow"},
    "rulesets": set[str](),
}
"""Each room with the rooms and packages that it may import, beside the standard library."""

MEANING = {
    f"editwright.evaluator.meaning.{each}"
    for each in ("reference", "truth", "relations", "limits", "exemptions", "verdicts")
}
"""The modules of the evaluator that say what rules mean."""


@frozen
class Import:
    """One import: `room` is the room or package, `late` whether it waits for a call."""

    file: str
    module: str
    late: bool

    @property
    def room(self) -> str:
        parts = self.module.split(".")
        if parts[0] != "editwright":
            return parts[0]
        return parts[1] if len(parts) > 1 and parts[1] in MAY_IMPORT else "editwright"


def imports_of(room: str) -> list[Import]:
    found: list[Import] = []
    for path in sorted((REPOSITORY / room).rglob("*.py")):
        relative = path.relative_to(REPOSITORY).as_posix()
        if room != "editwright" or len(path.relative_to(REPOSITORY).parts) == 2:
            tree = ast.parse(path.read_text(encoding="utf-8"))
            found += [Import(relative, module, late) for module, late in _imports(tree, False)]
    assert found or room == "rulesets"
    return found


def module_of(file: str) -> str:
    return "editwright." + file.removesuffix(".py").replace("/", ".")


def _imports(node: ast.AST, late: bool) -> Iterator[tuple[str, bool]]:
    for child in ast.iter_child_nodes(node):
        match child:
            case ast.Import(names):
                yield from ((each.name, late) for each in names)
            case ast.ImportFrom(module, names, level):
                assert level == 0, "imports name the whole path"
                yield str(module), late
                if str(module).startswith("editwright"):
                    yield from ((f"{module}.{each.name}", late) for each in names)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
                yield from _imports(child, True)
            case ast.If(ast.Name("TYPE_CHECKING")):
                yield from _imports(child, True)
            case _:
                yield from _imports(child, late)


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_rooms_import_to_the_right(room: str) -> None:
    """editwright, evaluator, grammar: none imports what stands to its left, and other packages
    only where they belong."""
    wrong = {
        f"{each.file}: {each.module}"
        for each in imports_of(room)
        if each.room not in MAY_IMPORT[room] | set(sys.stdlib_module_names)
    }
    assert sorted(wrong) == []


def test_only_the_parse_table_needs_lark() -> None:
    users = {each.file for room in MAY_IMPORT for each in imports_of(room) if each.room == "lark"}
    assert users == {"grammar/parse_table.py"}


def test_the_grammar_reads_tables_late() -> None:
    """Only a rule file that names a Parquet table needs pyarrow, and only then; numpy reads and
    writes what is kept of large tables."""
    heavy = {each for each in imports_of("grammar") if each.room in ("numpy", "pyarrow")}
    assert {(each.file, each.module) for each in heavy if each.room == "numpy"} == {
        ("grammar/cache.py", "numpy"),
        ("grammar/kept_rules.py", "numpy"),
        ("grammar/table_cache.py", "numpy"),
    }
    assert {each.file for each in heavy if each.room == "pyarrow"} == {"grammar/tables.py"}
    assert all(each.late for each in heavy)


def test_the_front_needs_nothing_heavy_at_once() -> None:
    heavy = {each for each in imports_of("editwright") if each.room == "pyarrow"}
    assert [each for each in heavy if not each.late] == []


def test_the_meaning_of_rules_stands_alone() -> None:
    """The slow evaluator shares nothing with the fast one but dates and lines."""
    allowed = MEANING | {
        "editwright.evaluator.lines.service_line",
        "editwright.evaluator.meaning.dates",
        "editwright.evaluator.meaning.line_fields",
    }
    wrong = {
        f"{each.file}: {each.module}"
        for each in imports_of("evaluator")
        if module_of(each.file) in MEANING and each.room == "evaluator"
        and ".".join(each.module.split(".")[:4]) not in allowed
    }  # fmt: skip
    assert sorted(wrong) == []


STAGES = (
    "unusable", "memory", "growing_memory", "kernels", "tables", "lines", "meaning", "corrections",
    "formats", "findings", "plan", "analysis", "judging", "gathering", "run", "following",
    "comparison", "explaining", "examples", "synthesis", "coverage", "mutation", "report",
)  # fmt: skip


LOOPS_OF_STAGES = {"evaluator/kernels/claim_loops.py": "formats"}
"""Kernels that are part of a stage, and among the kernels to be compiled."""


def test_the_stages_of_the_evaluator_stand_in_a_row() -> None:
    """Each stage imports only what stands before it, its types aside."""
    there = {path.stem for path in (REPOSITORY / "evaluator").iterdir() if path.suffix == ".py"}
    there |= {path.parent.name for path in (REPOSITORY / "evaluator").glob("*/__init__.py")}
    assert there - {"__init__"} == set(STAGES)
    place = {stage: at for at, stage in enumerate(STAGES)}
    wrong = {
        f"{each.file}: {each.module}"
        for each in imports_of("evaluator")
        if each.room == "evaluator" and not each.late and len(each.module.split(".")) > 2
        and place[each.module.split(".")[2]] > place[stage_of(each.file)]
    }  # fmt: skip
    assert sorted(wrong) == []


def stage_of(file: str) -> str:
    return LOOPS_OF_STAGES.get(file) or file.split("/")[1].removesuffix(".py")


def test_checking_starts_light() -> None:
    """Checking rules imports neither numpy nor pyarrow nor, once the parse table is kept, lark."""
    assert syntax()
    program = (
        "import sys\n"
        "from editwright.grammar.check import check_sources\n"
        "from editwright.grammar.source import Source\n"
        "assert check_sources([Source('x', '64643 requires 64642 same date')]).rules\n"
        "print(*sorted({'numpy', 'pyarrow', 'lark', 'pandas'} & sys.modules.keys()))"
    )
    run = subprocess.run(
        [sys.executable, "-c", program],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert run.stdout.split() == []
