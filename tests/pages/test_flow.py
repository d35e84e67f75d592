"""Lines of text set in pages."""

from __future__ import annotations

from socle.pages.flow import LINES, paragraph_lines, table_lines, typeset


def test_pages_are_full_before_the_next_begins() -> None:
    pages = typeset((f"line {i}" for i in range(2 * LINES + 1)), 10)
    assert [len(page.words) for page in pages] == [2 * LINES, 2 * LINES, 2]
    assert [page.number for page in pages] == [1, 2, 3]
    boxes = [word.box for page in pages for word in page.words]
    assert all(box[1] >= 0 and box[3] <= pages[0].height for box in boxes)


def test_more_pages_than_asked_are_not_set() -> None:
    assert len(typeset(iter(lambda: "endless", None), 3)) == 4


def test_nothing_is_one_empty_page() -> None:
    [page] = typeset([], 3)
    assert page.source == "none"


def test_a_wide_line_makes_a_wide_page() -> None:
    [page] = typeset(["x" * 300], 3)
    assert page.width > page.words[0].box[2]


def test_signs_that_are_not_printed_are_left_out() -> None:
    [page] = typeset(["co\xadop\u200b\x07 \x00 end"], 3)
    assert [word.text for word in page.words] == ["coop", "end"]


def test_tables_are_as_wide_as_their_cells() -> None:
    lines = list(table_lines([["a", "long cell", ""], ["two\nlines", "b", "c"], []]))
    assert lines == ["a       long cell", "two     b           c", "lines"]


def test_running_text_is_broken() -> None:
    assert all(len(line) <= 100 for line in paragraph_lines("word " * 50))
    assert list(paragraph_lines("a\tb\nc")) == ["a   b", "c"]
