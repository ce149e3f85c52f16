"""Where `run --follow` writes: findings and what was set aside, to files that grow."""

import sys
from argparse import Namespace
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path

from editwright.evaluator.following.follow import Output
from editwright.evaluator.following.growing_file import GrowingFile
from editwright.evaluator.following.member_store import MemberStore
from editwright.evaluator.formats.problems import BadLine
from editwright.quarantine import heading, row


def outputs_of(options: Namespace, store: MemberStore, files: ExitStack) -> list[Output]:
    """The output of findings, and that of what was set aside where one is asked for. Files go on
    from where the state says that they are good, and the state knows both."""
    known = store.lengths()
    found: list[Output] = []
    for path in (options.output, options.quarantine):
        if path == "-":
            found.append(_StandardOutput())
        elif path is not None:
            output = GrowingFile(path, known.get(str(Path(path).resolve())))
            files.callback(output.close)
            found.append(output)
    store.set_lengths({each.name: each.length for each in found})
    if options.quarantine and not found[1].length:
        found[1].write(heading(options.quarantine).encode())
    return found


class _StandardOutput:
    """Findings to standard output: whoever reads them sees each at least once."""

    name = "standard output"
    length = 0

    def write(self, data: bytes) -> None:
        sys.stdout.buffer.write(data)

    def secure(self) -> None:
        sys.stdout.buffer.flush()


def write_set_aside(path: str | None, output: Output | None, bad: Iterable[BadLine]) -> None:
    """Write what was set aside, if anybody wants it."""
    if path is not None and output is not None:
        for each in bad:
            output.write(row(path, each).encode())
