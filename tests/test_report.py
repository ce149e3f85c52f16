"""Reports without a browser: whole, escaped, without a network, and without member ids."""

import hashlib
import re
from base64 import b64encode
from itertools import pairwise
from pathlib import Path

import pytest

from editwright.command_line import main
from editwright.evaluator.report import page as pages
from editwright.exit_codes import UNUSABLE
from tests.report_pages import HOSTILE, KINDS, MEMBERS, RULES, Page, make_page

ROOT = Path(__file__).parents[1]
VENDOR = Path(pages.__file__).parent / "vendor"


@pytest.fixture(scope="module", params=KINDS)
def text(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    page = make_page(request.param, tmp_path_factory.mktemp(request.param))
    return page.read_text(encoding="utf-8")


def test_a_page_is_well_formed(text: str) -> None:
    page = Page.of(text)
    assert len(page.ids) == len(set(page.ids))
    assert set(page.pointed) <= set(page.ids)
    assert text.startswith("<!doctype html>")
    assert ("html", {"lang": "en"}) in page.tags


def test_a_page_fetches_nothing(text: str) -> None:
    """No element loads anything, styles neither; and addresses stand only in what libraries call
    names of XML, in their own headings, and in the texts of rules."""
    page = Page.of(text)
    assert page.fetched == []
    styles = "".join(page.texts["style"])
    assert "url(" not in styles
    assert "@import" not in styles
    addresses = set(re.findall(r"https?://[^\s\"'`<>\\]+", text))
    assert {each for each in addresses if "evil.example" not in each} == {
        "http://www.w3.org/1999/xhtml",
        "http://www.w3.org/1999/xlink",
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/2000/xmlns/",
        "http://www.w3.org/XML/1998/namespace",
        "https://d3js.org",
    }


def test_a_page_lets_only_its_own_scripts_run(text: str) -> None:
    page = Page.of(text)
    (policy,) = [
        str(given["content"])
        for tag, given in page.tags
        if tag == "meta" and given.get("http-equiv") == "Content-Security-Policy"
    ]
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe-eval" not in policy
    allowed = re.findall(r"'sha256-([^']+)'", policy)
    scripts = [each for each in page.texts["script"] if not each.startswith("{")]
    digests = [b64encode(hashlib.sha256(each.encode()).digest()).decode() for each in scripts]
    assert digests == allowed


def test_what_rules_and_claims_say_stays_text(text: str) -> None:
    page = Page.of(text)
    assert len([tag for tag, _ in page.tags if tag == "script"]) == 4
    assert not [tag for tag, _ in page.tags if tag in ("img", "b", "i")]
    assert not [given for _, given in page.tags if any(name.startswith("on") for name in given)]
    rule = next(each for each in page.data["rules"] if each["name"] == "ADD-ON")
    assert rule["title"] == HOSTILE
    assert rule["source"] == HOSTILE
    assert rule["version"] == "<b>1</b>"


def test_everything_has_a_name(text: str) -> None:
    """Every control has a label, every table a caption, every chart a caption."""
    page = Page.of(text)
    labelled = {given["for"] for tag, given in page.tags if tag == "label"}
    controls = {given["id"] for tag, given in page.tags if tag in ("input", "select")}
    assert controls == labelled
    tables = [tag for tag, _ in page.tags if tag in ("table", "caption")]
    assert tables == ["table", "caption"] * (len(tables) // 2)
    assert all(page.texts["caption"])
    figures = [tag for tag, _ in page.tags if tag in ("figure", "figcaption")]
    assert figures == ["figure", "figcaption"] * (len(figures) // 2)
    headings = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
    assert headings[0] == 1
    assert headings.count(1) == 1
    assert all(two - one <= 1 for one, two in pairwise(headings))


def test_a_page_names_no_member(text: str) -> None:
    assert not MEMBERS.search(text)


@pytest.mark.parametrize("kind", ["run", "compare"])
def test_members_are_shown_where_that_is_asked_for(kind: str, tmp_path: Path) -> None:
    text = make_page(kind, tmp_path, "--show-members").read_text(encoding="utf-8")
    assert "SECRET-4" in text
    assert "1961-07-04" not in text


def test_the_data_of_a_run(tmp_path: Path) -> None:
    """Findings, claims, charges, months and codes of each rule, and its dearest lines first."""
    data = Page.of(make_page("run", tmp_path).read_text(encoding="utf-8")).data
    add_on, place, watched = data["rules"]
    assert (add_on["findings"], add_on["claims"], add_on["charge"]) == (1, 1, 502)
    assert (place["findings"], place["claims"], place["charge"]) == (2, 2, 492)
    assert (watched["findings"], watched["claims"], watched["charge"]) == (1, 1, 80)
    assert place["months"] == [["2025-06", 1, 80], ["2025-07", 1, 412]]
    assert place["byCode"] == [["64642", 1, 412], ["99213", 1, 80]]
    assert [each["claim"] for each in place["lines"]] == ["C4", "<i>C3</i>"]
    assert (place["from"], place["to"]) == ("2025-01-01", "2025-12-31")
    assert (add_on["from"], add_on["to"]) == ("2024-01-01", None)
    assert data["months"] == [
        ["2025-03", "deny", 1, 502],
        ["2025-06", "pend", 1, 80],
        ["2025-06", "monitor", 1, 80],
        ["2025-07", "pend", 1, 412],
    ]
    assert add_on["text"].startswith("rule ADD-ON ")
    assert [data["examples"][each]["title"] for each in add_on["examples"]] == [
        HOSTILE,
        "it does not hold",
    ]


def test_the_data_of_a_comparison(tmp_path: Path) -> None:
    data = Page.of(make_page("compare", tmp_path).read_text(encoding="utf-8")).data
    place = next(each for each in data["rules"] if each["name"] == "PLACE")
    assert (place["change"], place["newly"], place["denied"]) == ("changed", 2, 492)
    assert [mark for mark, _ in place["difference"]] == [" ", " ", "-", "+", " "]
    watched = next(each for each in data["rules"] if each["name"] == "WATCHED")
    assert watched["change"] == "same"
    assert watched["difference"] is None


def test_the_data_of_a_test(tmp_path: Path) -> None:
    data = Page.of(make_page("test", tmp_path).read_text(encoding="utf-8")).data
    assert [each["holds"] for each in data["examples"]] == [True, False]
    assert data["examples"][1]["unexpected"]
    add_on = data["rules"][0]
    assert 0 < add_on["seen"] < add_on["all"]
    assert not data["surveyed"]


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("-", "a report is a file to be opened"),
        ("report.pdf", "in .html"),
        ("absent/report.html", "there is no such folder"),
    ],
)
def test_a_target_that_cannot_be_written_is_refused_at_once(
    target: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rules, claims = tmp_path / "r.edits", tmp_path / "c.csv"
    rules.write_text(RULES, encoding="utf-8")
    claims.write_text("claim_id,line_number,procedure_code\nC1,1,64643\n", encoding="utf-8")
    there = target if target == "-" else str(tmp_path / target)
    findings = tmp_path / "findings.csv"
    over = ["--claims", str(claims), "--report", there, "-o", str(findings)]
    assert main(["run", str(rules), *over]) == UNUSABLE
    assert said in capsys.readouterr().err
    assert not findings.exists()
    assert main(["test", str(rules), "--report", there]) == UNUSABLE
    assert said in capsys.readouterr().err


def test_rules_without_a_ruleset_and_claims_without_charges(tmp_path: Path) -> None:
    rules, claims = tmp_path / "r.edits", tmp_path / "c.csv"
    rules.write_text("64643 requires 64642 same date\n", encoding="utf-8")
    claims.write_text(
        "claim_id,line_number,procedure_code,service_from\nC1,1,64643,2025-01-01\n",
        encoding="utf-8",
    )
    page = tmp_path / "page.html"
    over = ["--claims", str(claims), "--report", str(page), "-q", "-o", str(tmp_path / "f.csv")]
    assert main(["run", str(rules), *over]) == 0
    text = page.read_text(encoding="utf-8")
    assert "The claims carry no charges" in text
    assert "$" not in "".join(Page.of(text).texts["td"])


def test_a_run_without_findings_and_a_file_without_lines(tmp_path: Path) -> None:
    rules, claims = tmp_path / "r.edits", tmp_path / "c.csv"
    rules.write_text("64643 requires 64642 same date\n", encoding="utf-8")
    page = tmp_path / "page.html"
    for row in ("", "C1,1,99213,2025-01-01\n"):
        claims.write_text(
            f"claim_id,line_number,procedure_code,service_from\n{row}", encoding="utf-8"
        )
        over = ["--claims", str(claims), "--report", str(page), "-q", "-o", str(tmp_path / "f.csv")]
        assert main(["run", str(rules), *over]) == 0
        assert "No rule found anything." in page.read_text(encoding="utf-8")


def test_the_vendored_files_are_those_that_are_listed() -> None:
    """Each library is in its folder with its licence, byte for byte what the table says."""
    listed = (VENDOR / "README.md").read_text(encoding="utf-8")
    scripts = sorted(VENDOR.glob("*/*.js"))
    assert {each.relative_to(VENDOR.parent).as_posix() for each in scripts} == set(pages.LIBRARIES)
    for each in scripts:
        assert f"`{each.name}` `{hashlib.sha256(each.read_bytes()).hexdigest()}`" in listed
        assert (each.parent / "LICENSE").is_file()


def test_every_asset_is_used() -> None:
    code = "".join(each.read_text(encoding="utf-8") for each in VENDOR.parent.glob("*.py"))
    used = set(re.findall(r'"([a-z_]+\.(?:js|css))"', code))
    assert {each.name for each in (VENDOR.parent / "assets").iterdir()} == used


def test_the_guide_says_what_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its commands run and write their pages."""
    guide = (ROOT / "docs" / "reports.md").read_text(encoding="utf-8")
    commands = re.findall(r"^editwright (.*)$", guide, re.MULTILINE)
    assert len(commands) == len(KINDS)
    (tmp_path / "rulesets").symlink_to(ROOT / "rulesets")
    monkeypatch.chdir(tmp_path)
    for command in commands:
        main(command.split())
        assert Page.of((tmp_path / command.split()[-1]).read_text(encoding="utf-8")).data
    assert "CHEMO-ADDON" in (tmp_path / "run.html").read_text(encoding="utf-8")
