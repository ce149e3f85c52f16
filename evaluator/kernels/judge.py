"""A plan and the lines of members, in order, to hits: which rule fires on which line.

One interpreter over the plan's arrays for every rule. Truth is 0 (false), 1 (true) or 2 (unknown).
A condition is a program: instructions of six numbers for a stack of truths (see `plan.Op`, whose
numbers are repeated here because a compiled loop reads no Python). Lines are positions in the
batch: members one after the other, each one's lines by date, those without a date last.
"""

try:
    import cython
except ImportError:
    from editwright.evaluator.kernels import types as cython

from collections.abc import Mapping
from typing import Any

import numpy as np

COMPILED = cython.compiled

OP = {
    name: number
    for number, name in enumerate(
        "END AND OR NOT SKIP_IF CODE_IN_SET CODE_IN_ROWS SAME_DATE SAME_TEXT IN_SET LIST_IN_SET "
        "ROW_TRUTH COMPARE COMPARE_FIELD COMPARE_ROWS TEXT_IN_ROWS LIST_IN_ROWS SAME_TEXTS "
        "NO_NUMBER NO_TEXT NO_LIST SAME_NUMBER SAME_SET SHARE SAME_CLAIM SAME_MONTH WINDOW "
        "CONSTANT".split()
    )
}
"""The instructions. Each is six numbers: this, 1 to ask the other line, and four operands."""
CORE = {"violates": 0, "needs": 1, "excludes": 2, "limit": 3}
PERIOD = {
    "line": 0, "day": 1, "claim": 2, "calendar month": 3, "calendar year": 4, "lifetime": 5,
    "rolling": 6,
}  # fmt: skip
COUNTED = {"units": 0, "lines": 1, "dates": 2}
OPERATOR = {"=": 0, "!=": 1, "<": 2, "<=": 3, ">": 4, ">=": 5}
UNIT = {"days": 0, "months": 1, "years": 2}
BEFORE, AFTER, ON, FROM_PARTNER = 1, 2, 4, 8
"""What `WINDOW` allows, added up."""
NEVER_TRUE, ALWAYS_TRUE = -2, -1
"""Programs of no instructions."""
FIRST_SET_CELL = -2
"""A cell of a row that holds set n is this less n; a cell below zero else is missing."""

OP_END = cython.declare(cython.int, OP["END"])
OP_AND = cython.declare(cython.int, OP["AND"])
OP_OR = cython.declare(cython.int, OP["OR"])
OP_NOT = cython.declare(cython.int, OP["NOT"])
OP_SKIP_IF = cython.declare(cython.int, OP["SKIP_IF"])
OP_CODE_IN_SET = cython.declare(cython.int, OP["CODE_IN_SET"])
OP_CODE_IN_ROWS = cython.declare(cython.int, OP["CODE_IN_ROWS"])
OP_SAME_DATE = cython.declare(cython.int, OP["SAME_DATE"])
OP_SAME_TEXT = cython.declare(cython.int, OP["SAME_TEXT"])
OP_IN_SET = cython.declare(cython.int, OP["IN_SET"])
OP_LIST_IN_SET = cython.declare(cython.int, OP["LIST_IN_SET"])
OP_ROW_TRUTH = cython.declare(cython.int, OP["ROW_TRUTH"])
OP_COMPARE = cython.declare(cython.int, OP["COMPARE"])
OP_COMPARE_FIELD = cython.declare(cython.int, OP["COMPARE_FIELD"])
OP_COMPARE_ROWS = cython.declare(cython.int, OP["COMPARE_ROWS"])
OP_TEXT_IN_ROWS = cython.declare(cython.int, OP["TEXT_IN_ROWS"])
OP_LIST_IN_ROWS = cython.declare(cython.int, OP["LIST_IN_ROWS"])
OP_SAME_TEXTS = cython.declare(cython.int, OP["SAME_TEXTS"])
OP_NO_NUMBER = cython.declare(cython.int, OP["NO_NUMBER"])
OP_NO_TEXT = cython.declare(cython.int, OP["NO_TEXT"])
OP_NO_LIST = cython.declare(cython.int, OP["NO_LIST"])
OP_SAME_NUMBER = cython.declare(cython.int, OP["SAME_NUMBER"])
OP_SAME_SET = cython.declare(cython.int, OP["SAME_SET"])
OP_SHARE = cython.declare(cython.int, OP["SHARE"])
OP_SAME_CLAIM = cython.declare(cython.int, OP["SAME_CLAIM"])
OP_SAME_MONTH = cython.declare(cython.int, OP["SAME_MONTH"])
OP_WINDOW = cython.declare(cython.int, OP["WINDOW"])
VIOLATES = cython.declare(cython.int, CORE["violates"])
NEEDS = cython.declare(cython.int, CORE["needs"])
LIMIT = cython.declare(cython.int, CORE["limit"])
PER_LINE = cython.declare(cython.int, PERIOD["line"])
PER_DAY = cython.declare(cython.int, PERIOD["day"])
PER_CLAIM = cython.declare(cython.int, PERIOD["claim"])
PER_MONTH = cython.declare(cython.int, PERIOD["calendar month"])
PER_YEAR = cython.declare(cython.int, PERIOD["calendar year"])
PER_LIFETIME = cython.declare(cython.int, PERIOD["lifetime"])
UNITS = cython.declare(cython.int, COUNTED["units"])
LINES = cython.declare(cython.int, COUNTED["lines"])
DATES = cython.declare(cython.int, COUNTED["dates"])
THE_LINE = cython.declare(cython.int, 1)
THE_CLAIM = cython.declare(cython.int, 2)
ON_DATE = cython.declare(cython.int, 1)
ALWAYS = cython.declare(cython.int, ALWAYS_TRUE)
NEVER = cython.declare(cython.int, NEVER_TRUE)
FIRST_SET = cython.declare(cython.int, FIRST_SET_CELL)
NO_CODE = cython.declare(cython.int, -1)
MISSING_DAY = cython.declare(cython.int, -(2**31))
NOTHING = cython.declare(cython.longlong, -(2**63))
FOR_ONE_BATCH = cython.declare(cython.int, 2**30)
LINE_OF = cython.declare(cython.longlong, 2**32 - 1)


def _view(array: Any) -> Any:
    """An array as the kernel reads it; interpreted, numbers must be Python's own."""
    return array if cython.compiled else memoryview(array)


def _grown(view: Any) -> Any:
    """A larger copy of a buffer."""
    array = np.asarray(view)
    larger = np.empty(2 * len(array) + 16, dtype=array.dtype)
    larger[: len(array)] = array
    return _view(larger)


@cython.final
@cython.cclass
class Judge:
    """Judges members by a program, and collects the hits. One for each thread.

    `hits` is int64 of shape (hits, 7): instance, line, first partner, number of partners, total,
    limit, units still allowed; `partners` are positions of lines.
    """

    # the plan
    ops: cython.int[::1]
    constants: cython.longlong[::1]
    set_start: cython.int[::1]
    set_values: cython.int[::1]
    row_codes: cython.int[::1]
    row_numbers: cython.longlong[::1]
    row_truths: cython.uchar[::1]
    inst_rule: cython.int[::1]
    inst_first: cython.int[::1]
    inst_last: cython.int[::1]
    by_code_start: cython.int[::1]
    by_code_end: cython.int[::1]
    by_code: cython.int[::1]
    sets_start: cython.int[::1]
    sets_end: cython.int[::1]
    sets: cython.int[::1]
    scanned: cython.int[::1]
    core: cython.int[::1]
    level: cython.int[::1]
    asking: cython.int[::1]
    denies: cython.int[::1]
    keyed: cython.int[::1]
    first_day: cython.int[::1]
    last_day: cython.int[::1]
    dated: cython.int[::1]
    row_first: cython.int[::1]
    row_last: cython.int[::1]
    subject: cython.int[::1]
    exempt: cython.int[::1]
    plain: cython.int[::1]
    pair_test: cython.int[::1]
    exempt_start: cython.int[::1]
    pair_exempt: cython.int[::1]
    violation: cython.int[::1]
    rule_partners: cython.int[::1]
    needed: cython.int[::1]
    needed_row: cython.int[::1]
    needed_all: cython.int[::1]
    limit: cython.longlong[::1]
    limit_row: cython.int[::1]
    counted: cython.int[::1]
    period: cython.int[::1]
    period_count: cython.int[::1]
    period_row: cython.int[::1]
    period_unit: cython.int[::1]
    period_like: cython.int[::1]
    together: cython.int[::1]
    every: cython.int[::1]
    reduces: cython.int[::1]
    partner_test: cython.int[::1]
    partner_payable: cython.int[::1]
    partner_scope: cython.int[::1]
    partner_column: cython.int[::1]
    freed_partners: cython.int[::1]
    freed_when: cython.int[::1]
    levels: cython.int
    pair_codes: cython.int
    pair_whole: cython.int
    pair_like: cython.int
    scale: cython.longlong
    first_calendar_day: cython.int
    last_calendar_day: cython.int
    # the pairs of the codes at hand
    pair_start: cython.const[cython.int][::1]
    pair_partner: cython.const[cython.int][::1]
    pair_inst: cython.const[cython.int][::1]
    near_row: cython.const[cython.int][::1]
    near_column: cython.const[cython.int][::1]
    near_bits: cython.const[cython.uchar][::1]
    near_width: cython.int
    # the batch
    day: cython.const[cython.int][::1]
    claim: cython.const[cython.int][::1]
    code: cython.const[cython.int][::1]
    history: cython.const[cython.uchar][::1]
    denied: cython.uchar[::1]
    codes: cython.const[cython.int][:, ::1]
    numbers: cython.const[cython.longlong][:, ::1]
    list_start: cython.const[cython.int][:, ::1]
    list_values: cython.const[cython.int][::1]
    members: cython.int[::1]
    # the hits
    hits: cython.longlong[::1]
    hit_count: cython.Py_ssize_t
    partner_lines: cython.int[::1]
    partner_count: cython.Py_ssize_t
    # the member at hand
    first: cython.int
    last: cython.int
    undated: cython.int
    now: cython.int
    newly_denied: cython.longlong
    date_start: cython.Py_ssize_t
    # scratch
    stack: cython.int[::1]
    rows: cython.int[::1]
    row_from: cython.int
    row_to: cython.int
    work: cython.longlong[::1]
    work_count: cython.Py_ssize_t
    later: cython.longlong[::1]
    later_count: cython.Py_ssize_t
    asked: cython.longlong[::1]
    asked_count: cython.Py_ssize_t
    day_work: cython.longlong[::1]
    day_work_count: cython.Py_ssize_t
    pair_work: cython.longlong[::1]
    pair_work_count: cython.Py_ssize_t
    counting: cython.int[::1]
    counts_for: cython.longlong[::1]
    is_counted: cython.uchar[::1]
    different: cython.int[::1]

    def __init__(self, arrays: Mapping[str, Any], numbers: Mapping[str, int]) -> None:
        self.ops = _view(arrays["ops"])
        self.constants = _view(arrays["constants"])
        self.set_start = _view(arrays["set_start"])
        self.set_values = _view(arrays["set_values"])
        self.row_codes = _view(arrays["row_codes"])
        self.row_numbers = _view(arrays["row_numbers"])
        self.row_truths = _view(arrays["row_truths"])
        self.inst_rule = _view(arrays["inst_rule"])
        self.inst_first = _view(arrays["inst_first"])
        self.inst_last = _view(arrays["inst_last"])
        self.scanned = _view(arrays["scanned"])
        self.core = _view(arrays["core"])
        self.level = _view(arrays["level"])
        self.asking = _view(arrays["asking"])
        self.denies = _view(arrays["denies"])
        self.keyed = _view(arrays["keyed"])
        self.first_day = _view(arrays["first_day"])
        self.last_day = _view(arrays["last_day"])
        self.dated = _view(arrays["dated"])
        self.row_first = _view(arrays["row_first"])
        self.row_last = _view(arrays["row_last"])
        self.subject = _view(arrays["subject"])
        self.exempt = _view(arrays["exempt"])
        self.plain = _view(arrays["plain"])
        self.pair_test = _view(arrays["pair_test"])
        self.exempt_start = _view(arrays["exempt_start"])
        self.pair_exempt = _view(arrays["pair_exempt"])
        self.violation = _view(arrays["violation"])
        self.rule_partners = _view(arrays["rule_partners"])
        self.needed = _view(arrays["needed"])
        self.needed_row = _view(arrays["needed_row"])
        self.needed_all = _view(arrays["needed_all"])
        self.limit = _view(arrays["limit"])
        self.limit_row = _view(arrays["limit_row"])
        self.counted = _view(arrays["counted"])
        self.period = _view(arrays["period"])
        self.period_count = _view(arrays["period_count"])
        self.period_row = _view(arrays["period_row"])
        self.period_unit = _view(arrays["period_unit"])
        self.period_like = _view(arrays["period_like"])
        self.together = _view(arrays["together"])
        self.every = _view(arrays["every"])
        self.reduces = _view(arrays["reduces"])
        self.partner_test = _view(arrays["partner_test"])
        self.partner_payable = _view(arrays["partner_payable"])
        self.partner_scope = _view(arrays["partner_scope"])
        self.partner_column = _view(arrays["partner_column"])
        self.freed_partners = _view(arrays["freed_partners"])
        self.freed_when = _view(arrays["freed_when"])
        self.levels = numbers["levels"]
        self.pair_codes = numbers["pair_codes"]
        self.pair_whole = numbers["pair_whole"]
        self.pair_like = numbers["pair_like"]
        self.scale = numbers["scale"]
        self.first_calendar_day = numbers["first_calendar_day"]
        self.last_calendar_day = numbers["last_calendar_day"]
        self.hits = _view(np.empty(7 * 64, dtype=np.int64))
        self.partner_lines = _view(np.empty(64, dtype=np.int32))
        self.stack = _view(np.empty(256, dtype=np.int32))
        self.rows = _view(np.empty(64, dtype=np.int32))
        self.work = _view(np.empty(64, dtype=np.int64))
        self.later = _view(np.empty(64, dtype=np.int64))
        self.asked = _view(np.empty(64, dtype=np.int64))
        self.day_work = _view(np.empty(64, dtype=np.int64))
        self.pair_work = _view(np.empty(64, dtype=np.int64))
        self.counting = _view(np.empty(64, dtype=np.int32))
        self.counts_for = _view(np.empty(64, dtype=np.int64))
        self.is_counted = _view(np.empty(64, dtype=np.uint8))
        self.different = _view(np.empty(64, dtype=np.int32))

    def learn(self, arrays: Mapping[str, Any]) -> None:
        """Take what texts lead to; it grows with the lexicon."""
        self.by_code_start = _view(arrays["by_code_start"])
        self.by_code_end = _view(arrays["by_code_end"])
        self.by_code = _view(arrays["by_code"])
        self.sets_start = _view(arrays["sets_start"])
        self.sets_end = _view(arrays["sets_end"])
        self.sets = _view(arrays["sets"])

    def look(self, pairs: Any) -> None:
        """Take the pairs of codes that there are (see `pairs.Pairs`)."""
        self.pair_start = _view(pairs.start)
        self.pair_partner = _view(pairs.partner)
        self.pair_inst = _view(pairs.inst)
        self.near_row = _view(pairs.row)
        self.near_column = _view(pairs.column)
        self.near_bits = _view(pairs.bits)
        self.near_width = pairs.width

    def load(self, batch: Any) -> None:
        """Take a batch (see `batch.Batch`), and forget the hits of the last one."""
        self.day = _view(batch.day)
        self.claim = _view(batch.claim)
        self.code = _view(batch.code)
        self.history = _view(batch.history)
        self.denied = _view(batch.denied)
        self.codes = _view(batch.codes)
        self.numbers = _view(batch.numbers)
        self.list_start = _view(batch.list_start)
        self.list_values = _view(batch.list_values)
        self.members = _view(batch.members)
        self.hit_count = 0
        self.partner_count = 0
        self.newly_denied = 0

    def judge(self, first_member: cython.int, last_member: cython.int) -> None:
        """Judge members of the batch, from one to before another."""
        member: cython.int
        with cython.nogil:
            for member in range(first_member, last_member):
                self._judge_member(self.members[member], self.members[member + 1])

    def judge_anew(self, first_member: cython.int, last_member: cython.int) -> cython.Py_ssize_t:
        """Judge members by what the batch's arrays hold now, and forget the hits from before; how
        many hits there are."""
        self.hit_count = 0
        self.partner_count = 0
        self.newly_denied = 0
        self.judge(first_member, last_member)
        return self.hit_count

    def found(self) -> tuple[Any, Any]:
        """The hits so far, and the partners' positions."""
        hits = np.asarray(self.hits)[: 7 * self.hit_count].reshape(-1, 7)
        return hits.copy(), np.asarray(self.partner_lines)[: self.partner_count].copy()

    # ---- a member

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _judge_member(self, first: cython.int, last: cython.int) -> cython.void:
        start: cython.Py_ssize_t
        partner_start: cython.Py_ssize_t
        at: cython.Py_ssize_t
        self.first = first
        self.last = last
        self.undated = last
        while self.undated > first and self.day[self.undated - 1] == MISSING_DAY:
            self.undated -= 1
        level: cython.int
        for level in range(self.levels):
            self.now = level
            self.work_count = 0
            self.asked_count = 0
            if level == 0:
                self.later_count = 0
                self._judge_lines()
            else:
                self._judge_later()
            self._judge_worklist(self.work, self.work_count)
            if self.asked_count == 0:
                continue
            start = self.hit_count
            partner_start = self.partner_count
            self.newly_denied = 1
            while self.newly_denied:
                self.newly_denied = 0
                self.hit_count = start
                self.partner_count = partner_start
                for at in range(self.asked_count):
                    self._judge_one(
                        cython.cast(cython.int, self.asked[at] >> 32),
                        cython.cast(cython.int, self.asked[at] & LINE_OF),
                    )

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _judge_lines(self) -> cython.void:
        """Every line with the instances that its code leads to, day by day."""
        group: cython.int = self.first
        end: cython.int
        line: cython.int
        code: cython.int
        at: cython.int
        while group < self.last:
            end = group + 1
            while end < self.last and self.day[end] == self.day[group]:
                end += 1
            self.day_work_count = 0
            for line in range(group, end):
                code = self.code[line]
                if 0 <= code < FOR_ONE_BATCH:
                    for at in range(self.by_code_start[code], self.by_code_end[code]):
                        self._meet(self.by_code[at], line)
                for at in range(self.scanned.shape[0]):
                    self._meet(self.scanned[at], line)
                if 0 <= code < self.pair_codes and not self.history[line]:
                    if self.near_row[code] >= 0:
                        if self.pair_whole:
                            self._meet_pairs(code, line, self.first, self.last)
                        elif end - group > 1 and self.day[group] != MISSING_DAY:
                            self._meet_pairs(code, line, group, end)
            if self.day_work_count:
                self._judge_worklist(self.day_work, self.day_work_count)
            group = end

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _judge_later(self) -> cython.void:
        """What the first look at the lines left for later levels: no pair of codes, for what
        is found by pair waits for nothing."""
        at: cython.Py_ssize_t
        self.day_work_count = 0
        for at in range(self.later_count):
            if self.level[self.inst_rule[self.later[at] >> 32]] == self.now:
                self._meet(
                    cython.cast(cython.int, self.later[at] >> 32),
                    cython.cast(cython.int, self.later[at] & LINE_OF),
                )
        if self.day_work_count:
            self._judge_worklist(self.day_work, self.day_work_count)

    @cython.cfunc
    @cython.nogil
    @cython.inline
    @cython.exceptval(check=False)
    def _meet(self, inst: cython.int, line: cython.int) -> cython.void:
        """An instance that a line's code leads to: judged now, or once all lines are known."""
        rule: cython.int = self.inst_rule[inst]
        if self.level[rule] != self.now:
            if self.later_count == self.later.shape[0]:
                with cython.gil:
                    self.later = _grown(self.later)
            self.later[self.later_count] = (cython.cast(cython.longlong, inst) << 32) | line
            self.later_count += 1
            return
        if self.core[rule] == LIMIT:
            if not self._counts(rule, inst, line):
                return
            if self.period[rule] <= PER_DAY:
                if self.day_work_count == self.day_work.shape[0]:
                    with cython.gil:
                        self.day_work = _grown(self.day_work)
                self.day_work[self.day_work_count] = (
                    cython.cast(cython.longlong, inst) << 32
                ) | line
                self.day_work_count += 1
            else:
                if self.work_count == self.work.shape[0]:
                    with cython.gil:
                        self.work = _grown(self.work)
                self.work[self.work_count] = (cython.cast(cython.longlong, inst) << 32) | line
                self.work_count += 1
        elif not self.history[line]:
            if self.asking[rule]:
                if self.asked_count == self.asked.shape[0]:
                    with cython.gil:
                        self.asked = _grown(self.asked)
                self.asked[self.asked_count] = (cython.cast(cython.longlong, inst) << 32) | line
                self.asked_count += 1
            else:
                self._judge_one(inst, line)

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _meet_pairs(
        self, code: cython.int, line: cython.int, first: cython.int, last: cython.int
    ) -> cython.void:
        """The pairs of a line's code with the codes around it."""
        bits: cython.Py_ssize_t = cython.cast(cython.Py_ssize_t, self.near_row[code])
        mine: cython.int = NO_CODE
        other: cython.int
        theirs: cython.int
        low: cython.int
        high: cython.int
        middle: cython.int
        bits *= self.near_width
        if self.pair_like >= 0:
            mine = self.codes[self.pair_like, line]
            if mine == NO_CODE:
                return
        self.pair_work_count = 0
        for other in range(first, last):
            if self.pair_like >= 0 and self.codes[self.pair_like, other] != mine:
                continue
            theirs = self.code[other]
            if other == line or theirs < 0 or theirs >= self.pair_codes:
                continue
            middle = self.near_column[theirs]
            if not (self.near_bits[bits + (middle >> 3)] >> (middle & 7)) & 1:
                continue
            low = self.pair_start[code]
            high = self.pair_start[code + 1]
            while low < high:
                middle = (low + high) >> 1
                if self.pair_partner[middle] < theirs:
                    low = middle + 1
                else:
                    high = middle
            while low < self.pair_start[code + 1] and self.pair_partner[low] == theirs:
                if self.level[self.inst_rule[self.pair_inst[low]]] == self.now:
                    self._add_pair(self.pair_inst[low], other)
                low += 1
        if self.pair_work_count:
            self._judge_pairs(line)

    @cython.cfunc
    @cython.nogil
    @cython.inline
    @cython.exceptval(check=False)
    def _add_pair(self, inst: cython.int, other: cython.int) -> cython.void:
        if self.pair_work_count == self.pair_work.shape[0]:
            with cython.gil:
                self.pair_work = _grown(self.pair_work)
        self.pair_work[self.pair_work_count] = (cython.cast(cython.longlong, inst) << 32) | other
        self.pair_work_count += 1

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _judge_pairs(self, line: cython.int) -> cython.void:
        """The instances that a line's pairs lead to: one hit for each rule, with all partners."""
        at: cython.Py_ssize_t = 0
        start: cython.Py_ssize_t
        inst: cython.int
        other: cython.int
        rule: cython.int
        first_inst: cython.int
        if self.pair_work_count > 1:
            _sort(self.pair_work, self.pair_work_count)
        while at < self.pair_work_count:
            rule = self.inst_rule[self.pair_work[at] >> 32]
            start = self.partner_count
            first_inst = -1
            while at < self.pair_work_count:
                inst = cython.cast(cython.int, self.pair_work[at] >> 32)
                if self.inst_rule[inst] != rule:
                    break
                other = cython.cast(cython.int, self.pair_work[at] & LINE_OF)
                if self._forbids(rule, inst, line, other):
                    if first_inst < 0:
                        first_inst = inst
                    if not self._is_partner(start, other):
                        self._add_partner(other)
                at += 1
            if first_inst >= 0:
                self._hit(rule, first_inst, line, start, NOTHING, NOTHING, NOTHING)

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _is_partner(self, start: cython.Py_ssize_t, line: cython.int) -> cython.bint:
        """Whether a line is among the partners from `start` on."""
        at: cython.Py_ssize_t
        for at in range(start, self.partner_count):
            if self.partner_lines[at] == line:
                return True
        return False

    # ---- instances

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _in_force(self, rule: cython.int, inst: cython.int, line: cython.int) -> cython.bint:
        """Whether a rule is in force on a line's day; `rows` become its rows that are."""
        day: cython.int = self.day[line]
        row: cython.int
        self.row_from = 0
        self.row_to = 0
        if self.dated[rule]:
            if day == MISSING_DAY or day < self.first_day[rule] or day > self.last_day[rule]:
                return False
        if self.inst_first[inst] == self.inst_last[inst]:
            return True
        for row in range(self.inst_first[inst], self.inst_last[inst]):
            if self.row_first[rule] >= 0:
                if day < self.row_codes[self.row_first[rule] + row]:
                    continue
            if self.row_last[rule] >= 0:
                if day > self.row_codes[self.row_last[rule] + row]:
                    continue
            self._add_row(row)
        return self.row_to > 0

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _all_rows(self, inst: cython.int) -> cython.void:
        row: cython.int
        self.row_from = 0
        self.row_to = 0
        for row in range(self.inst_first[inst], self.inst_last[inst]):
            self._add_row(row)

    @cython.cfunc
    @cython.nogil
    @cython.inline
    @cython.exceptval(check=False)
    def _add_row(self, row: cython.int) -> cython.void:
        if self.row_to == self.rows.shape[0]:
            with cython.gil:
                self.rows = _grown(self.rows)
        self.rows[self.row_to] = row
        self.row_to += 1

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _judge_one(self, inst: cython.int, line: cython.int) -> cython.void:
        """One instance of any core but a limit on one line."""
        rule: cython.int = self.inst_rule[inst]
        start: cython.Py_ssize_t
        if not self._in_force(rule, inst, line):
            return
        if self._truth(self.subject[rule], line, line) != 1:
            return
        if self._exempt(rule, line) != 0:
            return
        start = self.partner_count
        if self.core[rule] == VIOLATES:
            if self._truth(self.violation[rule], line, line) == 1:
                self._hit(rule, inst, line, start, NOTHING, NOTHING, NOTHING)
        elif self.core[rule] == NEEDS:
            if self._lacks(rule, line):
                self._hit(rule, inst, line, start, NOTHING, NOTHING, NOTHING)
            else:
                self.partner_count = start
        else:
            self._find_partners(rule, line)
            if self.partner_count > start:
                self._hit(rule, inst, line, start, NOTHING, NOTHING, NOTHING)

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _forbids(
        self, rule: cython.int, inst: cython.int, line: cython.int, other: cython.int
    ) -> cython.bint:
        """Whether an instance of `not allowed with` fires on a pair of lines with its codes."""
        if not self._in_force(rule, inst, line):
            return False
        if self._truth(self.pair_test[rule], line, other) != 1:
            return False
        if self._truth(self.pair_exempt[rule], line, other) != 0:
            return False
        return self.plain[rule] or (
            self._truth(self.subject[rule], line, line) == 1 and self._exempt(rule, line) == 0
        )

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _exempt(self, rule: cython.int, line: cython.int) -> cython.int:
        """Whether an exemption that asks about no pair holds."""
        truth: cython.int = self._truth(self.exempt[rule], line, line)
        freed: cython.int
        at: cython.int
        for at in range(self.exempt_start[rule], self.exempt_start[rule + 1]):
            if truth == 1:
                return 1
            freed = self._best_partner(self.freed_partners[at], line)
            if freed != 0:
                freed = _and(freed, self._truth(self.freed_when[at], line, line))
            truth = _or(truth, freed)
        return truth

    # ---- partners

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _partner_truth(
        self, partners: cython.int, line: cython.int, other: cython.int
    ) -> cython.int:
        """Whether a line is a partner of another, by one of the rows in force."""
        truth: cython.int = 0
        first: cython.int = self.row_from
        last: cython.int = self.row_to
        at: cython.int
        cell: cython.int
        if self.partner_payable[partners] and self.denied[other]:
            return 0
        if last - first <= 1:
            return self._truth(self.partner_test[partners], line, other)
        for at in range(first, last):
            if self.partner_column[partners] >= 0:
                cell = self.row_codes[self.partner_column[partners] + self.rows[at]]
                if cell > FIRST_SET and cell != self.code[other]:
                    continue
            self.row_from = at
            self.row_to = at + 1
            truth = _or(truth, self._truth(self.partner_test[partners], line, other))
            if truth == 1:
                break
        self.row_from = first
        self.row_to = last
        return truth

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _scope_first(self, partners: cython.int, line: cython.int) -> cython.int:
        """The first line that may be a partner; before `_scope_last` all may be, and then those
        without a date, of which nothing is known."""
        if self.partner_scope[partners] != ON_DATE or line >= self.undated:
            return self.first
        return self._date_first(line)

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _scope_last(self, partners: cython.int, line: cython.int) -> cython.int:
        if self.partner_scope[partners] != ON_DATE or line >= self.undated:
            return self.last
        return self._date_last(line)

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _date_first(self, line: cython.int) -> cython.int:
        """The first line on a line's date."""
        while line > self.first and self.day[line - 1] == self.day[line]:
            line -= 1
        return line

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _date_last(self, line: cython.int) -> cython.int:
        """The line behind the last one on a line's date."""
        while line + 1 < self.last and self.day[line + 1] == self.day[line]:
            line += 1
        return line + 1

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _best_partner(self, partners: cython.int, line: cython.int) -> cython.int:
        """Whether a line has a partner."""
        truth: cython.int = 0
        end: cython.int = self._scope_last(partners, line)
        other: cython.int = self._scope_first(partners, line)
        while other < self.last:
            if other == end and end < self.undated:
                other = self.undated
                continue
            if other != line:
                truth = _or(truth, self._partner_truth(partners, line, other))
                if truth == 1:
                    return 1
            other += 1
        return truth

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _lacks(self, rule: cython.int, line: cython.int) -> cython.bint:
        """Whether fewer different codes than needed are, or may be, among the partners. Those
        that are definitely there become the hit's partners."""
        partners: cython.int = self.rule_partners[rule]
        needed: cython.longlong = self._needed(rule)
        found: cython.longlong = 0
        end: cython.int = self._scope_last(partners, line)
        other: cython.int = self._scope_first(partners, line)
        truth: cython.int
        at: cython.int
        if needed <= 0:
            return False
        while other < self.last:
            if other == end and end < self.undated:
                other = self.undated
                continue
            if other != line:
                truth = self._partner_truth(partners, line, other)
                if truth != 0:
                    at = 0
                    while at < found and self.different[at] != self.code[other]:
                        at += 1
                    if at == found or self.code[other] < 0:
                        found += 1
                        if found >= needed:
                            return False
                        if found > self.different.shape[0]:
                            with cython.gil:
                                self.different = _grown(self.different)
                        self.different[found - 1] = self.code[other]
                    if truth == 1:
                        self._add_partner(other)
            other += 1
        return True

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _needed(self, rule: cython.int) -> cython.longlong:
        """How many different codes; below zero where the row does not say."""
        at: cython.int
        earlier: cython.int
        count: cython.longlong
        code: cython.int
        least: cython.longlong
        if self.needed_all[rule] >= 0:
            count = self.needed[rule]
            for at in range(self.row_from, self.row_to):
                code = self.row_codes[self.needed_all[rule] + self.rows[at]]
                if code == NO_CODE:
                    continue
                for earlier in range(self.row_from, at):
                    if self.row_codes[self.needed_all[rule] + self.rows[earlier]] == code:
                        break
                else:
                    count += 1
            return count
        if self.needed_row[rule] < 0:
            return self.needed[rule]
        least = self._least(self.needed_row[rule])
        return -1 if least == NOTHING else least // self.scale

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _least(self, column: cython.int) -> cython.longlong:
        """The least number of the rows."""
        least: cython.longlong = NOTHING
        cell: cython.longlong
        at: cython.int
        for at in range(self.row_from, self.row_to):
            cell = self.row_numbers[column + self.rows[at]]
            if cell != NOTHING and (least == NOTHING or cell < least):
                least = cell
        return least

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _find_partners(self, rule: cython.int, line: cython.int) -> cython.void:
        """Add the partners that forbid a line."""
        partners: cython.int = self.rule_partners[rule]
        end: cython.int = self._scope_last(partners, line)
        other: cython.int
        for other in range(self._scope_first(partners, line), end):
            if (
                other != line
                and self._partner_truth(partners, line, other) == 1
                and self._truth(self.pair_exempt[rule], line, other) == 0
            ):
                self._add_partner(other)

    # ---- limits

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _counts(self, rule: cython.int, inst: cython.int, line: cython.int) -> cython.bint:
        """Whether a line is one of those that a limit counts."""
        if self.plain[rule]:
            return True
        self._all_rows(inst)
        return self._truth(self.subject[rule], line, line) == 1 and self._exempt(rule, line) == 0

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _judge_worklist(self, work: cython.longlong[::1], count: cython.Py_ssize_t) -> cython.void:
        """The lines of each limit, as (instance, line) in one number."""
        start: cython.Py_ssize_t = 0
        end: cython.Py_ssize_t
        if count > 1:
            _sort(work, count)
        while start < count:
            end = start + 1
            while end < count and work[end] >> 32 == work[start] >> 32:
                end += 1
            self._judge_limit(work, start, end)
            start = end

    @cython.cfunc
    @cython.nogil
    @cython.inline
    @cython.exceptval(check=False)
    def _measure(self, rule: cython.int, line: cython.int) -> cython.longlong:
        """What a line adds to a total of units or lines."""
        units: cython.longlong
        if self.counted[rule] != UNITS:
            return self.scale
        units = self.numbers[0, line]
        return 0 if units == NOTHING else units

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _judge_limit(
        self, work: cython.longlong[::1], start: cython.Py_ssize_t, end: cython.Py_ssize_t
    ) -> cython.void:
        """One instance of a limit on the lines that it counts, in order."""
        inst: cython.int = cython.cast(cython.int, work[start] >> 32)
        rule: cython.int = self.inst_rule[inst]
        count: cython.int = cython.cast(cython.int, end - start)
        line: cython.int
        at: cython.int
        limit: cython.longlong
        total: cython.longlong
        others: cython.longlong
        allowed: cython.longlong
        partner_start: cython.Py_ssize_t
        if self._cannot_exceed(rule, inst, work, start, end):
            return
        while self.counting.shape[0] < count:
            with cython.gil:
                self.counting = _grown(self.counting)
                self.counts_for = _grown(self.counts_for)
                self.is_counted = _grown(self.is_counted)
        for at in range(count):
            line = cython.cast(cython.int, work[start + at] & LINE_OF)
            self.counting[at] = line
            self.counts_for[at] = self._measure(rule, line)
            self.is_counted[at] = self.every[rule]
        for at in range(count):
            line = self.counting[at]
            limit = NOTHING
            if not self.history[line]:
                limit = self._limit_of(rule, inst, line)
            partner_start = self.partner_count
            others = self._total_of_others(rule, inst, at, count)
            total = self._with_line(rule, line, partner_start, others, self.counts_for[at])
            if limit == NOTHING or total <= limit:
                self.is_counted[at] = 1
                self.partner_count = partner_start
                continue
            allowed = NOTHING
            if self.reduces[rule]:
                allowed = 0
                if self.counted[rule] == UNITS and limit > others:
                    allowed = limit - others
                if allowed:
                    self.is_counted[at] = 1
                    self.counts_for[at] = allowed
            self._hit(rule, inst, line, partner_start, total, limit, allowed)

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _cannot_exceed(
        self,
        rule: cython.int,
        inst: cython.int,
        work: cython.longlong[::1],
        start: cython.Py_ssize_t,
        end: cython.Py_ssize_t,
    ) -> cython.bint:
        """Whether all lines together stay within the least limit there is; most do."""
        limit: cython.longlong = self.limit[rule]
        total: cython.longlong = 0
        measure: cython.longlong
        at: cython.Py_ssize_t
        if self.limit_row[rule] >= 0:
            if self.inst_last[inst] - self.inst_first[inst] == 1:
                limit = self.row_numbers[self.limit_row[rule] + self.inst_first[inst]]
            else:
                self._all_rows(inst)
                limit = self._least(self.limit_row[rule])
            if limit == NOTHING:
                return True
        for at in range(start, end):
            measure = self._measure(rule, cython.cast(cython.int, work[at] & LINE_OF))
            if measure < 0:
                return False
            total += measure
        return total <= limit

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _limit_of(self, rule: cython.int, inst: cython.int, line: cython.int) -> cython.longlong:
        if not self._in_force(rule, inst, line):
            return NOTHING
        if self.limit_row[rule] < 0:
            return self.limit[rule]
        return self._least(self.limit_row[rule])

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _total_of_others(
        self, rule: cython.int, inst: cython.int, at: cython.int, count: cython.int
    ) -> cython.longlong:
        """What the lines that count together with one add up to; they become its partners."""
        line: cython.int = self.counting[at]
        total: cython.longlong = 0
        other: cython.int
        each: cython.int
        self._all_rows(inst)
        self.date_start = self.partner_count
        for each in range(count if self.every[rule] else at):
            if each == at or not self.is_counted[each]:
                continue
            other = self.counting[each]
            if not self.together[rule]:
                if self.code[line] == NO_CODE or self.code[other] != self.code[line]:
                    continue
            if not self._in_period(rule, line, other):
                continue
            if self.period_like[rule] >= 0:
                if self._truth(self.period_like[rule], line, other) != 1:
                    continue
            if self.counted[rule] == UNITS:
                total += self.counts_for[each]
            elif self.counted[rule] == LINES or self._is_new_date(other):
                total += self.scale
            self._add_partner(other)
        return total

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _is_new_date(self, line: cython.int) -> cython.bint:
        """Whether a line's date is not that of the line before it among the partners: they are in
        order, so equal dates stand together."""
        if self.day[line] == MISSING_DAY:
            return False
        if self.partner_count == self.date_start:
            return True
        return self.day[self.partner_lines[self.partner_count - 1]] != self.day[line]

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _with_line(
        self,
        rule: cython.int,
        line: cython.int,
        partner_start: cython.Py_ssize_t,
        others: cython.longlong,
        measure: cython.longlong,
    ) -> cython.longlong:
        """The total with the line itself; a date that is there already adds nothing."""
        at: cython.Py_ssize_t
        if self.counted[rule] == DATES:
            if self.day[line] == MISSING_DAY:
                return others
            for at in range(partner_start, self.partner_count):
                if self.day[self.partner_lines[at]] == self.day[line]:
                    return others
        return others + measure

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _in_period(self, rule: cython.int, line: cython.int, other: cython.int) -> cython.bint:
        """Whether another line lies in a line's period for certain."""
        period: cython.int = self.period[rule]
        day: cython.int = self.day[line]
        theirs: cython.int = self.day[other]
        count: cython.longlong
        if period == PER_LINE:
            return False
        if period == PER_LIFETIME:
            return True
        if period == PER_CLAIM:
            return self.claim[line] == self.claim[other]
        if day == MISSING_DAY or theirs == MISSING_DAY:
            return False
        if period == PER_DAY:
            return day == theirs
        if period == PER_MONTH:
            return _month(day) == _month(theirs)
        if period == PER_YEAR:
            return _month(day) // 12 == _month(theirs) // 12
        count = self.period_count[rule]
        if self.period_row[rule] >= 0:
            count = self._least(self.period_row[rule])
            if count == NOTHING:
                return False
            count = count // self.scale
        return self._shifted(day, -count, self.period_unit[rule]) < theirs <= day

    # ---- what was found

    @cython.cfunc
    @cython.nogil
    @cython.inline
    @cython.exceptval(check=False)
    def _add_partner(self, line: cython.int) -> cython.void:
        if self.partner_count == self.partner_lines.shape[0]:
            with cython.gil:
                self.partner_lines = _grown(self.partner_lines)
        self.partner_lines[self.partner_count] = line
        self.partner_count += 1

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _hit(
        self,
        rule: cython.int,
        inst: cython.int,
        line: cython.int,
        partner_start: cython.Py_ssize_t,
        total: cython.longlong,
        limit: cython.longlong,
        allowed: cython.longlong,
    ) -> cython.void:
        at: cython.Py_ssize_t = 7 * self.hit_count
        other: cython.int
        if at + 7 > self.hits.shape[0]:
            with cython.gil:
                self.hits = _grown(self.hits)
        self.hits[at] = inst
        self.hits[at + 1] = line
        self.hits[at + 2] = partner_start
        self.hits[at + 3] = self.partner_count - partner_start
        self.hits[at + 4] = total
        self.hits[at + 5] = limit
        self.hits[at + 6] = allowed
        self.hit_count += 1
        if self.denies[rule] == THE_LINE:
            self._deny(line)
        elif self.denies[rule] == THE_CLAIM:
            for other in range(self.first, self.last):
                if self.claim[other] == self.claim[line] and not self.history[other]:
                    self._deny(other)

    @cython.cfunc
    @cython.nogil
    @cython.inline
    @cython.exceptval(check=False)
    def _deny(self, line: cython.int) -> cython.void:
        if not self.denied[line]:
            self.denied[line] = 1
            self.newly_denied += 1

    # ---- conditions

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _truth(self, start: cython.int, line: cython.int, other: cython.int) -> cython.int:
        """The truth of a program; without one (below zero) see `NEVER` and `ALWAYS`."""
        pc: cython.Py_ssize_t = start
        op: cython.int
        a: cython.int
        b: cython.int
        c: cython.int
        d: cython.int
        where: cython.int
        top: cython.int = -1
        truth: cython.int
        if start == ALWAYS:
            return 1
        if start == NEVER:
            return 0
        while True:
            op = self.ops[pc]
            a = self.ops[pc + 2]
            b = self.ops[pc + 3]
            c = self.ops[pc + 4]
            d = self.ops[pc + 5]
            where = other if self.ops[pc + 1] else line
            pc += 6
            if op == OP_END:
                return self.stack[top]
            if op == OP_AND:
                top -= 1
                self.stack[top] = _and(self.stack[top], self.stack[top + 1])
                continue
            if op == OP_OR:
                top -= 1
                self.stack[top] = _or(self.stack[top], self.stack[top + 1])
                continue
            if op == OP_NOT:
                if self.stack[top] != 2:
                    self.stack[top] = 1 - self.stack[top]
                continue
            if op == OP_SKIP_IF:
                if self.stack[top] == a:
                    pc += 6 * b
                continue
            if op == OP_CODE_IN_SET:
                truth = self._in_set(self.code[where], a)
            elif op == OP_CODE_IN_ROWS:
                truth = self._in_rows(self.code[where], a)
            elif op == OP_SAME_DATE:
                truth = self._same_date(line, other)
            elif op == OP_SAME_TEXT:
                truth = _same(self.codes[a, line], self.codes[a, other], NO_CODE, b)
            elif op == OP_IN_SET:
                truth = (
                    2 if self.codes[a, where] == NO_CODE else self._in_set(self.codes[a, where], b)
                )
            elif op == OP_LIST_IN_SET:
                truth = self._list_in_set(a, where, b)
            elif op == OP_ROW_TRUTH:
                truth = self._row_truth(a, b)
            elif op == OP_COMPARE:
                truth = _compared(self.numbers[a, where], b, self.constants[c])
            elif op == OP_COMPARE_FIELD:
                truth = _compared(self.numbers[a, where], b, self.numbers[c, where])
            elif op == OP_COMPARE_ROWS:
                truth = self._compared_with_rows(self.numbers[a, where], b, c, d)
            elif op == OP_TEXT_IN_ROWS:
                truth = (
                    2 if self.codes[a, where] == NO_CODE else self._in_rows(self.codes[a, where], b)
                )
            elif op == OP_LIST_IN_ROWS:
                truth = self._list_in_rows(a, where, b)
            elif op == OP_SAME_TEXTS:
                truth = _same(self.codes[a, where], self.codes[b, where], NO_CODE, c)
            elif op == OP_NO_NUMBER:
                truth = self.numbers[a, where] == NOTHING
            elif op == OP_NO_TEXT:
                truth = self.codes[a, where] == NO_CODE
            elif op == OP_NO_LIST:
                truth = self.list_start[a, where] == self.list_start[a, where + 1]
            elif op == OP_SAME_NUMBER:
                truth = _same_number(self.numbers[a, line], self.numbers[a, other], b)
            elif op == OP_SAME_SET:
                truth = self._same_set(a, line, other) != b
            elif op == OP_SHARE:
                truth = self._shares(a, line, other) != b
            elif op == OP_SAME_CLAIM:
                truth = self.claim[line] == self.claim[other]
            elif op == OP_SAME_MONTH:
                truth = self._same_month(line, other, a)
            elif op == OP_WINDOW:
                truth = self._in_window(line, other, a, b, c, d)
            else:
                truth = a
            top += 1
            self.stack[top] = truth

    @cython.cfunc
    @cython.nogil
    @cython.inline
    @cython.exceptval(check=False)
    def _in_set(self, code: cython.int, number: cython.int) -> cython.int:
        """Whether a code is in a set of the plan."""
        low: cython.int = self.set_start[number]
        high: cython.int = self.set_start[number + 1]
        end: cython.int = high
        middle: cython.int
        if code < 0 or code >= FOR_ONE_BATCH:
            return 0
        if low == high:
            return self._in_pattern(code, number)
        while low < high:
            middle = (low + high) >> 1
            if self.set_values[middle] < code:
                low = middle + 1
            else:
                high = middle
        return low < end and self.set_values[low] == code

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _in_pattern(self, code: cython.int, number: cython.int) -> cython.int:
        """Whether a code is in a set that is known by the codes in it alone."""
        at: cython.int
        for at in range(self.sets_start[code], self.sets_end[code]):
            if self.sets[at] == number:
                return 1
        return 0

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _in_rows(self, code: cython.int, column: cython.int) -> cython.int:
        """Whether a code is in a cell of the rows: a code, or a set as `FIRST_SET` less it."""
        cell: cython.int
        at: cython.int
        if code < 0:
            return 0
        for at in range(self.row_from, self.row_to):
            cell = self.row_codes[column + self.rows[at]]
            if cell == code or (cell <= FIRST_SET and self._in_set(code, FIRST_SET - cell)):
                return 1
        return 0

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _list_in_set(self, field: cython.int, line: cython.int, number: cython.int) -> cython.int:
        at: cython.int
        for at in range(self.list_start[field, line], self.list_start[field, line + 1]):
            if self._in_set(self.list_values[at], number):
                return 1
        return 0

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _list_in_rows(self, field: cython.int, line: cython.int, column: cython.int) -> cython.int:
        at: cython.int
        for at in range(self.list_start[field, line], self.list_start[field, line + 1]):
            if self._in_rows(self.list_values[at], column):
                return 1
        return 0

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _row_truth(self, column: cython.int, every: cython.int) -> cython.int:
        """The truth of what asks about the rows alone: of one of them, or of `every` one."""
        truth: cython.int = every
        at: cython.int
        for at in range(self.row_from, self.row_to):
            if every:
                truth = _and(truth, self.row_truths[column + self.rows[at]])
            else:
                truth = _or(truth, self.row_truths[column + self.rows[at]])
        return truth

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _compared_with_rows(
        self,
        number: cython.longlong,
        operator: cython.int,
        column: cython.int,
        definite: cython.int,
    ) -> cython.int:
        """A comparison with a row's number; `definite`: a missing one is no match, not unknown."""
        truth: cython.int = 0
        cell: cython.longlong
        at: cython.int
        if number == NOTHING:
            return 2
        for at in range(self.row_from, self.row_to):
            cell = self.row_numbers[column + self.rows[at]]
            if not (definite and cell == NOTHING):
                truth = _or(truth, _compared(number, operator, cell))
        return truth

    @cython.cfunc
    @cython.nogil
    @cython.inline
    @cython.exceptval(check=False)
    def _same_date(self, line: cython.int, other: cython.int) -> cython.int:
        if self.day[line] == MISSING_DAY or self.day[other] == MISSING_DAY:
            return 2
        return self.day[line] == self.day[other]

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _same_month(self, line: cython.int, other: cython.int, months: cython.int) -> cython.int:
        """Whether two lines lie in one calendar month, or year (12 `months`)."""
        if self.day[line] == MISSING_DAY or self.day[other] == MISSING_DAY:
            return 2
        return _month(self.day[line]) // months == _month(self.day[other]) // months

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _same_set(self, field: cython.int, line: cython.int, other: cython.int) -> cython.int:
        return self._within(field, line, other) and self._within(field, other, line)

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _within(self, field: cython.int, line: cython.int, other: cython.int) -> cython.int:
        """Whether all of a line's values are the other's too."""
        at: cython.int
        for at in range(self.list_start[field, line], self.list_start[field, line + 1]):
            if not self._has(field, other, self.list_values[at]):
                return 0
        return 1

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _shares(self, field: cython.int, line: cython.int, other: cython.int) -> cython.int:
        at: cython.int
        for at in range(self.list_start[field, line], self.list_start[field, line + 1]):
            if self._has(field, other, self.list_values[at]):
                return 1
        return 0

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _has(self, field: cython.int, line: cython.int, value: cython.int) -> cython.int:
        at: cython.int
        for at in range(self.list_start[field, line], self.list_start[field, line + 1]):
            if self.list_values[at] == value:
                return 1
        return 0

    # ---- windows

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _in_window(
        self,
        line: cython.int,
        other: cython.int,
        count: cython.int,
        row_column: cython.int,
        unit: cython.int,
        how: cython.int,
    ) -> cython.int:
        """Whether two lines lie as far apart as a relation says. `how`: 1 before is allowed, 2
        after is, 4 the same date is, 8 it is counted from the partner."""
        day: cython.int = self.day[line]
        placed: cython.int = self.day[other]
        most: cython.longlong = count
        if day == MISSING_DAY or placed == MISSING_DAY:
            return 2
        if row_column >= 0:
            most = self._least(row_column)
            if most == NOTHING:
                return 2
            most = most // self.scale
        if how & 8:
            day, placed = placed, day
        if placed == day:
            return (how & 4) != 0
        if placed < day:
            return (how & 1) != 0 and placed >= self._shifted(day, -most, unit)
        return (how & 2) != 0 and placed <= self._shifted(day, most, unit)

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _shifted(
        self, day: cython.int, count: cython.longlong, unit: cython.int
    ) -> cython.longlong:
        """The day so many days (unit 0), months (1) or years (2) later, within the calendar."""
        months: cython.longlong
        first: cython.longlong
        length: cython.longlong
        if unit == 0:
            if day + count > self.last_calendar_day:
                return self.last_calendar_day
            if day + count < self.first_calendar_day:
                return self.first_calendar_day
            return day + count
        months = _month(day) + (count if unit == 1 else 12 * count)
        if months < 12:
            return self.first_calendar_day
        if months >= 120_000:
            return self.last_calendar_day
        first = _first_of_month(months)
        length = _first_of_month(months + 1) - first
        return first + min(day - _first_of_month(_month(day)), length - 1)


# ---- truths and numbers


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def _and(one: cython.int, two: cython.int) -> cython.int:
    if one == 0 or two == 0:
        return 0
    return 2 if one == 2 or two == 2 else 1


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def _or(one: cython.int, two: cython.int) -> cython.int:
    if one == 1 or two == 1:
        return 1
    return 2 if one == 2 or two == 2 else 0


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def _same(
    one: cython.int, two: cython.int, missing: cython.int, different: cython.int
) -> cython.int:
    """Whether two texts are the same, or `different`."""
    if one == missing or two == missing:
        return 2
    return (one == two) != different


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def _same_number(one: cython.longlong, two: cython.longlong, different: cython.int) -> cython.int:
    if one == NOTHING or two == NOTHING:
        return 2
    return (one == two) != different


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def _compared(one: cython.longlong, operator: cython.int, two: cython.longlong) -> cython.int:
    """Numbers, or dates, compared; unknown where one is missing."""
    if one == NOTHING or two == NOTHING:
        return 2
    if operator == 0:
        return one == two
    if operator == 1:
        return one != two
    if operator == 2:
        return one < two
    if operator == 3:
        return one <= two
    if operator == 4:
        return one > two
    return one >= two


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def _sort(work: cython.longlong[::1], count: cython.Py_ssize_t) -> cython.void:
    """Sort the first numbers of a worklist: short ones mostly, and nearly in order."""
    gap: cython.Py_ssize_t = 1
    at: cython.Py_ssize_t
    to: cython.Py_ssize_t
    moved: cython.longlong
    while gap < count // 3:
        gap = 3 * gap + 1
    while gap > 0:
        for at in range(gap, count):
            moved = work[at]
            to = at
            while to >= gap and work[to - gap] > moved:
                work[to] = work[to - gap]
                to -= gap
            work[to] = moved
        gap = gap // 3


# ---- the calendar: months are counted from January of the year 0


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def _month(day: cython.int) -> cython.int:
    """The month of a day counted from 1970-01-01 (proleptic Gregorian, from year 1 on)."""
    shifted: cython.int = day + 719468  # days since 0000-03-01
    era: cython.int = shifted // 146097
    of_era: cython.int = shifted - era * 146097
    year: cython.int = (of_era - of_era // 1460 + of_era // 36524 - of_era // 146096) // 365
    of_year: cython.int = of_era - (365 * year + year // 4 - year // 100)
    month: cython.int = (5 * of_year + 2) // 153  # March is 0
    return 12 * (400 * era + year) + month + 2


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def _first_of_month(months: cython.longlong) -> cython.longlong:
    """The first day of a month."""
    year: cython.longlong = months // 12
    month: cython.longlong = months - 12 * year
    if month < 2:
        year -= 1
        month += 10
    else:
        month -= 2
    era: cython.longlong = year // 400
    of_era: cython.longlong = year - 400 * era
    of_year: cython.longlong = (153 * month + 2) // 5
    return era * 146097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719468
