"""What the official checker would say of a file of accounting entries, as it was seen to say."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from socle.checks import fec_official
from socle.checks.fec import Verdict, verdict
from socle.checks.fec_report import Report, facts
from specimens.accounts import COLUMNS, Book, book
from specimens.breaches import BREACHES, with_sense

ERRORS = {
    *("encoding", "separator", "line_ends", "column_missing", "column_name", "empty_line"),
    *("field_count", "mandatory", "number", "thousands", "number_format", "side"),
}
ALERTS = {"both_sides", "no_amount", "account_number"}


def judge(made: Book, folder: Path) -> Verdict:
    path = made.write(folder)
    return verdict(path, path.name)


def view(found: Verdict) -> str:
    told = found.checks[-1]
    assert told.name == "test_compta_demat"
    if told.passed is False:
        return "error"
    return "" if told.detail == "conform" else "alert"


def broken(found: Verdict) -> set[str]:
    return {check.name for check in found.checks[:-1] if check.passed is not True}


def sound() -> Book:
    return replace(book(0), encoding="utf-8", end="\r\n")


def cell(column: str, value: str) -> Book:
    made = sound()
    made.rows[10][column] = value
    return made


@pytest.mark.parametrize("name", sorted(BREACHES))
def test_each_broken_rule_has_the_view_that_the_checker_had(name: str, tmp_path: Path) -> None:
    made = BREACHES[name](replace(book(3), encoding="utf-8"), random.Random(1))
    rule = name.removesuffix("_alone")
    expected = "error" if rule in ERRORS else "alert" if rule in ALERTS else ""
    assert view(judge(made, tmp_path)) == expected


def test_rules_whose_view_depends_on_the_place_are_told_it() -> None:
    depends = [rule for rule, about in facts()["rules"].items() if about["official"] == "found"]
    assert {"number", "number_format", "date_calendar", "date_format", "file_name"} <= set(depends)
    report = Report()
    report.add("date_calendar", "it is silent on 30 February", official="")
    assert report.counts["date_calendar"] == 1
    assert report.checks()[-1].passed is True
    report.officially("date_calendar", "error")
    assert report.checks()[-1].passed is False
    report.drop("date_calendar")
    assert report.checks()[-1].passed is True


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *(("12,50", ""), ("12,50-", ""), (",5", ""), ("5,", ""), ("+12,50", ""), ("1E3", "")),
        *(("5,0e-2", ""), (",", ""), ("5 -", ""), ("++5", ""), ("", "")),
        *(("12.50", "error"), ("1.234,50", "error"), ("1 234,50", "error"), ("1'234,50", "error")),
        *(("--5", "error"), ("- 5", "error"), ("12,5 EUR", "error"), ("1E", "error")),
        *(("(5,00)", "error"), ("1,5,", "error"), ("1\u202f234,50", "error"), ("abc", "error")),
    ],
)
def test_amounts(text: str, expected: str) -> None:
    assert fec_official.amount(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *(("20230230", ""), ("20230431", ""), ("20230000", ""), ("15/02/2023", "")),
        *(("2023--02..15", ""), ("20230215T10:00:00", ""), ("15022023", "")),
        *(("18991231", "alert"), ("21000101", "alert"), ("31/12/2100", "alert")),
        *(("20231301", "error"), ("20230132", "error"), ("2023/2/5", "error"), ("abc", "error")),
        *(("20230215T10", "error"), ("2023021", "error"), ("19121914", "error")),
    ],
)
def test_dates(text: str, expected: str) -> None:
    assert fec_official.day(text, False) == expected
    assert fec_official.day(text, True) == expected


@pytest.mark.parametrize("text", ["0", "00000000", "-"])
def test_zeros_are_no_date_where_one_must_be(text: str, tmp_path: Path) -> None:
    found = [judge(cell(column, text), tmp_path) for column in ("PieceDate", "EcritureDate")]
    assert ["date_calendar" in broken(one) for one in found] == [True, True]
    assert [view(one) for one in found] == ["", "error"]


@pytest.mark.parametrize(
    ("text", "rule", "expected"),
    [
        ("12.50", "number_format", "error"),
        ("12,50-", "number_format", ""),
        ("1 234,50", "thousands", "error"),
        ("abc", "number", "error"),
        ("0", "", ""),
    ],
)
def test_foreign_amounts_are_judged_as_amounts(
    text: str, rule: str, expected: str, tmp_path: Path
) -> None:
    made = cell("Montantdevise", text)
    made.rows[10]["Idevise"] = "USD"
    found = judge(made, tmp_path)
    assert broken(found) == ({rule} if rule else set())
    assert view(found) == expected
    assert {row.values["column"] for row in found.violations} <= {"Montantdevise"}


@pytest.mark.parametrize(
    ("text", "expected"), [("1E3", ""), (",", "alert"), ("12.50", "error"), ("12,50\u00a0", "")]
)
def test_debits(text: str, expected: str, tmp_path: Path) -> None:
    made = sound()
    next(row for row in made.rows[6:] if row["Debit"] != "0,00")["Debit"] = text
    assert view(judge(made, tmp_path)) == expected


def test_a_no_break_space_is_no_value(tmp_path: Path) -> None:
    found = judge(cell("EcritureLib", "\u00a0"), tmp_path)
    assert broken(found) == {"mandatory"}
    assert view(found) == "error"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("732829320FEC20231231.txt", ""),
        ("Export_732829320fec20231231_v2.csv", ""),
        ("732829320FEC20240231.txt", ""),
        ("732829320FEC20241399.txt", "error"),
        ("732829320FEC19991231.txt", "error"),
        ("FEC20231231.txt", "error"),
        ("export.txt", "error"),
    ],
)
def test_file_names(name: str, expected: str, tmp_path: Path) -> None:
    assert fec_official.file_name(name) == expected
    assert view(judge(replace(sound(), name=name), tmp_path)) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        *(("PièceRef", ""), ("PiéceRef", ""), ("PieceRef ", ""), (" PIECEREF", "")),
        *(("PiêceRef", "error"), ("PIÈCEREF", "error"), ("Piece Ref", "error")),
    ],
)
def test_names_of_columns(name: str, expected: str, tmp_path: Path) -> None:
    renamed = tuple(name if known == "PieceRef" else known for known in COLUMNS)
    found = judge(replace(sound(), columns=renamed), tmp_path)
    assert broken(found) <= {"column_name", "column_case"}
    assert broken(found)
    assert view(found) == expected


def test_a_space_before_the_first_column_is_part_of_its_name(tmp_path: Path) -> None:
    found = judge(replace(sound(), columns=(" JournalCode", *COLUMNS[1:])), tmp_path)
    assert view(found) == "error"


def test_a_column_twice_is_one_more_and_two_empty_ones_are_one(tmp_path: Path) -> None:
    twice = replace(sound(), columns=(*COLUMNS, "CompteLib"), keys=(*COLUMNS, "CompteLib"))
    found = judge(twice, tmp_path)
    assert (broken(found), view(found)) == ({"column_twice"}, "")
    for more, expected in ((("",), ""), (("", ""), "error")):
        made = replace(sound(), columns=(*COLUMNS, *more), keys=(*COLUMNS, *more))
        assert view(judge(made, tmp_path)) == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [("utf-16", "error"), ("cp850", ""), ("mac_roman", ""), ("cp1252", ""), ("utf-8-sig", "")],
)
def test_encodings(code: str, expected: str, tmp_path: Path) -> None:
    assert view(judge(replace(sound(), encoding=code), tmp_path)) == expected


@pytest.mark.parametrize(("separator", "expected"), [("\t", ""), ("|", ""), (";", "error")])
def test_separators(separator: str, expected: str, tmp_path: Path) -> None:
    assert view(judge(replace(sound(), separator=separator), tmp_path)) == expected


def put(other: str, at: int) -> Callable[[Book], Book]:
    """Return what ends one line in another way; -1 is the last."""

    def change(made: Book) -> Book:
        def raw(text: str) -> str:
            lines = text.removesuffix(made.end).split(made.end)
            place = at if at >= 0 else len(lines)
            rest = lines[place:]
            return made.end.join(lines[:place]) + other + "".join(x + made.end for x in rest)

        return replace(made, raw=raw)

    return change


@pytest.mark.parametrize(
    ("end", "other", "at", "expected"),
    [
        *(("\r\n", "\n", 100, "error"), ("\r\n", "\r", 100, "error"), ("\r\n", "\n", -1, "")),
        *(("\r\n", "\n", 1, "error"), ("\n", "\r\n", 5, "error"), ("\n", "\r\n", 100, "")),
        *(("\n", "\r", 100, "error"), ("\n", "\r", -1, ""), ("\r", "\n", 100, "error")),
        *(("\r", "\r\n", 100, ""), ("\r", "\n", -1, ""), ("\r", "\r\n", -1, "error")),
    ],
)
def test_one_line_end_is_taken_for_all(
    end: str, other: str, at: int, expected: str, tmp_path: Path
) -> None:
    found = judge(put(other, at)(replace(sound(), end=end)), tmp_path)
    assert broken(found) == {"line_ends"}
    assert view(found) == expected


def test_a_line_end_inside_a_label_parts_no_entry(tmp_path: Path) -> None:
    found = judge(cell("EcritureLib", "two\nlines"), tmp_path)
    assert (broken(found), view(found)) == ({"line_ends"}, "")
    lines = [row.values["line"] for row in found.violations]
    assert lines == [None, 12]
    assert found.lines_count == len(sound().rows)
    made = with_sense(sound())
    made.rows[10]["EcritureLib"] = "two\nlines"
    assert view(judge(made, tmp_path)) == "error"


def test_lines_behind_a_line_end_inside_a_label_keep_their_numbers(tmp_path: Path) -> None:
    made = cell("EcritureLib", "two\nlines")
    made.rows[20]["CompteNum"] = "C11000"
    found = judge(made, tmp_path)
    assert next(check for check in found.checks if check.name == "account_number").line == 23


def test_a_first_line_longer_than_what_is_looked_at_hides_the_rest(tmp_path: Path) -> None:
    wide = (*COLUMNS, "A" * fec_official.LOOKED_AT)
    found = judge(replace(sound(), columns=wide, keys=wide), tmp_path)
    assert (broken(found), view(found)) == (set(), "error")


@pytest.mark.parametrize(
    ("debit", "credit", "expected"),
    [
        *(("D", "C", ""), ("d", "c", ""), ("+1", "-1", ""), (" +1 ", " -1 ", "")),
        *((" D", " C", "error"), ("D ", "C ", "error"), ("1", "-1", "error"), ("", "", "error")),
    ],
)
def test_a_sens_may_not_be_padded(debit: str, credit: str, expected: str, tmp_path: Path) -> None:
    assert view(judge(with_sense(sound(), debit, credit), tmp_path)) == expected


def test_empty_fields_at_the_end_may_be_left_out_beside_sens_alone(tmp_path: Path) -> None:
    def cut(text: str) -> str:
        first, *lines = text.split("\r\n")
        return "\r\n".join([first, *(line.rstrip("\t|") for line in lines)])

    for made, expected in ((with_sense(sound()), ""), (sound(), "error")):
        found = judge(replace(made, raw=cut), tmp_path)
        assert "field_count" in broken(found)
        assert view(found) == expected


def test_an_end_near_the_beginning_is_taken_though_all_lines_end_otherwise(tmp_path: Path) -> None:
    made = replace(cell("EcritureLib", "two\rlines"), end="\n")
    found = judge(made, tmp_path)
    assert view(found) == "error"
    assert {"line_ends", "field_count"} <= broken(found)
    assert found.lines_count == len(made.rows) - 1
