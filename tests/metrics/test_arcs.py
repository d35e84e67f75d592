"""The scores of CoNLL 2018, on cases whose numbers the task's own script gave.

The numbers were taken from `conll18_ud_eval.py`, version 1.1, as stanza 1.4.0 carries it.
"""

import random
from dataclasses import replace

import numpy as np
import pytest

from socle.errors import RowsError
from socle.examples import Multiword, Sentence, Word
from socle.metrics import arcs

GOLD = """\
1 Il il PRON PRP Gender=Masc|NumForm=Word 2 nsubj
2 va aller VERB V Mood=Ind 0 root
3-4 au
3 à à ADP IN _ 5 case
4 le le DET DT Definite=Def|Gender=Masc 5 det
5 lac lac NOUN NN Gender=Masc 2 obl:arg
6 . _ PUNCT . _ 2 punct

1 Le le DET DT Gender=Masc 2 det
2 chien chien NOUN NN Gender=Masc 3 nsubj:pass
3 dort dormir VERB V _ 0 root
"""
SYSTEM = """\
1 Il il PRON PRP Gender=Masc|NumForm=Digit 2 nsubj:pass
2 va va VERB V _ 0 root
3-4 au
3 à à ADP X _ 4 case
4 lequel le DET DT Definite=Def|Gender=Masc 5 det
5 lac lac PROPN NN Gender=Masc 2 obj
6 . . PUNCT . _ 5 punct
7 Le le DET DT Gender=Masc 2 det
8 ch chien NOUN NN Gender=Masc 2 nsubj
9 ien x X X _ 8 dep
10 dort dormir VERB V _ 2 parataxis
"""
EXPECTED = {
    "tokens": (7, 9, 8),
    "sentences": (0, 1, 2),
    "words": (7, 10, 9),
    "upos": (6, 10, 9),
    "xpos": (6, 10, 9),
    "ufeats": (6, 10, 9),
    "alltags": (4, 10, 9),
    "lemma": (6, 10, 9),
    "uas": (3, 10, 9),
    "las": (2, 10, 9),
    "clas": (2, 6, 5),
}
"""Right, system, gold, as the script counts them."""


def parsed(text: str) -> list[Sentence]:
    """Return sentences from lines of id, form, lemma, upos, xpos, feats, head, deprel."""
    found = []
    for block in text.strip().split("\n\n"):
        words, multiwords = [], []
        for line in block.split("\n"):
            name, form, *rest = line.split(" ")
            if "-" in name:
                first, last = map(int, name.split("-"))
                multiwords.append(Multiword(first, last, form))
            else:
                lemma, upos, xpos, feats, head, deprel = rest
                words.append(Word(form, 0, 0, lemma, upos, xpos, feats, int(head), deprel))
        found.append(Sentence("", tuple(words), tuple(multiwords)))
    return found


def made(*tokens: str) -> Sentence:
    """Return a sentence of tokens such as `a`, or `abc a b c` for one of several words."""
    words: list[Word] = []
    multiwords = []
    for token in tokens:
        form, *parts = token.split(" ")
        first = len(words) + 1
        for part in parts or [form]:
            words.append(Word(part, 0, 0, head=1 if words else 0))
        if parts:
            multiwords.append(Multiword(first, len(words), form))
    return Sentence("", tuple(words), tuple(multiwords))


def test_the_counts_are_those_of_the_script() -> None:
    assert arcs.counts(parsed(GOLD), parsed(SYSTEM)) == EXPECTED


def test_scores_are_the_f1_of_the_counts() -> None:
    scores = arcs.scores(parsed(GOLD), parsed(SYSTEM))
    assert tuple(scores) == arcs.NAMES
    for name, (right, system, gold) in EXPECTED.items():
        assert scores[name] == pytest.approx(2 * right / (system + gold))


def test_gold_is_right_about_itself() -> None:
    assert set(arcs.scores(parsed(GOLD), parsed(GOLD)).values()) == {1.0}


@pytest.mark.parametrize(
    ("gold", "system", "right"),
    [
        (("a", "b", "c"), ("a", "b", "c"), 3),
        (("abc a b c",), ("a", "b", "c"), 3),
        (("a", "bc b c", "d"), ("a", "b", "c", "d"), 4),
        (("abcd a b c d",), ("ab a b", "cd c d"), 4),
        (("abc a b c", "de d e"), ("a", "bcd b c d", "e"), 5),
        (("abcd",), ("a", "b", "c", "d"), 0),
        (("abc", "d"), ("a", "b", "c", "d"), 1),
        (("a", "bc", "d"), ("a", "b", "c", "d"), 2),
        (("a", "bc b c", "d"), ("a", "b", "cd"), 2),
        (("abc a BX c", "def d EX f"), ("ab a b", "cd c d", "ef e f"), 4),
        (("ab a b", "cd bc d"), ("a", "bc", "d"), 2),
        (("a", "bc b c", "d"), ("ab AX BX", "cd CX a"), 1),
        (("du de le",), ("du DE Le",), 2),
        (("10\u00a0000",), ("10 000",), 1),
    ],
)
def test_words_are_aligned_as_the_script_does(
    gold: tuple[str, ...], system: tuple[str, ...], right: int
) -> None:
    there, said = (
        Sentence("", (Word("10 000", 0, 0, head=0),)) if side == ("10 000",) else made(*side)
        for side in (gold, system)
    )
    counts = arcs.counts([there], [said])
    assert counts["words"] == (right, len(said.words), len(there.words))
    swapped = arcs.counts([said], [there])
    assert swapped["words"] == (right, len(there.words), len(said.words))


def test_another_text_is_refused() -> None:
    with pytest.raises(RowsError, match=r"'c' stands in gold where the other has 'd'") as caught:
        arcs.counts([made("ab", "c")], [made("a", "b", "d")])
    assert caught.value.hint
    with pytest.raises(RowsError, match="the other has ''"):
        arcs.counts([made("ab", "c")], [made("ab")])


def test_counts_of_sentences_add_up_for_any_choice_of_them() -> None:
    rng = random.Random(0)
    gold = parsed(GOLD) * 4
    system = [replace(s, words=tuple(_changed(w, rng) for w in s.words)) for s in gold]
    table = np.stack([arcs.sentence_counts(g, s) for g, s in zip(gold, system, strict=True)])
    assert table.shape == (8, len(arcs.NAMES), 3)
    for _ in range(5):
        chosen = [rng.randrange(8) for _ in range(8)]
        whole = arcs.scores([gold[i] for i in chosen], [system[i] for i in chosen])
        assert arcs.f1_of(table[chosen].sum(0)) == pytest.approx(list(whole.values()))
    assert 0 < arcs.f1_of(table.sum(0))[arcs.NAMES.index("las")] < 1


def _changed(word: Word, rng: random.Random) -> Word:
    head, upos = rng.choice([word.head, 1]), rng.choice([word.upos, "X"])
    return replace(word, head=head, upos=upos, deprel=rng.choice([word.deprel, "dep"]))


def test_a_head_that_is_not_known_is_never_right() -> None:
    (gold, _) = parsed(GOLD)
    unknown = replace(gold, words=tuple(replace(w, head=None) for w in gold.words))
    for one, other in ((gold, unknown), (unknown, gold), (unknown, unknown)):
        counts = arcs.counts([one], [other])
        assert counts["uas"] == (0, 6, 6)
        assert counts["upos"] == (6, 6, 6)


def test_nothing_scores_nothing() -> None:
    assert set(arcs.scores([], []).values()) == {0.0}
