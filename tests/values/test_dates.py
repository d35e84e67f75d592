"""Dates in the forms of three languages."""

from datetime import date

import pytest

from socle.values.dates import dates_in, full_year, parse_date


@pytest.mark.parametrize(
    "text",
    [
        "12/03/2024",
        "12.03.24",
        "12-3-2024",
        "2024-03-12",
        "20240312",
        "2024-03-12T10:00:00",
        "12 mars 2024",
        "12 MARS 2024",
        "March 12, 2024",
        "12th of March 2024",
        "12-Mar-2024",
        "12. März 2024",
        "Mar. 12, 2024",
    ],
)
def test_a_date_is_read_in_any_of_its_forms(text: str) -> None:
    assert parse_date(text) == date(2024, 3, 12)


def test_the_order_of_day_and_month_is_asked_for_unless_it_shows() -> None:
    assert parse_date("03/04/2024") == date(2024, 4, 3)
    assert parse_date("03/04/2024", day_first=False) == date(2024, 3, 4)
    assert parse_date("05/23/2024") == date(2024, 5, 23)


@pytest.mark.parametrize(
    "text", ["31/02/2024", "12/2024", "2024", "1.2.3.4", "12 marsouin 2024", ""]
)
def test_what_is_no_date_is_none(text: str) -> None:
    assert parse_date(text) is None


def test_dates_come_with_their_place() -> None:
    text = "du 1er juin 2021 au 28/06/2021, réf. 12.50"
    found = dates_in(text)
    assert [one.value for one in found] == [date(2021, 6, 1), date(2021, 6, 28)]
    assert [text[one.start : one.end] for one in found] == ["1er juin 2021", "28/06/2021"]


def test_the_dash_between_two_dates_belongs_to_neither() -> None:
    found = dates_in("02/01/2022 - 02/15/2022", day_first=False)
    assert [one.value for one in found] == [date(2022, 2, 1), date(2022, 2, 15)]


def test_two_digits_of_a_year_are_completed_backwards() -> None:
    assert full_year(24, 2026) == 2024
    assert full_year(27, 2026) == 1927
