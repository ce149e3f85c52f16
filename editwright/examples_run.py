"""What the examples of rule files came to, with what was asked for beside: coverage, mutation."""

from typing import TYPE_CHECKING

from attrs import define

if TYPE_CHECKING:
    from editwright.evaluator.coverage.points import Coverage
    from editwright.evaluator.examples.run_examples import ExampleResult
    from editwright.evaluator.mutation.survey import Survey


@define
class ExamplesRun:
    """All that one test run found."""

    samples: list[str]
    results: "list[ExampleResult]"
    files: int
    coverage: "Coverage | None" = None
    survey: "Survey | None" = None

    @property
    def failed(self) -> "list[ExampleResult]":
        """The examples that do not hold."""
        return [result for result in self.results if not result.holds]

    def as_dict(self) -> dict[str, object]:
        """The run as plain values; without what was not asked for."""
        printed: dict[str, object] = {
            "samples": self.samples,
            "examples": [
                {
                    "file": result.source.name,
                    "line": result.line,
                    "title": result.title,
                    "holds": result.holds,
                    "missing": result.missing,
                    "unexpected": result.unexpected,
                }
                for result in self.results
            ],
        }
        if self.coverage is not None:
            printed["coverage"] = self.coverage.as_dict()
        if self.survey is not None:
            printed["mutation"] = self.survey.as_dict()
        return printed
