"""CoNLL-U becomes a row per sentence, and whatever is wrong in it is told with its line."""

import gzip
from pathlib import Path

import pytest

from socle import formats
from socle.errors import RowsError

SENTENCE = """\
# sent_id = a-1
# text = Il va au lac #1.
1\tIl\til\tPRON\t_\tGender=Masc\t2\tnsubj\t_\t_
2\tva\taller\tVERB\t_\t_\t0\troot\t_\t_
2.1\tva\taller\tVERB\t_\t_\t_\t_\t2:conj\t_
3-4\tau\t_\t_\t_\t_\t_\t_\t_\t_
3\tà\tà\tADP\t_\t_\t5\tcase\t_\t_
4\tle\tle\tDET\t_\t_\t5\tdet\t_\t_
5\tlac\tlac\tNOUN\t_\t_\t2\tobl\t_\t_
6\t#\t#\tSYM\t_\t_\t5\tdep\t_\tSpaceAfter=No
7\t1\t1\tNUM\t_\t_\t6\tnummod\t_\tSpaceAfter=No
8\t.\t.\tPUNCT\t_\t_\t2\tpunct\t_\t_

"""
BARE = "1\tOui\t_\t_\t_\t_\t_\t_\t_\t_\n2\t.\t_\t_\t_\t_\t_\t_\t_\t_\n\n"


def lines(*words: tuple[str, str, str]) -> str:
    """Return a sentence of words given by id, form and head."""
    rows = (f"{i}\t{form}\t_\t_\t_\t_\t{head}\t_\t_\t_" for i, form, head in words)
    return "\n".join(rows) + "\n\n"


def read(tmp_path: Path, text: str) -> formats.Table:
    path = tmp_path / "a.conllu"
    path.write_bytes(text.encode())
    return formats.read(path)


def refused(tmp_path: Path, text: str) -> RowsError:
    with pytest.raises(RowsError) as caught:
        read(tmp_path, text)
    assert caught.value.hint
    return caught.value


def test_a_sentence_is_a_row_with_all_its_lines(tmp_path: Path) -> None:
    table = read(tmp_path, SENTENCE + BARE)
    assert len(table) == 2
    assert list(table.lines) == [1, 14]
    ids = ("1", "2", "2.1", "3-4", "3", "4", "5", "6", "7", "8")
    assert table.columns["id"] == (ids, ("1", "2"))
    assert table.columns["form"][0] == ("Il", "va", "va", "au", "à", "le", "lac", "#", "1", ".")
    assert table.columns["misc"][1] == ("_", "_")
    assert table.columns["comments"] == (("# sent_id = a-1", "# text = Il va au lac #1."), ())
    assert table.columns["text"] == ("Il va au lac #1.", None)
    assert table.notes == ()


def test_ends_of_lines_and_a_missing_last_one_make_no_difference(tmp_path: Path) -> None:
    plain = read(tmp_path, SENTENCE + BARE)
    foreign = read(tmp_path, ("\n" + SENTENCE + "  \n\n" + BARE).rstrip().replace("\n", "\r\n"))
    assert plain.columns == foreign.columns
    assert list(foreign.lines) == [2, 17]


def test_a_packed_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.conllu.gz"
    path.write_bytes(gzip.compress(SENTENCE.encode()))
    assert len(formats.read(path)) == 1


def test_comments_without_a_sentence_are_left_out_and_told(tmp_path: Path) -> None:
    table = read(tmp_path, "# global.columns = ID FORM\n\n" + BARE)
    assert len(table) == 1
    assert table.notes == ("a.conllu: comments without a sentence left out (line 1)",)
    assert "no sentence" in refused(tmp_path, "# only\n\n# these\n").message


def test_only_the_comment_text_is_the_text(tmp_path: Path) -> None:
    table = read(tmp_path, "# text_en = Yes.\n#text=Oui = oui.\n" + BARE)
    assert table.columns["text"] == ("Oui = oui.",)


def test_a_form_may_hold_a_space_or_a_separator_of_lines(tmp_path: Path) -> None:
    table = read(tmp_path, lines(("1", "10 000", "0"), ("2", "a\u2028b", "1")))
    assert table.columns["form"] == (("10 000", "a\u2028b"),)


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (SENTENCE + "1\tOui\t_\n", 14, "3 columns instead of 10"),
        (SENTENCE + "1 Oui oui INTJ _ _ 0 root _ _\n", 14, "no tab, but 10 columns if spaces"),
        (SENTENCE + "Oui\n", 14, "1 column instead of 10"),
        (lines(("1", "a", "0"), ("3", "b", "1")), 2, "the id '3' stands where 2 should"),
        (lines(("2", "a", "0"), ("1", "b", "1")), 1, "the id '2' stands where 1 should"),
        (lines(("1", "a", "0"), ("1", "b", "1")), 2, "the id '1' stands where 2 should"),
        (lines(("1", "a", "0"), ("x", "b", "1")), 2, "the id 'x' stands where 2 should"),
        (lines(("1-2", "ab", "_"), ("1", "a", "0")), 1, "points behind the last word, 1"),
        (
            lines(("1-2", "ab", "_"), ("1", "a", "0"), ("2-3", "bc", "_"), ("2", "b", "1")),
            3,
            "the range 2-3 overlaps another",
        ),
        (lines(("1", "a", "0"), ("1-2", "ab", "_"), ("2", "b", "1")), 2, "before its first word"),
        (lines(("2-1", "ab", "_"), ("1", "a", "0")), 1, "before its first word"),
        (lines(("1", "a", "0"), ("2.1", "b", "_")), 2, "2.1 stands where 1.1 would"),
        (lines(("1", "a", "0"), ("1.2", "b", "_")), 2, "1.2 stands where 1.1 would"),
        (lines(("1", "a", "0"), ("2", "b", "x")), 2, "the head 'x' is not a number"),
        (lines(("1", "a", "0"), ("2", "b", "_")), 2, "the head '_' is not a number"),
        (lines(("1", "a", "0"), ("2", "b", "-1")), 2, "the head '-1' is not a number"),
        (lines(("1", "a", "0"), ("2", "b", "3")), 2, "the head 3 points outside"),
        (lines(("1", "a", "0"), ("2", "b", "2")), 2, "the word 2 is its own head"),
        (lines(("1", "a", "0"), ("2", "b", "0")), 2, "2 words have the head 0"),
        (lines(("1", "a", "2"), ("2", "b", "1")), 1, "no word has the head 0"),
        (
            lines(("1", "a", "0"), ("2", "b", "4"), ("3", "c", "2"), ("4", "d", "3")),
            2,
            "in a circle through the word 2",
        ),
        (lines(("1", "", "0")), 1, "FORM is empty"),
        (lines(("1", "a", "0"), ("2", " ", "1")), 2, "FORM is empty"),
        (BARE.rstrip("\n") + "\n# sent_id = 2\n" + BARE, 3, "a comment stands inside"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(
    tmp_path: Path, text: str, line: int, said: str
) -> None:
    message = refused(tmp_path, text).message
    assert message.startswith(f"{tmp_path / 'a.conllu'}, line {line}: ")
    assert said in message


def test_a_sentence_without_a_tree_may_stand_beside_one_with(tmp_path: Path) -> None:
    table = read(tmp_path, BARE + SENTENCE)
    assert table.columns["head"][0] == ("_", "_")


def test_a_long_chain_of_heads_is_no_circle(tmp_path: Path) -> None:
    words = [(str(n), "a", str(n + 1 if n < 3000 else 0)) for n in range(1, 3001)]
    assert len(read(tmp_path, lines(*words))) == 1
