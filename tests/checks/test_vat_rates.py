import tomllib
from datetime import date
from importlib.resources import files

import pytest

from socle.checks import vat_rates


@pytest.mark.parametrize(
    ("rate", "country", "day", "legal"),
    [
        (20, "FR", date(2024, 1, 1), True),
        (5.5, "FR", date(2024, 1, 1), True),
        (19.6, "FR", date(2013, 12, 31), True),
        (19.6, "FR", date(2014, 2, 1), None),  # for what was delivered before
        (19.6, "FR", date(2016, 2, 1), False),
        (20, "FR", date(2013, 12, 31), False),
        (16, "DE", date(2020, 7, 1), True),
        (16, "DE", date(2020, 6, 30), False),
        (19, "DE", date(2020, 6, 30), True),
        (19, "DE", date(2020, 8, 1), None),
        (7.7, "CH", date(2023, 12, 31), True),
        (8.1, "CH", date(2024, 1, 1), True),
        (0, "CH", date(2024, 1, 1), True),
        (20, "GB", date(1980, 1, 1), None),  # before the table
    ],
)
def test_rates_by_day(rate: float, country: str, day: date, legal: bool | None) -> None:
    assert vat_rates.legal(rate, [country], [day]) is legal


def test_one_country_and_one_day_are_enough() -> None:
    days = [date(2020, 7, 5), date(2020, 6, 30)]
    assert vat_rates.legal(19, ["DE"], days) is True
    assert vat_rates.legal(25, ["DE", "SE"], days) is True
    assert vat_rates.legal(19.6, ["FR"], []) is True
    assert vat_rates.legal(33, ["FR"], []) is False


def test_countries_by_code_and_number() -> None:
    told = {"FR": "FR", "fr44732829320": "FR", "EL123": "GR", "CHE106": "CH", "RE": "FR"}
    assert {code: vat_rates.country_of(code) for code in told} == told
    assert vat_rates.country_of("US") is None
    assert vat_rates.country_of("same") is None
    assert vat_rates.country_of("") is None


def test_every_country_of_the_table_is_well_formed() -> None:
    table = tomllib.loads(files("socle.checks").joinpath("vat_rates.toml").read_text("utf-8"))
    countries = table.keys() - {"same"}
    assert len(countries) == 29
    assert set(table["same"].values()) <= countries
    for country in countries:
        rates = vat_rates.rates(country, date(2025, 12, 1))
        assert rates
        assert all(0 < rate < 30 for rate in rates)
