"""The NCCI edits in Polars.

Codes become numbers, so that a pair of codes is one integer key; only rows of the pair table for
codes that are billed are kept, which then fit the processor's cache; lines of one member, date and
provider become one numbered visit; pairs of lines are made before the pair table is looked at,
since a code has hundreds of partners in it and a visit has few lines.
"""

from datetime import date
from pathlib import Path

import polars as pl

from benchmarks.ncci import NCCI_MODIFIERS

_FIRST, _LAST = date(1, 1, 1), date(9999, 12, 31)
_IN_FORCE = pl.col("day").is_between("effective", "deletion")
_DAY = ["member", "day"]


class Ncci:
    """The NCCI edits, with the tables in memory."""

    def __init__(self, tables: Path) -> None:
        ptp, mue, aoc = (
            pl.scan_parquet(tables / f"{name}.parquet").with_columns(
                pl.col("effective").fill_null(_FIRST), pl.col("deletion").fill_null(_LAST)
            )
            for name in ("ptp", "mue", "aoc")
        )
        columns = [
            ptp.select(code="column_1"),
            ptp.select(code="column_2"),
            mue.select(code="hcpcs"),
            aoc.select(code="add_on"),
            aoc.select(code="primary"),
        ]
        known = pl.concat(columns).unique().sort("code").collect()["code"]
        self._codes = pl.Enum(known)
        self._ptp = ptp.select(
            self._pair("column_1", "column_2"),
            "effective",
            "deletion",
            may_be_freed=pl.col("modifier_indicator") == 1,
        ).collect()
        self._mue = mue.select(
            "effective",
            "deletion",
            code=self._number("hcpcs"),
            most=pl.col("units").cast(pl.Float64),
            per_line=pl.col("adjudication_indicator") == 1,
        ).collect()
        self._aoc = aoc.select(
            self._pair("add_on", "primary"),
            "effective",
            "deletion",
            code=self._number("add_on"),
            is_open=pl.col("contractor_defined") == "Y",
        ).collect()

    def run(self, claims: Path, findings: Path) -> None:
        """Judge a Parquet file of service lines, and write the findings in Parquet."""
        lines = self._lines(claims)
        pairs = self._pairs_found(lines)
        per_line, per_day = self._over_limits(lines)
        denied = pl.concat([pairs["line"], per_line["line"], per_day["line"]]).unique()
        add_ons, open_add_ons = self._add_ons(lines, denied)
        others = per_day.join(per_day, on=["member", "day", "code", "provider"]).filter(
            pl.col("line") != pl.col("line_right")
        )
        partners = pl.concat(
            [
                pairs.select("line", "partner", rule=pl.lit("NCCI-PTP")),
                others.select("line", partner="line_right", rule=pl.lit("MUE-DAY")),
            ]
        )
        found = pl.concat(
            [
                pairs.select(pl.col("line").unique(), rule=pl.lit("NCCI-PTP")),
                per_line.select("line", rule=pl.lit("MUE-LINE")),
                per_day.select("line", rule=pl.lit("MUE-DAY")),
                add_ons.select("line", rule=pl.lit("NCCI-AOC")),
                open_add_ons.select("line", rule=pl.lit("NCCI-AOC-OPEN")),
            ]
        )
        _with_ids(claims, found, partners).write_parquet(findings)

    def _lines(self, claims: Path) -> pl.DataFrame:
        """The lines with a code of the tables."""
        freed = [
            pl.col(name).is_in(NCCI_MODIFIERS).fill_null(value=False)
            for name in ("modifier_1", "modifier_2")
        ]
        return (
            pl.scan_parquet(claims, row_index_name="line")
            .select(
                "line",
                member="member_id",
                day="service_from",
                provider="rendering_provider",
                code=self._number("procedure_code"),
                units=pl.col("units").cast(pl.Float64),
                freed=pl.any_horizontal(freed),
            )
            .filter(pl.col("code").is_not_null())
            .collect(engine="streaming")
        )

    def _pairs_found(self, lines: pl.DataFrame) -> pl.DataFrame:
        """Each line in column two, with each partner in column one."""
        key = [*_DAY, "provider"]
        named = lines.lazy().drop_nulls("provider")
        visits = named.group_by(key).agg(pl.len()).filter(pl.col("len") > 1).select(key)
        together = (
            named.join(visits.with_row_index("visit"), on=key)
            .select("visit", "line", "code", "freed", "day")
            .collect(engine="streaming")
            .lazy()
        )
        return (
            together.join(together.drop("day"), on="visit", suffix="_one")
            .filter(pl.col("code") != pl.col("code_one"))
            .select(
                "line",
                "day",
                partner="line_one",
                pair=pl.col("code_one") * 65536 + pl.col("code"),
                freed=pl.col("freed") | pl.col("freed_one"),
            )
            .join(self._ptp_billed(lines), on="pair")
            .filter(_IN_FORCE & ~(pl.col("freed") & pl.col("may_be_freed")))
            .select("line", "partner")
            .unique()
            .collect(engine="streaming")
        )

    def _ptp_billed(self, lines: pl.DataFrame) -> pl.LazyFrame:
        """The rows of the pair table that these lines could meet."""
        billed = lines["code"].unique().implode()
        first, last = lines.select(first=pl.min("day"), last=pl.max("day")).row(0)
        return (
            self._ptp.lazy()
            .filter(
                (pl.col("pair") // 65536).is_in(billed),
                (pl.col("pair") % 65536).is_in(billed),
                pl.col("deletion") >= first,
                pl.col("effective") <= last,
            )
            .collect()
            .lazy()
        )

    def _over_limits(self, lines: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """The lines over a limit of a line, and over one of a day with all lines of the day."""
        over = _IN_FORCE & (pl.col("units") > pl.col("most"))
        by_line = self._mue.filter("per_line").lazy()
        by_day = self._mue.filter(~pl.col("per_line")).lazy()
        all_lines = lines.lazy().select("line", *_DAY, "code", "provider", "units")
        per_line = all_lines.join(by_line, on="code").filter(over).select("line").unique()
        key = [*_DAY, "code", "provider"]
        totals = all_lines.drop_nulls(["provider", "units"]).group_by(key).agg(pl.sum("units"))
        exceeded = totals.join(by_day, on="code").filter(over).select(key)
        together = all_lines.join(exceeded, on=key, how="semi").select("line", *key)
        alone = (
            all_lines.filter(pl.col("provider").is_null())
            .join(by_day, on="code")
            .filter(over)
            .select("line", *key)
            .unique()
        )
        line, day = pl.collect_all([per_line, pl.concat([together, alone])], engine="streaming")
        return line, day

    def _add_ons(self, lines: pl.DataFrame, denied: pl.Series) -> tuple[pl.DataFrame, pl.DataFrame]:
        """The add-on lines without a payable primary, to deny and to pend. Denials spread until
        nothing changes."""
        rows = self._aoc.lazy()
        keyed = lines.lazy().select("line", *_DAY, "provider", "code")
        asking = keyed.join(rows, on="code").filter(_IN_FORCE)
        asking = asking.select("line", *_DAY, "provider", "code", "is_open").unique()
        answers = (
            asking.join(keyed, on=_DAY, suffix="_other")
            .with_columns(pair=pl.col("code") * 65536 + pl.col("code_other"))
            .join(rows.drop("code", "is_open"), on="pair")
            .filter(
                _IN_FORCE,
                pl.col("line") != pl.col("line_other"),
                (pl.col("provider") == pl.col("provider_other")).fill_null(value=True),
            )
            .select("line", partner="line_other")
            .unique()
        )
        wanting, known = pl.collect_all([asking, answers], engine="streaming")
        unpaid = denied
        while True:
            payable = known.filter(~pl.col("partner").is_in(unpaid.implode()))
            alone = wanting.join(payable, on="line", how="anti")
            found = alone.filter(~pl.col("is_open"))
            spread = pl.concat([denied, found["line"]]).unique()
            if len(spread) == len(unpaid):
                return found, alone.filter("is_open")
            unpaid = spread

    def _number(self, column: str) -> pl.Expr:
        """The number of a code; nothing where no table has it."""
        return pl.col(column).cast(self._codes, strict=False).to_physical().cast(pl.Int32)

    def _pair(self, one: str, two: str) -> pl.Expr:
        return (self._number(one) * 65536 + self._number(two)).alias("pair")


def _with_ids(claims: Path, found: pl.DataFrame, partners: pl.DataFrame) -> pl.DataFrame:
    """The findings with their claims and line numbers, and those of their partners."""
    ids = pl.scan_parquet(claims, row_index_name="line").select("line", "claim_id", "line_number")
    lists = (
        partners.lazy()
        .join(ids, left_on="partner", right_on="line")
        .sort("claim_id", "line_number")
        .group_by("rule", "line", maintain_order=True)
        .agg(partner_claim_ids="claim_id", partner_line_numbers="line_number")
    )
    none = [pl.col(name).fill_null([]) for name in ("partner_claim_ids", "partner_line_numbers")]
    return (
        found.lazy()
        .join(ids, on="line")
        .join(lists, on=["rule", "line"], how="left")
        .select("claim_id", "line_number", "rule", *none)
        .collect(engine="streaming")
    )
