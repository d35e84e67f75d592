"""The reader of identity papers: values, proofs, statuses, and no false accepts."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from socle.errors import InputError
from socle.pages import Code, Document, Page, Word
from socle.readers import Settings
from socle.readers.identity import OPTION
from socle.readings import Reading
from specimens.identity import KINDS, corrupted, paper, picture

SETTINGS = Settings(today=date(2026, 11, 26))
SHARED = Path(__file__).parents[3] / "shared" / "data" / "documents" / "identity-mrz"
TD3 = (
    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
    "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
)
PRINT = {
    "Type / Type": "P",
    "Surname / Nom": "ERIKSSON",
    "Given names / Prénoms": "ANNA MARIA",
    "Nationality / Nationalité": "UTOPIAN",
    "Date of birth / Date de naissance": "12 AUG/AOUT 74",
    "Sex / Sexe": "F",
    "Passport No. / N° de passeport": "L898902C3",
    "Date of expiry": "15 APR/AVR 12",
    "Personal No.": "ZE 184226 B",
}


def page(
    lines: Sequence[str],
    printed: Mapping[str, str] | None = None,
    title: str = "UTOPIA PASSPORT",
    sure: float | None = None,
) -> Page:
    words: list[Word] = []

    def put(text: str, top: float) -> None:
        left = 40.0
        for part in text.split():
            told = (sure,) * len(part) if sure is not None else ()
            words.append(Word(part, (left, top, left + 12 * len(part), top + 20), 0.97, 20, told))
            left += 12 * len(part) + 8

    put(title, 10)
    for i, (label, value) in enumerate((printed or {}).items()):
        put(label, 50 + 50 * i)
        put(value, 74 + 50 * i)
    for i, line in enumerate(lines):
        put(line, 600 + 40 * i)
    return Page(1, 1000, 760, tuple(words), "ocr")


def read(one: Page) -> Reading:
    return OPTION.read(Document(Path("x.jpg"), "image/jpeg", (one,)), SETTINGS)


def undecided(reading: Reading) -> set[str]:
    return {check.name for check in reading.checks if check.passed is None}


def test_zone_and_print_that_agree_are_accepted() -> None:
    reading = read(page(TD3, PRINT))
    assert {name: one.value for name, one in reading.fields.items()} == {
        "document_type": "passport",
        "document_number": "L898902C3",
        "issuing_state": "UTO",
        "surname": "ERIKSSON",
        "given_names": "ANNA MARIA",
        "nationality": "UTO",
        "birth_date": "1974-08-12",
        "sex": "F",
        "expiry_date": "2012-04-15",
        "optional_data": "ZE184226B",
        "mrz": "\n".join(TD3),
    }
    assert reading.status(0.995) == "accept"
    assert "specimen" in reading.notes[0]


def test_a_zone_alone_is_not_accepted() -> None:
    reading = read(page(TD3))
    assert reading.status(0.8) == "review"
    assert {"unproven_surname", "unproven_sex", "unproven_document_number"} <= undecided(reading)


def test_a_sure_engine_proves_what_a_digit_covers() -> None:
    reading = read(page(TD3, sure=0.9995))
    assert not undecided(reading)
    assert reading.fields["birth_date"].confidence > 0.995
    assert reading.fields["surname"].confidence < 0.995
    assert reading.status(0.995) == "review"


@pytest.mark.parametrize(
    ("label", "other", "check"),
    [
        ("Surname / Nom", "LINDGREN", "printed_surname"),
        ("Date of birth / Date de naissance", "01 FEB/FEV 51", "printed_birth_date"),
        ("Passport No. / N° de passeport", "X111111X1", "printed_document_number"),
        ("Sex / Sexe", "M", "printed_sex"),
    ],
)
def test_print_that_differs_rejects(label: str, other: str, check: str) -> None:
    reading = read(page(TD3, {**PRINT, label: other}, sure=0.9995))
    assert {one.name for one in reading.checks if one.passed is False} == {check}
    assert reading.status(0.5) == "reject"


def test_print_that_may_be_misread_is_for_review() -> None:
    reading = read(page(TD3, {**PRINT, "Surname / Nom": "ERIKSSQN"}))
    assert "printed_surname" in undecided(reading)
    assert reading.status(0.5) == "review"


def test_a_blind_pair_is_told() -> None:
    """6 for G passes every check digit."""
    lines = (TD3[0], TD3[1].replace("ZE184226B", "ZE18422GB"))
    reading = read(page(lines, {k: v for k, v in PRINT.items() if not k.startswith("Personal")}))
    assert all(one.passed for one in reading.checks if one.name.startswith("mrz_digit"))
    assert "unproven_optional_data" in undecided(reading)
    assert reading.status(0.5) == "review"


def test_a_wrong_digit_rejects() -> None:
    reading = read(page((TD3[0], TD3[1].replace("7408122", "7408123")), PRINT, sure=0.9995))
    assert reading.status(0.5) == "reject"
    assert reading.fields["mrz"].confidence <= 0.5


def test_a_repair_that_print_confirms_is_accepted() -> None:
    lines = (TD3[0], TD3[1].replace("L898902C3", "L8989O2C3"))
    reading = read(page(lines, PRINT))
    assert reading.fields["mrz"].value == "\n".join(TD3)
    assert {one.name: one.passed for one in reading.checks}["mrz_repair"] is True
    assert reading.status(0.995) == "accept"
    alone = read(page(lines))
    assert "mrz_repair" in undecided(alone)


def test_lost_double_letters_come_back() -> None:
    lines = ("P<UTOERIKSON<<ANA<MARIA<<<<<<<<<<<<<<<<<<<<<", TD3[1])
    reading = read(page(lines, PRINT))
    assert reading.fields["mrz"].value == "\n".join(TD3)
    assert reading.status(0.995) == "accept"


def test_a_filler_too_many_between_names_is_taken_out() -> None:
    lines = (TD3[0].replace("SSON<<ANNA", "SSON<<<ANNA")[:44], TD3[1])
    reading = read(page(lines, PRINT))
    assert reading.fields["mrz"].value == "\n".join(TD3)


def test_print_alone_is_for_review() -> None:
    reading = read(page((), PRINT, sure=0.9995))
    assert reading.fields["surname"].value == "ERIKSSON"
    assert "second_source" in undecided(reading)
    assert reading.status(0.9) == "review"


def test_a_licence_by_its_bar_code_and_print() -> None:
    content = (
        b"@\n\x1e\rANSI 636000090002DL00410278ZV03190008DLDAQT64235789\nDCSSAMPLE\nDACMICHAEL\n"
        b"DBB06051986\nDBA12102034\nDBC1\nDCGUSA\r"
    )
    one = page((), {"DOB": "06/05/1986", "LN": "SAMPLE"}, "USA DRIVER LICENSE", 0.9995)
    coded = replace(one, codes=(Code("PDF417", content, (0, 0, 10, 10)),))
    reading = read(coded)
    assert reading.fields["document_type"].value == "driving_licence"
    assert reading.fields["birth_date"].value == "1986-06-05"
    assert reading.fields["birth_date"].source == "barcode"
    assert reading.status(0.995) == "accept"
    other = replace(page((), {"LN": "OTHER"}, "DRIVER LICENSE", 0.9995), codes=coded.codes)
    assert read(other).status(0.5) == "reject"


def test_other_documents_are_no_identity_papers() -> None:
    invoice = page((), {"Invoice": "F-2024-1", "Total": "12.00 EUR"}, "ACME")
    assert OPTION.suits(Document(Path("x.pdf"), "application/pdf", (invoice,))) == 0.0
    with pytest.raises(InputError, match="No identity paper"):
        read(invoice)
    assert OPTION.suits(Document(Path("x.jpg"), "image/jpeg", (page(TD3),))) == 1.0


@pytest.mark.parametrize("printed", [True, False])
def test_degraded_zones_are_never_accepted_with_a_wrong_value(printed: bool) -> None:
    accepted = 0
    for seed in range(96):
        draw = random.Random(seed)
        one = paper(draw, KINDS[seed % len(KINDS)], SETTINGS.today)
        pool = draw.choice(("plain", "blind", "any"))
        lines = corrupted(one.lines, draw, draw.choice((0, 1, 2, 3)), pool)
        labels = {"surname": "Surname", "given_names": "Given names", "sex": "Sex"}
        labels |= {"birth_date": "Date of birth", "expiry_date": "Date of expiry"}
        labels |= {"document_number": "Document No.", "nationality": "Nationality"}
        told = {labels[n]: text for n, text in one.printed.items() if n in labels}
        title = {"P": "PASSPORT", "V": "VISA"}.get(one.lines[0][0], "IDENTITY CARD")
        state = "FRANCE" if one.kind == "FRA-ID" else "UTOPIA"
        try:
            reading = read(page(lines, told if printed else None, f"{state} {title}"))
        except InputError:
            continue
        if reading.status(0.995) == "accept":
            accepted += 1
            truth = one.truth | {"mrz": "\n".join(one.lines)}
            del truth["document_type"]
            said = {name: reading.fields[name].value for name in truth}
            assert said == truth, (lines, one.lines)
    assert (accepted > 15) if printed else (accepted == 0)


def test_pictures_are_made() -> None:
    for i, kind in enumerate(("TD1", "TD3")):
        image = picture(paper(random.Random(i), kind), random.Random(i))
        assert image.mode == "RGB"
        assert min(image.size) > 400


@pytest.mark.real
def test_zones_of_the_shared_set() -> None:
    if not SHARED.is_dir():
        pytest.skip("no shared data")
    for line in (SHARED / "mrz.jsonl").read_text(encoding="utf-8").splitlines():
        told = json.loads(line)
        reading = read(replace(page(told["lines"], title=""), source="text"))
        assert reading.status(0.995) == ("accept" if told["valid"] else "reject"), told
        assert reading.fields["mrz"].value == "\n".join(told["lines"])
