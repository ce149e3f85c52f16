"""The command `run --follow`: claims as they arrive."""

import signal
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from editwright.console import complain
from editwright.evaluator.findings.out import OutputError
from editwright.evaluator.following.claim_in_turn import ClaimJudge
from editwright.evaluator.following.follow import Follower, StreamSummary
from editwright.evaluator.following.growing_file import GrowingFile
from editwright.evaluator.following.member_store import MemberStore
from editwright.evaluator.formats.arriving import Arrivals
from editwright.evaluator.formats.column_map import read_column_map
from editwright.evaluator.formats.members import Members
from editwright.evaluator.formats.problems import ClaimsError
from editwright.evaluator.formats.read import ClaimObjects, read_claims
from editwright.evaluator.formats.sources import STANDARD_INPUT
from editwright.evaluator.meaning.reach import reach_of
from editwright.evaluator.run import Evaluator
from editwright.exit_codes import DONE
from editwright.follow_outputs import outputs_of, write_set_aside
from editwright.follow_state import beginning_text, expect_same_rules, remember_history
from editwright.follow_summary import print_summary
from editwright.grammar.checked import CheckedRules


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
    claims = partial(read_claims, column_map=column_map, declared_fields=fields, members=members)
    objects = ClaimObjects(column_map=column_map, declared_fields=fields, members=members)
    evaluator, reach = Evaluator(rules), reach_of(rules.rules)
    evaluator.prepare()
    summary = StreamSummary()
    notes: list[str] = []
    with ExitStack() as files:
        state = Path(options.state) if options.state else None
        store = files.enter_context(MemberStore(state))
        judge = ClaimJudge(evaluator, store, reach, options.late)
        expect_same_rules(options, rules, store, reach, notes)
        if options.history:
            remember_history(partial(claims, options.history, history=True), judge, store, notes)
        findings, *more = outputs = outputs_of(options, store, files)
        store.commit()  # of outputs it must be known where they began
        if not options.quiet:
            print(beginning_text(store, reach, options.late), file=sys.stderr, flush=True)
        arrivals = Arrivals(
            options.claims,
            objects,
            lambda path, on_bad: claims(path, on_bad_line=on_bad).standing_together(),
            partial(_unreadable, summary),
            store.positions(),
        )
        with _signals() as stopped:
            follower = Follower(
                arrivals=arrivals,
                judge=judge,
                store=store,
                findings=findings,
                quarantine=partial(write_set_aside, options.quarantine, more[0] if more else None),
                outputs=[each for each in outputs if isinstance(each, GrowingFile)],
                claim_timeout=options.claim_timeout,
                stopped=stopped,
                once=options.once and options.claims != [STANDARD_INPUT],
                summary=summary,
            )
            follower.run()
        notes += [f"the last line of {name} is not complete" for name in arrivals.unfinished()]
    if not options.quiet:
        print_summary(options, summary, notes)
    return DONE


def _unreadable(summary: StreamSummary, error: ClaimsError) -> None:
    """A file that cannot be read is passed over: a stream does not end for it."""
    summary.unreadable += 1
    complain(error.message, error.help)


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
