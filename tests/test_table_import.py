"""The importers of CMS tables: what becomes of rows, and rule files over the tables."""

import re
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from editwright.evaluator.examples.run_examples import run_examples
from editwright.evaluator.tables import import_table
from editwright.grammar.check import check_paths, expect_rules
from editwright.grammar.format import format_file
from editwright.grammar.parse import parse, read_source
from editwright.grammar.source import Source
from tests.cms_files import (
    FILES,
    MPFS,
    MPFS_HEAD,
    MUE,
    MUE_HEAD,
    PTP,
    PTP_HEAD,
    failure,
    imported,
    written,
)

SAMPLES = Path(__file__).parents[1].parent / "shared" / "data" / "cms" / "samples"
PAGE = Path(__file__).parents[1] / "docs" / "tables.md"

# ---- the four tables


def test_ptp_rows_are_intervals(tmp_path: Path) -> None:
    report, rows = imported("ncci-ptp", written(tmp_path, *FILES["ncci-ptp"]))
    assert rows[0] == {
        "column_1": "11111", "column_2": "22222", "effective": date(1996, 1, 1), "deletion": None,
        "modifier_indicator": 0, "rationale": "Misuse",
    }  # fmt: skip
    assert [row["deletion"] for row in rows[1:]] == [date(2024, 12, 31), None]
    assert (report.rows, report.pairs, report.codes) == (3, 2, 3)
    assert "not given: f2, f3, f4" in report.ledger.notes[0]


def test_ptp_rows_that_were_never_in_force_are_set_aside_and_repeats_left_out(
    tmp_path: Path,
) -> None:
    never = (
        "11111\t44444\t\t20200101\t20200101\t9\t\n"
        "11111\t55555\t\t20200101\t20191231\t1\t\n"
        "11111\t66666\t\t20200101\t20200101\t0\t\n"
    )
    parts = [
        written(tmp_path, f"ccipra-v322r0-f{n}.txt", PTP_HEAD + PTP + (never if n == 1 else ""))
        for n in (1, 2, 3, 4)
    ]
    report, rows = imported("ncci-ptp", *parts)
    assert report.ledger.set_aside == {
        "modifier indicator 9: never in force": 1,
        "deleted before it was effective": 1,
    }
    assert report.ledger.repeated == 9
    assert [row["column_2"] for row in rows] == ["22222", "33333", "33333", "66666"]
    assert not report.ledger.notes


@pytest.mark.parametrize(
    ("intervals", "pairs"),
    [
        (("20200101 20241231 1", "20200101 20241231 0"), 1),
        (("20200101 20241231 1", "20220101 * 0"), 1),
        (("20200101 20241231 1", "20241231 * 0"), 1),  # the last day is inside
        (("20200101 20241231 1", "20250101 * 0"), 0),
        (("20200101 * 1", "20210101 20211231 1"), 0),
    ],
)
def test_a_pair_in_force_with_both_indicators_is_told(
    tmp_path: Path, intervals: tuple[str, str], pairs: int
) -> None:
    rows = "".join(f"11111\t33333\t\t{each.replace(' ', chr(9))}\t\n" for each in intervals)
    report, found = imported("ncci-ptp", written(tmp_path, "a.txt", PTP_HEAD + rows))
    assert len(found) == 2
    told = [note for note in report.ledger.notes if "both modifier indicators" in note]
    assert [note.split()[0] for note in told] == ["1"] * pairs


def test_two_settings_are_not_one_table(tmp_path: Path) -> None:
    names = ("ccipra-v322r0-f1.txt", "ccioph-v322r0-f1.txt")
    error = failure("ncci-ptp", *(written(tmp_path, name, PTP_HEAD + PTP) for name in names))
    assert "ccioph-v322r0 and ccipra-v322r0" in error.message


def test_mue_takes_the_setting_from_the_heading_and_the_date_from_the_name(tmp_path: Path) -> None:
    _, rows = imported("mue", written(tmp_path, *FILES["mue"]))
    assert [row["adjudication_indicator"] for row in rows] == [1, 2, 3]
    assert rows[2] == {
        "hcpcs": "J0001", "units": 1200, "adjudication_indicator": 3,
        "rationale": "Clinical: Data", "setting": "practitioner", "effective": date(2026, 7, 1),
        "deletion": None,
    }  # fmt: skip


def test_mue_snapshots_of_one_setting_follow_each_other(tmp_path: Path) -> None:
    dme = MUE_HEAD.replace("Practitioner Services", "DME Supplier Services")
    _, rows = imported(
        "mue",
        written(tmp_path, "Practitioner_Eff_04-01-2026.csv", MUE_HEAD + MUE),
        written(tmp_path, "Practitioner_Eff_07-01-2026.csv", MUE_HEAD + MUE),
        written(tmp_path, "DME.csv", dme + MUE),
    )
    found = {(row["setting"], row["effective"], row["deletion"]) for row in rows}
    assert found == {
        ("practitioner", date(2026, 4, 1), date(2026, 6, 30)),
        ("practitioner", date(2026, 7, 1), None),
        ("dme", None, None),
    }


def test_add_on_dates_are_days_of_the_year_and_contractor_primaries_stand_apart(
    tmp_path: Path,
) -> None:
    report, rows = imported("add-on", written(tmp_path, *FILES["add-on"]))
    found = [(row["add_on"], row["primary"], row["contractor_defined"]) for row in rows]
    assert found == [("11112", "11111", "N"), ("11112", "22222", "N"), ("44445", "44444", "Y")]
    assert rows[0]["deletion"] == date(2025, 3, 31)  # the primary goes before the edit does
    assert rows[0]["effective"] == date(2013, 1, 1)
    assert report.ledger.set_aside == {"primary CCCCC: the contractor defines it": 2}


def test_two_quarters_of_add_on_codes_are_not_one_table(tmp_path: Path) -> None:
    """What the later one deletes would go on in the earlier one."""
    files = [
        written(tmp_path, f"AOC_V2026Q{quarter}-MCR.txt", FILES["add-on"][1]) for quarter in (1, 2)
    ]
    assert failure("add-on", *files).message == (
        "the files are of different quarters: 2026Q1 and 2026Q2"
    )


def test_mpfs_reads_captions_above_the_headings_and_no_descriptors(tmp_path: Path) -> None:
    _, rows = imported("mpfs", written(tmp_path, *FILES["mpfs"]))
    assert rows[0]["glob"] == "090"
    assert (rows[0]["nonfacility_total"], rows[1]["modifier"], rows[0]["modifier"]) == (
        22.75, "26", None,
    )  # fmt: skip
    assert not any("REDACTED" in str(value) for row in rows for value in row.values())


def test_two_files_that_are_equal_here_count_once_and_two_that_differ_are_refused(
    tmp_path: Path,
) -> None:
    one = written(tmp_path, "nonQPP.csv", MPFS_HEAD + MPFS)
    report, rows = imported("mpfs", one, written(tmp_path, "QPP.csv", MPFS_HEAD + MPFS))
    assert (len(rows), report.ledger.repeated) == (2, 2)
    later = written(tmp_path, "later.csv", MPFS_HEAD + MPFS.replace(",090,", ",010,"))
    assert failure("mpfs", one, later).message == (
        "`11111` is there twice, with different indicators"
    )
    limits = [
        written(tmp_path, f"{n}_Eff_07-01-2026.csv", MUE_HEAD + MUE.replace(",0,", f",{n},"))
        for n in (1, 2)
    ]
    assert "`22222` has two limits" in failure("mue", *limits).message


# ---- damage


def test_lost_zeros_are_restored_with_a_note(tmp_path: Path) -> None:
    damaged = MPFS_HEAD + MPFS.replace("11111,,", "100,,").replace(",090,", ",10,")
    report, rows = imported("mpfs", written(tmp_path, "a.csv", damaged))
    assert (rows[0]["hcpcs"], rows[0]["glob"]) == ("00100", "010")
    assert [note.split(":")[0] for note in report.ledger.notes] == [
        "repaired lost leading zeros in 1 cell of `hcpcs`",
        "repaired lost leading zeros in 1 cell of `glob`",
    ]


@pytest.mark.parametrize("damage", ["1.11E+04", "12", "0000", "AMA ", ""])
def test_a_code_that_cannot_be_restored_is_refused(tmp_path: Path, damage: str) -> None:
    error = failure("mue", written(tmp_path, "a.csv", MUE_HEAD + MUE.replace("22222", damage)))
    assert "1 of 3 rows without a readable procedure code in `hcpcs`" in error.message


def test_one_stray_row_among_hundreds_is_set_aside(tmp_path: Path) -> None:
    many = "".join(f"{code},1,3 Date,\n" for code in range(20000, 20400))
    report, _ = imported("mue", written(tmp_path, "a.csv", MUE_HEAD + many + "END,1,3 Date,\n"))
    assert report.ledger.set_aside == {"no procedure code in hcpcs": 1}
    assert report.rows == 400


def test_the_end_mark_of_old_dos_files_is_no_row(tmp_path: Path) -> None:
    for end in ("\x1a", "\x1a,,,\n", "\x1a\n", "\n\n", ",,,\n"):
        report, _ = imported("mue", written(tmp_path, "a.csv", MUE_HEAD + MUE + end))
        assert (report.rows, report.ledger.set_aside) == (3, {})


def test_an_incomplete_row_is_an_error(tmp_path: Path) -> None:
    error = failure("ncci-ptp", written(tmp_path, "a.txt", PTP_HEAD + PTP + "11111\t222"))
    assert error.message == "`a.txt` is damaged: a row has 2 cells, the first row 7"


def test_a_last_line_without_an_end_is_told(tmp_path: Path) -> None:
    for end, told in (("", 1), ("\n", 0), ("\n\x1a", 0)):
        text = MUE_HEAD + MUE.rstrip("\n") + end
        report, _ = imported("mue", written(tmp_path, "MUE_Eff_07-01-2026.csv", text))
        assert len(report.ledger.notes) == told


# ---- the page


EXAMPLES = {
    "ptp": """
example "a pair, and a modifier that frees it"
    given 22222-59 on 2025-03-01 by 1
    and   11111 on 2025-03-01 by 1
    and   33333 on 2024-12-31 by 1
    and   11111 on 2024-12-31 by 1
    and   33333-LT on 2025-04-01 by 1
    and   11111 on 2025-04-01 by 1
    and   33333 on 2025-03-01 by 1
    expect NCCI-PTP on line 1, NCCI-PTP on line 3
""",
    "mue": """
example "per line and per day"
    given 11111 on 2026-07-01 by 1
    and   11111 x 2 on 2026-07-01 by 1
    and   J0001 x 700 on 2026-07-01 by 1
    and   J0001 x 600 on 2026-07-01 by 1
    expect MUE-LINE on line 2, MUE-DAY on line 3, MUE-DAY on line 4
""",
    "add-on": """
example "a primary that is none any more, and one of several"
    given 11112 on 2025-04-01 by 1
    and   11111 on 2025-04-01 by 1
    and   44445 on 2025-04-01 by 1
    and   33334 on 2026-05-01 by 1
    expect NCCI-AOC on line 1, NCCI-AOC-OPEN on line 3
""",
    "mpfs": """
example "an assistant, and a visit in the global days"
    given 11111 on 2025-03-01 with group 7
    and   99213 on 2025-03-08 with group 7
    expect GLOBAL-090 on line 2
""",
}
TABLES = {"ptp": "ncci-ptp", "mue": "mue", "add-on": "add-on", "mpfs": "mpfs"}


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_rules_of_the_page_run_over_imported_tables(tmp_path: Path, name: str) -> None:
    blocks = dict(re.findall(r"```edits ([\w-]+)\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL))
    assert set(blocks) == set(EXAMPLES)
    (table,) = set(re.findall(r'"(\w+\.parquet)"', blocks[name]))
    kind = TABLES[name]
    import_table(kind, [written(tmp_path, *FILES[kind])], tmp_path / table)
    path = tmp_path / "rules.edits"
    path.write_text(blocks[name], encoding="utf-8")
    source = read_source(path, path.name)
    assert isinstance(source, Source)
    assert format_file(parse(source)[0]) == source.text
    path.write_text(blocks[name] + EXAMPLES[name], encoding="utf-8")
    checked = check_paths([path])
    assert not checked.diagnostics
    assert [result for result in run_examples(expect_rules(checked)) if not result.holds] == []


# ---- true files


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples are not here")
@pytest.mark.parametrize(
    ("kind", "name", "rows"),
    [
        ("ncci-ptp", "ccipra-v322r0-f1.selected_rows.txt", 19),
        ("mue", "MCR_MUE_PractitionerServices_Eff_07-01-2026.selected_rows.csv", 6),
        ("mpfs", "PPRRVU2026_Jul_nonQPP.header.csv", 2),
        pytest.param(
            "ncci-ptp", "ccioph_layout_rebuilt_from_ioce_27.1.txt.gz", 1_594_456,
            marks=pytest.mark.slow,
        ),
    ],
)  # fmt: skip
def test_samples(tmp_path: Path, kind: str, name: str, rows: int) -> None:
    report = import_table(kind, [SAMPLES / name], tmp_path / "table.parquet")
    assert report.rows == rows
    assert pq.read_metadata(tmp_path / "table.parquet").num_rows == rows
