"""CSV and TSV as they come: separators, quotes, headers, ragged rows, lines."""

import csv
from pathlib import Path

import pytest

from socle import formats
from socle.errors import RowsError, SocleError, UnreadableError
from socle.formats import Cell, Table


def table_of(tmp_path: Path, text: str, name: str = "a.csv") -> Table:
    path = tmp_path / name
    path.write_text(text, newline="", encoding="utf-8")
    return formats.read(path)


def columns_of(tmp_path: Path, text: str, name: str = "a.csv") -> dict[str, list[Cell]]:
    return {name: list(cells) for name, cells in table_of(tmp_path, text, name).columns.items()}


@pytest.mark.parametrize(
    ("separator", "word"), [(",", None), (";", "semicolons"), ("\t", "tabs"), ("|", "bars")]
)
def test_the_separator_is_read_off_the_file(
    tmp_path: Path, separator: str, word: str | None
) -> None:
    rows = [["text", "label"], ["a, b; well", "x"], ["c", "y"]]
    text = "\n".join(separator.join(f'"{c}"' if "," in c else c for c in row) for row in rows)
    table = table_of(tmp_path, text)
    assert list(table.columns["text"]) == ["a, b; well", "c"]
    assert [word in note for note in table.notes] == ([True] if word else [])


def test_commas_in_the_text_do_not_hide_semicolons(tmp_path: Path) -> None:
    rows = "".join(f"one, two, three {i};{'ab'[i % 2]}\n" for i in range(9))
    assert columns_of(tmp_path, "text;label\n" + rows)["label"][:3] == ["a", "b", "a"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_are_those_on_which_rows_begin(tmp_path: Path, end: str) -> None:
    text = end.join(["text,label", '"one', "two", 'three",a', "", "four,b", "five,c"])
    table = table_of(tmp_path, text)
    assert list(table.lines) == [2, 6, 7]
    assert table.columns["text"][0] == f"one{end}two{end}three"


def test_tsv_without_quoting_keeps_its_quotes(tmp_path: Path) -> None:
    text = 'text\tlabel\n"Hello" she said\tx\n5" pipe\ty\n"never closed\tx\n'
    assert columns_of(tmp_path, text, "a.tsv")["text"] == [
        '"Hello" she said',
        '5" pipe',
        '"never closed',
    ]


def test_two_stray_quotes_do_not_swallow_the_lines_between(tmp_path: Path) -> None:
    text = 'text\tlabel\n"one\tx\ntwo\ty\nthree"\tx\n'
    assert columns_of(tmp_path, text, "a.tsv")["text"] == ['"one', "two", 'three"']


def test_tsv_with_quoting_is_unquoted(tmp_path: Path) -> None:
    text = 'text\tlabel\n"a ""b""\tc"\tx\n"two\nlines"\ty\n'
    assert columns_of(tmp_path, text, "a.tsv")["text"] == ['a "b"\tc', "two\nlines"]


def test_one_column_of_texts(tmp_path: Path) -> None:
    assert columns_of(tmp_path, "text\nfirst one\nsecond one\n") == {
        "text": ["first one", "second one"]
    }


def test_a_quote_that_is_never_closed_is_told_with_its_line(tmp_path: Path) -> None:
    text = 'text,label\n"a, b",x\n"open, c,y\n"d, e",x\nf,y\n'.replace('"d, e"', "d, e")
    with pytest.raises(UnreadableError, match="line 3 is never closed"):
        table_of(tmp_path, text)


def test_a_quote_never_closed_after_a_sloppy_one_is_told_too(tmp_path: Path) -> None:
    good = "".join(f'"word {i}, more",x\n' for i in range(50))
    text = 'text,label\n"a" b,x\n' + good + '"open, c,y\n' + good.replace('"', "")
    with pytest.raises(UnreadableError, match="line 53 is never closed"):
        table_of(tmp_path, text)


def test_sloppy_quotes_are_noted_with_the_line(tmp_path: Path) -> None:
    text = 'text,label\n"a, b",x\n"He" said, well,x\n'.replace("said, well", "said well")
    table = table_of(tmp_path, text)
    assert list(table.columns["text"]) == ["a, b", "He said well"]
    assert "line 3" in table.notes[0]


def test_few_ragged_rows_are_left_out_and_noted(tmp_path: Path) -> None:
    text = "text,label\n" + "good,x\n" * 50 + "one, two,x\nalone\n" + "good,y\n" * 50
    table = table_of(tmp_path, text)
    assert len(table) == 100
    assert "2 rows that have not 2 cells were left out (lines 52, 53)" in table.notes[0]


def test_many_ragged_rows_are_an_error_with_lines(tmp_path: Path) -> None:
    with pytest.raises(RowsError, match=r"2 of 4 rows .* \(lines 3, 4\)") as caught:
        table_of(tmp_path, "text,label\na,x\nb, c,y\nd, e,x\nf,y\n")
    assert "quotes" in caught.value.hint


def test_a_trailing_separator_harms_nothing(tmp_path: Path) -> None:
    table = table_of(tmp_path, "text,label\na,x,\nb,y,,\n")
    assert list(table.columns["label"]) == ["x", "y"]
    assert not table.notes


def test_names_are_filled_and_made_different(tmp_path: Path) -> None:
    assert list(columns_of(tmp_path, ",text,text,label\n0,a,b,c\n")) == [
        "column 1",
        "text",
        "text (2)",
        "label",
    ]


@pytest.mark.parametrize(
    "first",
    ["the parcel came late again,bad", "I have nothing to add,good"],
)
def test_a_missing_header_is_noticed(tmp_path: Path, first: str) -> None:
    rows = "I would buy it any time,good\nit broke on day one,bad\n" * 3
    table = table_of(tmp_path, f"{first}\n{rows}")
    assert len(table) == 7
    assert list(table.columns) == ["column 1", "column 2"]
    assert "line 1 looks like a row" in table.notes[0]


def test_a_missing_header_with_numbers_as_labels(tmp_path: Path) -> None:
    table = table_of(tmp_path, "the parcel came late again,3\n" + "so good that I smile,5\n" * 4)
    assert list(table.columns["column 2"])[:2] == ["3", "5"]


@pytest.mark.parametrize(
    "header",
    ["text,spam", "How satisfied are you with our service overall?,answer", "verbatim,2024"],
)
def test_a_header_is_not_taken_for_a_row(tmp_path: Path, header: str) -> None:
    table = table_of(tmp_path, f"{header}\nwin a prize right now here,spam\nhello you,ham\n")
    assert list(table.columns) == header.split(",")


def test_a_line_of_two_megabytes(tmp_path: Path) -> None:
    before = csv.field_size_limit()
    long = "lorem ipsum, dolor " * 110_000
    table = table_of(tmp_path, f'text,label\n"{long}",x\nshort,y\n')
    assert table.columns["text"][0] == long
    assert csv.field_size_limit() == before


def test_rubbish_ends_in_our_errors(tmp_path: Path) -> None:
    told: list[str] = []
    rubbish = ['"', '""', ",", "\n,\n", '"\n', "a", '"a""', "\t\t\n|;,\n", "text,label\n\n,\n"]
    for text in rubbish:
        for name in ("a.csv", "a.tsv"):
            try:
                table_of(tmp_path, text, name)
            except SocleError as error:
                told.append(error.hint)
    assert len(told) >= len(rubbish)
    assert all(told)
