"""Names in print beside those of a zone."""

from __future__ import annotations

import pytest

from socle.values.names import compact, same_name


@pytest.mark.parametrize(
    ("zone", "printed"),
    [
        ("MUELLER", "Müller"),
        ("MULLER", "MÜLLER"),
        ("IBANEZ", "IBAÑEZ"),
        ("OESTBY", "ØSTBY"),
        ("JEAN LUC", "Jean-Luc"),
        ("DARC", "D'ARC"),
        ("ZOE LEA", "Zoé, Léa"),
        ("LE GOFF", "LE GOFF"),
        ("STRASSE", "Straße"),
    ],
)
def test_spellings_of_the_standard_are_the_same(zone: str, printed: str) -> None:
    assert same_name(zone, printed, cut=False)


def test_other_names_are_not() -> None:
    assert not same_name("ERIKSON", "ERIKSSON", cut=False)
    assert not same_name("MARTIN", "MARTINEZ", cut=False)
    assert not same_name("", "MARTIN", cut=True)


def test_a_name_may_be_cut_only_where_the_zone_is_full() -> None:
    assert same_name("ANNA MAR", "ANNA MARIA", cut=True)
    assert not same_name("ANNA MAR", "ANNA MARIA", cut=False)


def test_compact() -> None:
    assert compact("N° du  titre : é-1") == "NDUTITREE1"
