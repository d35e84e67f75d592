"""Dates and amounts in rows of print."""

from __future__ import annotations

import pytest

from socle.pages import Page, Word
from socle.sources.statement_columns import columns_of, heads_of, namings
from socle.sources.statement_rows import Printed, leading_dates, plain, printed


def row(text: str, decimal: str = ",") -> Printed:
    """Return a row of print; words lie a blank apart, and two blanks are a wide gap."""
    words, at = [], 0.0
    for part in text.split(" "):
        if part:
            words.append(Word(part, (at, 10.0, at + 5.0 * len(part), 20.0)))
        at += 5.0 * len(part) + 5.0
    (found,) = printed(Page(1, 600.0, 800.0, tuple(words), "text"), decimal)  # type: ignore[arg-type]
    return found


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("CB BOULANGERIE    1 234,56", [1234.56]),
        ("CHEQUE 123    456,00    2.000,00", [456.0, 2000.0]),
        ("CB    -12,50 €    € 100,00", [-12.5, 100.0]),
        ("FRAIS    12,50- ", [-12.5]),
        ("FRAIS    (12,50)", [-12.5]),
        ("FRAIS    12,50 DR", [-12.5]),
        ("Taux 2,5 % sur 12 mois", []),
    ],
)
def test_amounts(text: str, values: list[float]) -> None:
    assert [money.value for money in row(text).amounts] == values


@pytest.mark.parametrize(
    ("text", "dates"),
    [
        ("01/06/2021 CB", ["01/06/2021"]),
        ("01.06 02.06 CB", ["01.06", "02.06"]),
        ("03 Jan 24 CARD", ["03 Jan 24"]),
        ("3 févr. CB", ["3 févr."]),
        ("2024-01-03 CARD", ["2024-01-03"]),
        ("12 ROSES", []),
        ("CB 01/06", []),
    ],
)
def test_leading_dates(text: str, dates: list[str]) -> None:
    assert [date for date, _ in leading_dates(row(text).row.words)] == dates


def test_a_day_at_the_beginning_is_no_amount() -> None:
    assert [money.value for money in row("01.06 CB    12.50", ".").amounts] == [12.5]


def test_heads_of_a_table_and_no_others() -> None:
    kinds = [head.kind for head in heads_of(row("Date   Libellé   Débit   Crédit   Solde"))]
    assert kinds == ["date", "description", "debit", "credit", "balance"]
    assert heads_of(row("Votre carte de credit et le debit de la date")) == []
    assert heads_of(row("Date   Débit   12,50")) == []


def test_columns_are_named_from_left_to_right_by_their_heads() -> None:
    heads = heads_of(row("Date   Libellé         Débit        Crédit"))
    amounts = [m for t in ("x                    12,50", "x                    99,50")
               for m in row(t).amounts]  # fmt: skip
    columns = columns_of(amounts)
    assert len(columns) == 1
    assert namings(columns, heads)[0] == ("debit",)
    assert namings(columns, [])[0] == ("amount",)


def test_plain_text() -> None:
    assert plain("N° de Compte : Créditeur") == "n de compte crediteur"
