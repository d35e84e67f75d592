"""Invented invoices: their sums hold, what is true is printed, layouts repeat."""

from __future__ import annotations

import json

import numpy as np
import pytest

from specimens import reading
from specimens.companies import Dice, party
from specimens.invoices import Specimen, make
from specimens.layouts import Layout


def _made(layout: int, seed: int = 0) -> Specimen:
    return make(np.random.default_rng(seed), layout=layout)


def test_the_same_seed_gives_the_same_document() -> None:
    one, two = _made(3), _made(3)
    assert one == two
    assert one.pdf != _made(3, seed=1).pdf


def test_choices_of_a_layout_follow_from_its_number_and_do_not_depend_on_each_other() -> None:
    picked = [Layout(7).choose("side", ["left", "right"]) for _ in range(3)]
    assert len(set(picked)) == 1
    pairs = {(Layout(n).choose("a", [0, 1]), Layout(n).choose("b", [0, 1])) for n in range(40)}
    assert len(pairs) == 4


@pytest.mark.parametrize("language", ["fr", "en", "de"])
def test_a_language_can_be_asked_for(language: str) -> None:
    made = make(np.random.default_rng(0), language, layout=2)  # type: ignore[arg-type]
    assert made.language == language


def test_sums_hold_as_they_are_printed() -> None:
    for layout in range(60):
        truth = _made(layout, layout).truth
        if "net_amount" in truth and "total_tax_amount" in truth and "tip" not in truth:
            whole = truth["net_amount"] + truth["total_tax_amount"]
            # Cash totals are rounded to five cents.
            assert abs(whole - truth["total_amount"]) < 0.03, layout
        for line in truth["lines"]:
            if "unit_price" in line and "quantity" in line:
                product = line["quantity"] * line["unit_price"]
                assert abs(line["amount"]) <= abs(product) + 0.006, (layout, line)


def test_identifiers_and_texts_of_the_truth_are_in_the_text_layer() -> None:
    names = ("invoice_id", "supplier_name", "receiver_name", "supplier_address", "supplier_phone")
    for layout in range(24):
        made = _made(layout, 100 + layout)
        said = reading.words(made).text.replace(" ", "")
        for name in names:
            if name in made.truth:
                assert made.truth[name].replace(" ", "") in said, (layout, name)


def test_numbers_of_companies_have_right_check_digits() -> None:
    from stdnum import iban
    from stdnum.de import vat as german
    from stdnum.fr import siret, tva

    dice = Dice(np.random.default_rng(0))
    for _ in range(20):
        french = party(dice, "fr", "EUR")
        assert siret.is_valid(french.siret)
        assert tva.is_valid(french.vat_id)
        assert iban.is_valid(french.iban)
        assert german.is_valid(party(dice, "de", "EUR").vat_id)


def test_truth_can_be_written_as_json() -> None:
    for layout in range(12):
        json.dumps(_made(layout).truth)


def test_noise_changes_words_and_leaves_the_truth() -> None:
    made = _made(1)
    document = reading.words(made)
    rng = np.random.default_rng(0)
    assert reading.noisy(document.pages[0].words, rng, 0) == document.pages[0].words
    heard = reading.noisy_document(document, rng, 3.0)
    assert heard.pages[0].source == "ocr"
    assert heard.text != document.text
    assert all(box.box[2] > box.box[0] for box in heard.pages[0].words)
