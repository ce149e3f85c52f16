"""The NCCI edits in pandas, for sizes that memory bears.

The same steps as in Polars: codes and visits become numbers before anything is merged, and pairs of
lines are made before the pair table is looked at.
"""

from datetime import date
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq

from benchmarks.ncci import NCCI_MODIFIERS

_FIRST, _LAST = date(1, 1, 1).toordinal(), date(9999, 12, 31).toordinal()
_EPOCH = date(1970, 1, 1).toordinal()
_READ = (
    "claim_id", "line_number", "member_id", "service_from", "procedure_code", "modifier_1",
    "modifier_2", "units", "rendering_provider",
)  # fmt: skip
_PAIR_SHIFT = 65_536


class Ncci:
    """The NCCI edits, with the tables in memory."""

    def __init__(self, tables: Path) -> None:
        ptp, mue, aoc = (_dated(tables / f"{name}.parquet") for name in ("ptp", "mue", "aoc"))
        columns = [ptp["column_1"], ptp["column_2"], mue["hcpcs"], aoc["add_on"], aoc["primary"]]
        self._codes = pd.Index(pd.concat(columns).unique())
        self._ptp = ptp[["effective", "deletion"]].assign(
            pair=self._pair(ptp["column_1"], ptp["column_2"]),
            may_be_freed=ptp["modifier_indicator"] == 1,
        )
        self._mue = mue[["effective", "deletion"]].assign(
            code=self._codes.get_indexer(mue["hcpcs"]),
            most=mue["units"],
            per_line=mue["adjudication_indicator"] == 1,
        )
        self._aoc = aoc[["effective", "deletion"]].assign(
            pair=self._pair(aoc["add_on"], aoc["primary"]),
            code=self._codes.get_indexer(aoc["add_on"]),
            is_open=aoc["contractor_defined"] == "Y",
        )

    def run(self, claims: Path, findings: Path) -> None:
        """Judge a Parquet file of service lines, and write the findings in Parquet."""
        lines = pq.read_table(claims, columns=list(_READ)).to_pandas()
        ids = lines[["claim_id", "line_number"]]
        lines = self._numbered(lines)
        pairs = self._pairs_found(lines)
        per_line, per_day = self._over_limits(lines)
        denied = pd.Index(pairs["line"]).union(per_line).union(pd.Index(per_day["line"]))
        add_ons, open_add_ons = self._add_ons(lines, denied)
        others = per_day.merge(per_day, on="group", suffixes=("", "_other"))
        others = others[others["line"] != others["line_other"]]
        partners = pd.concat(
            [
                pairs.assign(rule="NCCI-PTP"),
                pd.DataFrame({"line": others["line"], "partner": others["line_other"]}).assign(
                    rule="MUE-DAY"
                ),
            ]
        )
        by_rule = {
            "NCCI-PTP": pairs["line"].unique(),
            "MUE-LINE": per_line,
            "MUE-DAY": per_day["line"],
            "NCCI-AOC": add_ons,
            "NCCI-AOC-OPEN": open_add_ons,
        }
        found = pd.concat(
            [pd.DataFrame({"line": found, "rule": rule}) for rule, found in by_rule.items()]
        )
        _with_ids(ids, found, partners).to_parquet(findings, index=False)

    def _numbered(self, lines: pd.DataFrame) -> pd.DataFrame:
        """The lines with a code of the tables: the member's day and the provider as numbers."""
        modifiers = [lines[name].isin(NCCI_MODIFIERS) for name in ("modifier_1", "modifier_2")]
        provider = lines["rendering_provider"].factorize()[0]
        day = pd.to_datetime(lines["service_from"])
        member_day = lines["member_id"].factorize()[0].astype("int64") * 1_000_000
        numbered = pd.DataFrame(
            {
                "line": lines.index,
                "member_day": member_day + (day.dt.as_unit("s").astype("int64") // 86_400),
                "day": day.dt.as_unit("s").astype("int64") // 86_400 + _EPOCH,
                "provider": provider,
                "code": self._codes.get_indexer(lines["procedure_code"]),
                "units": lines["units"].fillna(0),
                "freed": modifiers[0] | modifiers[1],
            }
        )
        numbered = numbered[numbered["code"] >= 0]
        visit = pd.MultiIndex.from_frame(numbered[["member_day", "provider"]]).factorize()[0]
        return numbered.assign(visit=visit)

    def _pairs_found(self, lines: pd.DataFrame) -> pd.DataFrame:
        """Each line in column two, with each partner in column one."""
        named = lines.loc[lines["provider"] >= 0, ["line", "visit", "day", "code", "freed"]]
        named = named[named["visit"].duplicated(keep=False)]
        pairs = named.merge(named.drop(columns="day"), on="visit", suffixes=("", "_one"))
        pairs = pairs[pairs["code"] != pairs["code_one"]]
        pairs["pair"] = pairs["code_one"] * _PAIR_SHIFT + pairs["code"]
        billed = lines["code"].unique()
        one, two = self._ptp["pair"] // _PAIR_SHIFT, self._ptp["pair"] % _PAIR_SHIFT
        hits = pairs.merge(self._ptp[one.isin(billed) & two.isin(billed)], on="pair")
        freed = (hits["freed"] | hits["freed_one"]) & hits["may_be_freed"]
        hits = hits.loc[_in_force(hits) & ~freed, ["line", "line_one"]]
        return hits.rename(columns={"line_one": "partner"}).drop_duplicates()

    def _over_limits(self, lines: pd.DataFrame) -> tuple[pd.Index, pd.DataFrame]:
        """The lines over a limit of a line, and over one of a day with all lines of the day."""
        by_line = lines.merge(self._mue[self._mue["per_line"]], on="code")
        over = _in_force(by_line) & (by_line["units"] > by_line["most"])
        per_line = pd.Index(by_line.loc[over, "line"].unique())
        alone = lines["provider"] < 0
        key = lines["visit"] * _PAIR_SHIFT + lines["code"]
        limited = lines.assign(group=key.where(~alone, -1 - lines["line"]))
        limited["total"] = limited.groupby("group")["units"].transform("sum")
        by_day = limited.merge(self._mue[~self._mue["per_line"]], on="code")
        over = _in_force(by_day) & (by_day["total"] > by_day["most"])
        return per_line, by_day.loc[over, ["line", "group"]].drop_duplicates()

    def _add_ons(self, lines: pd.DataFrame, denied: "pd.Index[int]") -> tuple[pd.Index, pd.Index]:
        """The add-on lines without a payable primary, to deny and to pend. Denials spread until
        nothing changes."""
        keyed = lines[["line", "member_day", "day", "provider", "code"]]
        asking = keyed.merge(self._aoc.drop(columns="pair"), on="code")
        asking = asking.loc[_in_force(asking), [*keyed.columns, "is_open"]].drop_duplicates()
        answers = asking.merge(keyed.drop(columns="day"), on="member_day", suffixes=("", "_other"))
        answers["pair"] = answers["code"] * _PAIR_SHIFT + answers["code_other"]
        answers = answers.merge(self._aoc.drop(columns=["code", "is_open"]), on="pair")
        provider, other = answers["provider"], answers["provider_other"]
        may_be = (provider == other) | (provider < 0) | (other < 0)
        answers = answers[_in_force(answers) & may_be & (answers["line"] != answers["line_other"])]
        unpaid = denied
        while True:
            payable = answers.loc[~answers["line_other"].isin(unpaid), "line"]
            alone = asking[~asking["line"].isin(payable)]
            found = pd.Index(alone.loc[~alone["is_open"], "line"])
            spread = denied.union(found)
            if len(spread) == len(unpaid):
                return found, pd.Index(alone.loc[alone["is_open"], "line"])
            unpaid = spread

    def _pair(self, one: "pd.Series[str]", two: "pd.Series[str]") -> "pd.Series[int]":
        return pd.Series(self._codes.get_indexer(one) * _PAIR_SHIFT + self._codes.get_indexer(two))


def _dated(path: Path) -> pd.DataFrame:
    """A table whose dates are numbers of days."""
    table = pq.read_table(path).to_pandas()
    for name, otherwise in (("effective", _FIRST), ("deletion", _LAST)):
        days = pd.to_datetime(table[name]).dt.as_unit("s")
        known = days.notna()
        numbers = days.where(known, pd.Timestamp(0)).astype("int64") // 86_400 + _EPOCH
        table[name] = numbers.where(known, otherwise)
    return table


def _in_force(rows: pd.DataFrame) -> "pd.Series[bool]":
    return (rows["effective"] <= rows["day"]) & (rows["day"] <= rows["deletion"])


def _with_ids(ids: pd.DataFrame, found: pd.DataFrame, partners: pd.DataFrame) -> pd.DataFrame:
    """The findings with their claims and line numbers, and those of their partners."""
    theirs = partners.join(ids, on="partner").sort_values(["claim_id", "line_number"])
    lists = theirs.groupby(["rule", "line"]).agg(
        partner_claim_ids=("claim_id", list), partner_line_numbers=("line_number", list)
    )
    rows = found.join(ids, on="line").join(lists, on=["rule", "line"]).drop(columns="line")
    for name in lists.columns:
        rows[name] = rows[name].map(lambda each: each if isinstance(each, list) else [])
    return rows
