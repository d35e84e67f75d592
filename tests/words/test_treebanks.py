"""Sentences out of CoNLL-U and CoNLL, and back: byte for byte."""

import gzip
import os
from pathlib import Path

import pytest

from socle import formats
from socle.errors import RowsError
from socle.examples import EmptyNode, Multiword, Sentence
from socle.words.treebanks import sentences, tagged, to_conll, to_conllu

_HERE = Path(__file__).resolve().parents[2]
TREEBANKS = Path(os.environ.get("SOCLE_SHARED_DATA", _HERE / "../shared/data")) / "parsing"
LAKE = """\
# sent_id = a-1
# text = Il va  au lac.
0.1\tOr\tor\tCCONJ\t_\t_\t_\t_\t2:cc\t_
1\tIl\til\tPRON\tPRP\tGender=Masc\t2\tnsubj:x\t2:nsubj\tA=b
2\tva\taller\tVERB\t_\t_\t0\troot\t0:root\t_
2.1\tva\taller\tVERB\t_\t_\t_\t_\t2:conj\tCopyOf=2
2.2\tva\taller\tVERB\t_\t_\t_\t_\t2:conj\t_
3-4\tau\t_\t_\t_\t_\t_\t_\t_\tB=c
3\tà\tà\tADP\t_\t_\t5\tcase\t_\t_
4\tle\tle\tDET\t_\t_\t5\tdet\t_\t_
5\tlac\tlac\tNOUN\t_\t_\t2\tobl\t_\tSpaceAfter=No
6\t.\t.\tPUNCT\t_\t_\t2\tpunct\t_\t_

"""
BARE = "1\tOui\t_\t_\t_\t_\t_\t_\t_\tB=1|SpaceAfter=No\n2\t.\t_\t_\t_\t_\t_\t_\t_\t_\n\n"


def read(tmp_path: Path, text: str, name: str = "a.conllu") -> formats.Table:
    path = tmp_path / name
    path.write_bytes(text.encode())
    return formats.read(path)


def test_words_stand_in_the_text_and_those_of_a_multiword_share_it(tmp_path: Path) -> None:
    (lake,) = sentences(read(tmp_path, LAKE))
    assert lake.text == "Il va  au lac."
    assert [(word.form, lake.text[word.start : word.end]) for word in lake.words] == [
        *(("Il", "Il"), ("va", "va"), ("à", "au"), ("le", "au"), ("lac", "lac"), (".", "."))
    ]
    assert [word.head for word in lake.words] == [2, 0, 5, 5, 2, 2]
    first = lake.words[0]
    assert (first.lemma, first.upos, first.xpos) == ("il", "PRON", "PRP")
    assert (first.feats, first.deprel, first.deps) == ("Gender=Masc", "nsubj:x", "2:nsubj")
    assert first.misc == "A=b"
    assert lake.multiwords == (Multiword(3, 4, "au", "B=c"),)
    assert [node.after for node in lake.empties] == [0, 2, 2]
    assert isinstance(lake.empties[0], EmptyNode)
    assert lake.empties[0].fields[:2] == ("0.1", "Or")
    assert lake.comments == ("# sent_id = a-1", "# text = Il va  au lac.")


def test_the_text_is_made_of_the_tokens_where_none_fits(tmp_path: Path) -> None:
    wrong = LAKE.replace("# text = Il va  au lac.", "# text = Elle va au lac.")
    lake, bare = sentences(read(tmp_path, wrong + BARE))
    assert lake.text == "Il va au lac."
    assert lake.comments[1] == "# text = Elle va au lac."
    assert [(word.start, word.end) for word in lake.words[2:]] == [
        (6, 8),
        (6, 8),
        (9, 12),
        (12, 13),
    ]
    assert bare.text == "Oui."
    assert bare.words[0].head is None


def test_what_is_read_is_written_back_as_it_was(tmp_path: Path) -> None:
    wrong = LAKE.replace("# text = Il va  au lac.", "# text = Elle va au lac.")
    for text in (LAKE, BARE, wrong, LAKE + BARE):
        assert "".join(map(to_conllu, sentences(read(tmp_path, text)))) == text


@pytest.mark.real
@pytest.mark.skipif(not TREEBANKS.is_dir(), reason="set SOCLE_SHARED_DATA to the shared sets")
@pytest.mark.parametrize(
    "name",
    [
        "ud-english-ewt/test.conllu",
        "ud-english-ewt/train.conllu.gz",
        "ud-french-sequoia/train.conllu",
    ],
)
def test_a_treebank_is_written_back_byte_for_byte(name: str) -> None:
    path = TREEBANKS / name
    table = formats.read(path)
    found = sentences(table)
    raw = path.read_bytes()
    raw = gzip.decompress(raw) if path.suffix == ".gz" else raw
    assert "".join(map(to_conllu, found)).encode() == raw
    assert [sentence.text for sentence in found] == list(table.columns["text"])


def test_tagged_sentences_come_back_as_they_were(tmp_path: Path) -> None:
    text = "L'\tO\nONU\tB-ORG\n,\tO\n#\tO\n\n10 000\tB-QTY\n\n"
    found = tagged(read(tmp_path, text, "a.conll"))
    assert [sentence.text for sentence in found] == ["L'ONU, #", "10 000"]
    assert [(word.start, word.end, word.tag) for word in found[0].words] == [
        *((0, 2, "O"), (2, 5, "B-ORG"), (5, 6, "O"), (7, 8, "O"))
    ]
    assert found[0].words[0].head is None
    assert "".join(map(to_conll, found)) == text


def test_tagged_sentences_can_be_written_as_conllu(tmp_path: Path) -> None:
    (found,) = tagged(read(tmp_path, "Paris\tB-LOC\n", "a.conll"))
    assert to_conllu(found) == "1\tParis" + "\t_" * 8 + "\n\n"
    assert isinstance(found, Sentence)


def test_a_table_of_another_kind_is_refused(tmp_path: Path) -> None:
    table = read(tmp_path, "text,label\na,b\n", "a.csv")
    with pytest.raises(RowsError, match="no column 'id'"):
        sentences(table)
    with pytest.raises(RowsError, match="no column 'tokens'"):
        tagged(table)


def test_a_row_without_a_tag_for_each_token_is_refused(tmp_path: Path) -> None:
    rows = '{"tokens": ["a"], "tags": ["O"]}\n{"tokens": ["a", "b"], "tags": ["O"]}\n'
    with pytest.raises(RowsError, match=r"a\.jsonl, line 2: 2 tokens with 1 tags"):
        tagged(read(tmp_path, rows, "a.jsonl"))
