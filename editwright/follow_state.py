"""The state of `run --follow`: whose rules it is of, and the history in it."""

from argparse import Namespace
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from editwright.console import counted
from editwright.evaluator.following.claim_in_turn import ClaimJudge
from editwright.evaluator.following.follow import remember_all
from editwright.evaluator.following.member_store import MemberStore, StateError
from editwright.evaluator.formats.read import ClaimsIn
from editwright.evaluator.meaning.reach import Reach
from editwright.grammar.checked import CheckedRules


def expect_same_rules(
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


def remember_history(
    read: Callable[[], ClaimsIn], judge: ClaimJudge, store: MemberStore, notes: list[str]
) -> None:
    """Put the lines of `--history` into the state, once: a state that has some keeps it."""
    if store.noted("history") is not None:
        notes.append("the state has its history already; --history was not read again")
        return
    history = read()
    count = remember_all(judge, history.standing_together())
    store.note("history", str(count))
    store.commit()
    if history.bad_lines.count:
        notes.append(f"{counted(history.bad_lines.count, 'line')} of history set aside")


def beginning_text(store: MemberStore, reach: Reach, late: int) -> str:
    """How much there is in the state, and how far back history is kept."""
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
