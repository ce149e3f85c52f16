"""What comes in as columns: a reading of claims, or service lines that are objects already."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence

from attrs import evolve

from editwright.evaluator.formats.read import ClaimsIn
from editwright.evaluator.formats.seen_columns import SeenColumns
from editwright.evaluator.lines.columns import LineColumns
from editwright.evaluator.lines.service_line import ServiceLine
from editwright.evaluator.lines.texts import TextArray, TextColumn
from editwright.evaluator.lines.to_columns import columns_of

LINES_OF_BATCH = 1 << 18


class Incoming:
    """Lines in batches of columns, whatever they come from. Raises `ClaimsError`."""

    def __init__(
        self,
        source: ClaimsIn | Sequence[ServiceLine],
        wanted: Collection[str],
        declared: Mapping[str, str],
    ) -> None:
        self._source = source
        self._wanted = wanted
        self._declared = declared
        self._seen = SeenColumns()
        self._done = 0

    def __iter__(self) -> Iterator[LineColumns]:
        if isinstance(self._source, ClaimsIn):
            yield from self._source.in_columns(self._wanted)
            return
        texts: defaultdict[str, TextColumn] = defaultdict(TextColumn)
        for start in range(0, len(self._source), LINES_OF_BATCH):
            lines = self._source[start : start + LINES_OF_BATCH]
            self._done = start + len(lines)
            yield columns_of(
                lines, self._wanted, declared=self._declared, texts=texts, claims=self._seen.claims
            )

    def narrowed(self, batch: LineColumns) -> LineColumns:
        """A batch with the columns that are wanted alone."""
        if not any(name not in self._wanted for name in (*batch.codes, *batch.days)):
            return batch
        codes = {name: each for name, each in batch.codes.items() if name in self._wanted}
        days = {name: each for name, each in batch.days.items() if name in self._wanted}
        return evolve(batch, codes=codes, days=days)

    def nothing(self) -> LineColumns:
        """A batch without a line."""
        return columns_of((), self._wanted, declared=self._declared)

    def let_go(self) -> TextArray:
        """The ids of the claims by their numbers, when all batches have come; what else was held
        of them goes."""
        if isinstance(self._source, ClaimsIn):
            return self._source.let_go()
        return self._seen.claim_ids

    @property
    def done(self) -> tuple[float, float | None]:
        """How far reading has come, and how far it goes, if that is known."""
        if isinstance(self._source, ClaimsIn):
            return self._source.bytes_read, self._source.bytes_total
        return self._done, len(self._source)
