"""The shipped rule files on a public claim corpus: each rule's lines, by a query of its own.

The corpus (Tuva's demonstration claims, 6,075 lines) is no part of the project; without it these
tests are skipped. The queries are written from the rules' sentences, not from the evaluator.
"""

from collections import Counter
from pathlib import Path

import duckdb
import pytest

from editwright import load
from editwright.evaluator.formats.members import read_members
from editwright.evaluator.formats.read import read_claims
from editwright.evaluator.run import Evaluator

ROOT = Path(__file__).parents[1]
CORPUS = ROOT.parent / "shared" / "data" / "claims" / "flat" / "tuva-demo-2023"
pytestmark = pytest.mark.skipif(not CORPUS.exists(), reason="the claim corpus is not here")

QUERIES = {
    "HIGH-CHARGE": """SELECT claim, line FROM l
        WHERE charge >= 25000 AND coalesce(rev, '') <> '0001'""",
    "UNITS-ZERO": "SELECT claim, line FROM l WHERE units = 0 AND coalesce(rev, '') <> '0001'",
    "AUTH-MRI": """SELECT claim, line FROM l
        WHERE code IN ('70551', '70552', '70553', '72148', '73721')""",
    "SEX-PSA": """SELECT claim, line FROM l WHERE code = 'G0103' AND sex <> 'male'
        AND NOT list_contains(mods, 'KX')""",
    "DX-LIPID": """SELECT claim, line FROM l WHERE code = '80061' AND NOT coalesce(list_bool_or(
        list_transform(dx, lambda d: regexp_matches(d, '^(E78|E10|E11|I25|I70|E03|E66|N18)')
            OR d IN ('I10', 'Z79899', 'Z136'))), false)""",
    "PTP-BLOOD-COUNT": """SELECT DISTINCT two.claim, two.line FROM l two JOIN l one
        ON two.code = '85027' AND one.code = '85025' AND two.member = one.member
        AND two.day = one.day AND two.npi = one.npi
        WHERE NOT list_has_any(two.mods, (SELECT ncci FROM modifiers))
        AND NOT list_has_any(one.mods, (SELECT ncci FROM modifiers))""",
    "ADDON-MAMMOGRAM": """SELECT claim, line FROM l t WHERE code = '77063' AND NOT EXISTS (
        SELECT 1 FROM l p WHERE p.code = '77067' AND p.member = t.member AND p.day = t.day
        AND (p.npi = t.npi OR p.npi IS NULL OR t.npi IS NULL)
        AND (p.claim, p.line) NOT IN (SELECT claim, line FROM over_a_year))""",
    "MAMMOGRAM-YEAR": "SELECT claim, line FROM over_a_year",
    "DRAW-FEE": """WITH draws AS (SELECT *, sum(units) OVER (PARTITION BY member, npi, day
            ORDER BY claim, line) AS so_far FROM l WHERE code = '36415' AND npi IS NOT NULL)
        SELECT claim, line FROM draws WHERE so_far > 1""",
    "DUPLICATE-LAB": """WITH tests AS (SELECT *, row_number() OVER (
            PARTITION BY member, npi, day, code ORDER BY claim, line) AS number FROM l
            WHERE code IN ('80053', '84443', '85025') AND npi IS NOT NULL
            AND NOT list_has_any(mods, ['59', '76', '77', '91']))
        SELECT claim, line FROM tests WHERE number > 1""",
}  # fmt: skip


@pytest.fixture(scope="module")
def database() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    claims, members = CORPUS / "medical_claim.csv", CORPUS / "eligibility.csv"
    dx = ", ".join(f"diagnosis_code_{n}" for n in range(1, 26))
    mods = ", ".join(f"hcpcs_modifier_{n}" for n in range(1, 6))
    connection.execute(
        f"""CREATE TABLE l AS SELECT claim_id AS claim, claim_line_number::INT AS line,
            c.patient_id AS member, hcpcs_code AS code, rendering_npi AS npi, g.sex AS sex,
            coalesce(claim_line_start_date, claim_start_date)::DATE AS day,
            service_unit_quantity::DOUBLE AS units, charge_amount::DOUBLE AS charge,
            revenue_center_code AS rev,
            list_filter([{mods}], lambda m: m IS NOT NULL) AS mods,
            list_filter([{dx}], lambda d: d IS NOT NULL) AS dx
        FROM read_csv('{claims}', all_varchar = true) c
        LEFT JOIN (SELECT patient_id, any_value(gender) AS sex
            FROM read_csv('{members}', all_varchar = true) GROUP BY 1) g USING (patient_id)"""
    )
    rules = load(ROOT / "rulesets" / "starter.edits").checked.rules
    rule = next(each for each in rules if each.name == "PTP-BLOOD-COUNT")
    ncci = sorted(rule.exemptions[0].condition.values.codes.enumerable)  # type: ignore[union-attr, arg-type]
    assert len(ncci) == 44
    connection.execute("CREATE TABLE modifiers AS SELECT ?::VARCHAR[] AS ncci", [ncci])
    connection.execute(
        """CREATE TABLE over_a_year AS WITH days AS (SELECT *, dense_rank() OVER (
            PARTITION BY member, year(day) ORDER BY day) AS number FROM l WHERE code = '77067')
        SELECT claim, line FROM days WHERE number > 1"""
    )
    return connection


@pytest.fixture(scope="module")
def found() -> Counter[tuple[str, str, int]]:
    rules = load(ROOT / "rulesets" / "starter.edits", ROOT / "rulesets" / "chemodenervation.edits")
    claims = read_claims(
        [CORPUS / "medical_claim.csv"], members=read_members(CORPUS / "eligibility.csv")
    )
    findings = list(Evaluator(rules.checked).findings(claims))
    assert (claims.line_count, claims.bad_lines.count) == (6075, 0)
    return Counter((each.rule, each.claim_id, each.line_number) for each in findings)


@pytest.mark.parametrize("rule", QUERIES)
def test_rule_agrees_with_its_query(
    rule: str, database: duckdb.DuckDBPyConnection, found: Counter[tuple[str, str, int]]
) -> None:
    in_force = "SELECT claim, line FROM l WHERE day >= DATE '2018-01-01'"
    expected = set(database.execute(f"({QUERIES[rule]}) INTERSECT ({in_force})").fetchall())
    assert expected
    assert {(claim, line) for name, claim, line in found if name == rule} == expected


def test_a_rule_gives_one_finding_for_a_line(found: Counter[tuple[str, str, int]]) -> None:
    assert set(found.values()) == {1}
