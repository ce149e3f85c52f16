"""Why claims and lines of an 837 are set aside. None of these texts quotes the input."""

MOST_LINES = 10_000
LONGEST_CLAIM = 8 << 20
"""In characters: it is held until it ends."""
MOST_DIAGNOSES = 100
LONGEST_ACCOUNT = 100

Problem = tuple[str, str]
"""What is wrong, and what was expected."""

CUT_OFF: Problem = (
    "the claim is cut off",
    "the interchange ends in it; expected its last lines and SE, because a part of a claim would "
    "be judged as if it were the whole",
)
NO_LINES: Problem = (
    "the claim has no service lines",
    "expected LX and SV1, SV2 or SV3 behind CLM, because rules judge lines",
)
MANY_LINES: Problem = (
    "the claim has too many lines",
    f"expected at most {MOST_LINES:,} service lines; a claim has up to 999",
)
LONG_CLAIM: Problem = (
    "the claim is too long",
    f"expected at most {LONGEST_CLAIM >> 20} MiB of segments; probably CLM or SE is missing",
)
MANY_DIAGNOSES: Problem = (
    "the claim has too many diagnoses",
    f"expected at most {MOST_DIAGNOSES} in HI; a claim has up to 25",
)
LONG_ACCOUNT: Problem = (
    "CLM01 is too long",
    f"expected at most {LONGEST_ACCOUNT} characters; the claim is named by it",
)
NO_SERVICE: Problem = (
    "LX without a service line",
    "expected SV1, SV2 or SV3 behind LX, because they say what was done",
)
NO_CLAIM: Problem = (
    "a service line without a claim",
    "expected CLM before it; nobody can say whose line it is",
)
UNSPLIT: Problem = (
    "the procedure code cannot be told from its qualifier",
    "expected a composite such as `HC:99213` with the separator that ISA16 declares",
)
