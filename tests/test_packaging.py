"""What a wheel holds: every package and every data file, under the names that are installed."""

import tomllib
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).parents[1]
ROOMS = {"editwright": "editwright", "grammar": "editwright.grammar",
         "evaluator": "editwright.evaluator", "rulesets": "editwright.rulesets"}  # fmt: skip
"""The top-level folders and the packages as which they are installed."""

SETUPTOOLS: dict[str, Any] = tomllib.loads(
    (REPOSITORY / "pyproject.toml").read_text(encoding="utf-8")
)["tool"]["setuptools"]


def files_of(room: str) -> Iterator[Path]:
    """The files of a room, relative to it; what stands behind links belongs to other rooms."""
    for path in sorted((REPOSITORY / room).rglob("*")):
        inside = path.relative_to(REPOSITORY / room)
        if path.is_file() and "__pycache__" not in inside.parts and path.suffix != ".so":
            first = REPOSITORY / room / inside.parts[0]
            if not first.is_symlink():
                yield inside


@pytest.mark.parametrize("room", ROOMS)
def test_every_package_is_listed(room: str) -> None:
    """A folder with Python in it is a package, and a listed package is a folder."""
    folders = {path.parent for path in files_of(room) if path.suffix == ".py"}
    found = {".".join([ROOMS[room], *folder.parts]) for folder in folders}
    others = [name for name in ROOMS.values() if name.startswith(f"{ROOMS[room]}.")]
    listed = {
        name
        for name in SETUPTOOLS["packages"]
        if name == ROOMS[room] or name.startswith(f"{ROOMS[room]}.")
    }
    assert found == {name for name in listed if not name.startswith(tuple(others))}
    assert SETUPTOOLS["package-dir"][ROOMS[room]] == room


@pytest.mark.parametrize("room", ROOMS)
def test_every_data_file_is_packaged(room: str) -> None:
    """What is no Python comes along because a pattern names it."""
    patterns = SETUPTOOLS["package-data"].get(ROOMS[room], [])
    left_out = [
        str(path)
        for path in files_of(room)
        if path.suffix not in (".py", ".c")
        and not any(fnmatch(str(path), pattern.replace("**/", "*")) for pattern in patterns)
    ]
    assert left_out == []


def test_every_pattern_packages_a_file() -> None:
    """A pattern that matches nothing is a slip."""
    for room, package in ROOMS.items():
        for pattern in SETUPTOOLS["package-data"].get(package, []):
            assert any((REPOSITORY / room).glob(pattern)), (package, pattern)


@pytest.mark.parametrize("room", [room for room in ROOMS if room != "editwright"])
def test_the_rooms_are_linked(room: str) -> None:
    """The links let a checkout see the names that are installed."""
    link = REPOSITORY / "editwright" / room
    assert link.is_symlink()
    assert link.readlink() == Path("..") / room
    assert link.resolve() == REPOSITORY / room
