"""Programs of the kernels: instructions, and fragments of them put together.

A fragment is a list of instructions that leaves one truth on the stack.
"""

from collections.abc import Sequence

from editwright.evaluator.kernels.judge import OP

Instruction = tuple[int, int, int, int, int, int]
Fragment = list[Instruction]
SUBJECT, PARTNER = 0, 1


class UnplannedError(Exception):
    """A construct that no kernel can judge; the text says which."""


def instruction(
    op: str, side: int = SUBJECT, a: int = 0, b: int = 0, c: int = 0, d: int = 0
) -> Instruction:
    """An operation by its name, the line that it looks at, and what it needs to know."""
    return (OP[op], side, a, b, c, d)


TRUE: Fragment = [instruction("CONSTANT", a=1)]
FALSE: Fragment = [instruction("CONSTANT", a=0)]


def all_of(fragments: Sequence[Fragment]) -> Fragment:
    """And; what follows a false part is skipped."""
    parts = [each for each in fragments if each != TRUE]
    if FALSE in parts:
        return FALSE
    return _joined(parts, "AND", 0) if parts else TRUE


def any_of(fragments: Sequence[Fragment]) -> Fragment:
    """Or; what follows a true part is skipped."""
    parts = [each for each in fragments if each != FALSE]
    if TRUE in parts:
        return TRUE
    return _joined(parts, "OR", 1) if parts else FALSE


def negated(fragment: Fragment) -> Fragment:
    """Not."""
    if fragment in (TRUE, FALSE):
        return FALSE if fragment == TRUE else TRUE
    return [*fragment, instruction("NOT")]


def _joined(parts: Sequence[Fragment], op: str, decided: int) -> Fragment:
    whole = list(parts[0])
    for part in parts[1:]:
        whole.append(instruction("SKIP_IF", a=decided, b=len(part) + 1))
        whole += part
        whole.append(instruction(op))
    return whole
