"""The command `run --follow`: claims as they arrive."""

import signal
import sys
from argparse import Namespace
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from hashlib import sha256
from pathlib import Path

from editwright.console import complain, counted, print_json
from editwright.correction_words import corrected_text
from editwright.evaluator.following.claim_in_turn import ClaimJudge
from editwright.evaluator.following.follow import Follower, Output, StreamSummary, remember_all
from editwright.evaluator.following.growing_file import GrowingFile
from editwright.evaluator.following.member_store import MemberStore, StateError
from editwright.evaluator.following.reach import Reach, reach_of
from editwright.evaluator.formats.arriving import Arrivals
from editwright.evaluator.formats.column_map import read_column_map
from editwright.evaluator.formats.findings_out import OutputError
from editwright.evaluator.formats.members import Members
from editwright.evaluator.formats.problems import BadLine, ClaimsError
from editwright.evaluator.formats.read import ClaimObjects, read_claims
from editwright.evaluator.formats.sources import STANDARD_INPUT
from editwright.evaluator.lines import ServiceLine
from editwright.evaluator.run import Evaluator
from editwright.exit_codes import DONE
from editwright.grammar.checked import CheckedRules
from editwright.quarantine import heading, row


def follow(options: Namespace, rules: CheckedRules, members: Members) -> int:
    """Findings on claims as they arrive, a summary at the end; 0 when it ran. Raises ClaimsError,
    OutputError and StateError."""
    _expect_followable(options)
    return _follow(options, rules, members)


def _expect_followable(options: Namespace) -> None:
    if STANDARD_INPUT in options.claims and len(options.claims) > 1:
        raise ClaimsError("--follow reads standard input or files, not both", "give `-` alone")
    for path in options.claims:
        if path != STANDARD_INPUT and not Path(path).exists():
            raise ClaimsError(f"there is no folder {path}", "make it, or name another one")
        if path != STANDARD_INPUT and not (Path(path).is_dir() or Path(path).is_file()):
            raise ClaimsError(
                f"{path} is neither a folder nor a file", f"read it as `--claims - < {path}`"
            )
    for target in (options.output, options.quarantine, options.state):
        for path in options.claims:
            if target and target != "-" and Path(path).resolve() in Path(target).resolve().parents:
                raise OutputError(
                    f"{target} lies in {path}, which is followed; name another folder"
                )
    if options.format not in (None, "json"):
        raise OutputError("--follow writes NDJSON: leave --format out, or give `json`")
    if options.output != "-" and Path(options.output).suffix not in (".ndjson", ".jsonl", ".json"):
        raise OutputError(f"--follow writes NDJSON: end {options.output} in .ndjson")


def _follow(options: Namespace, rules: CheckedRules, members: Members) -> int:
    fields = rules.declared_fields
    column_map = read_column_map(options.columns, fields) if options.columns else None

    def opened(path: Path, on_bad_line: Callable[[BadLine], None]) -> Iterable[ServiceLine]:
        return read_claims(
            path,
            column_map=column_map,
            declared_fields=fields,
            members=members,
            on_bad_line=on_bad_line,
        ).standing_together()

    evaluator, reach = Evaluator(rules), reach_of(rules.rules)
    evaluator.prepare()
    summary = StreamSummary()
    notes: list[str] = []
    with ExitStack() as files:
        state = Path(options.state) if options.state else None
        store = files.enter_context(MemberStore(state))
        judge = ClaimJudge(evaluator, store, reach, options.late)
        _expect_same_rules(options, rules, store, reach, notes)
        if options.history and store.noted("history") is None:
            history = read_claims(
                options.history,
                column_map=column_map,
                declared_fields=fields,
                history=True,
                members=members,
            )
            count = remember_all(judge, history.standing_together())
            store.note("history", str(count))
            store.commit()
            if history.bad_lines.count:
                notes.append(f"{counted(history.bad_lines.count, 'line')} of history set aside")
        elif options.history:
            notes.append("the state has its history already; --history was not read again")
        findings, *more = outputs = _outputs(options, store, files)
        store.commit()  # of outputs it must be known where they began
        if not options.quiet:
            print(_beginning(store, reach, options.late), file=sys.stderr, flush=True)
        arrivals = Arrivals(
            options.claims,
            ClaimObjects(column_map=column_map, declared_fields=fields, members=members),
            opened,
            partial(_unreadable, summary),
            store.positions(),
        )
        with _signals() as stopped:
            follower = Follower(
                arrivals=arrivals,
                judge=judge,
                store=store,
                findings=findings,
                quarantine=partial(_set_aside, options.quarantine, more[0] if more else None),
                outputs=[each for each in outputs if isinstance(each, GrowingFile)],
                claim_timeout=options.claim_timeout,
                stopped=stopped,
                once=options.once and options.claims != [STANDARD_INPUT],
                summary=summary,
            )
            follower.run()
        notes += [f"the last line of {name} is not complete" for name in arrivals.unfinished()]
    if not options.quiet:
        _print_summary(options, summary, notes)
    return DONE


def _unreadable(summary: StreamSummary, error: ClaimsError) -> None:
    """A file that cannot be read is passed over: a stream does not end for it."""
    summary.unreadable += 1
    complain(error.message, error.help)


def _expect_same_rules(
    options: Namespace,
    rules: CheckedRules,
    store: MemberStore,
    reach: Reach,
    notes: list[str],
) -> None:
    """Raises StateError where the state is of other rules, unless the user goes on with it."""
    digest = sha256()
    for file in rules.files:
        digest.update(file.source.text.encode())
    digest.update((rules.digest or "").encode())
    if options.columns:
        digest.update(Path(options.columns).read_bytes())
    before, now = store.noted("rules"), digest.hexdigest()
    kept = store.noted("days kept")
    days = "all" if reach.days is None else str(reach.days)
    if before not in (None, now):
        if not options.new_rules:
            raise StateError(
                f"{options.state} is the state of other rules or another column map",
                "go on with its history under the new ones with --new-rules, or begin a new state",
            )
        if kept not in ("all", days) and (days == "all" or int(days) > int(kept or 0)):
            notes.append(
                f"the rules before looked back {kept} days: what is older may be missing from the "
                "history, which the new rules look for"
            )
    store.note("rules", now)
    store.note("days kept", days)
    store.commit()


def _outputs(options: Namespace, store: MemberStore, files: ExitStack) -> list[Output]:
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


def _set_aside(path: str | None, output: Output | None, bad: Iterable[BadLine]) -> None:
    if path is not None and output is not None:
        for each in bad:
            output.write(row(path, each).encode())


@contextmanager
def _signals() -> Iterator[Callable[[], bool]]:
    """Whether the user or the system wants an end: the claim at hand is finished first."""
    asked: list[int] = []

    def ask(number: int, _frame: object) -> None:
        if asked:
            raise KeyboardInterrupt  # asked twice: no patience left
        asked.append(number)

    before = {each: signal.signal(each, ask) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: bool(asked)
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _beginning(store: MemberStore, reach: Reach, late: int) -> str:
    members, claims = store.counts()
    start = "following" if store.is_new or not claims else (
        f"going on with {counted(claims, 'claim')} of {counted(members, 'member')}"
    )  # fmt: skip
    if reach.days is None:
        return f"{start}; all history is kept, because rule {reach.rule} needs it"
    if reach.rule is None:
        return f"{start}; no rule looks back; {late} days are kept for claims that come late"
    return (
        f"{start}; {reach.days + late} days of history are kept: rule {reach.rule} looks back "
        f"{reach.days} days, and claims may come {late} days late"
    )


def _print_summary(options: Namespace, summary: StreamSummary, notes: list[str]) -> None:
    if options.summary == "json":
        print_json({**summary.as_dict(), "notes": notes}, sys.stderr)
        return
    print(
        f"{counted(summary.lines, 'line')} of {counted(summary.claims, 'claim')}", file=sys.stderr
    )
    if summary.repeated_lines:
        print(f"{counted(summary.repeated_lines, 'line')} had been judged before", file=sys.stderr)
    for text in corrected_text(summary.corrected):
        print(text, file=sys.stderr)
    touched = counted(summary.lines_with_findings, "line")
    print(f"{counted(summary.findings, 'finding')} on {touched}", file=sys.stderr)
    for (rule, disposition), count in sorted(summary.by_rule.items()):
        print(f"  {rule}  {disposition}  {count:,}", file=sys.stderr)
    print(f"{counted(sum(summary.set_aside.values()), 'line')} set aside", file=sys.stderr)
    for problem, count in sorted(summary.set_aside.items()):
        print(f"  {problem}  {count:,}", file=sys.stderr)
    if summary.unreadable:
        print(f"{counted(summary.unreadable, 'file')} could not be read", file=sys.stderr)
    for note in notes:
        print(f"note: {note}", file=sys.stderr)
