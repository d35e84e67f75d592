"""Which statement, of which year, and what its boxes hold."""

from __future__ import annotations

import pytest

from socle.sources.us_boxes import form_of, year_of


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("Form W-2 Wage and Tax Statement 2024", "w-2"),
        ("2023 Form 1099-INT Interest Income", "1099-int"),
        ("Form 1099-DIV Dividends and Distributions", "1099-div"),
        ("Form 1099-MISC Miscellaneous Information", "1099-misc"),
        ("Form 1099-NEC Nonemployee Compensation", "1099-nec"),
    ],
)
def test_title_and_number_tell_the_form(text: str, form: str) -> None:
    assert form_of(text) == (form, 0.97)


def test_returns_that_name_statements_are_none() -> None:
    text = "Form 1040 U.S. Individual Income Tax Return ... Attach Form(s) W-2 here, 1099-INT"
    assert form_of(text)[1] <= 0.2
    assert form_of("Invoice 4711, total 30 EUR") == ("", 0.0)


@pytest.mark.parametrize(
    ("text", "year"),
    [
        ("Form W-2 Wage and Tax Statement 2024", 2024),
        ("Form 1099-NEC (Rev. January 2022) For calendar year 2023", 2023),
        ("Form 1099-INT (Rev. 1-2024) For calendar year 20 24", 2024),
        ("control number 2014 Form W-2 2019", 2019),
        ("paid 2,023.50 on 03/04/2021", None),
        ("nothing", None),
    ],
)
def test_year(text: str, year: int | None) -> None:
    assert year_of(text) == year
