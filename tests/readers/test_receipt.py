"""Receipts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from socle.errors import InputError
from socle.pages import Document, Page
from socle.readers import Settings
from socle.readers.invoice import OPTION as INVOICE
from socle.readers.receipt import OPTION
from specimens import reading
from specimens.invoices import make

_SLIPS = range(41_003, 41_075, 6)
"""Layouts that are till slips."""


def _slip(layout: int) -> tuple[Document, dict[str, Any]]:
    specimen = make(np.random.default_rng(layout), layout=layout)
    assert specimen.kind == "receipt"
    return reading.words(specimen), specimen.truth


def test_receipts_are_read() -> None:
    right = 0
    for layout in _SLIPS:
        document, truth = _slip(layout)
        read = OPTION.read(document, Settings())
        assert read.fields["invoice_type"].value == "receipt"
        assert not any(name.startswith("receiver") for name in read.fields)
        found = read.fields.get("total_amount")
        right += found is not None and found.value == pytest.approx(truth["total_amount"])
    assert right >= 0.8 * len(_SLIPS)


def test_receipts_look_more_like_receipts_than_invoices() -> None:
    wins = sum(OPTION.suits(d) > INVOICE.suits(d) for d, _ in map(_slip, _SLIPS))
    assert wins >= 0.7 * len(_SLIPS)


def test_an_empty_picture_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no print"):
        OPTION.read(Document(tmp_path / "a.jpg", "image/jpeg", (Page(1, 10, 10),)), Settings())
