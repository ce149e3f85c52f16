"""Reports in a real browser: nothing is fetched, nothing goes wrong, everything can be reached.

Needs Chromium (of the system) and playwright; without them these tests are left out.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from attrs import define, field

from tests.report_pages import HOSTILE, KINDS, MEMBERS, large_page, make_page

sync_api: Any = pytest.importorskip("playwright.sync_api")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium")

QUIET = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")

CHECKS = Path(__file__).parent / "browser"
CONTRAST = (CHECKS / "contrast.js").read_text(encoding="utf-8")
NAMES = (CHECKS / "names.js").read_text(encoding="utf-8")


@define
class Opened:
    """A page in the browser, and everything that went wrong with it."""

    page: Any
    wrong: list[str] = field(factory=list)

    def listen(self) -> None:
        self.page.on("console", lambda said: self.wrong.append(f"console: {said.text}"))
        self.page.on("pageerror", lambda error: self.wrong.append(f"error: {error}"))
        self.page.on("dialog", lambda dialog: self.wrong.append(f"dialog: {dialog.message}"))
        self.page.on(
            "request",
            lambda request: (
                None
                if request.url.startswith("file:")
                else self.wrong.append(f"request: {request.url}")
            ),
        )

    def status(self, name: str = "rule-list") -> str:
        text: str = self.page.locator(f"#{name}-status").inner_text()
        return text

    def names(self, name: str = "rule-list") -> list[str]:
        found: list[str] = self.page.locator(f"#{name} .opener").all_inner_texts()
        return found


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {kind: make_page(kind, tmp_path_factory.mktemp(kind)) for kind in KINDS}


@pytest.fixture
def opened(
    request: pytest.FixtureRequest, browser: Any, pages: dict[str, Path]
) -> Iterator[Opened]:
    kind, options = request.param
    page = browser.new_page(**options)
    opened = Opened(page)
    opened.listen()
    page.goto(pages[kind].as_uri())
    page.wait_for_timeout(250)  # charts that follow the list wait until typing has stopped
    yield opened
    page.close()
    assert opened.wrong == []


def each_kind(**options: object) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(
        "opened", [(kind, options) for kind in KINDS], ids=KINDS, indirect=True
    )


def one(kind: str, **options: object) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("opened", [(kind, options)], ids=[kind], indirect=True)


@pytest.mark.parametrize(
    "opened",
    [(kind, {"color_scheme": scheme}) for kind in KINDS for scheme in ("light", "dark")],
    ids=str,
    indirect=True,
)
def test_it_opens_with_its_charts_in_both_colours(opened: Opened) -> None:
    page = opened.page
    charts = page.locator("main .drawing svg[role=img]")
    assert charts.count() >= 2
    for at in range(charts.count()):
        assert charts.nth(at).get_attribute("aria-label")
        assert charts.nth(at).locator("rect, path").count()
    for opener in page.locator(".opener").all():
        opener.click()
    assert page.evaluate(CONTRAST) == []
    assert not MEMBERS.search(page.locator("body").inner_text())


@each_kind()
def test_everything_has_a_name(opened: Opened) -> None:
    for opener in opened.page.locator(".opener").all():
        opener.click()
    for summary in opened.page.locator("summary").all():
        summary.click()
    assert opened.page.evaluate(NAMES) == []


@each_kind()
def test_a_search_narrows_the_list(opened: Opened) -> None:
    page = opened.page
    assert opened.status() == "3 rules"
    page.get_by_label("Search the rules").fill("office PLACE")
    assert opened.names() == ["PLACE"]
    assert opened.status() == "1 of 3 rules"
    page.get_by_label("Search the rules").fill("nothing is called so")
    assert opened.names() == []
    assert opened.status() == "None of 3 rules is like this."
    page.wait_for_timeout(250)
    page.get_by_label("Search the rules").fill("")
    assert len(opened.names()) == 3


@each_kind()
def test_a_heading_sorts(opened: Opened) -> None:
    head = opened.page.locator("#rule-list th", has=opened.page.locator("button[data-key=name]"))
    head.locator("button").click()
    assert head.get_attribute("aria-sort") == "ascending"
    assert opened.names() == ["ADD-ON", "PLACE", "WATCHED"]
    head.locator("button").click()
    assert head.get_attribute("aria-sort") == "descending"
    assert opened.names() == ["WATCHED", "PLACE", "ADD-ON"]
    assert opened.page.locator("#rule-list [aria-sort]").count() == 1


@one("run")
def test_a_choice_narrows_list_and_charts(opened: Opened) -> None:
    page = opened.page
    page.get_by_label("Disposition").select_option("monitor")
    assert opened.names() == ["WATCHED"]
    page.wait_for_timeout(250)
    assert "WATCHED" in page.locator("#by-rule svg").text_content()
    assert "PLACE" not in page.locator("#by-rule svg").text_content()
    page.get_by_label("Shown").select_option("charges")
    assert "$80" in page.locator("#by-rule svg").text_content()


@one("run")
def test_a_rule_opens_to_all_that_is_known_of_it(opened: Opened) -> None:
    opened.page.get_by_role("button", name="ADD-ON").click()
    panel = opened.page.locator(".panel")
    text = panel.inner_text()
    for expected in (HOSTILE, "CO-107 N122", "from 2024-01-01", "C2, 1", "$502.00", "64643-LT"):
        assert expected in text
    assert panel.locator("pre .keyword").all_inner_texts()[:2] == ["rule", "requires"]
    assert opened.page.locator("img").count() == 0


@one("test")
def test_an_example_that_fails_is_seen_first(opened: Opened) -> None:
    assert opened.names("example-list")[0] == "it does not hold"
    opened.page.get_by_role("button", name="it does not hold").click()
    assert "found, but not expected: ADD-ON on line 1" in opened.page.locator(".panel").inner_text()
    assert "✗ fails" in opened.page.locator("#result").inner_text()


@one("compare")
def test_a_changed_rule_shows_its_difference(opened: Opened) -> None:
    opened.page.get_by_role("button", name="PLACE").click()
    lines = opened.page.locator(".panel pre").first.locator(".line").all_inner_texts()
    assert [line.strip() for line in lines if line[0] != " "] == [
        "\N{MINUS SIGN}     otherwise pend",
        "+     otherwise deny as CO-5",
    ]
    assert "newly denied" in opened.page.locator("#largest caption").inner_text().lower()


@each_kind()
def test_the_keyboard_reaches_everything(opened: Opened) -> None:
    """Tab goes from the skip link through controls, headings and rules; Enter opens and closes,
    and what has the focus keeps it and shows it."""
    page = opened.page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the report"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "report"
    seen = set()
    for _ in range(80):
        page.keyboard.press("Tab")
        seen.add(page.evaluate("document.activeElement.id || document.activeElement.textContent"))
        focus = page.evaluate(
            "(({outlineStyle, outlineWidth}) => [outlineStyle, outlineWidth])"
            "(getComputedStyle(document.activeElement))"
        )
        assert focus[0] != "none"
        if page.evaluate("document.activeElement.className") == "opener":
            break
    assert {"rule-list-search", "Rule"} <= seen
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.ariaExpanded") == "true"
    assert page.locator(".panel").count() == 1
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.ariaExpanded") == "false"


@one("run")
def test_an_address_leads_to_a_rule(opened: Opened) -> None:
    page = opened.page
    page.get_by_label("Search the rules").fill("ADD-ON")
    page.evaluate("location.hash = '#rule=PLACE'")
    page.wait_for_timeout(100)
    assert "In the office" in page.locator(".panel").inner_text()
    assert page.evaluate("document.activeElement.textContent") == "PLACE"


@one("run", color_scheme="light")
def test_colours_are_chosen_and_kept(opened: Opened) -> None:
    page = opened.page
    colour = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(colour)
    page.get_by_label("Colours").select_option("dark")
    dark = page.evaluate(colour)
    assert dark != light
    page.reload()
    assert page.evaluate(colour) == dark
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "light"


@each_kind(viewport={"width": 360, "height": 800})
def test_a_narrow_screen_needs_no_scrolling_sideways(opened: Opened) -> None:
    opened.page.locator(".opener").first.click()
    width = opened.page.evaluate("document.documentElement.scrollWidth")
    assert width <= 360


@each_kind()
def test_it_prints(opened: Opened) -> None:
    """On paper there are no controls, and what the reader opened is there."""
    page = opened.page
    page.locator(".opener").first.click()
    page.emulate_media(media="print")
    for gone in (".controls", "body > nav", ".colours"):
        assert not page.locator(gone).first.is_visible()
    assert page.locator(".panel").is_visible()
    assert page.pdf(format="Letter").startswith(b"%PDF")


@pytest.mark.slow
def test_many_rules_and_findings(browser: Any, tmp_path: Path) -> None:
    """Five thousand rules and a million findings: a file to send, opened and narrowed at once."""
    page_path = large_page(tmp_path, rules=5_000, lines=1_000_000)
    assert page_path.stat().st_size < 15_000_000
    page = browser.new_page()
    opened = Opened(page)
    opened.listen()
    page.goto(page_path.as_uri())
    spent = page.evaluate("performance.getEntriesByType('navigation')[0].duration")
    assert spent < 5_000
    assert opened.status().startswith("5,000 rules")
    for wanted, found in (
        ("policy section 2", "5,000"),
        ("POLICY-00042", "1 of"),
        ("", "5,000"),
    ):
        spent = page.evaluate(
            """(wanted) => {
                const search = document.querySelector("#rule-list-search");
                const start = performance.now();
                search.value = wanted;
                search.dispatchEvent(new Event("input"));
                document.body.getBoundingClientRect();
                return performance.now() - start;
            }""",
            wanted,
        )
        assert found in opened.status()
        assert spent < 1_000
    page.wait_for_timeout(500)
    assert opened.wrong == []
    page.close()
