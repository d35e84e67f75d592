"""Values by their labels, in the usual arrangements."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from socle.pages import Page, Word
from socle.pages.rows import rows
from socle.sources.printed import fitting, printed, titles


def page(*pieces: tuple[str, float, float]) -> Page:
    """Return a page of texts at (left, top), letters 20 high and 10 wide."""
    words = []
    for text, left, top in pieces:
        for part in text.split():
            words.append(Word(part, (left, top, left + 10 * len(part), top + 20), 0.98, 20))
            left += 10 * len(part) + 8
    return Page(1, 1000, 700, tuple(words), "ocr")


def said(*pieces: tuple[str, float, float]) -> dict[str, str]:
    one = page(*pieces)
    return {name: found.text for name, found in printed(one, rows(one)).items()}


def test_values_under_labels_in_columns() -> None:
    assert said(
        ("Nom / Surname", 300, 50),
        ("Prénoms / Given names", 620, 50),
        ("BERTHIER", 305, 76),
        ("CORINNE ANNE", 622, 76),
        ("Date of birth/Date de naissance", 300, 120),
        ("Sexe / Sex", 700, 120),
        ("06 DEC/DÉC 65", 300, 146),
        ("F", 702, 146),
    ) == {
        "surname": "BERTHIER",
        "given_names": "CORINNE ANNE",
        "birth_date": "06 DEC/DÉC 65",
        "sex": "F",
    }


def test_values_behind_labels() -> None:
    assert said(
        ("Nom : BERTHIER", 300, 50),
        ("Prénom(s) : CORINNE", 300, 90),
        ("Né(e) le : 06.12.1965", 300, 130),
        ("Sexe : F", 700, 130),
    ) == {
        "surname": "BERTHIER",
        "given_names": "CORINNE",
        "birth_date": "06.12.1965",
        "sex": "F",
    }


def test_values_to_the_right_of_labels() -> None:
    assert said(
        ("Surname", 100, 50),
        ("ERIKSSON", 400, 50),
        ("Date of expiry", 100, 90),
        ("15/04/2032", 400, 90),
    ) == {"surname": "ERIKSSON", "expiry_date": "15/04/2032"}


def test_labels_in_two_languages_one_above_the_other() -> None:
    found = said(
        ("Document No. /", 100, 50), ("Numéro de document", 100, 74), ("D23145890", 110, 100)
    )
    assert found == {"document_number": "D23145890"}


def test_a_label_may_be_misread_in_one_place() -> None:
    assert said(("Nationallté / Nationality", 100, 50), ("FRA", 100, 76)) == {"nationality": "FRA"}


def test_numbered_fields_of_a_driving_licence() -> None:
    found = said(
        ("PERMIS DE CONDUIRE", 300, 20),
        ("1. MARTIN", 300, 60),
        ("2. PAUL LOUIS", 300, 90),
        ("3. 14.07.1981 UTOPIA CITY", 300, 120),
        ("4a. 01.01.2019", 300, 150),
        ("4c. UTOPIA", 600, 150),
        ("4b. 31.12.2033", 300, 180),
        ("5. 13AA00002", 300, 210),
    )
    assert found["surname"] == "MARTIN"
    assert found["given_names"] == "PAUL LOUIS"
    assert found["birth_date"].startswith("14.07.1981")
    assert found["birth_place"] == "UTOPIA CITY"
    assert found["issue_date"] == "01.01.2019"
    assert found["expiry_date"] == "31.12.2033"
    assert found["document_number"] == "13AA00002"


def test_a_numbered_list_is_no_licence() -> None:
    assert said(("1. Apples", 10, 10), ("2. Pears", 10, 40), ("3. Plums", 10, 70)) == {}


@pytest.mark.parametrize(
    ("name", "text", "kept"),
    [
        ("birth_date", "12.08.1974", True),
        ("birth_date", "ZENITH", False),
        ("document_number", "L898902C3", True),
        ("document_number", "ZENITH", False),
        ("document_number", "12", False),
        ("sex", "F/F", True),
        ("sex", "ZENITH", False),
        ("nationality", "D", True),
        ("surname", "12.08.1974", False),
    ],
)
def test_only_what_fits_a_field_is_its_value(name: str, text: str, kept: bool) -> None:
    assert bool(fitting(name, text)) is kept


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("RÉPUBLIQUE FRANÇAISE CARTE NATIONALE D'IDENTITÉ", ["identity_card"]),
        ("TITRE DE SÉJOUR", ["residence_permit"]),
        ("an invoice", []),
    ],
)
def test_titles(text: str, kinds: Sequence[str]) -> None:
    assert titles(text) == list(kinds)
