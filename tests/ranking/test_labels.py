"""What labels mean."""

from __future__ import annotations

import numpy as np
import pytest

from socle.ranking import labels


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Facture n°", "invoice_id"),
        ("N° de facture :", "invoice_id"),
        ("Rechnungs-Nr.", "invoice_id"),
        ("Invoice Number:", "invoice_id"),
        ("Date d'échéance", "due_date"),
        ("NET À PAYER", "amount_due"),
        ("Total T.T.C.", "total_amount"),
        ("Nettobetrag", "net_amount"),
        ("TOTAL ROUNDED", "total_amount"),
    ],
)
def test_known_wordings_mean_one_field(text: str, name: str) -> None:
    assert labels.meaning(text).get(name) == 1.0


def test_the_longest_wording_counts() -> None:
    assert "due_date" in labels.meaning("Date d'échéance de votre facture")
    assert "invoice_date" not in labels.meaning("Date d'échéance")


def test_the_end_of_a_sentence_counts() -> None:
    assert "due_date" in labels.meaning("Merci de régler cette facture avant le")


@pytest.mark.parametrize("text", ["Date d'echeamce", "Dat d'échéance", "Daate d'échéance"])
def test_one_misread_letter_is_forgiven(text: str) -> None:
    assert "due_date" in labels.meaning(text)


def test_spaces_that_ocr_lost() -> None:
    assert "due_date" in labels.meaning("Dated'échéance:")
    assert "invoice_id" in labels.meaning("InvoiceNumber:")


def test_digits_within_words_are_letters() -> None:
    assert labels.key("T0tal") == "total"
    assert labels.key("N° 123") == "n"


def test_nothing_means_nothing() -> None:
    assert dict(labels.meaning("12,30")) == {}
    assert not labels.vector("").any()


def test_vectors() -> None:
    made = labels.vector("Total TTC", 0.5)
    assert made.shape == (len(labels.meanings()),)
    assert made.max() == pytest.approx(0.5)
    assert np.linalg.norm(labels.hashed("Total TTC", 96)) == pytest.approx(1.0)
