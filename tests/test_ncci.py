"""The NCCI rule files: over their samples, over missing tables, and over the tables of CMS.

The CMS tables and the claim corpus are no part of the project; without them the last tests are
skipped. Their queries are written from the policy's sentences, not from the evaluator.
"""

import csv
import random
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from editwright import EditError, Rules, load
from editwright.command_line import main
from editwright.evaluator.examples.run_examples import run_examples
from editwright.evaluator.tables import add_on, import_table, mue, ptp
from editwright.exit_codes import DONE, UNUSABLE
from editwright.grammar.check import check_paths, expect_rules
from tests.cms_files import AOC_HEAD, MUE_HEAD, PTP_HEAD, written

ROOT = Path(__file__).parents[1]
NCCI = ROOT / "rulesets" / "ncci"
SHARED = ROOT.parent / "shared" / "data"
NORTHSTAR, IOCE = SHARED / "cms" / "northstar", SHARED / "cms" / "ioce"
TUVA = SHARED / "claims" / "flat" / "tuva-demo-2023" / "medical_claim.csv"

TABLES = {
    "ptp-practitioner": ptp.COLUMNS, "ptp-hospital": ptp.COLUMNS, "mue": mue.COLUMNS,
    "add-on": add_on.COLUMNS,
}  # fmt: skip
SETTINGS = ("practitioner", "hospital")

needs_tables = pytest.mark.skipif(
    not (NORTHSTAR.is_dir() and TUVA.exists()), reason="the tables are not here"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the rule files, as a user has it, without tables."""
    assert main(["copy", "ncci", str(tmp_path)]) == DONE
    return tmp_path / "ncci"


# ---- the samples, and the tables that they stand for


def sample(name: str) -> pa.Table:
    """A sample with the types that an imported table has."""
    types: dict[str, pa.DataType] = dict.fromkeys(TABLES[name], pa.string())
    types |= dict.fromkeys(("modifier_indicator", "adjudication_indicator", "edit_type"), pa.int8())
    types |= {"units": pa.int32(), "effective": pa.date32(), "deletion": pa.date32()}
    options = pa.csv.ConvertOptions(column_types=types, null_values=[""], strings_can_be_null=True)
    return pa.csv.read_csv(NCCI / "tables" / f"{name}.sample.csv", convert_options=options)


@pytest.mark.parametrize("name", TABLES)
def test_a_sample_has_the_columns_of_its_table(name: str) -> None:
    assert sample(name).column_names == list(TABLES[name])


def test_examples_hold_over_tables_as_the_import_writes_them(folder: Path) -> None:
    for name in TABLES:
        pq.write_table(sample(name), folder / "tables" / f"{name}.parquet")
    checked = check_paths(sorted(folder.rglob("*.edits")))
    assert not checked.diagnostics
    assert not checked.samples
    results = list(run_examples(expect_rules(checked)))
    assert len(results) > 50
    assert not [result for result in results if not result.holds]


def test_nothing_but_the_examples_reads_a_sample(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    claims = folder / "claims.csv"
    claims.write_text("claim_id,procedure_code\nC1,64643\n", encoding="utf-8")
    assert main(["test", str(folder)]) == DONE
    assert "ptp-practitioner.sample.csv" in capsys.readouterr().out
    assert main(["run", str(folder / "hospital"), "--claims", str(claims)]) != DONE
    said = capsys.readouterr().err
    table = folder / "tables" / "ptp-hospital.parquet"
    assert "there is no file `ptp-hospital.parquet`" in said
    assert f"`editwright import ncci-ptp|mue|add-on|mpfs FILE... -o {table}`" in said
    with pytest.raises(EditError):
        load(folder / "practitioner" / "ptp.edits")


def test_the_copy_overwrites_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "lists.edits").unlink()
    assert main(["copy", "ncci", str(folder.parent)]) == UNUSABLE
    assert not (folder / "lists.edits").exists()
    assert "is there already" in capsys.readouterr().err
    assert main(["copy", "starter.edits", str(folder.parent)]) == DONE
    assert (folder.parent / "starter.edits").exists()
    assert main(["copy", "nci", str(folder.parent)]) == UNUSABLE
    assert "chemodenervation, ncci, starter" in capsys.readouterr().err


def ncci_rules(folder: Path) -> Rules:
    return load(*sorted(folder.rglob("*.edits")))


def test_what_one_table_denies_is_no_primary_for_another(folder: Path) -> None:
    """A unit limit denies the first code of a chain, and each code of the chain falls."""
    for name in TABLES:
        pq.write_table(sample(name), folder / "tables" / f"{name}.parquet")
    common = {"member_id": "M", "service_from": "2024-07-15", "rendering_provider": "1111111112"}
    rules = ncci_rules(folder)
    lines = [
        common | {"claim_id": "C", "procedure_code": code, "units": units}
        for code, units in [("64642", 2), ("64643", 1), ("0213T", 1), ("0214T", 1), ("0215T", 1)]
    ]
    assert [(each.rule, each.line_number, each.carc) for each in rules.evaluate(lines)] == [
        ("NCCI-MUE-DAY", 1, "151"), ("NCCI-AOC", 2, "107"),
    ]  # fmt: skip


# ---- the tables of CMS


def first_and_last(first: date, last: date | None) -> str:
    return f"{first:%Y%m%d}\t{last:%Y%m%d}" if last else f"{first:%Y%m%d}\t*"


def cms_pairs(rows: Iterable[Sequence[object]]) -> str:
    """Pairs in the layout of CMS: column 1 and 2, first and last day, indicator."""
    return PTP_HEAD + "".join(
        f"{one}\t{two}\t\t{first_and_last(first, last)}\t{indicator}\tMisuse\n"  # type: ignore[arg-type]
        for one, two, first, last, indicator in rows
    )


PAIRS_OF = {
    "practitioner": f"""SELECT column_1 AS one, column_2 AS two, DATE '1996-01-01' AS first,
        nullif(ptp_deleted, '9999-12-31')::DATE AS last, ptp_mod AS indicator
        FROM '{NORTHSTAR}/ncci_ptp_prac_2024q3_flat.parquet'""",
    "hospital": f"""SELECT code1 AS one, code2 AS two,
        strptime(eff::VARCHAR, '%Y%m%d')::DATE AS first,
        CASE WHEN "end" < 99991231 THEN strptime("end"::VARCHAR, '%Y%m%d')::DATE END AS last,
        mod_indicator AS indicator FROM '{IOCE}/ncci_ptp_hospital_versions.parquet'""",
}


class Tables:
    """The CMS tables, cut to some codes and imported to a copy of the NCCI folder; the same rows
    for queries."""

    def __init__(self, database: duckdb.DuckDBPyConnection, files: Path, tables: Path) -> None:
        self.database = database
        self.files, self.tables = files, tables

    def rows(self, query: str) -> list[tuple[object, ...]]:
        return self.database.execute(query).fetchall()

    def import_all(self) -> None:
        for setting, query in PAIRS_OF.items():
            self._pairs(setting, query)
        self._limits()
        self._add_ons()

    def _pairs(self, setting: str, query: str) -> None:
        table = f"ptp_{setting}"
        self.database.execute(f"""CREATE TABLE {table} AS SELECT * FROM ({query})
            WHERE one IN (SELECT code FROM codes) AND two IN (SELECT code FROM codes)""")
        name = {"practitioner": "ccipra", "hospital": "ccioph"}[setting]
        text = cms_pairs(self.rows(f"SELECT one, two, first, last, indicator FROM {table}"))
        path = written(self.files, f"{name}-v302r0-f1.txt", text)
        import_table("ncci-ptp", [path], self.tables / f"ptp-{setting}.parquet")
        self.database.execute(f"DELETE FROM {table} WHERE indicator = 9")

    def _limits(self) -> None:
        self.database.execute(
            "CREATE TABLE mue (setting VARCHAR, code VARCHAR, units INT, mai INT)"
        )
        paths = []
        for setting, name in zip(SETTINGS, ("Practitioner", "Outpatient Hospital"), strict=True):
            file = f"mue_{name.lower().replace(' ', '_')}_2024q3.csv"
            self.database.execute(f"""INSERT INTO mue SELECT '{setting}', hcpcs_code,
                mue_units::INT, mue_mai::INT
                FROM read_csv('{NORTHSTAR / file}', all_varchar = true)""")
            rows = self.rows(f"SELECT code, units, mai FROM mue WHERE setting = '{setting}'")
            text = MUE_HEAD.replace("Practitioner", name) + "".join(
                f"{code},{units},{mai} Edit,Data\n" for code, units, mai in rows
            )
            paths.append(written(self.files, f"MUE_{setting}_Eff_01-01-2016.csv", text))
        import_table("mue", paths, self.tables / "mue.parquet")

    def _add_ons(self) -> None:
        self.database.execute(f"""CREATE TABLE aoc AS SELECT add_on_code AS add_on,
            primary_code AS primary_one, aoc_edit_type AS kind
            FROM read_csv('{NORTHSTAR}/aoc_2024q3_active.csv', all_varchar = true)""")
        text = AOC_HEAD + "".join(
            f"{kind}\t{add_on}\t\t{one}\t\t2013001\t\t\n"
            for add_on, one, kind in self.rows("SELECT * FROM aoc")
        )
        path = written(self.files, "AOC_V2024Q3-MCR.txt", text)
        import_table("add-on", [path], self.tables / "add-on.parquet")


LINES = """CREATE TABLE lines (claim_id VARCHAR, line_number INT, member_id VARCHAR,
    service_from DATE, procedure_code VARCHAR, modifiers VARCHAR, units DOUBLE,
    rendering_provider VARCHAR, billing_provider VARCHAR, bill_type VARCHAR)"""

# Each member is cut into months: no rule here looks further than a day, and the run is shorter.
TUVA_LINES = f"""INSERT INTO lines SELECT claim_id, claim_line_number::INT,
    patient_id || left(coalesce(claim_line_start_date, claim_start_date), 7),
    coalesce(claim_line_start_date, claim_start_date)::DATE, hcpcs_code,
    concat_ws(' ', hcpcs_modifier_1, hcpcs_modifier_2, hcpcs_modifier_3, hcpcs_modifier_4),
    service_unit_quantity::DOUBLE, rendering_npi, coalesce(facility_npi, billing_npi),
    CASE WHEN regexp_full_match(bill_type_code, '[0-9]+') THEN bill_type_code END
    FROM read_csv('{TUVA}', all_varchar = true)
    WHERE bill_type_code IS NULL OR regexp_full_match(bill_type_code, '[0-9]+')"""


def made_lines(database: duckdb.DuckDBPyConnection) -> list[tuple[object, ...]]:
    """Two lines of a pair, a line or two near a limit, or an add-on code and a primary code of
    it: near the borders of the pair's interval, with the fields drawn at random."""
    chance = random.Random(20240715)
    pairs = database.execute(f"""SELECT code1, code2, eff, "end"
        FROM '{IOCE}/ncci_ptp_hospital_versions.parquet'
        ORDER BY "end" = 99991231, hash(code1 || code2 || eff) LIMIT 160""").fetchall()
    pairs += database.execute(f"""SELECT column_1, column_2, 20200101, 20240630
        FROM '{NORTHSTAR}/ncci_ptp_prac_2024q3_flat.parquet'
        ORDER BY ptp_mod, hash(column_1 || column_2) LIMIT 80""").fetchall()
    pairs += database.execute(f"""SELECT primary_code, add_on_code, 20200101, 20240630
        FROM '{NORTHSTAR}/aoc_2024q3_active.csv'
        WHERE add_on_code <> '99292' AND primary_code <> 'CCCCC'
        ORDER BY hash(primary_code || add_on_code) LIMIT 80""").fetchall()
    limits = database.execute(f"""SELECT hcpcs_code, mue_units
        FROM '{NORTHSTAR}/mue_practitioner_2024q3.csv'
        ORDER BY mue_mai, hash(hcpcs_code) LIMIT 80""").fetchall()
    lines: list[tuple[object, ...]] = []

    def add(claim: str, number: int, day: date, codes: Sequence[tuple[str, float]]) -> None:
        bill = chance.choice([None, None, None, "131", "131", "0851", "111"])
        for at, (code, units) in enumerate(codes, 1):
            lines.append(
                (
                    f"{claim}{number}", at, f"M{number}", day, code,
                    chance.choice(["", "", "", "", "59", "LT", "76", "50 XS"]), units,
                    chance.choice(["1", "1", "1", "1", "2", None]),
                    chance.choice(["9", "9", "9", "9", "8", None]), bill,
                )
            )  # fmt: skip

    for number, (one, two, first, last) in enumerate(pairs):
        border = date.fromisoformat(str(last if last < 99991231 else first))
        day = border + timedelta(days=chance.choice([-1, 0, 0, 1]))
        add("A", number, day, [(two, 1), (one, 1), (two, 1)][: chance.choice([1, 2, 2, 2, 3])])
        if chance.random() < 0.5:
            add("B", number, day, [(chance.choice([one, two]), 1)])
    for number, (code, units) in enumerate(limits * 3, 2000):
        over = units + chance.choice([0, 1])
        split = chance.choice([over, chance.randint(0, over)])
        add("A", number, date(2024, 7, 15), [(code, split), (code, over - split)])
    return lines


OF_SETTING = {
    "practitioner": ("t.rendering_provider", "t.bill_type IS NULL", "t.bill_type IS NULL"),
    "hospital": (
        "t.billing_provider",
        "regexp_matches(t.bill_type, '^0?(12|13|14|22|23|34|72|74|75|76|85)')",
        "regexp_matches(t.bill_type, '^0?(13|14|85)')",
    ),
}

PAIRS = """SELECT DISTINCT two.claim_id, two.line_number FROM lines_of_{setting} two
    JOIN lines_of_{setting} one USING (member_id, service_from, who)
    JOIN ptp_{setting} pair ON pair.one = one.procedure_code AND pair.two = two.procedure_code
        AND two.service_from BETWEEN pair.first AND coalesce(pair.last, DATE '9999-12-31')
    WHERE (one.claim_id, one.line_number) <> (two.claim_id, two.line_number)
    AND (indicator = 0 OR NOT (list_has_any(string_split(one.modifiers, ' '), $ncci)
        OR list_has_any(string_split(two.modifiers, ' '), $ncci)))"""

LINE_LIMITS = """SELECT claim_id, line_number FROM lines_of_{setting} t
    JOIN mue m ON m.setting = '{setting}' AND m.code = procedure_code AND mai = 1
    WHERE t.units > m.units AND for_mue"""

DAY_LIMITS = """SELECT claim_id, line_number FROM (SELECT *, sum(coalesce(units, 0)) OVER (
        PARTITION BY member_id, service_from, procedure_code,
        coalesce(who, claim_id || '/' || line_number)) AS total
        FROM lines_of_{setting} WHERE for_mue) t
    JOIN mue m ON m.setting = '{setting}' AND m.code = procedure_code AND mai > 1
    WHERE total > m.units"""

ADD_ONS = """SELECT claim_id, line_number FROM lines_of_{setting} t
    WHERE procedure_code IN (SELECT add_on FROM aoc GROUP BY 1
        HAVING bool_and(kind = '1' AND primary_one <> 'CCCCC'))
    AND NOT ('{setting}' = 'practitioner' AND procedure_code = '99292')
    AND NOT EXISTS (SELECT 1 FROM possible_{setting} p JOIN aoc
        ON aoc.add_on = t.procedure_code AND aoc.primary_one = p.procedure_code
        WHERE p.member_id = t.member_id AND p.service_from = t.service_from
        AND (p.who = t.who OR p.who IS NULL OR t.who IS NULL)
        AND (p.claim_id, p.line_number) <> (t.claim_id, t.line_number)
        AND (p.claim_id, p.line_number) NOT IN (SELECT (claim_id, line_number) FROM denied))"""


def modifiers() -> dict[str, bool]:
    """All modifiers with two characters, and whether they are among the NCCI-associated ones."""
    with (IOCE / "data_modifier.csv").open(encoding="utf-8") as file:
        return {row["modifier"]: row["ncci"] == "1" for row in csv.DictReader(file)}


@needs_tables
def test_the_modifiers_that_free_a_pair_are_those_of_the_outpatient_code_editor(
    folder: Path,
) -> None:
    pq.write_table(sample("ptp-practitioner"), folder / "tables" / "ptp-practitioner.parquet")
    rules = load(folder / "practitioner" / "ptp.edits")
    common = {"service_from": "2024-07-15", "rendering_provider": "1111111112"}
    lines = [
        common | {"claim_id": name, "procedure_code": code, "modifiers": name if at == on else ""}
        for name in modifiers()
        for on in (0, 1)
        for at, code in enumerate(("45378", "36000"))
    ]
    lines = [line | {"claim_id": f"{line['claim_id']} {at // 2}"} for at, line in enumerate(lines)]
    denied = {each.claim_id.split()[0] for each in rules.evaluate(lines)}
    assert modifiers().keys() - denied == {name for name, frees in modifiers().items() if frees}
    assert sum(modifiers().values()) == 44


Found = tuple[str, str, str, int]
"""Ruleset, rule, claim and line."""


def expected_findings(database: duckdb.DuckDBPyConnection, ncci: list[str]) -> set[Found]:
    """What the queries find; a rule that they find too little for tests nothing."""
    expected: set[Found] = set()
    database.execute("CREATE TABLE denied (claim_id VARCHAR, line_number INT)")

    def ask(ruleset: str, rule: str, query: str, **values: object) -> None:
        found = database.execute(query, values).fetchall()
        assert len(found) > 3, (ruleset, rule)
        expected.update((ruleset, rule, claim, line) for claim, line in found)
        database.executemany("INSERT INTO denied VALUES (?, ?)", found)

    for setting, (who, of_setting, for_mue) in OF_SETTING.items():
        # a line without a type of bill may be of any type, so it may be a hospital's primary
        possible = of_setting if setting == "practitioner" else f"bill_type IS NULL OR {of_setting}"
        database.execute(f"""CREATE TABLE lines_of_{setting} AS
            SELECT *, {who} AS who, {for_mue} AS for_mue FROM lines t WHERE {of_setting}""")
        database.execute(f"""CREATE TABLE possible_{setting} AS
            SELECT *, {who} AS who FROM lines t WHERE {possible}""")
        ask(f"ncci_ptp_{setting}", "NCCI-PTP", PAIRS.format(setting=setting), ncci=ncci)
        ask(f"ncci_mue_{setting}", "NCCI-MUE-LINE", LINE_LIMITS.format(setting=setting))
        ask(f"ncci_mue_{setting}", "NCCI-MUE-DAY", DAY_LIMITS.format(setting=setting))
    for setting in SETTINGS:
        query = ADD_ONS.format(setting=setting)
        while found := database.execute(f"({query}) EXCEPT SELECT * FROM denied").fetchall():
            database.executemany("INSERT INTO denied VALUES (?, ?)", found)
        ask(f"ncci_add_on_{setting}", "NCCI-AOC", query)
    return expected


@needs_tables
def test_rules_agree_with_queries_over_the_tables_of_cms(folder: Path, tmp_path: Path) -> None:
    database = duckdb.connect()
    database.execute(LINES)
    database.execute(TUVA_LINES)
    database.executemany(f"INSERT INTO lines VALUES ({', '.join('?' * 10)})", made_lines(database))
    database.execute("CREATE TABLE codes AS SELECT DISTINCT procedure_code AS code FROM lines")
    Tables(database, tmp_path, folder / "tables").import_all()
    ncci = sorted(name for name, frees in modifiers().items() if frees)
    expected = expected_findings(database, ncci)
    findings = ncci_rules(folder).evaluate(database.table("lines"))
    assert not findings.bad_lines
    found = [
        (each.ruleset or "", each.rule, each.claim_id, each.line_number)
        for each in findings
        if each.rule not in ("NCCI-AOC-OPEN", "NCCI-AOC-CRITICAL-CARE")
    ]
    assert len(found) == len(set(found))
    assert expected - set(found) == set()
    assert set(found) - expected == set()
