"""Which examples are shown, and in which order."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import cast

import numpy as np
import pytest
from numpy.typing import NDArray

from socle.errors import PromptError
from socle.prompts import Shot, selection
from socle.prompts.selection import Order, balanced, nearest, ordered

Floats = NDArray[np.float64]


def unit(vectors: Floats) -> Floats:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=-1, keepdims=True))


def clustered(sizes: list[int], seed: int = 0) -> tuple[Floats, list[int]]:
    """Return texts in tight clusters, and the cluster of each."""
    rng = np.random.default_rng(seed)
    centres = np.eye(8)[: len(sizes)]
    own = [i for i, size in enumerate(sizes) for _ in range(size)]
    return unit(centres[own] + rng.normal(0, 0.05, (len(own), 8))), own


@pytest.mark.parametrize("k", [2, 3, 5, 8, 11])
def test_every_label_is_shown_as_often(k: int) -> None:
    rng = np.random.default_rng(k)
    labels = ["a"] * 90 + ["b"] * 8 + ["c"] * 3
    found = balanced(labels, unit(rng.normal(size=(101, 5))), k, 0)
    assert len(found) == len(set(found)) == k
    counts = Counter(labels[i] for i in found)
    most = max(counts.values())
    assert all(counts[name] >= min(most - 1, labels.count(name)) for name in "abc"[:k])


def test_the_first_ones_are_balanced_too() -> None:
    labels = ["a", "b"] * 20
    found = balanced(labels, unit(np.random.default_rng(0).normal(size=(40, 5))), 8, 0)
    for k in (2, 4, 6):
        assert Counter(labels[i] for i in found[:k]) == {"a": k // 2, "b": k // 2}


def test_the_set_covers_every_kind_of_text_the_largest_first() -> None:
    vectors, own = clustered([30, 20, 10, 5])
    found = balanced(["a"] * len(own), vectors, 4, 0)
    assert [own[i] for i in found] == [0, 1, 2, 3]


def test_a_lone_outlier_is_not_the_first_choice() -> None:
    vectors, own = clustered([20, 20, 1])
    found = balanced(["a"] * len(own), vectors, 2, 0)
    assert {own[i] for i in found} == {0, 1}


def test_labels_that_run_out_leave_their_place_to_the_others() -> None:
    vectors, own = clustered([6, 1])
    labels = ["ab"[i] for i in own]
    assert Counter(labels[i] for i in balanced(labels, vectors, 5, 0)) == {"a": 4, "b": 1}
    assert sorted(balanced(labels, vectors, 99, 0)) == list(range(7))
    assert balanced(labels, vectors, 0, 0) == []
    assert balanced([], np.zeros((0, 4)), 3, 0) == []


def test_with_fewer_examples_than_labels_the_frequent_ones_are_shown() -> None:
    vectors, own = clustered([1, 9, 5])
    assert {own[i] for i in balanced(["abc"[i] for i in own], vectors, 2, 0)} == {1, 2}


def test_sets_of_labels_count_for_each_of_theirs() -> None:
    rng = np.random.default_rng(0)
    sets: list[tuple[str, ...]] = [("a",), ("b",), ("a", "b"), ("c",), ()]
    labels = [sets[i] for i in rng.integers(0, 5, 100)]
    found = balanced(labels, unit(rng.normal(size=(100, 5))), 8, 0)
    counts = Counter(one for i in found for one in (labels[i] or ("none",)))
    assert set(counts) == {"a", "b", "c", "none"}
    assert max(counts.values()) - min(counts.values()) <= 2


def test_a_seed_gives_the_same_set_again(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    labels, vectors = ["a", "b"] * 50, unit(rng.normal(size=(100, 5)))
    assert balanced(labels, vectors, 6, 1) == balanced(labels, vectors, 6, 1)
    # With more texts than candidates, seeds differ, and all texts can still be had.
    monkeypatch.setattr(selection, "_CANDIDATES", 4)
    assert len({tuple(balanced(labels, vectors, 6, seed)) for seed in range(5)}) > 1
    assert sorted(balanced(labels, vectors, 100, 0)) == list(range(100))


def test_the_most_similar_come_last_and_labels_are_capped() -> None:
    angles = np.linspace(0, 1, 10)
    vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    query, labels = np.array([1.0, 0.0]), ["a"] * 6 + ["b"] * 4
    assert nearest(vectors, query, labels, 4) == [7, 6, 1, 0]
    assert nearest(vectors, query, labels, 4, most=3) == [6, 2, 1, 0]
    assert nearest(vectors, query, labels, 1) == [0]
    assert nearest(vectors, query, ["a"] * 10, 4) == [3, 2, 1, 0]
    assert nearest(vectors, query, labels, 99) == list(range(9, -1, -1))
    assert nearest(vectors, query, labels, 0) == []
    pairs: list[tuple[str, ...]] = [("x", "y")] * 5 + [("x",), (), ("y", "z"), ("z",), ("z",)]
    assert nearest(vectors, query, pairs, 4) == [7, 6, 1, 0]


SHOTS = [Shot(f"t{i}", "aaaabbc"[i]) for i in range(7)]


@pytest.mark.parametrize("how", ["given", "reversed", "shuffled", "alternating"])
def test_an_order_keeps_every_example(how: str) -> None:
    found = ordered(SHOTS, cast(Order, how), 3)
    assert sorted(shot.text for shot in found) == [f"t{i}" for i in range(7)]
    assert found == ordered(SHOTS, cast(Order, how), 3)
    assert ordered([], cast(Order, how), 0) == []


def test_orders_are_what_they_say() -> None:
    assert ordered(SHOTS, "given", 0) == SHOTS
    assert ordered(SHOTS, "reversed", 0) == SHOTS[::-1]
    assert len({tuple(ordered(SHOTS, "shuffled", seed)) for seed in range(5)}) > 1


@pytest.mark.parametrize("seed", range(10))
def test_in_turn_every_answer_stands_among_the_last(seed: int) -> None:
    found = [shot.answer for shot in ordered(SHOTS, "alternating", seed)]
    assert set(found[-3:]) == {"a", "b", "c"}
    even = [Shot(str(i), "ab"[i % 2]) for i in range(8)]
    answers = [shot.answer for shot in ordered(even, "alternating", seed)]
    assert all(one != other for one, other in pairwise(answers))


def test_an_unknown_order_is_refused_with_the_nearest() -> None:
    with pytest.raises(PromptError, match="Did you mean: shuffled"):
        ordered(SHOTS, cast(Order, "shufled"), 0)
