"""What a head remembers: means and covariance, drawn from, put in other columns, joined."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from socle.heads import memory
from socle.heads.memory import Memory

WIDTH = 12
Drawn = tuple[NDArray[np.float32], NDArray[np.int64]]


def material(n: int = 600, labels: int = 3, seed: int = 0) -> Drawn:
    """Return vectors whose dimensions go together, around a centre of each label's own."""
    rng = np.random.default_rng(seed)
    mixing = rng.normal(0, 1, (WIDTH, WIDTH))
    centres = np.random.default_rng(7).normal(0, 4, (labels, WIDTH))
    targets = rng.integers(0, labels, n)
    return (centres[targets] + rng.normal(0, 1, (n, WIDTH)) @ mixing).astype(np.float32), targets


def test_means_counts_and_covariance_are_those_of_numpy() -> None:
    features, targets = material()
    found = Memory.of(features, targets, 3)
    assert found.counts.tolist() == np.bincount(targets).tolist()
    for label in range(3):
        assert found.means[label] == pytest.approx(features[targets == label].mean(0), abs=1e-4)
    around = features - found.means[targets]
    wanted = around.T @ around / (len(features) - 3)
    assert found.covariance == pytest.approx(wanted, abs=0.02 * float(np.abs(wanted).max()))


def test_the_head_is_that_of_scikit_learn() -> None:
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

    features, targets = material()
    weight, bias = Memory.of(features, targets, 3).head()
    said = (features @ weight + bias).argmax(1)
    other = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=memory.SHRINKAGE)
    assert (said == other.fit(features, targets).predict(features)).mean() > 0.99


def test_what_is_drawn_has_the_statistics_that_are_remembered() -> None:
    found = Memory.of(*material(), 3)
    vectors, targets = found.draw(np.random.default_rng(1), 20_000)
    again = Memory.of(vectors, targets, 3)
    assert again.counts.tolist() == [20_000] * 3
    assert again.means == pytest.approx(found.means, abs=0.15)
    assert again.covariance == pytest.approx(
        found.covariance, abs=0.03 * float(found.covariance.max())
    )


def test_as_many_are_drawn_as_asked_and_none_of_a_label_without_examples() -> None:
    features, targets = material(labels=2)
    found = Memory.of(features, targets, 3)
    _, drawn = found.draw(np.random.default_rng(0), np.array([4, 5, 6]))
    assert np.bincount(drawn, minlength=3).tolist() == [4, 5, 0]
    assert found.means[2].tolist() == [0.0] * WIDTH


def test_the_same_seed_draws_the_same() -> None:
    found = Memory.of(*material(), 3)
    one, two, other = (found.draw(np.random.default_rng(seed), 5)[0] for seed in (1, 1, 2))
    assert (one == two).all()
    assert not (one == other).all()


def test_two_parts_joined_remember_what_the_whole_does() -> None:
    features, targets = material()
    first = np.arange(len(features)) < 200
    parts = [Memory.of(features[rows], targets[rows], 3) for rows in (first, ~first)]
    whole, joined = Memory.of(features, targets, 3), parts[0].joined(parts[1])
    assert joined.counts.tolist() == whole.counts.tolist()
    assert joined.means == pytest.approx(whole.means, abs=1e-4)
    assert joined.covariance == pytest.approx(
        whole.covariance, abs=0.02 * float(whole.covariance.max())
    )


def test_labels_take_the_columns_that_they_are_given() -> None:
    found = Memory.of(*material(labels=2), 2)
    placed = found.placed(np.array([2, 0]), 3)
    assert placed.counts.tolist() == [found.counts[1], 0, found.counts[0]]
    assert (placed.means[2] == found.means[0]).all()


def test_several_labels_count_for_each_of_their_own() -> None:
    features = np.eye(4, dtype=np.float32)
    found = Memory.of(features, np.array([[1, 1], [1, 0], [0, 0], [0, 1]]), 2)
    assert found.counts.tolist() == [2, 2]
    assert found.means.tolist() == [[0.5, 0.5, 0, 0], [0.5, 0, 0, 0.5]]


def test_a_single_example_is_remembered_without_warning() -> None:
    found = Memory.of(np.ones((1, 4), np.float32), np.array([0]), 2)
    vectors, targets = found.draw(np.random.default_rng(0), 3)
    assert vectors.tolist() == [[1.0] * 4] * 3
    assert targets.tolist() == [0, 0, 0]


def test_tensors_there_and_back() -> None:
    found = Memory.of(*material(), 3)
    tensors = {"weight": np.zeros(3), **found.tensors()}
    assert set(tensors) == {
        "weight",
        *(f"memory.{name}" for name in ("means", "covariance", "deviations", "counts")),
    }
    again = Memory.from_tensors(tensors)
    assert again is not None
    assert again.covariance == pytest.approx(
        found.covariance, abs=2e-3 * float(found.covariance.max())
    )
    assert (again.covariance == again.covariance.T).all()
    assert (again.means == found.means).all()
    assert Memory.from_tensors({"weight": np.zeros(3)}) is None
