"""Values at their labels, in lists and in boxes."""

from __future__ import annotations

from pathlib import Path

from socle.pages import Document, FormValue, Page, Word
from socle.sources.labelled import Ask, collect, fold, with_fields

ASKS = (
    Ask("wages", r"(?:(?P<number>\d) )?wages", r"\d[\d,.]*"),
    Ask("tax", r"(?:(?P<number>\d) )?tax withheld", r"\d[\d,.]*"),
    Ask("name", r"name", r"[A-Z]\w+"),
    Ask("reference", r"reference", r"\d+"),
)


def page(*rows: tuple[float, float, str], wide: float = 5.0) -> Page:
    """Return texts placed at x, y; letters are `wide` and 10 high."""
    words = []
    for x, y, text in rows:
        for word in text.split(" "):
            words.append(Word(word, (x, y, x + wide * len(word), y + 10)))
            x += wide * (len(word) + 1)
    return Page(1, 600, 800, tuple(words), "text")


def read(which: Page) -> dict[str, str]:
    return {hit.name: hit.text for hit in collect(which, ASKS)}


def test_value_right_of_its_label() -> None:
    assert read(page((10, 10, "Wages: 1,200.50"), (10, 30, "Tax withheld 99"))) == {
        "wages": "1,200.50",
        "tax": "99",
    }


def test_values_under_labels_of_one_row_keep_their_columns() -> None:
    boxes = page(
        (10, 10, "1 Wages"), (200, 10, "2 Tax withheld"), (20, 24, "1,200"), (215, 24, "99")
    )
    assert read(boxes) == {"wages": "1,200", "tax": "99"}
    assert [hit.number for hit in collect(boxes, ASKS)] == ["1", "2"]


def test_empty_box_does_not_take_the_next_one() -> None:
    boxes = page((10, 10, "Wages"), (10, 30, "Tax withheld"), (20, 44, "99"))
    assert read(boxes) == {"tax": "99"}


def test_accents_do_not_matter_and_lengths_are_kept() -> None:
    assert fold("Référence d’avis") == "reference d'avis"
    assert len(fold("ŒUVRE ﬁn")) == len("ŒUVRE ﬁn")
    assert read(page((10, 10, "Référence : 42"))) == {"reference": "42"}


def test_label_does_not_reach_into_the_next_cell() -> None:
    asks = (Ask("whole", "tax withheld", r"\d+"), Ask("tax", r"\btax\b", r"\d+"))
    apart = page((10, 10, "Tax"), (200, 10, "withheld"), (10, 24, "7"))
    assert [hit.name for hit in collect(apart, asks)] == ["tax"]


def test_form_fields_are_words_once() -> None:
    bare = page((10, 10, "Wages"))
    form = {"a": FormValue("1,200", 1, (10, 22, 90, 34)), "b": FormValue(True, 1, (0, 0, 1, 1))}
    document = Document(Path("x"), "application/pdf", (bare,), form=form)
    (filled,) = with_fields(document)
    assert read(filled) == {"wages": "1,200"}
    (hit,) = collect(filled, ASKS, [(10, 22, 90, 34)])
    assert hit.source == "form"
    twice = Document(Path("x"), "application/pdf", (filled,), form=form)
    assert with_fields(twice)[0].words == filled.words
