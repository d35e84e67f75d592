"""Label metrics against scikit-learn, on random answers."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn import metrics as theirs

from socle.metrics.labels import indicators, matthews, per_label, right, scores

NAMES = ("a", "b", "c", "d", "e")
seeds = pytest.mark.parametrize("seed", range(6))
Labels = NDArray[np.int64]


def single(seed: int) -> tuple[Labels, Labels]:
    """Return gold and predicted label numbers, unevenly spread, some labels never predicted."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(20, 200))
    gold = rng.choice(5, n, p=[0.5, 0.25, 0.15, 0.09, 0.01])
    guess = np.where(rng.random(n) < 0.6, gold, rng.choice(4 if seed % 2 else 5, n))
    return gold, guess


def several(seed: int) -> tuple[Labels, Labels]:
    """Return gold and predicted tables of zeros and ones; one label is rare."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(20, 200))
    gold = (rng.random((n, 5)) < [0.6, 0.3, 0.2, 0.1, 0.02]).astype(np.int64)
    return gold, np.where(rng.random((n, 5)) < 0.15, 1 - gold, gold)


@seeds
def test_one_label_is_scored_as_scikit_learn_does(seed: int) -> None:
    gold, guess = single(seed)
    found = scores(gold, guess, NAMES)
    assert found == pytest.approx(
        {
            "accuracy": theirs.accuracy_score(gold, guess),
            "macro_f1": theirs.f1_score(gold, guess, average="macro", zero_division=0),
            "micro_f1": theirs.f1_score(gold, guess, average="micro", zero_division=0),
            "mcc": theirs.matthews_corrcoef(gold, guess),
        }
    )


@seeds
def test_several_labels_are_scored_as_scikit_learn_does(seed: int) -> None:
    gold, guess = several(seed)
    there = np.flatnonzero(gold.sum(0) + guess.sum(0))
    macro = theirs.f1_score(gold, guess, average="macro", labels=there, zero_division=0)
    found = scores(gold, guess, NAMES)
    assert found == pytest.approx(
        {
            "accuracy": theirs.accuracy_score(gold, guess),
            "macro_f1": macro,
            "micro_f1": theirs.f1_score(gold, guess, average="micro", zero_division=0),
        }
    )


@seeds
@pytest.mark.parametrize("draw", [single, several])
def test_every_label_has_its_row(seed: int, draw: object) -> None:
    gold, guess = draw(seed)  # type: ignore[operator]
    precision, recall, f1, support = theirs.precision_recall_fscore_support(
        gold, guess, labels=range(5), zero_division=0
    )
    table = per_label(gold, guess, NAMES)
    assert [row.label for row in table] == list(NAMES)
    assert [row.precision for row in table] == pytest.approx(precision.tolist())
    assert [row.recall for row in table] == pytest.approx(recall.tolist())
    assert [row.f1 for row in table] == pytest.approx(f1.tolist())
    assert [row.support for row in table] == support.tolist()


def test_a_label_that_training_never_saw_counts_as_an_error() -> None:
    gold, guess = np.array([0, 1, -1, -1]), np.array([0, 1, 1, 0])
    found = scores(gold, guess, ("a", "b"))
    assert found["accuracy"] == 0.5
    assert [row.precision for row in per_label(gold, guess, ("a", "b"))] == [0.5, 0.5]
    assert [row.recall for row in per_label(gold, guess, ("a", "b"))] == [1.0, 1.0]
    assert indicators(gold, 2).tolist() == [[1, 0], [0, 1], [0, 0], [0, 0]]


def test_only_a_whole_row_is_right_for_several_labels() -> None:
    gold, guess = np.array([[1, 0], [1, 1], [0, 0]]), np.array([[1, 0], [1, 0], [0, 0]])
    assert right(gold, guess).tolist() == [True, False, True]
    assert right(gold[:, 0], guess[:, 0]).tolist() == [True, True, True]


def test_correlation_is_zero_where_it_is_undefined() -> None:
    gold = indicators(np.array([0, 1, 0, 1]), 2)
    assert matthews(gold, indicators(np.zeros(4, np.int64), 2)) == 0.0
    assert matthews(gold, gold) == 1.0
    assert matthews(gold, 1 - gold) == -1.0


def test_nothing_measured_is_zero_and_no_fault() -> None:
    none = np.zeros(0, np.int64)
    assert scores(none, none, NAMES) == {
        "accuracy": 0.0,
        "macro_f1": 0.0,
        "micro_f1": 0.0,
        "mcc": 0.0,
    }
