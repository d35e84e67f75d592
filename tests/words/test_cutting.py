"""Raw text to sentences and words, learnt and by rule."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from socle.errors import ModelError, RowsError
from socle.examples import Multiword, Sentence, Word
from socle.words.cutting import Cutter, learn_cutter, plain_cutter

SHARED = Path(__file__).parents[2] / "../shared/data/parsing"
_LEARNT = {
    "du": ("de", "le"),
    "au": ("à", "le"),
    "Du": ("De", "le"),
    "don't": ("do", "n't"),
    "isn't": ("is", "n't"),
    "can't": ("ca", "n't"),
}


def sentence(text: str) -> Sentence:
    """Return a sentence whose tokens stand between `|` or blanks; `_` is a blank within one."""
    words: list[Word] = []
    multiwords = []
    plain = ""
    for chunk in text.split():
        plain += " " if plain else ""
        for token in chunk.split("|"):
            form = token.replace("_", " ")
            start, plain = len(plain), plain + form
            pieces = _LEARNT.get(form, (form,))
            if len(pieces) > 1:
                multiwords.append(Multiword(len(words) + 1, len(words) + len(pieces), form))
            words += [Word(piece, start, len(plain)) for piece in pieces]
    return Sentence(plain, tuple(words), tuple(multiwords))


def pieces(cut: Sentence) -> str:
    """Return the words of a sentence, with blanks between them."""
    return " ".join(word.form for word in cut.words)


TREES = [
    sentence(f"{text}{end}")
    for end in ("|.", "|!", "|.")
    for text in (
        "Le ministre vient du nord",
        "Elle va au marché|, puis au port",
        "M. Martin signe l'|accord",
        "Il a 10_000 euros",
        "Du pain|, s'|il vous plaît",
        "L'|eau vient du lac",
        "Je don't dors et M. Petit isn't là",
        "On can't dire|-elle",
    )
] * 2


@pytest.fixture(scope="module")
def learnt() -> Cutter:
    """Return a cutter that learnt from a few lines."""
    return learn_cutter(TREES)


def check(text: str, cut: Sequence[Sentence]) -> None:
    """Assert what holds of every answer: exact offsets, in order, and nothing lost but blanks."""
    at = 0
    for one in cut:
        at = text.index(one.text, at) + len(one.text)
        inside = {i for m in one.multiwords for i in range(m.first - 1, m.last)}
        spans = sorted({(word.start, word.end) for word in one.words})
        assert "".join("".join(one.text[a:b].split()) for a, b in spans) == "".join(
            one.text.split()
        )
        assert all(a[1] <= b[0] for a, b in pairwise(spans))
        for i, word in enumerate(one.words):
            if i not in inside:
                assert one.text[word.start : word.end] == word.form
        for m in one.multiwords:
            shared = {(w.start, w.end) for w in one.words[m.first - 1 : m.last]}
            assert len(shared) == 1
            ((start, end),) = shared
            assert one.text[start:end] == m.form
    assert "".join("".join(one.text.split()) for one in cut) == "".join(text.split())


HARD = (
    "",
    " \n\t ",
    ".",
    "Le ministre vient du nord. Elle va au marché!",
    "  Le ministre\n  vient du lac .\n\n Elle va\u00a0au port ",
    "e\u0301te\u0301 İstanbul ﬁn \ud800 \x00 😀👩‍👩‍👧 du",
    "((((« \"''“ http://a.b/c?d=e#f, moi@ici.fr #mot :-) ... --- 1.000,50€",
    "DU PAIN, Du pain, du pain; DON'T don’t Isn't",
)


@pytest.mark.parametrize("text", HARD)
def test_no_character_is_lost_and_offsets_are_exact(text: str, learnt: Cutter) -> None:
    for cutter in (learnt, plain_cutter()):
        check(text, cutter.cut(text))
        one = cutter.cut_words(text)
        check(text, [one] if one.words else [])
        assert one.text == text.strip()


def test_a_cutter_gives_back_what_it_learnt_from(learnt: Cutter) -> None:
    text = " ".join(tree.text for tree in TREES)
    assert learnt.cut(text) == TREES
    assert learnt.cut(text + "\n") == TREES


def test_multiword_tokens_become_their_words(learnt: Cutter) -> None:
    (cut,) = learnt.cut("Elle vient du port.")
    assert pieces(cut) == "Elle vient de le port ."
    assert cut.multiwords == (Multiword(3, 4, "du"),)
    assert [(word.start, word.end) for word in cut.words[2:4]] == [(11, 13), (11, 13)]


@pytest.mark.parametrize(
    ("form", "words"),
    [("Du", "De le"), ("DU", "DE le"), ("Au", "À le"), ("Don't", "Do n't"), ("don’t", "do n’t")],
)
def test_capitals_and_apostrophes_of_multiword_tokens_are_kept(
    form: str, words: str, learnt: Cutter
) -> None:
    assert pieces(learnt.cut_words(f"{form} pain")).startswith(words)


def test_an_ending_foretells_the_words_of_an_unknown_token(learnt: Cutter) -> None:
    assert pieces(learnt.cut_words("Il needn't dire")) == "Il need n't dire"


def test_addresses_stay_whole_though_none_was_learnt_from(learnt: Cutter) -> None:
    cut = learnt.cut_words("Elle va sur https://a.org/x?y=1, www.b.fr ou moi@ici.fr.")
    forms = {word.form for word in cut.words}
    assert forms >= {"https://a.org/x?y=1", "www.b.fr", "moi@ici.fr"}


def test_a_blank_line_ends_a_sentence_but_not_for_cut_words(learnt: Cutter) -> None:
    text = "Elle va au\n\nmarché"
    assert [one.text for one in learnt.cut(text)] == ["Elle va au", "marché"]
    assert learnt.cut_words(text).text == text
    assert [one.text for one in plain_cutter().cut(text)] == ["Elle va au", "marché"]


def test_a_token_may_stand_for_several_words_in_some_places_only() -> None:
    trees = [sentence(f"Il parle du {name}|.") for name in ("port", "lac", "nord")]
    for name in ("pain", "vin", "lait"):
        form = sentence(f"On veut xx {name}|.")
        words = tuple(Word("du", *w_span(w)) if w.form == "xx" else w for w in form.words)
        trees.append(Sentence(form.text.replace("xx", "du"), words))
    learnt = learn_cutter(trees * 5)
    assert pieces(learnt.cut_words("Il parle du vin.")) == "Il parle de le vin ."
    assert pieces(learnt.cut_words("On veut du port.")) == "On veut du port ."


def w_span(word: Word) -> tuple[int, int]:
    return word.start, word.end


def test_a_stored_cutter_cuts_as_before_and_is_small(learnt: Cutter) -> None:
    tensors = learnt.tensors()
    again = Cutter.restore(json.loads(json.dumps(learnt.to_json())), tensors)
    text = "M. Petit va au lac. DON'T vient du port!"
    assert again.cut(text) == learnt.cut(text)
    assert sum(array.nbytes for array in tensors.values()) < 1_000_000
    plain = Cutter.restore(plain_cutter().to_json(), plain_cutter().tensors())
    assert plain == plain_cutter()


def test_learning_twice_gives_the_same_cutter(learnt: Cutter) -> None:
    again = learn_cutter(TREES)
    assert again.expansions == learnt.expansions
    for name, array in again.tensors().items():
        np.testing.assert_array_equal(array, learnt.tensors()[name])


@pytest.mark.parametrize(
    ("stored", "tensors"),
    [
        ({}, {}),
        ({"version": 99, "expansions": {}}, {}),
        ({"version": 1, "expansions": {"du": [1]}}, {}),
        ({"version": 1, "expansions": {"du": ["x", "e", "le"]}}, {}),
        ({"version": 1, "expansions": []}, {}),
        ({"version": 1, "expansions": {}}, {"bounds": np.zeros((2, 8), np.float16)}),
        ({"version": 1, "expansions": {}}, {"other": np.zeros(3, np.float16)}),
    ],
)
def test_a_damaged_cutter_is_refused(
    stored: dict[str, object], tensors: dict[str, np.ndarray]
) -> None:
    with pytest.raises(ModelError, match="cutter of this model"):
        Cutter.restore(stored, tensors)


def test_a_treebank_without_words_is_refused() -> None:
    with pytest.raises(RowsError, match="no word to learn from"):
        learn_cutter([Sentence("", ())])


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("L'homme d'aujourd'hui qu'il a vu.", "L' homme d' aujourd'hui qu' il a vu ."),
        ("C’est porte-monnaie, n'est-ce pas?", "C’ est porte-monnaie , n' est-ce pas ?"),
        ("I don't know John's dog.", "I do n't know John 's dog ."),
        ("We can't, they've O'Brien", "We ca n't , they 've O'Brien"),
        ("See https://a.org/x, or me@b.co.uk.", "See https://a.org/x , or me@b.co.uk ."),
        ("It costs 1,000.50 on 12/03/2020, 50%", "It costs 1,000.50 on 12/03/2020 , 50 %"),
        ("Mr. J. Smith (U.S.A.) left...", "Mr. J. Smith ( U.S.A. ) left ..."),
        ("the 1990s, a 20-year plan", "the 1990s , a 20-year plan"),
    ],
)
def test_the_plain_cutter_cuts_tokens_by_rule(text: str, tokens: str) -> None:
    assert pieces(plain_cutter().cut_words(text)) == tokens


@pytest.mark.parametrize(
    "sentences",
    [
        ["M. Martin est là.", "Il part à 10 h.", "Pourquoi ?", "Non !"],
        ['He said "Stop."', "Dr. Smith left at 5.30 p.m. on Monday.", "(Really?)", "Yes."],
        ["« Partez ! »", "Ils ont peur... mais restent.", "J. Petit aussi."],
    ],
)
def test_the_plain_cutter_ends_sentences_at_signs_and_capitals(sentences: list[str]) -> None:
    assert [one.text for one in plain_cutter().cut(" ".join(sentences))] == sentences


@pytest.mark.parametrize(
    "long",
    ["mot " * 20_000, "a" * 80_000, "a.b" * 25_000, "a-" * 40_000, "1," * 40_000, "'" * 80_000,
     "n't" * 25_000, "http://" * 10_000, "a@b." * 20_000, "((" * 40_000, "l'" * 40_000],
    ids=lambda text: text[:8],
)  # fmt: skip
def test_no_text_costs_quadratic_time(long: str, learnt: Cutter) -> None:
    for cutter in (plain_cutter(), learnt):
        begin = time.perf_counter()
        cut = cutter.cut_words(long)
        # Four times as much as a slow machine needs; a quadratic search would take minutes.
        assert time.perf_counter() - begin < 8
        assert cut.words[-1].end == len(long.strip())


@pytest.mark.real
@pytest.mark.skipif(not SHARED.is_dir(), reason="needs ../shared")
def test_a_learnt_cutter_finds_the_words_of_sequoia() -> None:
    from tests.words.test_triples import read_trees

    train, valid = (
        read_trees((SHARED / f"ud-french-sequoia/{part}.conllu").read_text("utf-8"))
        for part in ("train", "valid")
    )
    learnt = learn_cutter(train)
    text = " ".join(tree.text for tree in valid)
    found = learnt.cut(text)
    check(text, found)
    same = [
        pieces(cut) == pieces(tree)
        for cut, tree in zip(map(learnt.cut_words, (t.text for t in valid)), valid, strict=True)
    ]
    assert sum(same) / len(same) > 0.85
    texts = {tree.text for tree in valid}
    assert sum(one.text in texts for one in found) / len(texts) > 0.85
