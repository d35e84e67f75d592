"""From stretches of a text to tokens of its windows: none lost, each where most is around it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from socle.bases import loading
from socle.examples import Multiword, Passage, Read, Sentence, Word
from socle.training.batching import Windower
from socle.training.features import parts_of_words
from socle.training.stretches import ranges, stretches, text_of

Windowed = Callable[..., Windower]
NOTHING = "\u200b"
"""What the tokenizer of the tiny base leaves out."""
_SOME = ("le", "film", "est", "parfait", "zut", "rain", "is", "expected", "déçu", "camera")
MANY = " ".join(np.random.default_rng(0).choice(_SOME, 96))
"""In no order, so that no two windows of it are alike."""


def sentence(text: str) -> Sentence:
    """Return a text cut at its spaces."""
    words, at = [], 0
    for form in text.split(" "):
        words.append(Word(form, at, at + len(form)))
        at += len(form) + 1
    return Sentence(text, tuple(words))


@pytest.fixture
def windower(tiny_encoder: Path) -> Windowed:
    def make(prefix: str = "", length: int = 64, overlap: int = 4) -> Windower:
        return Windower(loading.load_tokenizer(tiny_encoder), prefix, length, overlap)

    return make


@pytest.fixture
def tokenizer(tiny_encoder: Path) -> Any:
    return loading.load_tokenizer(tiny_encoder)


def overlapping(encoding: Any, start: int, end: int) -> list[int]:
    """Return the tokens that share a character with a stretch, looked at one by one."""
    spans = zip(encoding.offsets, encoding.special_tokens_mask, strict=True)
    return [i for i, ((a, b), special) in enumerate(spans) if not special and a < end and start < b]


@pytest.mark.parametrize("prefix", ["", "query: ", "é🎉 "])
@pytest.mark.parametrize(
    "text",
    [
        "le film est parfait",
        "Élève déçu à Nîmes !",
        "un 🎉 film 👩‍👩‍👧 zut",
        "日本語 le film",
        "x" * 40 + " le",
        "l'école d'été, bien.",
    ],
)
def test_a_word_is_the_tokens_that_overlap_it(
    text: str, prefix: str, windower: Windowed, tokenizer: Any
) -> None:
    given = sentence(text)
    found = windower(prefix, 128).windows([given])
    encoding = tokenizer.encode(prefix + text)
    assert found.ids[0].tolist() == encoding.ids
    assert found.ranges[0] is not None
    for word, (first, last) in zip(given.words, found.ranges[0], strict=True):
        start, end = word.start + len(prefix), word.end + len(prefix)
        assert list(range(first, last)) == overlapping(encoding, start, end), word.form


def test_accents_of_two_characters_stay_with_their_word(windower: Windowed, tokenizer: Any) -> None:
    """An e and an accent behind it are two characters, of which the offsets tell."""
    text = "e\u0301te\u0301 le film"
    [found] = windower().windows([sentence(text)]).ranges
    assert found is not None
    encoding = tokenizer.encode(text)
    le = encoding.ids.index(tokenizer.token_to_id("le"))
    assert found[:2].tolist() == [[1, le], [le, le + 1]]


def test_words_of_one_token_share_its_tokens(windower: Windowed) -> None:
    words = (Word("de", 0, 2), Word("le", 0, 2), Word("film", 3, 7))
    given = Sentence("du film", words, (Multiword(1, 2, "du"),))
    [found] = windower().windows([given]).ranges
    assert found is not None
    assert found[0].tolist() == found[1].tolist()
    assert found[2, 0] == found[1, 1]


@pytest.mark.parametrize("prefix", ["", "le "])
def test_a_word_without_any_token_borrows_the_next_one(
    prefix: str, windower: Windowed, tokenizer: Any
) -> None:
    given = sentence(f"le {NOTHING} film {NOTHING}")
    [found] = windower(prefix).windows([given]).ranges
    assert found is not None
    ids = tokenizer.encode(prefix + given.text).ids
    assert len(ids) == 4 + bool(prefix)
    film = len(ids) - 2
    assert found.tolist() == [
        [film - 1, film],
        [film, film + 1],
        [film, film + 1],
        [film, film + 1],
    ]


def test_a_text_without_any_token_still_has_a_place_for_every_word(windower: Windowed) -> None:
    found = windower().windows([sentence(f"{NOTHING} {NOTHING}")])
    assert len(found) == 1
    assert found.ranges[0] is not None
    assert found.ranges[0].tolist() == [[0, 1], [0, 1]]
    batch = found.batch([0])
    assert batch.shares.sum(axis=2).tolist() == [[1.0, 1.0]]


def test_a_sentence_without_words_has_one_window_and_no_place(windower: Windowed) -> None:
    found = windower().windows([Sentence("", ()), sentence("le film"), Sentence("zut", ())])
    assert found.owners.tolist() == [0, 1, 2]
    assert [len(one) for one in found.ranges if one is not None] == [0, 2, 0]
    assert [len(one) for one in found.places if one is not None] == [0, 2, 0]
    assert found.batch([0, 2]).shares.sum() == 0


def test_a_long_text_without_words_has_a_window_like_any_other(windower: Windowed) -> None:
    found = windower("", 16, 4).windows([sentence("le"), Sentence(MANY, ()), sentence("zut")])
    assert found.owners.tolist() == [0, 1, 2]


# Longer than a window


def shown(encoding: Any) -> tuple[int, int]:
    """Return the first character that a window shows, and the one behind its last."""
    inside = overlapping(encoding, 0, 10**9)
    return encoding.offsets[inside[0]][0], encoding.offsets[inside[-1]][1]


@pytest.mark.parametrize("prefix", ["", "query: "])
@pytest.mark.parametrize(("length", "overlap"), [(16, 4), (16, 0), (32, 12), (9, 2)])
def test_every_word_of_a_long_sentence_stands_once_where_most_is_around_it(
    length: int, overlap: int, prefix: str, windower: Windowed, tokenizer: Any
) -> None:
    given = sentence(MANY)
    found = windower(prefix, length, overlap).windows([given])
    assert len(found) > 3
    tokenizer.enable_truncation(length, stride=overlap)
    whole = tokenizer.encode(prefix + MANY)
    windows = [whole, *whole.overflowing]
    ids = [one.ids for one in windows]
    assert len({tuple(one) for one in ids}) == len(ids)
    seen: list[int] = []
    for read, tokens, numbers in zip(found.ids, found.ranges, found.places, strict=True):
        assert tokens is not None
        assert numbers is not None
        at = ids.index(read.tolist())
        for (first, last), number in zip(tokens, numbers.tolist(), strict=True):
            word = given.words[number]
            start, end = word.start + len(prefix), word.end + len(prefix)
            assert list(range(first, last)) == overlapping(windows[at], start, end)
            room = [min(start - a, b - end) for a, b in map(shown, windows)]
            assert room[at] == max(room)
            seen.append(number)
    assert sorted(seen) == list(range(len(given.words)))


def test_words_of_many_sentences_keep_to_their_own(windower: Windowed) -> None:
    given = [sentence("le film"), sentence(MANY), sentence("zut")]
    found = windower("", 16, 4).windows(given)
    counts = [0] * len(given)
    for owner, places in zip(found.owners.tolist(), found.places, strict=True):
        counts[owner] += 0 if places is None else len(places)
    assert counts == [len(one.words) for one in given]
    assert found.owners.tolist() == sorted(found.owners.tolist())


def test_a_word_longer_than_a_window_stands_somewhere(windower: Windowed) -> None:
    given = sentence("le " + "x" * 50 + " film")
    found = windower("", 12, 2).windows([given])
    numbers = np.concatenate([one for one in found.places if one is not None])
    assert sorted(numbers.tolist()) == [0, 1, 2]
    for ids, tokens in zip(found.ids, found.ranges, strict=True):
        assert tokens is not None
        assert (tokens[:, 0] < tokens[:, 1]).all()
        assert (tokens >= 1).all()
        assert (tokens <= len(ids) - 1).all()


def test_words_that_share_a_token_are_told_apart_by_their_place(windower: Windowed) -> None:
    """Such as `du` of `de` and `le`; the last place is for all that come later."""
    words = [
        Word("le", 0, 2),
        *[Word("f", 3, 7)] * 2,
        Word("est", 8, 11),
        *[Word("zut", 12, 15)] * 6,
    ]
    given = [Sentence("le film est zut", tuple(words)), sentence("le film"), Sentence("", ())]
    found = windower().windows(given)
    assert parts_of_words(found, [10, 2, 0]).tolist() == [0, 1, 2, 0, 1, 2, 3, 3, 3, 3, 0, 0]


def test_neighbours_of_other_windows_share_no_token(windower: Windowed) -> None:
    given = sentence(MANY)
    found = windower("", 9, 2).windows([given])
    assert not parts_of_words(found, [len(given.words)]).any()


# Passages


def test_a_passage_has_one_window_with_its_stretches(windower: Windowed, tokenizer: Any) -> None:
    text = "le film est parfait"
    found = windower().windows([Passage(text, ((0, len(text)), (3, 7), (12, 19)))])
    assert len(found) == 1
    ids = tokenizer.encode(text).ids
    assert found.ranges[0] is not None
    assert found.ranges[0].tolist() == [[1, len(ids) - 1], [2, 3], [4, 5]]
    assert found.places[0] is not None
    assert found.places[0].tolist() == [0, 1, 2]


@pytest.mark.parametrize("at", [0, 5, 17, 30, 35])
def test_a_long_passage_is_read_where_its_entities_are(at: int, windower: Windowed) -> None:
    words = sentence(MANY).words
    one, two = words[at], words[at + 2]
    spans = ((0, len(MANY)), (one.start, one.end), (two.start, two.end))
    found = windower("", 16, 8).windows([Passage(MANY, spans)])
    alone = windower("", 128).windows([sentence(f"{one.form} {two.form}")])
    assert len(found) == 1
    assert found.ranges[0] is not None
    text, first, second = (list(range(*span)) for span in found.ranges[0])
    assert text == list(range(1, 15)) or len(found.ids[0]) < 16
    read = found.ids[0]
    assert [*read[first], *read[second]] == alone.ids[0][1:-1].tolist()


def test_entities_too_far_apart_for_one_window_still_give_three_vectors(windower: Windowed) -> None:
    words = sentence(MANY).words
    spans = ((0, len(MANY)), (0, 2), (words[-1].start, words[-1].end))
    found = windower("", 12, 2).windows([Passage(MANY, spans)])
    assert len(found) == 1
    batch = found.batch([0])
    assert batch.shares.shape[1] == 3
    assert np.allclose(batch.shares.sum(axis=2), 1.0)


# What is asked for


def test_texts_ask_for_no_stretch_and_others_for_theirs() -> None:
    assert stretches("le film") is None
    passage = Passage("le film", ((0, 7), (0, 2)))
    given: list[Read] = [sentence("le film"), passage, Sentence("", ())]
    found = [one.tolist() for one in map(stretches, given) if one is not None]
    assert found == [[[0, 2], [3, 7]], [[0, 7], [0, 2]], []]
    assert [text_of(one) for one in ("zut", *given)] == ["zut", "le film", "le film", ""]


class Window:
    """As much of an encoding of `tokenizers` as is looked at."""

    def __init__(self, offsets: list[tuple[int, int]]) -> None:
        self.offsets = [(0, 0), *offsets, (0, 0)]
        self.special_tokens_mask = [1, *(0 for _ in offsets), 1]


def test_of_two_windows_that_show_the_same_the_first_is_read() -> None:
    windows = [Window([(0, 2), (3, 5)]), Window([(0, 2), (3, 5)])]
    wanted: NDArray[np.int64] = np.array([[0, 2], [3, 5]])
    [(at, tokens, numbers)] = ranges(windows, wanted, sentence("aa bb"))
    assert (at, tokens is not None and tokens.tolist()) == (0, [[1, 2], [2, 3]])
    assert numbers is not None
    assert numbers.tolist() == [0, 1]
