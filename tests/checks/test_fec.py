"""Every rule of accounting entries is found where it is broken, and nowhere else."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from socle.checks.fec import Verdict, verdict
from socle.checks.fec_ledger import Intervals, money
from socle.checks.fec_lines import UNIT, amount_of, day_of, wrong_account
from socle.checks.fec_report import facts
from socle.errors import InputError, UnreadableError
from specimens.accounts import Book, book
from specimens.breaches import ALSO, BREACHES, with_sense


def judge(made: Book, folder: Path) -> Verdict:
    path = made.write(folder)
    return verdict(path, path.name)


def broken(found: Verdict) -> set[str]:
    return {check.name for check in found.checks if check.passed is not True} - {
        "test_compta_demat"
    }


@pytest.mark.parametrize("seed", range(4))
def test_a_sound_book_breaks_nothing_and_its_totals_are_right(seed: int, tmp_path: Path) -> None:
    made = book(seed)
    found = judge(made, tmp_path)
    assert broken(found) == set()
    told = made.truth()
    assert found.siren == told["siren"]
    assert str(found.year_end) == told["year_end"]
    assert (found.entries, found.lines_count) == (told["entries"], told["lines_count"])
    assert (found.total_debit, found.total_credit) == (told["total_debit"], told["total_credit"])


@pytest.mark.parametrize("name", sorted(BREACHES))
def test_one_breach_breaks_its_rule_and_no_other(name: str, tmp_path: Path) -> None:
    made = BREACHES[name](replace(book(3), encoding="utf-8"), random.Random(1))
    found = judge(made, tmp_path)
    rule = name.removesuffix("_alone")
    assert rule in broken(found)
    assert broken(found) <= {rule} | ALSO.get(name, set())


def test_every_rule_has_a_breach() -> None:
    assert set(facts()["rules"]) == {name.removesuffix("_alone") for name in BREACHES}


def test_a_breach_is_told_with_its_line_and_its_column(tmp_path: Path) -> None:
    made = book(3)
    made.rows[10]["CompteNum"] = "A12000"
    found = judge(made, tmp_path)
    told = [row.values for row in found.violations if row.values["rule"] == "account_number"]
    assert [(row["line"], row["column"], row["value"]) for row in told] == [
        (12, "CompteNum", "A12000")
    ]
    check = next(check for check in found.checks if check.name == "account_number")
    assert check.line == 12


def test_montant_and_sens_are_as_good_as_debit_and_credit(tmp_path: Path) -> None:
    made = book(5)
    found = judge(with_sense(made), tmp_path)
    assert broken(found) == set()
    assert found.total_debit == made.truth()["total_debit"]


def test_cash_accounts_have_more_columns_and_need_not_balance(tmp_path: Path) -> None:
    made = book(5, cash=True)
    made.rows[-1]["Credit"], made.rows[-1]["Debit"] = "0,00", "7,00"
    found = judge(made, tmp_path)
    assert {check.name for check in found.checks if check.passed is False} == set()


def test_a_first_year_may_last_longer(tmp_path: Path) -> None:
    made = book(3, entries=400)
    rows = [row for row in made.rows if row["JournalCode"] != "AN"]
    end = made.year_end
    for i, row in enumerate(rows):
        months = 15 * i // len(rows)
        first = 12 * end.year + end.month - 15 + months
        day = f"{first // 12:04d}{first % 12 + 1:02d}05"
        row |= {"EcritureDate": day, "ValidDate": day, "PieceDate": day}
    found = judge(replace(made, rows=rows), tmp_path)
    assert "entry_date" not in broken(found)


def test_the_official_checker_is_silent_on_what_it_does_not_judge(tmp_path: Path) -> None:
    unbalanced = judge(BREACHES["file_balance"](book(3), random.Random(0)), tmp_path)
    malformed = judge(BREACHES["mandatory"](book(3), random.Random(0)), tmp_path)
    official = [found.checks[-1] for found in (unbalanced, malformed)]
    assert [check.name for check in official] == ["test_compta_demat"] * 2
    assert [check.passed for check in official] == [True, False]


def test_violations_are_counted_beyond_those_that_are_kept(tmp_path: Path) -> None:
    made = book(3, entries=400)
    for row in made.rows:
        row["EcritureLib"] = ""
    found = judge(made, tmp_path)
    assert len(found.violations) == 200
    check = next(check for check in found.checks if check.name == "mandatory")
    assert f"{len(made.rows):,} times" in check.detail


@pytest.mark.parametrize(
    ("content", "error"),
    [(b"", UnreadableError), (b"a;b\n1;2\n", InputError), (b"x" * 400_000, UnreadableError)],
)
def test_what_is_no_file_of_entries_is_refused(content: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        verdict(content, "123456782FEC20231231.txt")


@pytest.mark.parametrize(
    ("text", "value", "rule"),
    [
        ("12,50", 12.5, ""),
        ("-12,5", -12.5, ""),
        ("12", 12, ""),
        ("0,125", 0.125, ""),
        ("12.50", 12.5, "number_format"),
        ("12,50-", -12.5, "number_format"),
        ("1 234,50", 1234.5, "thousands"),
        ("1.234,50", 1234.5, "thousands"),
        ("12,50 EUR", 0, "number"),
        ("--5", 0, "number"),
        ("1E3", 1000, "number"),
    ],
)
def test_amounts(text: str, value: float, rule: str) -> None:
    assert amount_of(text)[:2] == (round(value * UNIT), rule)


@pytest.mark.parametrize(
    ("text", "day", "rule"),
    [
        ("20240229", "20240229", ""),
        ("20230229", None, "date_calendar"),
        ("31/12/2023", "20231231", "date_format"),
        ("2023-12-31", "20231231", "date_format"),
        ("soon", None, "date_calendar"),
    ],
)
def test_days(text: str, day: str | None, rule: str) -> None:
    assert day_of(text)[:2] == (day, rule)


@pytest.mark.parametrize("account", ["411000", "120000", "60", "53", "5801", "707", "4457100"])
def test_accounts_of_the_chart(account: str) -> None:
    expected = "account_number" if len(account) < 3 else None
    assert wrong_account(account) == expected


@pytest.mark.parametrize("account", ["995000", "240000", "639000"])
def test_accounts_that_the_chart_does_not_have(account: str) -> None:
    assert wrong_account(account) == "account_root"


def test_intervals_join_whatever_the_order() -> None:
    draw = random.Random(0)
    numbers = [*range(1, 200), *range(205, 300)]
    draw.shuffle(numbers)
    runs = Intervals()
    assert all(runs.add(number, 7) for number in numbers)
    assert not runs.add(12, 9)
    assert [(first, last) for first, last, _ in runs.gaps()] == [(200, 204)]
    assert runs.count == len(numbers)


def test_money_is_not_rounded() -> None:
    assert money(-1_234_567_890) == "-1,234.56789"
    assert money(5 * UNIT) == "5.00"


@pytest.mark.real
def test_the_shared_books_balance_but_lie_outside_the_year_of_their_names() -> None:
    folder = Path("../shared/data/documents/comptes-fr")
    if not folder.is_dir():
        pytest.skip("../shared is absent")
    for path in sorted(folder.glob("*.txt")):
        found = verdict(path, path.name)
        assert found.total_debit == found.total_credit
        assert found.year_end == date(2024, 12, 31)
        assert "entry_date" in broken(found)
        assert broken(found) <= {"entry_date", "siren"}
