"""Near duplicates: the join finds exactly what comparing every pair finds."""

import random
import time

import pytest

from socle.data.duplicates import (
    PIECE,
    THRESHOLD,
    Links,
    groups_of_exact_duplicates,
    groups_of_near_duplicates,
    normalised,
)

WORDS = "the parcel came late and was wet I want my money back now".split()  # noqa: SIM905


def pieces(text: str) -> set[str]:
    plain = normalised(text)
    return {plain[i : i + PIECE] for i in range(max(1, len(plain) - PIECE + 1))}


def jaccard(a: str, b: str) -> float:
    return len(pieces(a) & pieces(b)) / len(pieces(a) | pieces(b))


def by_every_pair(texts: list[str], threshold: float) -> list[list[int]]:
    links = Links(len(texts))
    sets = [pieces(text) if normalised(text) else set() for text in texts]
    for j, b in enumerate(sets):
        for i, a in enumerate(sets[:j]):
            if a and b and len(a & b) >= threshold * len(a | b) - 1e-9:
                links.link(i, j)
    return links.groups()


def varied(rng: random.Random, n: int) -> list[str]:
    texts = [" ".join(rng.choices(WORDS, k=rng.randrange(1, 25))) for _ in range(n // 3)]
    while len(texts) < n:
        text = list(rng.choice(texts))
        for _ in range(rng.randrange(0, 6)):
            at = rng.randrange(len(text) + 1)
            text[at : at + rng.randrange(2)] = rng.choice(["x", "é", " ", ""])
        texts.append("".join(text))
    rng.shuffle(texts)
    return texts


@pytest.mark.parametrize("threshold", [0.5, 0.65, THRESHOLD, 0.9])
@pytest.mark.parametrize("seed", range(3))
def test_finds_what_comparing_every_pair_finds(seed: int, threshold: float) -> None:
    texts = varied(random.Random(seed), 150)
    expected = by_every_pair(texts, threshold)
    assert groups_of_near_duplicates(texts, threshold) == expected
    assert expected


def test_case_blanks_and_presentation_do_not_count() -> None:
    texts = ["Un  café", "un cafe\u0301\n", "UN CAFÉ", "ﬁn", "fin", "un cafe", "", "  "]
    assert groups_of_exact_duplicates(texts) == [[0, 1, 2], [3, 4]]
    assert groups_of_near_duplicates(texts) == [[0, 1, 2], [3, 4]]


def test_short_texts_are_near_only_to_themselves() -> None:
    texts = ["ok", "no", "ok", "oh", "o", "k", ":)", ":(", "yes", "yes!", "👍", "👎"]
    assert groups_of_near_duplicates(texts) == [[0, 2]]


def test_a_negation_in_a_short_text_is_another_text() -> None:
    assert groups_of_near_duplicates(["I like this film", "I do not like this film"]) == []


def test_one_word_in_a_long_text_is_the_same_text() -> None:
    text = "The parcel arrived three weeks late, wet, and without the charger that I had ordered."
    assert groups_of_near_duplicates([text, "Other.", text.replace("three", "two")]) == [[0, 2]]


def test_chains_make_one_group() -> None:
    text = "abcdefghijklmnopqrstuvwxyz0123456789" * 2
    chain = [text + "#" * i for i in range(0, 24, 4)]
    assert jaccard(chain[0], chain[-1]) < jaccard(chain[0], chain[1])
    assert groups_of_near_duplicates(chain) == by_every_pair(chain, THRESHOLD)


def test_nothing_and_one_text() -> None:
    assert groups_of_near_duplicates([]) == []
    assert groups_of_near_duplicates(["alone"]) == []
    assert groups_of_near_duplicates(["", ""]) == []


def test_very_long_texts_are_compared_by_a_sketch() -> None:
    rng = random.Random(0)
    long = "".join(rng.choices("abcdefghij ", k=60_000))
    near = long[:20_000] + "!" * 50 + long[20_000:]
    other = "".join(rng.choices("abcdefghij ", k=60_000))
    assert groups_of_near_duplicates([other, long, near]) == [[1, 2]]


def test_lone_surrogates_do_no_harm() -> None:
    assert groups_of_near_duplicates(["a\ud800bcdefgh", "a\ud800bcdefgh", "x"]) == [[0, 1]]


@pytest.mark.parametrize("same", [0, 100])
def test_ten_thousand_texts_of_one_template_take_seconds(same: int) -> None:
    # The worst case for the join: every text shares most of its pieces with every other.
    texts = [
        f"Hello customer {i:05d}, your order is ready, come and get it" + " please" * same
        for i in range(10_000)
    ]
    start = time.perf_counter()
    groups = groups_of_near_duplicates(texts)
    assert time.perf_counter() - start < 15
    assert sum(map(len, groups)) >= 0.5 * len(texts)
