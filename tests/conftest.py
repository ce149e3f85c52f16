"""The options of the test run, and the files that hold what tests expect."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

GOLDEN = Path(__file__).parent / "golden"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="rewrite what the tests expect")
    parser.addoption("--run-slow", action="store_true", help="run the slow tests too")


def pytest_configure(config: pytest.Config) -> None:
    """The profile `laws`: the same cases each time, with --run-slow many more of them."""
    slow = config.getoption("--run-slow")
    settings.register_profile(
        "laws",
        max_examples=400 if slow else 50,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--run-slow"):
        for item in items:
            if item.get_closest_marker("slow"):
                item.add_marker(pytest.mark.skip(reason="slow; run with --run-slow"))


@pytest.fixture
def expect_golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compares a text with a file in `golden`; with --update the file becomes the text."""

    def compare(name: str, text: str) -> None:
        path = GOLDEN / name
        if request.config.getoption("--update"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
        assert path.read_text(encoding="utf-8") == text, f"{name} is out of date; see --update"

    return compare
