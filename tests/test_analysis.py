"""The analysis of rule files: flawed files have the findings in `golden/analysis`, clean ones none,
and the claims that findings show are judged as they say.

The files in `flawed` are wrong on purpose, those in `clean` look wrong and are not. What is said of
rules is also held against members that were made up (the laws at the end).
"""

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from time import process_time

import pytest
from attrs import evolve
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from editwright.command_line import main
from editwright.diagnostic_codes import known_codes
from editwright.evaluator.analysis.analyse import analyse
from editwright.evaluator.analysis.code_table import CodeTable, read_code_table
from editwright.evaluator.analysis.meanings import MEANING_OF_FINDING
from editwright.evaluator.analysis.suppressions import answered, idle, suppressions_in
from editwright.evaluator.examples.run_examples import lines_of
from editwright.evaluator.lines.service_line import ServiceLine
from editwright.evaluator.meaning.by_reference import ByReference
from editwright.exit_codes import DONE, PROBLEMS, UNUSABLE
from editwright.grammar.check import check_sources, expect_rules
from editwright.grammar.checked import CheckedRules, Limit
from editwright.grammar.diagnostics import Claim, Diagnostic, render
from editwright.grammar.parse import read_source
from editwright.grammar.source import Source

from .evaluation_strategies import cases, expect_checked, members

TESTS = Path(__file__).parent
FLAWED = sorted((TESTS / "flawed").glob("*.edits"))
CLEAN = sorted((TESTS / "clean").glob("*.edits"))
CODES = TESTS / "flawed" / "codes.csv"

_DOES = {
    "denies": "deny",
    "rejects": "reject",
    "pends": "pend",
    "warns of": "warn",
    "reduces": "reduce",
}
_OUTCOME = re.compile(
    r"`([^`]+)`(?: \(rows? .*\))? (denies|rejects|pends|warns of|reduces) line (\d+)"
)


def source_at(path: Path) -> Source:
    source = read_source(path, path.name)
    assert isinstance(source, Source)
    return source


def findings_of(source: Source, table: CodeTable | None = None) -> list[Diagnostic]:
    """What `editwright check` reports of a file."""
    checked = check_sources([source])
    assert not checked.has_errors, [render(each) for each in checked.diagnostics]
    found = analyse(expect_rules(checked), code_table=table)
    comments = suppressions_in(source)
    left = answered([*checked.diagnostics, *found], comments)
    return [*left, *idle(comments, known_codes(), lambda code: not code.startswith("W83"))]


def code_table_of(path: Path) -> CodeTable | None:
    """The table of codes, for the file that is about it."""
    return read_code_table(CODES) if path.stem == "retired" else None


def names(path: Path) -> str:
    return path.stem


@pytest.mark.parametrize("path", FLAWED, ids=names)
def test_flawed_files(path: Path, expect_golden: Callable[[str, str], None]) -> None:
    found = findings_of(source_at(path), code_table_of(path))
    assert found
    expect_golden(f"analysis/{path.stem}.txt", "\n\n".join(map(render, found)) + "\n")


@pytest.mark.parametrize("path", CLEAN, ids=names)
def test_clean_files(path: Path) -> None:
    assert [render(each) for each in findings_of(source_at(path))] == []


def test_every_code_is_found_in_a_flawed_file() -> None:
    found = {
        each.code for path in FLAWED for each in findings_of(source_at(path), code_table_of(path))
    }
    assert found >= {code for code in MEANING_OF_FINDING if code.startswith("W")}


# ---- claims


@pytest.mark.parametrize("path", FLAWED, ids=names)
def test_claims_are_judged_as_findings_say(path: Path) -> None:
    """Each claim of a finding, pasted into the file as an example."""
    source = source_at(path)
    for found in findings_of(source):
        speaks_of_behaviour = found.code in BEHAVIOUR and "more than" not in found.message
        assert bool(found.claims) == speaks_of_behaviour, render(found)
        for claim in found.claims:
            said = set(_OUTCOME.findall(" ; ".join(claim.outcome)))
            verdicts = judged(source, claim)
            spoken = set(re.findall(r"`([A-Z][A-Z0-9.-]*)`", render(found)))
            expected = {(rule, _DOES[does], int(line)) for rule, does, line in said}
            assert {each for each in verdicts if each[0] in spoken} >= expected
            if claim.outcome == ("nothing fires",):
                named = re.findall(r"`([A-Z][A-Z0-9.-]*)`", found.message)
                assert not {rule for rule, _, _ in verdicts} & set(named[:2]), render(found)


BEHAVIOUR = {
    "W811", "W812", "W813", "W814", "W815", "W816", "W817", "W818", "W819", "W820", "W821",
    "W822", "W823",
}  # fmt: skip
"""The codes whose findings say what becomes of claims."""


def judged(source: Source, claim: Claim) -> set[tuple[str, str, int]]:
    """The rule, the disposition and the line of each finding that a claim gets."""
    given_lines = "\n    and   ".join(claim.lines)
    patient = f"    {claim.patient}\n" if claim.patient else ""
    example = f'\nexample "w"\n{patient}    given {given_lines}\n    expect no findings\n'
    rules = expect_rules(check_sources([Source(source.name, source.text + example, source.path)]))
    lines = lines_of(rules.files[0].examples[-1])
    verdicts = ByReference(rules).verdicts(lines)
    return {(rule.name, rule.disposition, each.line.line_number) for rule, each in verdicts}


# ---- the command


def flawed(name: str) -> str:
    return str(TESTS / "flawed" / f"{name}.edits")


def test_warnings_do_not_fail_unless_asked_to(capsys: pytest.CaptureFixture[str]) -> None:
    path = flawed("duplicate-and")
    assert main(["check", path]) == DONE
    assert "W812" in capsys.readouterr().out
    assert main(["check", path, "--strict"]) == PROBLEMS
    assert main(["check", path, "--fail-on", "warning"]) == PROBLEMS
    assert main(["check", path, "--fail-on", "error"]) == DONE
    assert main(["check", path, "--fail-on", "info", "--select", "I"]) == PROBLEMS


def test_selection(capsys: pytest.CaptureFixture[str]) -> None:
    path = flawed("limits")

    def codes(*options: str) -> set[str]:
        main(["check", path, "--format", "json", *options])
        return {each["code"] for each in json.loads(capsys.readouterr().out)["diagnostics"]}

    assert codes() == {"W818"}
    assert codes("--ignore", "W81") == set()
    assert codes("--no-analysis") == set()
    assert codes("--select", "W814,I873", "--select", "i872") == {"I872", "I873"}
    assert codes("--select", "W,I", "--ignore", "I871, I872") == {"W818", "I873"}


def test_a_code_that_there_is_not(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", flawed("limits"), "--select", "X1"]) == UNUSABLE
    assert main(["check", "--explain", "W899"]) == UNUSABLE
    assert main(["check"]) == UNUSABLE
    assert "W811" in capsys.readouterr().err


def test_a_table_of_codes_that_cannot_be_used(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = tmp_path / "codes.csv"
    for text, complaint in (
        ("name\n64643\n", "no column `code`"),
        ("code,kind\n64643,drug\n", "kind `drug`"),
        ("code,ended\n64643,soon\n", "`soon` where a date belongs"),
    ):
        table.write_text(text)
        assert main(["check", flawed("limits"), "--codes", str(table)]) == UNUSABLE
        assert complaint in capsys.readouterr().err
    assert main(["check", flawed("limits"), "--codes", str(tmp_path / "absent.csv")]) == UNUSABLE


def test_json_has_the_claims(capsys: pytest.CaptureFixture[str]) -> None:
    main(["check", flawed("contradiction-dates"), "--format", "json"])
    (found,) = json.loads(capsys.readouterr().out)["diagnostics"]
    assert found["severity"] == "warning"
    assert found["claims"][0] == {
        "patient": "",
        "lines": ["36430 on 2025-07-01"],
        "outcome": ["`NEEDS` denies line 1"],
    }
    assert found["related"][0]["message"] == "`NOT-A` is here"


def test_sarif(capsys: pytest.CaptureFixture[str]) -> None:
    """What SARIF 2.1.0 requires of a log, and of everything that stands in ours."""
    assert main(["check", flawed("versions"), flawed("exemptions"), "--format", "sarif"]) == DONE
    log = json.loads(capsys.readouterr().out)
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("sarif-2.1.0.json")
    (run,) = log["runs"]
    driver = run["tool"]["driver"]
    assert driver["name"] == "editwright"
    assert run["columnKind"] == "unicodeCodePoints"
    assert run["results"]
    for result in run["results"]:
        assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in ("none", "note", "warning", "error")
        assert result["message"]["text"]
        places = [*result["locations"], *result.get("relatedLocations", [])]
        for place in places:
            region = place["physicalLocation"]["region"]
            assert region["startLine"] >= 1
            assert region["startColumn"] >= 1
            assert (region["endLine"], region["endColumn"]) >= (
                region["startLine"],
                region["startColumn"],
            )
            assert place["physicalLocation"]["artifactLocation"]["uri"].startswith("file://")


def test_github(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(TESTS / "flawed")
    assert main(["check", "duplicate-and.edits", "--format", "github"]) == DONE
    printed = capsys.readouterr().out
    assert printed.startswith(
        "::warning file=duplicate-and.edits,line=4,endLine=4,col=5,endColumn=52,title=W812::"
        "`B` says the same as `A`%0Aclaim: "
    )
    assert printed.count("\n") == 1


def test_comments_answer_findings_of_either_rule(tmp_path: Path) -> None:
    path = tmp_path / "a.edits"
    text = (
        "rule A:\n    64643 requires 64642 same date\n\n"
        "rule B:  # allow W811: until June\n    64643 not allowed with 64642 same date\n"
    )
    path.write_text(text)
    assert findings_of(source_at(path)) == []
    path.write_text(text.replace("W811", "W812"))
    assert [each.code for each in findings_of(source_at(path))] == ["W811", "W861"]


def test_a_file_that_others_use_may_hold_what_it_does_not_use(tmp_path: Path) -> None:
    (tmp_path / "lists.edits").write_text("places office = 11\n\nA9270 not allowed\n")
    source = source_at(tmp_path / "lists.edits")
    assert [each.code for each in findings_of(source)] == ["W841"]
    (tmp_path / "policy.edits").write_text(
        'use "lists.edits"\n\n64643 not allowed with place office\n'
    )
    assert findings_of(source) == []


@pytest.mark.parametrize("name", ["chemodenervation.edits", "starter.edits"])
def test_what_ships_is_clean(name: str) -> None:
    source = source_at(TESTS.parent / "rulesets" / name)
    assert [render(each) for each in findings_of(source)] == []


@pytest.mark.parametrize("setting", ["practitioner", "hospital"])
def test_the_ncci_rules_are_clean(setting: str) -> None:
    folder = TESTS.parent / "rulesets" / "ncci" / setting
    sources = [source_at(path) for path in sorted(folder.glob("*.edits"))]
    rules = expect_rules(check_sources(sources, samples=True))
    assert [render(each) for each in analyse(rules)] == []


# ---- laws


@pytest.mark.slow
def test_many_rules_take_seconds() -> None:
    """Rules are found by their codes, so that the time grows as the rules do."""

    def seconds(count: int) -> float:
        text = "\n".join(
            f"{10000 + at % 80000:05} with place {11 + at % 9} requires"
            f" {10001 + (at * 7) % 80000:05} same date"
            for at in range(count)
        )
        rules = expect_rules(check_sources([Source("many.edits", text)]))
        start = process_time()
        analyse(rules)
        return process_time() - start

    few, many = seconds(5_000), seconds(40_000)
    assert many < 16 * few + 1


profile = settings.get_profile("laws")
laws = settings(profile, suppress_health_check=[*HealthCheck])


@laws
@given(data=st.data())
def test_what_is_said_of_rules_holds_for_all_members(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A rule that never fires does not; where a covered rule fires, so does the one that covers
    it, for limits on some line."""
    case = data.draw(cases())
    rules = expect_checked(case, tmp_path_factory.mktemp("law"))
    expect_true(rules, case.members)


_VARIATIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("64643", ("64643", "extremities", "64642 to 64645", "any line")),
    ("64642", ("64642", "primaries", "64642, 64643", "blocks")),
    ("same date", ("same date", "within 3 days", "same calendar month", "ever", "same claim")),
    (r", same \w+( \w+)?", ("", ", same provider", ", same group", ", different provider")),
    (r"\b[123]\b", ("1", "2", "3")),
    (r"\b59\b", ("59", "59, XE", "25")),
    (r"\b11\b", ("11", "11, 19", "22")),
    (r"per \w+( \w+)?", ("per day", "per claim", "per calendar month", "per lifetime", "per line")),
    ("payable ", ("", "payable ")),
    ("(<|<=|>|>=) ", ("< ", "<= ", "> ", ">= ")),
    (r"\n    unless[^\n]*", ("",)),
    ("(deny|pend|reject)", ("deny", "pend", "reject")),
)
"""What a sentence may hold, and what may stand in its place."""


@laws
@given(data=st.data())
def test_what_is_said_of_rules_that_differ_in_a_word(data: st.DataObject) -> None:
    """The same, for rules of which each is nearly another."""
    case = data.draw(cases(most_rules=2))
    bodies = [body_of(rule) for rule in case.rules if "for each" not in rule]
    assume(bodies)
    written = [
        f"rule RULE-{letter}{number}:\n    {varied(data, body) if number else body}"
        for letter, body in zip("AB", bodies, strict=False)
        for number in range(3)
    ]
    case = evolve(case, rules=tuple(written), table={})
    checked = check_sources([Source("trial.edits", case.text)])
    assume(checked.rules is not None)
    more = [data.draw(members("\n".join(written), name=name)) for name in "3456"]
    expect_true(expect_rules(checked), [*case.members, *more])


def body_of(rule: str) -> str:
    return re.sub(r"^rule [^:]*:\n", "", rule).strip().replace("\n", "\n    ")


def varied(data: st.DataObject, body: str) -> str:
    for _ in range(data.draw(st.integers(0, 2))):
        pattern, words = data.draw(st.sampled_from(_VARIATIONS))
        word = data.draw(st.sampled_from(words))
        body = re.sub(pattern, word.replace("\\", ""), body, count=data.draw(st.integers(0, 1)))
    return body


def expect_true(rules: CheckedRules, made_up: Sequence[Sequence[ServiceLine]]) -> None:
    """What the analysis says of the rules holds for these members."""
    found = findings_about(rules)
    assume(found)
    judge = ByReference(rules)
    for member in made_up:
        fired = {(rule.name, each.line.line_number) for rule, each in judge.verdicts(member)}
        for code, named in found:
            lines = [{line for rule, line in fired if rule == name} for name in named]
            if code in ("W814", "W817"):
                assert not lines[0]
            elif code == "W818" or (code in ("W812", "W813") and _is_limit(rules, named[0])):
                assert lines[1] or not lines[0]
            elif code in ("W812", "W813"):
                assert lines[0] <= lines[1]


def findings_about(rules: CheckedRules) -> list[tuple[str, Sequence[str]]]:
    """The code of each finding about behaviour, and the rules that it names."""
    return [
        (each.code, re.findall(r"`([A-Z][A-Z0-9-]*\d*)`", each.message))
        for each in analyse(rules)
        if each.code in BEHAVIOUR
    ]


def _is_limit(rules: CheckedRules, name: str) -> bool:
    return any(rule.name == name and isinstance(rule.core, Limit) for rule in rules.rules)
