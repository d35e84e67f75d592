"""The best sequence of tags, against every sequence that there is."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from numpy.typing import NDArray

from socle.metrics.spans import SCHEMES, Scheme, spans_of, tags_of
from socle.words.sequences import best_sequence, spelt, transitions

TAGS = {
    "bio": ("O", "B-A", "I-A", "B-B", "I-B"),
    "iob1": ("O", "B-A", "I-A", "B-B", "I-B"),
    "bioes": ("O", "B-A", "I-A", "E-A", "S-A", "B-B", "E-B"),
    "bilou": ("O", "B-A", "I-A", "L-A", "U-A", "B-B", "L-B"),
}
Allowed = tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]]
every = pytest.mark.parametrize("scheme", SCHEMES)


def allows(allowed: Allowed, sequence: tuple[int, ...]) -> bool:
    after, first, last = allowed
    steps = all(after[a, b] for a, b in itertools.pairwise(sequence))
    return bool(first[sequence[0]] and last[sequence[-1]] and steps)


@every
@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_what_is_allowed_is_what_spans_are_written_as(scheme: Scheme, n: int) -> None:
    """A sequence is allowed where its tags, read as spans and written again, are the same."""
    tags = TAGS[scheme]
    allowed = transitions(tags, scheme)
    seen = set()
    for sequence in itertools.product(range(len(tags)), repeat=n):
        named = [tags[i] for i in sequence]
        again = tags_of(spans_of(named, scheme), n, scheme)
        good = again == named
        # In IOB1 a B is allowed also where an I would do.
        good |= scheme == "iob1"
        assert allows(allowed, sequence) == good, named
        seen.add(good)
    assert True in seen


@every
@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_no_allowed_sequence_is_better(scheme: Scheme, n: int) -> None:
    tags = TAGS[scheme]
    allowed = transitions(tags, scheme)
    sequences = itertools.product(range(len(tags)), repeat=n)
    good = np.array([one for one in sequences if allows(allowed, one)])
    rng = np.random.default_rng(n)
    changed = 0
    for _ in range(40):
        scores = rng.normal(size=(n, len(tags)))
        totals = scores[np.arange(n), good].sum(axis=1)
        found = best_sequence(scores, allowed)
        assert found.dtype == np.int64
        assert found.tolist() == good[totals.argmax()].tolist()
        changed += found.tolist() != scores.argmax(axis=1).tolist()
    assert changed or scheme == "iob1"


def test_equal_scores_give_an_allowed_sequence() -> None:
    for n in range(1, 6):
        allowed = transitions(TAGS["bioes"], "bioes")
        found = best_sequence(np.zeros((n, len(TAGS["bioes"]))), allowed)
        assert allows(allowed, tuple(found.tolist()))


def test_classes_that_cannot_be_joined_are_chosen_freely() -> None:
    """Nothing ends a span here, so that no sequence of BIOES is allowed."""
    allowed = transitions(("B-A", "I-A"), "bioes")
    scores = np.array([[0.0, 1.0], [2.0, 1.0]])
    assert best_sequence(scores, allowed).tolist() == [1, 0]


def test_no_word_has_no_tag() -> None:
    assert best_sequence(np.zeros((0, 5)), transitions(TAGS["bio"], "bio")).tolist() == []


def test_one_tag_alone_can_be_a_sequence() -> None:
    assert best_sequence(np.zeros((3, 1)), transitions(("O",), "bio")).tolist() == [0, 0, 0]


def test_labels_with_hyphens_are_told_apart() -> None:
    after, *_ = transitions(("B-A-x", "I-A-x", "I-A"), "bio")
    assert after[0].tolist() == [True, True, False]


def test_tags_of_spans_are_known_from_plain_ones() -> None:
    assert spelt(["O", "B-PER", "I-PER"])
    assert spelt(["U-PER"])
    assert not spelt(["O", "O"])
    assert not spelt([])
    assert not spelt(["NOUN", "B-PER"])
    assert not spelt(["B-"])
