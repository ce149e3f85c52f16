"""Sets of codes hold what they say: nested lists, prefixes and ranges, and what is taken out."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from editwright.grammar.check import Checked, check_sources
from editwright.grammar.checked import Values
from editwright.grammar.codes import CodeSet
from editwright.grammar.source import Source

laws = settings.get_profile("laws")

FAMILIES = (
    [f"992{number:02}" for number in range(30)],
    [f"A92{number:02}" for number in range(10)],
    [f"02{number:02}T" for number in range(30)],
    [f"02{number:02}U" for number in range(3)],
)
UNIVERSE = [code for family in FAMILIES for code in family]
PREFIXES = ("9*", "992*", "9920*", "9921*", "A*", "A92*", "02*", "021*", "0213*")

words = st.sampled_from(UNIVERSE) | st.sampled_from(PREFIXES)
ranges = st.sampled_from(FAMILIES).flatmap(
    lambda family: st.tuples(*[st.integers(0, len(family) - 1)] * 2).map(
        lambda ends: f"{family[min(ends)]} to {family[max(ends)]}"
    )
)


@st.composite
def lists(draw: st.DrawFn) -> Mapping[str, tuple[Sequence[str], Sequence[str]]]:
    """Lists by name, each with its members and what is taken out; they may name those before."""
    found: dict[str, tuple[Sequence[str], Sequence[str]]] = {}
    for number in range(draw(st.integers(1, 4))):
        member = words | ranges | st.sampled_from([*found, "99213"])
        found[f"list_{number}"] = (
            draw(st.lists(member, min_size=1, max_size=4)),
            draw(st.lists(member, max_size=2)),
        )
    return found


def codes_in(member: str, known: Mapping[str, set[str]]) -> set[str]:
    """The codes of the universe that a member of a set stands for, the slow and obvious way."""
    first, _, last = member.partition(" to ")
    if last:
        family = next(family for family in FAMILIES if first in family)
        return set(family[family.index(first) : family.index(last) + 1])
    if member.endswith("*"):
        return {code for code in UNIVERSE if code.startswith(member[:-1])}
    return known.get(member, {member})


def check(text: str, folder: Path | None = None) -> Checked:
    path = folder / "codes.edits" if folder else None
    return check_sources([Source("codes.edits", text, path)])


def set_of(checked: Checked, rule: int = 0) -> CodeSet:
    assert checked.rules is not None
    values = checked.rules.rules[rule].subject.codes
    assert isinstance(values, Values)
    return values.codes


@laws
@given(lists())
def test_sets_hold_what_they_say(
    lists: Mapping[str, tuple[Sequence[str], Sequence[str]]],
) -> None:
    """A code is in a list where the list's own words put it; a list is called empty only when it
    is, and codes that are given one by one are counted right."""
    known: dict[str, set[str]] = {}
    text = ""
    for name, (members, without) in lists.items():
        some = set().union(*(codes_in(each, known) for each in members))
        known[name] = some - set().union(*(codes_in(each, known) for each in without))
        text += f"codes {name} = {', '.join(members)}"
        text += f" except {', '.join(without)}\n" if without else "\n"
    checked = check(text + "".join(f"{name} not allowed\n" for name in lists))
    if checked.rules is None:
        assert {each.code for each in checked.diagnostics} == {"E306"}, text
        assert set() in known.values(), text
        return
    for number, name in enumerate(lists):
        codes = set_of(checked, number)
        assert {code for code in UNIVERSE if code in codes} == known[name], text
        assert codes.enumerable in (None, known[name]), text
        for other_number, other in enumerate(lists):
            if known[name] & known[other]:
                assert codes.may_overlap(set_of(checked, other_number)), text


CELLS = "code,glob,name\n64640,1,minor\n64641,2,\n64642,10,major\n64643,,minor\n"

CONDITIONS = {
    "": "0123",
    "when glob = 1": "0",
    'when name = "minor"': "03",
    "when name != minor": "2",
    "when glob > 1": "12",
    "when glob <= 2": "01",
    "when glob in 1, 10": "02",
    "when glob 1 to 5": "01",
    "when glob not in 1, 2": "23",
    "when glob in 1 to 10 except 2": "02",
    "when glob is missing": "3",
    "when glob is not missing and name is not missing": "02",
    "when glob = 1 or name = major": "02",
    "when not (glob = 1 or glob is missing)": "12",
    "when glob < 5 and not name = minor": "1",
}


@pytest.mark.parametrize(("when", "expected"), CONDITIONS.items())
def test_lists_from_files_take_the_rows_that_are_asked_for(
    when: str, expected: str, tmp_path: Path
) -> None:
    """Numbers are compared as numbers; a cell that is missing is neither equal nor less."""
    (tmp_path / "cells.csv").write_text(CELLS, encoding="utf-8")
    text = f'codes c from "cells.csv" column Code {when}\nc not allowed'
    codes = set_of(check(text, tmp_path)).enumerable
    assert codes == frozenset(f"6464{digit}" for digit in expected)


@pytest.mark.parametrize(
    ("diagnosis", "inside", "outside"),
    [
        ("G80.1", ["G801", "G80.1"], ["G80", "G8011", "G81"]),
        ("G80.*", ["G80", "G801", "G80.11"], ["G81", "G8"]),
        ("G80*", ["G80", "G801"], ["G81"]),
        ("G80.1*", ["G801", "G8011"], ["G80", "G802"]),
        ("G80.0 to G80.3", ["G800", "G803"], ["G804", "G80", "G8001"]),
    ],
)
def test_the_dot_of_a_diagnosis_means_nothing(
    diagnosis: str, inside: Sequence[str], outside: Sequence[str]
) -> None:
    checked = check(f"any line not allowed when diagnosis {diagnosis.replace('.', '')}")
    assert checked.rules is not None
    written = check(f"any line not allowed when diagnosis {diagnosis}")
    assert written.rules is not None
    (with_dot,), (without) = written.rules.rules, checked.rules.rules[0]
    assert with_dot.core == without.core
    values = with_dot.core.condition.values  # type: ignore[union-attr]
    assert all(code.replace(".", "") in values.codes for code in inside)
    assert not any(code.replace(".", "") in values.codes for code in outside)
