"""`editwright test --watch`: what changed is tested again, as soon as it is saved."""

import os
import sys
import time
from argparse import Namespace
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from attrs import frozen

from editwright.console import complain
from editwright.exit_codes import DONE, UNUSABLE
from editwright.grammar import nodes
from editwright.grammar.diagnostics import Diagnostic
from editwright.grammar.parse import parse, read_source

EVERY_SECONDS = 0.5

Stamp = tuple[tuple[str, int, int], ...]
"""The files that a rule file is made of, each with the time of its last change and its size."""


@frozen(slots=True)
class Watched:
    """The rule files that are watched, each with its stamp."""

    stamps: Mapping[str, Stamp]

    @classmethod
    def of(cls, names: list[str]) -> "Watched":
        """The files as they are now; of a folder, those that are in it now."""
        return cls({name: stamp_of(Path(name)) for name in _files(names)})

    def changed_since(self, earlier: "Watched") -> list[str]:
        """The files that are new, or of which something changed."""
        return [name for name, stamp in self.stamps.items() if earlier.stamps.get(name) != stamp]


def watch(
    options: Namespace,
    run: Callable[[Namespace], int],
    wait: Callable[[float], None] = time.sleep,
) -> int:
    """Run once, then again for each file that changes, until interrupted."""
    if "-" in options.files:
        complain("standard input cannot be watched", "name the files")
        return UNUSABLE
    try:
        seen = Watched.of(options.files)
        run(options)
        _say(_waiting(seen))
        while True:
            wait(EVERY_SECONDS)
            now = Watched.of(options.files)
            changed = now.changed_since(seen)
            gone = [name for name in seen.stamps if name not in now.stamps]
            seen = now
            for name in gone:
                _say(f"{name} is gone")
            if changed:
                _say(f"\n---- {time.strftime('%H:%M:%S')} {', '.join(changed)}")
                run(Namespace(**{**vars(options), "files": changed}))
            if changed or gone:
                _say(_waiting(seen))
    except KeyboardInterrupt:
        _say("")
        return DONE


def _say(text: str) -> None:
    """What is said about the watching; what a run prints is for others to read."""
    sys.stdout.flush()
    print(text, file=sys.stderr, flush=True)


def _waiting(watched: Watched) -> str:
    count = len(watched.stamps)
    return f"Watching {count} file{'s' * (count != 1)}; Ctrl-C ends."


def _files(names: list[str]) -> Iterator[str]:
    for name in dict.fromkeys(names):
        path = Path(name)
        if path.is_dir():
            yield from (str(each) for each in sorted(path.rglob("*.edits")) if each.is_file())
        elif path.exists():
            yield name


def stamp_of(path: Path) -> Stamp:
    """The state of a rule file, of the files that it uses, and of its tables."""
    return tuple(
        (str(each), int(state.st_mtime_ns), state.st_size)
        for each in sorted(inputs_of(path))
        if (state := _state(each)) is not None
    )


def _state(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except OSError:
        return None


def inputs_of(path: Path) -> set[Path]:
    """All files that a rule file is made of, itself among them."""
    found: set[Path] = set()
    waiting = [path]
    while waiting:
        current = waiting.pop()
        if current in found:
            continue
        found.add(current)
        if current.suffix == ".edits":
            waiting += _named_in(current)
    return found


def _named_in(path: Path) -> Iterator[Path]:
    source = read_source(path, path.name)
    if isinstance(source, Diagnostic):
        return
    for statement in parse(source)[0].statements:
        match statement:
            case nodes.Use(name) | nodes.Table(path=name) | nodes.ListFromFile(path=name):
                named = path.parent / name.text
                yield named
                yield named.with_suffix(".sample.csv")
            case _:
                continue
