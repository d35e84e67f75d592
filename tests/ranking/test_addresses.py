"""Words of addresses."""

from __future__ import annotations

import pytest

from socle.ranking import addresses


@pytest.mark.parametrize(
    ("text", "postcode", "city"),
    [
        ("75011 Paris", "75011", "Paris"),
        ("DE 80333 München", "80333", "München"),
        ("D-10115 Berlin", "10115", "Berlin"),
        ("12, rue du Port, 33000 Bordeaux - France", "33000", "Bordeaux"),
        ("London SW1A 1AA", "SW1A 1AA", "London"),
        ("Fremont, CA 94538", "94538", "Fremont"),
        ("3012 CN Rotterdam", "3012 CN", "Rotterdam"),
        ("8001 Zürich", "8001", "Zürich"),
    ],
)
def test_towns(text: str, postcode: str, city: str) -> None:
    assert addresses.town_in(text) == addresses.Town(postcode, city)


@pytest.mark.parametrize("text", ["Facture 2017-0010", "Total 12345", "1 234,50 EUR"])
def test_no_towns(text: str) -> None:
    assert addresses.town_in(text) is None


def test_other_words() -> None:
    assert addresses.has_form("Moulin SARL")
    assert not addresses.has_form("Camille Vasseur")
    assert addresses.has_street("12 rue des Acacias")
    assert addresses.has_street("Gartenstraße 4")
    assert not addresses.has_street("Total TTC")
    assert addresses.country_in("33000 Bordeaux - France") == "FR"
    assert addresses.country_in("Deutschland") == "DE"
    assert addresses.country_in("Frankfurt") is None
