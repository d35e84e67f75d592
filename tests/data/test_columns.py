"""Which column is which: named, obvious, guessed, or asked for."""

from pathlib import Path

import pytest

from socle.data.columns import Columns, guess_columns, guess_text_column
from socle.errors import RowsError
from socle.formats import Cell, Table

LONG = [f"a rather long sentence, the one with number {i}" for i in range(20)]
SHORT = [f"title {i}" for i in range(20)]
LABELS = ["good", "bad"] * 10
NUMBERS = [str(i) for i in range(20)]


def table(**columns: list[str]) -> Table:
    return named({name.replace("__", " "): cells for name, cells in columns.items()})


def named(columns: dict[str, list[str]]) -> Table:
    cells: dict[str, list[Cell]] = {name: list(values) for name, values in columns.items()}
    return Table(Path("reviews.csv"), cells, range(1, 21))


@pytest.mark.parametrize("text", ["text", "Texte", " TEXT ", "avis", "Commentaire", "review_text"])
@pytest.mark.parametrize(
    "label", ["label", "Étiquette", "CATÉGORIE", "classe", "note", "true label"]
)
def test_obvious_names_in_two_languages(text: str, label: str) -> None:
    # Contents that would mislead a guess: the text is the shorter column.
    found = guess_columns(named({"id": NUMBERS, "other": LONG, label: LABELS, text: SHORT}))
    assert found == Columns(text, label)


def test_the_plainest_name_wins() -> None:
    rows = named({"category": LABELS, "label": LABELS, "message": LONG, "text": SHORT})
    assert guess_columns(rows) == Columns("text", "label")


def test_explicit_names_win() -> None:
    rows = named({"text": LONG, "label": LABELS, "body": LONG, "topic": LABELS, "who": NUMBERS})
    assert guess_columns(rows, "body", "topic", "who") == Columns("body", "topic", "who")


def test_without_names_by_content() -> None:
    rows = named({"column 1": NUMBERS, "column 2": LABELS, "column 3": LONG})
    assert guess_columns(rows) == Columns("column 3", "column 2")


def test_stars_are_labels_as_they_are() -> None:
    rows = named({"a": LONG, "b": ["1", "5"] * 10})
    assert guess_columns(rows) == Columns("a", "b")


def test_a_group_is_no_label() -> None:
    rows = named({"a": LONG, "b": LABELS, "c": ["x", "y"] * 10})
    assert guess_columns(rows, group="c") == Columns("a", "b", "c")


@pytest.mark.parametrize(
    ("rows", "option"),
    [
        ({"a": LONG, "b": LONG, "label": LABELS}, "--text-column"),
        ({"text": LONG, "a": LABELS, "b": ["x", "y"] * 10}, "--label-column"),
        ({"text": LONG, "a": NUMBERS, "b": SHORT}, "--label-column"),
        ({"text": LONG}, "--label-column"),
        ({}, "--text-column"),
    ],
)
def test_a_gamble_is_refused_with_the_columns_and_the_option(
    rows: dict[str, list[str]], option: str
) -> None:
    with pytest.raises(RowsError) as caught:
        guess_columns(named(rows))
    assert option in caught.value.hint
    for name, cells in rows.items():
        assert repr(name) in caught.value.message
        assert cells[0][:20] in caught.value.message


def test_an_unknown_name_gets_the_nearest_one() -> None:
    with pytest.raises(RowsError, match="no column 'txt_body'") as caught:
        guess_columns(named({"text_body": LONG, "label": LABELS}), text="txt_body")
    assert caught.value.hint == "Did you mean 'text_body'?"


def test_one_column_cannot_play_two_parts() -> None:
    with pytest.raises(RowsError, match="two parts"):
        guess_columns(named({"a": LONG, "b": LABELS}), text="a", label="a")


def test_texts_alone() -> None:
    assert guess_text_column(named({"whatever": LONG})) == "whatever"
    assert guess_text_column(named({"id": NUMBERS, "avis": LONG})) == "avis"
    with pytest.raises(RowsError, match="not clear which column holds the texts"):
        guess_text_column(named({"a": LONG, "b": LONG}))
