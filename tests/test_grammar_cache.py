"""The parse table is built once and kept; what was kept is used only if it is sound."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from editwright.grammar import parse_table
from editwright.grammar.parse_table import load_parse_table
from editwright.grammar.syntax import syntax

Load = Callable[[], parse_table.ParseTable]


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    """Loads the table with a cache of its own, in `tmp_path`."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("EDITWRIGHT_NO_CACHE", raising=False)
    return load_parse_table.__wrapped__


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every building of the table from now on."""
    found: list[str] = []
    build = parse_table._build

    def note(grammar: str, digest: str) -> dict[str, object]:
        found.append(digest)
        return build(grammar, digest)

    monkeypatch.setattr(parse_table, "_build", note)
    return found


def same(table: parse_table.ParseTable) -> bool:
    return set(table.rules) == set(syntax().table.rules)


def test_the_table_is_built_once(load: Load, built: list[str], tmp_path: Path) -> None:
    assert same(load())
    assert same(load())
    assert len(built) == 1
    assert len(list(tmp_path.rglob("*.json"))) == 1


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "cut off": lambda data: data[: len(data) // 2],
    "empty": lambda data: b"",
    "no text": lambda data: b"\xff\xfe" + data,
    "another shape": lambda data: b"[1, 2]",
    "deep": lambda data: b"[" * 100_000,
    "another start": lambda data: data.replace(b'"start": ', b'"start": 1'),
    "without a seal": lambda data: json.dumps(
        {key: value for key, value in json.loads(data).items() if key != "seal"}
    ).encode(),
    "another grammar": lambda data: data.replace(b'"digest": "', b'"digest": "0'),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_table_is_built_again(
    damage: Callable[[bytes], bytes], load: Load, built: list[str], tmp_path: Path
) -> None:
    load()
    (kept,) = tmp_path.rglob("*.json")
    sound = kept.read_bytes()
    assert damage(sound) != sound
    kept.write_bytes(damage(sound))
    assert same(load())
    assert len(built) == 2
    assert same(load())
    assert len(built) == 2


def test_a_cache_that_cannot_be_written_only_costs_time(
    load: Load, built: list[str], tmp_path: Path
) -> None:
    (tmp_path / "editwright").write_text("a file where the folder should be", encoding="utf-8")
    assert same(load())
    assert same(load())
    assert len(built) == 2


def test_without_a_cache_nothing_is_kept(
    load: Load, built: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDITWRIGHT_NO_CACHE", "1")
    assert same(load())
    assert built
    assert list(tmp_path.rglob("*")) == []
