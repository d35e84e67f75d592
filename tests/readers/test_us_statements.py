"""W-2 and 1099 drawn in several layouts are read right."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from socle.documents import Given, opened
from socle.errors import InputError
from socle.guard import Limits
from socle.pages import Document, Page
from socle.readers import Settings, form_1099, w2
from specimens.taxes import form_1099 as draw_1099
from specimens.taxes import w2 as draw_w2


def opened_pdf(pdf: bytes) -> Document:
    return opened(Given(Path("paper.pdf"), pdf, Limits()))


@pytest.mark.parametrize("seed", range(12))
def test_w2_is_read_and_adds_up(seed: int) -> None:
    paper = draw_w2(np.random.default_rng(seed))
    document = opened_pdf(paper.save())
    assert w2.OPTION.suits(document) > 0.9
    assert form_1099.OPTION.suits(document) == 0.0
    reading = w2.OPTION.read(document, Settings())
    assert {name: reading.fields[name].value for name in paper.truth} == paper.truth
    boxes = {name for name in reading.fields if name.startswith("box_")}
    assert boxes == {name for name in paper.truth if name.startswith("box_")}
    assert reading.status(0.9) == "accept"


def test_w2_whose_tax_is_off_is_rejected() -> None:
    paper = draw_w2(np.random.default_rng(1))
    document = opened_pdf(paper.save())
    right = f"{paper.truth['box_4']:,.2f}"
    page = document.pages[0]
    words = tuple(
        replace(w, text="9,999.99") if w.text.lstrip("$") == right else w for w in page.words
    )
    reading = w2.OPTION.read(replace(document, pages=(replace(page, words=words),)), Settings())
    failed = [check.name for check in reading.checks if check.passed is False]
    assert failed == ["w2_social_security_tax"]


def test_copies_that_agree_are_one_and_others_are_told() -> None:
    paper = draw_w2(np.random.default_rng(5))
    page = opened_pdf(paper.save()).pages[0]
    twice = Document(Path("x.pdf"), "application/pdf", (page, replace(page, number=2)))
    assert w2.OPTION.read(twice, Settings()).status(0.9) == "accept"
    right = f"{paper.truth['box_1']:,.2f}"
    words = tuple(
        replace(w, text="1,111.11") if w.text.lstrip("$") == right else w for w in page.words
    )
    other = replace(page, number=2, words=words)
    reading = w2.OPTION.read(Document(Path("x.pdf"), "application/pdf", (page, other)), Settings())
    assert reading.fields["box_1"].value == paper.truth["box_1"]
    assert {c.name for c in reading.checks if c.passed is False} == {"copies_agree"}
    assert reading.notes


@pytest.mark.parametrize("kind", ["INT", "DIV", "MISC", "NEC"])
@pytest.mark.parametrize("seed", range(6))
def test_1099_is_read(kind: str, seed: int) -> None:
    paper = draw_1099(np.random.default_rng(seed), kind)
    document = opened_pdf(paper.save())
    assert form_1099.OPTION.suits(document) > 0.9
    assert w2.OPTION.suits(document) == 0.0
    reading = form_1099.OPTION.read(document, Settings())
    assert {name: reading.fields[name].value for name in paper.truth} == paper.truth
    boxes = {name for name in reading.fields if name.startswith("box_")}
    assert boxes == {name for name in paper.truth if name.startswith("box_")}


def test_what_cannot_be_read_is_said() -> None:
    empty = Document(Path("x"), "image/png", (Page(1, 10, 10),))
    for option in (w2.OPTION, form_1099.OPTION):
        with pytest.raises(InputError):
            option.read(empty, Settings())
