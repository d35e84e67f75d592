"""What every reader keeps to: on papers of its kind or of any other, and on rubbish."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from socle import plugins
from socle.errors import InputError
from socle.pages import Code, Document, Page, Word
from socle.pages.flow import typeset
from socle.readers import Reader, Settings
from socle.readings import Reading

NAMES = plugins.names("readers")
TODAY = Settings(today=date(2026, 11, 26))
TEXTS = {
    "nothing": "",
    "letter": "Cher Monsieur,\nVeuillez trouver ci-joint notre offre.\nCordialement",
    "numbers": "\n".join(f"{i} {i * 37 % 101},{i % 100:02d} 12/03/2024" for i in range(60)),
    "labels": "Facture N°\nTotal TTC\nSolde\nNom\nForm W-2\nAvis d'impôt\nP<UTO<<<<<",
    "odd": "\u0000\ufffd ﷽ \u202e gnirts \U0001f600 " + "9" * 500,
}


def documents() -> dict[str, Document]:
    found = {}
    for name, text in TEXTS.items():
        pages = typeset(text.splitlines(), 10) if text else ()
        found[name] = Document(Path(f"{name}.txt"), "text/plain", pages, data=text.encode())
    found["no words"] = Document(Path("blank.pdf"), "application/pdf", (Page(1, 595.0, 842.0),))
    rng = np.random.default_rng(0)
    letters = list("0123456789,.-/€ABCDEFGHIJ<:")
    words = tuple(
        Word("".join(rng.choice(letters, rng.integers(1, 12))), (x, y, x + 40.0, y + 9.0), 0.7)
        for x, y in rng.uniform(0, 780, (400, 2))
    )
    scattered = Page(1, 595.0, 842.0, words, "ocr")
    found["scattered"] = Document(Path("scan.png"), "image/png", (scattered,))
    code = Code("QRCode", b"https://example.org", (0.0, 0.0, 50.0, 50.0))
    coded = replace(scattered, codes=(code,))
    found["foreign code"] = Document(Path("code.png"), "image/png", (coded,))
    return found


DOCUMENTS = documents()


@pytest.fixture(params=NAMES)
def reader(request: pytest.FixtureRequest) -> Reader:
    found: Reader = plugins.load("readers", request.param)
    return found


def test_it_is_named_as_it_is_typed(reader: Reader) -> None:
    assert reader.name in NAMES
    assert reader.about.endswith(".")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_it_says_how_much_a_document_suits(reader: Reader, name: str) -> None:
    assert 0 <= reader.suits(DOCUMENTS[name]) <= 1


@pytest.mark.parametrize("name", ["nothing", "letter", "no words"])
def test_it_does_not_take_what_is_none_of_its_kind(reader: Reader, name: str) -> None:
    assert reader.suits(DOCUMENTS[name]) < 0.3


@pytest.mark.parametrize("name", DOCUMENTS)
def test_it_reads_or_refuses_anything(reader: Reader, name: str) -> None:
    try:
        reading = reader.read(DOCUMENTS[name], TODAY)
    except InputError:
        return
    assert isinstance(reading, Reading)
    assert reading.kind == reader.name
    json.dumps(reading.to_json(), allow_nan=False)
    found = [*reading.fields.values(), *(row for rows in reading.tables.values() for row in rows)]
    assert all(0 <= one.confidence <= 1 for one in found)
    for one in found:
        for left, top, right, bottom in one.boxes:
            assert left <= right
            assert top <= bottom
    for check in reading.checks:
        assert check.passed in (True, False, None)


@pytest.mark.parametrize("name", ["nothing", "letter", "no words", "scattered"])
def test_rubbish_is_never_accepted(reader: Reader, name: str) -> None:
    try:
        reading = reader.read(DOCUMENTS[name], TODAY)
    except InputError:
        return
    assert reading.status(0.9) != "accept"


def test_the_same_document_gives_the_same_reading(reader: Reader) -> None:
    def once() -> object:
        try:
            return reader.read(DOCUMENTS["scattered"], TODAY).to_json()
        except InputError as error:
            return error.message

    assert once() == once()
