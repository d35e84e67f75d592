"""Whether two sources of a paper say the same."""

from __future__ import annotations

import pytest

from socle.sources.second_source import agrees, apart_by, names_state, states_of, with_doubles


@pytest.mark.parametrize(
    ("name", "value", "printed", "said"),
    [
        ("birth_date", "1974-08-12", "12 AUGUST/AOUT 74", True),
        ("birth_date", "1974-08-12", "12.08.1974", True),
        ("birth_date", "1974-08-12", "12.09.1974", False),
        ("birth_date", "1974-08-12", "illegible", None),
        ("birth_date", "1974", "12.08.1974", True),
        ("document_number", "ZE184226B", "ZE 184226 B", True),
        ("document_number", "ZE184226B", "ZE 184226 8", False),
        ("sex", "F", "F/F", True),
        ("sex", "X", "M", False),
        ("sex", "M", "?", None),
        ("nationality", "FRA", "Française", True),
        ("nationality", "UTO", "UTOPIAN", True),
        ("nationality", "FRA", "BRITISH CITIZEN", False),
        ("nationality", "FRA", "gibberish", None),
        ("surname", "BERTHIER", "BERTHIER épouse DURAND", None),
        ("surname", "BERTHIER", "BERTHIEN", False),
    ],
)
def test_each_field_has_its_own_spelling(
    name: str, value: str, printed: str, said: bool | None
) -> None:
    assert agrees(name, value, printed) is said


def test_american_dates_have_the_month_first() -> None:
    assert agrees("birth_date", "1986-06-05", "06/05/1986", day_first=False)
    assert not agrees("birth_date", "1986-06-05", "06/05/1986")


def test_a_name_shared_by_two_states_means_both() -> None:
    assert {"KOR", "PRK"} <= states_of("KOREA") | states_of("NORTH KOREA")
    assert states_of("Atlantis") == frozenset()


def test_states_are_words_of_their_own() -> None:
    assert names_state("REPUBLIC OF NIGER / PASSPORT", "NER")
    assert not names_state("FEDERAL REPUBLIC OF NIGERIA", "NER")


def test_doubled_letters_come_back_from_print() -> None:
    assert with_doubles("JOSE GISELE", "José GISELLE") == "JOSE GISELLE"
    assert with_doubles("ERIKSON", "ERIKSSON") == "ERIKSSON"
    assert with_doubles("ERIKSSON", "ERIKSON") == ""
    assert with_doubles("MARTIN", "MARTEN") == ""


def test_distance() -> None:
    assert apart_by("ABC", "ABC") == 0
    assert apart_by("ABC", "ABD") == 1
    assert apart_by("OIVIA", "OLIVIA") == 1
    assert apart_by("", "AB") == 2


def test_joined_names_are_no_proof() -> None:
    assert agrees("given_names", "GIGIEMMA", "GIGI EMMA") is None
    assert agrees("given_names", "GIGI EMMA", "GIGIEMMA") is None
    assert agrees("given_names", "JEAN LUC", "Jean-Luc") is True
