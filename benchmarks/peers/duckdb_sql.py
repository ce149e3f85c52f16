"""The NCCI edits in DuckDB's SQL.

Codes become numbers, so that a pair of codes is one integer key; only lines with a code of the
tables are kept, and only rows of the pair table for codes that are billed, which then fit the
processor's cache; lines of one member, date and provider become one numbered visit; pairs of lines
are made before the pair table is looked at, since a code has hundreds of partners in it and a visit
has few lines.
"""

from pathlib import Path

import duckdb

from benchmarks.ncci import NCCI_MODIFIERS
from benchmarks.peers import THREADS

_TABLES = """
CREATE TABLE codes AS
SELECT code, CAST(row_number() OVER () AS INTEGER) AS id
FROM (
    SELECT column_1 AS code FROM '{tables}/ptp.parquet'
    UNION SELECT column_2 FROM '{tables}/ptp.parquet'
    UNION SELECT hcpcs FROM '{tables}/mue.parquet'
    UNION SELECT add_on FROM '{tables}/aoc.parquet'
    UNION SELECT "primary" FROM '{tables}/aoc.parquet'
);

CREATE TABLE ptp AS
SELECT
    one.id AS one,
    two.id AS two,
    one.id * 65536 + two.id AS pair,
    coalesce(effective, DATE '0001-01-01') AS effective,
    coalesce(deletion, DATE '9999-12-31') AS deletion,
    modifier_indicator = 1 AS may_be_freed
FROM '{tables}/ptp.parquet'
JOIN codes AS one ON one.code = column_1
JOIN codes AS two ON two.code = column_2;

CREATE TABLE mue AS
SELECT
    id AS code,
    units AS most,
    coalesce(effective, DATE '0001-01-01') AS effective,
    coalesce(deletion, DATE '9999-12-31') AS deletion,
    adjudication_indicator = 1 AS per_line
FROM '{tables}/mue.parquet'
JOIN codes ON codes.code = hcpcs;

CREATE TABLE aoc AS
SELECT
    add_on.id AS add_on,
    add_on.id * 65536 + main.id AS pair,
    coalesce(effective, DATE '0001-01-01') AS effective,
    coalesce(deletion, DATE '9999-12-31') AS deletion,
    contractor_defined = 'Y' AS is_open
FROM '{tables}/aoc.parquet'
JOIN codes AS add_on ON add_on.code = aoc.add_on
JOIN codes AS main ON main.code = aoc."primary";
"""

_LINES = """
CREATE OR REPLACE TEMP TABLE lines AS
SELECT
    CAST(file_row_number AS INTEGER) AS line,
    claim_id,
    line_number,
    member_id AS member,
    service_from AS day,
    rendering_provider AS provider,
    id AS code,
    CAST(units AS DOUBLE) AS units,
    coalesce(modifier_1 IN {modifiers}, false) OR coalesce(modifier_2 IN {modifiers}, false)
        AS freed
FROM read_parquet('{claims}', file_row_number = true)
JOIN codes ON codes.code = procedure_code;

CREATE OR REPLACE TEMP TABLE billed AS
SELECT DISTINCT code FROM lines;

CREATE OR REPLACE TEMP TABLE ptp_billed AS
SELECT pair, effective, deletion, may_be_freed
FROM ptp
WHERE
    one IN (FROM billed)
    AND two IN (FROM billed)
    AND deletion >= (SELECT min(day) FROM lines)
    AND effective <= (SELECT max(day) FROM lines);

CREATE OR REPLACE TEMP TABLE visits AS
SELECT member, day, provider, CAST(row_number() OVER () AS INTEGER) AS visit
FROM lines
WHERE provider IS NOT NULL
GROUP BY member, day, provider
HAVING min(code) < max(code);

CREATE OR REPLACE TEMP TABLE together AS
SELECT visit, line, code, day, freed
FROM lines
JOIN visits USING (member, day, provider);

CREATE OR REPLACE TEMP TABLE ptp_found AS
SELECT DISTINCT two.line, one.line AS partner
FROM together AS two
JOIN together AS one USING (visit)
JOIN ptp_billed ON pair = one.code * 65536 + two.code
WHERE
    one.code <> two.code
    AND two.day BETWEEN effective AND deletion
    AND NOT ((one.freed OR two.freed) AND may_be_freed);

CREATE OR REPLACE TEMP TABLE mue_line_found AS
SELECT DISTINCT line
FROM lines
JOIN mue USING (code)
WHERE per_line AND units > most AND day BETWEEN effective AND deletion;

CREATE OR REPLACE TEMP TABLE mue_day_found AS
WITH
totals AS (
    SELECT member, day, code, provider, sum(units) AS total
    FROM lines
    WHERE provider IS NOT NULL AND units IS NOT NULL
    GROUP BY ALL
),
exceeded AS (
    SELECT DISTINCT member, day, code, provider
    FROM totals
    JOIN mue USING (code)
    WHERE NOT per_line AND total > most AND day BETWEEN effective AND deletion
)
SELECT line, member, day, code, provider
FROM lines
JOIN exceeded USING (member, day, code, provider)
UNION ALL
SELECT DISTINCT line, member, day, code, provider
FROM lines
JOIN mue USING (code)
WHERE provider IS NULL AND NOT per_line AND units > most AND day BETWEEN effective AND deletion;

CREATE OR REPLACE TEMP TABLE denied AS
SELECT line FROM ptp_found
UNION SELECT line FROM mue_line_found
UNION SELECT line FROM mue_day_found;

CREATE OR REPLACE TEMP TABLE asking AS
SELECT DISTINCT line, member, day, provider, code, is_open
FROM lines
JOIN aoc ON code = add_on AND day BETWEEN effective AND deletion;

CREATE OR REPLACE TEMP TABLE answers AS
SELECT DISTINCT asking.line, partners.line AS partner
FROM asking
JOIN lines AS partners USING (member, day)
JOIN aoc ON pair = asking.code * 65536 + partners.code
WHERE
    asking.line <> partners.line
    AND day BETWEEN effective AND deletion
    AND coalesce(asking.provider = partners.provider, true);

CREATE OR REPLACE TEMP TABLE aoc_found (line INTEGER);
"""

_UNPAID = """
SELECT line FROM asking WHERE is_open = {is_open}
EXCEPT
SELECT line FROM answers WHERE partner NOT IN (SELECT line FROM denied)
"""

_DENIALS = f"""
CREATE OR REPLACE TEMP TABLE spreading AS
{_UNPAID.format(is_open="false")}
EXCEPT SELECT line FROM aoc_found;
INSERT INTO aoc_found SELECT line FROM spreading;
INSERT INTO denied SELECT line FROM spreading;
"""

_FINDINGS = f"""
COPY (
    WITH
    partners AS (
        SELECT 'NCCI-PTP' AS rule, line, partner FROM ptp_found
        UNION ALL
        SELECT 'MUE-DAY', of_day.line, others.line
        FROM mue_day_found AS of_day
        JOIN mue_day_found AS others USING (member, day, code, provider)
        WHERE of_day.line <> others.line
    ),
    lists AS (
        SELECT
            rule,
            partners.line,
            list(claim_id ORDER BY claim_id, line_number) AS partner_claim_ids,
            list(line_number ORDER BY claim_id, line_number) AS partner_line_numbers
        FROM partners
        JOIN lines ON lines.line = partner
        GROUP BY rule, partners.line
    ),
    found AS (
        SELECT 'MUE-DAY' AS rule, line FROM mue_day_found
        UNION ALL SELECT DISTINCT 'NCCI-PTP', line FROM ptp_found
        UNION ALL SELECT 'MUE-LINE', line FROM mue_line_found
        UNION ALL SELECT 'NCCI-AOC', line FROM aoc_found
        UNION ALL SELECT 'NCCI-AOC-OPEN', line FROM ({_UNPAID.format(is_open="true")})
    )
    SELECT
        claim_id,
        line_number,
        found.rule,
        coalesce(partner_claim_ids, []) AS partner_claim_ids,
        coalesce(partner_line_numbers, []) AS partner_line_numbers
    FROM found
    JOIN lines USING (line)
    LEFT JOIN lists ON lists.line = found.line AND lists.rule = found.rule
) TO '{{findings}}' (FORMAT parquet);
"""


class Ncci:
    """The NCCI edits, with the tables in a database in memory."""

    def __init__(self, tables: Path) -> None:
        self._database = duckdb.connect()
        self._database.execute(f"SET threads = {THREADS}; SET preserve_insertion_order = false")
        self._database.execute(_TABLES.format(tables=tables))

    def run(self, claims: Path, findings: Path) -> None:
        """Judge a Parquet file of service lines, and write the findings in Parquet."""
        self._database.execute(_LINES.format(claims=claims, modifiers=NCCI_MODIFIERS))
        while self._spread():
            pass
        self._database.execute(_FINDINGS.format(findings=findings))

    def _spread(self) -> bool:
        """Deny the add-on codes that have no payable primary; whether there were any."""
        self._database.execute(_DENIALS)
        counted = self._database.execute("SELECT count(*) FROM spreading").fetchone()
        return counted is not None and counted[0] > 0
