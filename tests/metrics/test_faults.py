"""Planted errors come back, labels drawn from one pot are found out, clean data is left alone."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from socle.metrics.faults import Confusable, Suspect, confusable, suspects

Labels = NDArray[np.int64]
Floats = NDArray[np.float64]


def soft(targets: Labels, n_labels: int, sharpness: float, seed: int = 0) -> Floats:
    """Return probabilities that lean to the targets, shape (n, labels)."""
    scores = np.random.default_rng(seed).normal(size=(len(targets), n_labels))
    scores[np.arange(len(targets)), targets] += sharpness
    raised = np.exp(scores * sharpness)
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def planted(n_labels: int, n: int = 1000) -> tuple[Floats, Labels, set[int], Labels]:
    """Return probabilities, labels of which one in 20 is wrong, the wrong rows, the true labels."""
    rng = np.random.default_rng(1)
    share = np.arange(1, n_labels + 1) / (n_labels * (n_labels + 1) / 2)
    true = rng.choice(n_labels, n, p=share)
    rows = rng.choice(n, n // 20, replace=False)
    given = true.copy()
    given[rows] = (true[rows] + rng.integers(1, n_labels, len(rows))) % n_labels
    return soft(true, n_labels, 3.0), given, set(rows.tolist()), true


@pytest.mark.parametrize("n_labels", [2, 3, 10])
def test_planted_errors_come_back_first(n_labels: int) -> None:
    p, given, wrong, true = planted(n_labels)
    found = suspects(p, given)
    top = found[: len(wrong)]
    assert len({one.row for one in top} & wrong) >= 0.8 * min(len(wrong), len(found))
    assert len({one.row for one in found} & wrong) >= 0.6 * len(wrong)
    assert len(found) < 2 * len(wrong)
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    for one in found:
        assert one.given == given[one.row]
        assert one.suggested == p[one.row].argmax() != one.given
        assert one.score == pytest.approx(1 - p[one.row, given[one.row]])
    right = [one.suggested == true[one.row] for one in top if one.row in wrong]
    assert np.mean(right) > 0.9


def test_clean_labels_of_a_sure_model_have_no_suspect() -> None:
    _, _, _, true = planted(4)
    assert suspects(soft(true, 4, 8.0), true) == []


def test_a_label_without_examples_is_suggested_for_none() -> None:
    p, given, wrong, _ = planted(3)
    wider = np.concatenate([p * 0.7, np.full((len(p), 1), 0.3)], axis=1)
    found = suspects(wider, given)
    assert {one.suggested for one in found} <= {0, 1, 2}
    assert len({one.row for one in found} & wrong) >= 0.6 * len(wrong)


def test_rows_that_were_not_held_out_or_have_no_known_label_are_left_out() -> None:
    p, given, _, _ = planted(3)
    whole = suspects(p, given)
    skipped = {one.row for one in whole[:4]}
    hidden, unknown = p.copy(), given.copy()
    hidden[[one.row for one in whole[:2]]] = np.nan
    unknown[[one.row for one in whole[2:4]]] = -1
    found = {one.row for one in suspects(hidden, unknown)}
    assert not found & skipped
    assert found & {one.row for one in whole}


def test_nothing_held_out_has_no_suspects_and_no_pairs() -> None:
    none = np.full((5, 3), np.nan)
    for targets in (np.zeros(5, np.int64), np.zeros((5, 3), np.int64)):
        assert suspects(none, targets) == []
        assert confusable(none, targets, ("a", "b", "c")) == []
    assert suspects(np.zeros((0, 3)), np.zeros(0, np.int64)) == []


def test_of_several_labels_one_may_be_missing_and_one_too_much() -> None:
    rng = np.random.default_rng(2)
    true = (rng.random((1000, 3)) < [0.5, 0.3, 0.1]).astype(np.int64)
    p = 1 / (1 + np.exp(-rng.normal(6 * true - 3, 1)))
    given, wrong = true.copy(), [(5, 0), (6, 1), (7, 2), (8, 0), (8, 1)]
    for row, label in wrong:
        given[row, label] = 1 - true[row, label]
        p[row, label] = 0.99 if true[row, label] else 0.01
    found = suspects(p, given)
    assert found[: len(wrong)] != []
    doubted = {(s.row, s.suggested if s.given is None else s.given) for s in found[: len(wrong)]}
    assert doubted == set(wrong)
    for one in found:
        assert (one.given is None) != (one.suggested is None)
        if one.given is None:
            assert given[one.row, one.suggested] == 0
        else:
            assert given[one.row, one.given] == 1


def test_labels_drawn_from_one_pot_cannot_be_told_apart() -> None:
    rng = np.random.default_rng(3)
    true = rng.integers(0, 5, 1500)
    p = soft(true, 5, 2.5)
    given = np.where((true == 1) | (true == 3), rng.choice([1, 3], 1500), true)
    (found,) = confusable(p, given, tuple("abcde"))
    assert (found.a, found.b) == ("b", "d")
    assert found.share == pytest.approx(0.5, abs=0.08)
    both = np.isin(given, [1, 3])
    crossed = both & np.isin(p.argmax(1), [1, 3]) & (p.argmax(1) != given)
    assert found == Confusable("b", "d", int(crossed.sum()), crossed.sum() / both.sum())


def test_errors_in_one_direction_count_as_those_in_both() -> None:
    true = np.random.default_rng(4).integers(0, 4, 1200)
    p = soft(np.where(true == 2, 0, true), 4, 4.0)
    (found,) = confusable(p, true, tuple("abcd"))
    assert (found.a, found.b) == ("a", "c")
    assert found.share == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("n_labels", [2, 3, 8])
def test_errors_at_random_are_no_pair(n_labels: int, seed: int) -> None:
    """Also where labels are uneven, so that most errors fall on the frequent ones."""
    rng = np.random.default_rng(seed)
    share = np.arange(1, n_labels + 1) / (n_labels * (n_labels + 1) / 2)
    true = rng.choice(n_labels, 2000, p=share)
    said = np.where(rng.random(2000) < 0.6, true, rng.choice(n_labels, 2000, p=share))
    assert confusable(np.eye(n_labels)[said], true, tuple("abcdefgh"[:n_labels])) == []


def test_a_sure_but_small_confusion_is_no_fault() -> None:
    true = np.repeat(np.arange(4), 10_000)
    said = true.copy()
    said[:300] = 1
    assert confusable(np.eye(4)[said], true, tuple("abcd")) == []
    said[:1500] = 1
    assert confusable(np.eye(4)[said], true, tuple("abcd")) == [
        Confusable("a", "b", 1500, 1500 / 20_000)
    ]


def test_no_more_pairs_than_asked_for_the_most_confused_first() -> None:
    rng = np.random.default_rng(5)
    true = rng.integers(0, 6, 3000)
    said = true.copy()
    for one, other, share in ((0, 1, 0.4), (2, 3, 0.3), (4, 5, 0.2)):
        swapped = np.isin(true, [one, other]) & (rng.random(3000) < share)
        said[swapped] = one + other - true[swapped]
    found = confusable(np.eye(6)[said], true, tuple("abcdef"))
    assert [(pair.a, pair.b) for pair in found] == [("a", "b"), ("c", "d"), ("e", "f")]
    assert confusable(np.eye(6)[said], true, tuple("abcdef"), top=1) == found[:1]


def test_of_several_labels_those_taken_for_each_other_are_a_pair() -> None:
    rng = np.random.default_rng(6)
    true = (rng.random((2000, 4)) < 0.3).astype(np.int64)
    said = np.where(rng.random((2000, 4)) < 0.05, 1 - true, true)
    assert confusable(said.astype(float), true, tuple("abcd")) == []
    crossed = rng.random(2000) < 0.3
    said[crossed, 0], said[crossed, 2] = true[crossed, 2], true[crossed, 0]
    (found,) = confusable(said.astype(float), true, tuple("abcd"))
    assert (found.a, found.b) == ("a", "c")
    assert found.share == pytest.approx(0.3, abs=0.05)


def test_a_suspect_is_a_plain_value() -> None:
    p = np.array([[0.9, 0.1]] * 9 + [[0.25, 0.75]])
    assert suspects(p, np.array([0] * 8 + [1, 1])) == [Suspect(8, given=1, suggested=0, score=0.9)]
