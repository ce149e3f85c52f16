"""The kernels as they run: compiled, interpreted, and edited since they were compiled."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import editwright
from editwright.evaluator.kernels import judge

TESTS = Path(__file__).parent
ASKED = """
from datetime import date
from editwright import load_text
from editwright.evaluator.kernels import judge, order
rules = load_text("36000 not allowed with 45378 same date\\n36000 at most 1 line per day")
day = date(2024, 2, 29)
lines = [
    {"claim_id": "C", "member_id": "M", "line_number": number, "procedure_code": code,
     "service_from": day}
    for number, code in enumerate(("36000", "36000", "45378"), 1)
]
print(judge.COMPILED, order.COMPILED)
print([(each.rule, each.line_number, each.partners) for each in rules.evaluate(lines)])
"""
ANSWER = (
    "[('R1', 1, (('C', 3),)), ('R1', 2, (('C', 3),)), ('R2', 2, (('C', 1),))]"  # by line and rule
)

READ = """
import pyarrow
from editwright import load_text
texts = {"claim_id": ["C"], "procedure_code": ["36000"], "units": ["98765.4321"],
         "charge": ["123456789"], "service_from": ["2024-02-29"], "service_to": ["20241231"]}
rules = load_text('36000 not allowed when charge = 123456789 and units > 98765.432 '
                  'and date = 2024-02-29')
print([each.message for each in rules.evaluate(pyarrow.table(texts))])
"""

needs_compiled = pytest.mark.skipif(not judge.COMPILED, reason="no kernel is compiled here")


def run(code: str, folder: Path | None = None, **environment: str) -> tuple[list[str], str]:
    """What a new process prints, and its warnings; `folder` is where the package is."""
    path = {"PYTHONPATH": str(folder)} if folder else {}
    done = subprocess.run(
        [sys.executable, "-W", "default", "-c", code],
        env=os.environ | path | environment,
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines(), done.stderr


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """Where a copy of the package is, with its extensions."""
    package = Path(editwright.__file__).parent
    shutil.copytree(package, tmp_path / "editwright", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def test_interpreted_kernels_when_asked_for() -> None:
    """A variable of the environment asks for all of them, without a warning."""
    printed, warned = run(ASKED, EDITWRIGHT_INTERPRETED="1")
    assert printed == ["False False", ANSWER]
    assert "interpreted" not in warned


@pytest.mark.parametrize("interpreted", ["", "1"])
def test_texts_are_read_alike(interpreted: str) -> None:
    """Dates and numbers in texts are the same, compiled and interpreted."""
    printed, _ = run(READ, EDITWRIGHT_INTERPRETED=interpreted)
    assert len(printed) == 1
    assert "2024-02-29" in printed[0]


@needs_compiled
def test_a_copy_is_compiled(copied: Path) -> None:
    """What was not edited since then runs compiled."""
    printed, warned = run(ASKED, copied, EDITWRIGHT_INTERPRETED="")
    assert printed == ["True True", ANSWER]
    assert "interpreted" not in warned


@needs_compiled
def test_an_edited_kernel_is_noticed(copied: Path) -> None:
    """A kernel that was edited after it was compiled runs as it is now, and a warning says so."""
    kernel = copied / "editwright" / "evaluator" / "kernels" / "judge.py"
    text = kernel.read_text(encoding="utf-8")
    kernel.write_text(f"{text}\n# edited\n", encoding="utf-8")
    printed, warned = run(ASKED, copied, EDITWRIGHT_INTERPRETED="")
    assert printed == ["False True", ANSWER]
    assert "RuntimeWarning: the kernels judge were edited after they were compiled" in warned
    never = text.replace(
        "if start == ALWAYS:\n            return 1", "if start == ALWAYS:\n            return 0"
    )
    assert never != text
    kernel.write_text(never, encoding="utf-8")
    printed, warned = run(ASKED, copied, EDITWRIGHT_INTERPRETED="")
    assert printed == ["False True", "[('R2', 2, (('C', 1),))]"]
    assert "RuntimeWarning" in warned


@needs_compiled
@pytest.mark.parametrize(
    "chosen",
    [
        ("test_judging_by_hand.py", "test_judging.py", "-k", "by_hand or pairs"),
        pytest.param(
            (
                "test_judging.py",
                "test_judging_columns.py",
                "test_lexicon.py",
                "test_cases.py",
                "test_x12.py",
                "test_fhir_files.py",
            ),
            marks=pytest.mark.slow,
        ),
    ],
    ids=["few", "all"],
)
def test_interpreted_kernels_say_what_compiled_ones_say(chosen: tuple[str, ...]) -> None:
    """The laws that hold the compiled kernels to the reference hold the interpreted ones to it."""
    named = [str(TESTS / each) if each.endswith(".py") else each for each in chosen]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *named],
        env=os.environ | {"EDITWRIGHT_INTERPRETED": "1"},
        cwd=TESTS.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-5_000:]
