"""CoNLL columns become tokens and tags, a row per sentence."""

from pathlib import Path

import pytest

from socle import formats
from socle.errors import RowsError


def read(tmp_path: Path, text: str, name: str = "a.conll") -> formats.Table:
    path = tmp_path / name
    path.write_bytes(text.encode())
    return formats.read(path)


def rows(table: formats.Table) -> list[tuple[object, object]]:
    return list(zip(table.columns["tokens"], table.columns["tags"], strict=True))


@pytest.mark.parametrize("name", ["a.conll", "a.iob", "a.iob2", "a.bio", "a.bioes"])
def test_a_row_is_a_sentence(tmp_path: Path, name: str) -> None:
    table = read(tmp_path, "Paris\tB-LOC\n.\tO\n\n\nOui\tO\n", name)
    assert rows(table) == [(("Paris", "."), ("B-LOC", "O")), (("Oui",), ("O",))]
    assert list(table.lines) == [1, 5]
    assert table.notes == ()


def test_the_tag_is_the_last_column_and_those_between_are_ignored(tmp_path: Path) -> None:
    table = read(tmp_path, "Paris NNP  B-NP B-LOC\r\nis VBZ B-VP O\r\n")
    assert rows(table) == [(("Paris", "is"), ("B-LOC", "O"))]
    assert set(table.columns) == {"tokens", "tags"}


@pytest.mark.parametrize("start", [0, 1])
def test_a_running_index_is_no_token(tmp_path: Path, start: int) -> None:
    text = f"{start}\tEn\tO\n{start + 1}\t1998\tO\n\n{start}\tOui\tO\n"
    assert rows(read(tmp_path, text)) == [(("En", "1998"), ("O", "O")), (("Oui",), ("O",))]


def test_numbers_are_tokens_where_they_do_not_run(tmp_path: Path) -> None:
    assert rows(read(tmp_path, "1\tX\tO\n3\tX\tO\n")) == [(("1", "3"), ("O", "O"))]
    assert rows(read(tmp_path, "1\tO\n2\tO\n")) == [(("1", "2"), ("O", "O"))]


def test_an_index_that_breaks_off_is_told(tmp_path: Path) -> None:
    sentence = "0\tEn\tO\n1\ta\tO\n\n"
    with pytest.raises(RowsError, match=r"line 7: the first column counts the tokens of the other"):
        read(tmp_path, sentence * 2 + "0\tEn\tO\n2\ta\tO\n\n" + sentence)


def test_marks_of_documents_and_comments_are_left_out(tmp_path: Path) -> None:
    text = (
        "-DOCSTART- -X- O\n\n# id 7\n#id\n# text = a b c\nOui INTJ O\n-DOCSTART- -X- O\n# N B-X\n"
    )
    table = read(tmp_path, text + "# N O\nNon INTJ O\n")
    assert rows(table) == [(("Oui",), ("O",)), (("#", "Non"), ("O", "O"))]
    assert list(table.lines) == [6, 9]


def test_a_sharp_is_a_token_where_it_has_a_tag(tmp_path: Path) -> None:
    table = read(tmp_path, "#\tO\n1\tO\n\n#paris\tB-LOC\n#\tO\n")
    assert rows(table) == [(("#", "1"), ("O", "O")), (("#paris", "#"), ("B-LOC", "O"))]


def test_a_token_may_hold_a_space_where_tabs_part_the_columns(tmp_path: Path) -> None:
    assert rows(read(tmp_path, "10 000\tO\n€\tO\n")) == [(("10 000", "€"), ("O", "O"))]


def test_a_line_of_blanks_ends_a_sentence_and_a_no_break_space_is_a_token(tmp_path: Path) -> None:
    assert len(read(tmp_path, "a\tO\n\t\nb\tO\n \nc\tO\n")) == 3
    assert rows(read(tmp_path, "a O\n\u00a0 O\n")) == [(("a", "\u00a0"), ("O", "O"))]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a\tO\nb\tX\tO\nc\tO\n", "line 2: 3 columns, where the other lines have 2"),
        ("a\tO\nb\nc\tO\n", "line 2: 1 column, where the other lines have 2"),
        ("a\tO\nNew York\nc\tO\n", "line 2: 1 column, where the other lines have 2"),
        ("a\tO\n# no comment inside\nc\tO\n", "line 2: 1 column"),
        ("a O\n# no comment inside\nc O\n", "line 2: 4 columns"),
        ("a\nb\n", "line 1: a token without a tag"),
        ("a\tO\n\tO\n", "line 2: the first or the last column is empty"),
        ("a\tO\nb\t\n", "line 2: the first or the last column is empty"),
        ("0\ta\tO\n1\t\tO\n", "line 2: the column of the token is empty"),
        ("-DOCSTART-\n\n-DOCSTART-\n", "comments, but no token"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(RowsError) as caught:
        read(tmp_path, text)
    assert said in caught.value.message
    assert caught.value.hint
