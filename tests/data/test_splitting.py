"""Splits over random data sets: disjoint, complete, in proportion, whole, repeatable."""

import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from socle.data.dataset import Dataset
from socle.data.duplicates import groups_of_near_duplicates
from socle.data.splitting import folds, labels_of, split
from socle.errors import RowsError
from socle.examples import Example

SEEDS = range(8)


def text(rng: random.Random) -> str:
    return " ".join("".join(rng.choices("abcdefghijklmnop", k=6)) for _ in range(6))


def data(targets: Sequence[Any], seed: int = 0, groups: Sequence[str | None] = ()) -> Dataset[Any]:
    """Return examples with these targets and texts of no likeness."""
    rng = random.Random(seed)
    who = groups or [None] * len(targets)
    rows = zip(targets, who, strict=True)
    return Dataset(tuple(Example(text(rng), target, group=group) for target, group in rows))


def random_data(seed: int) -> Dataset[Any]:
    """Return one of many kinds of data: few or many labels, groups, near duplicates, several."""
    rng = random.Random(seed)
    labels = [f"l{i}" for i in range(rng.choice([2, 3, 20, 150]))]
    weights = [rng.random() ** 3 + 0.01 for _ in labels]
    n = rng.randrange(40, 400)
    several = seed % 3 == 0
    rows: list[Example[Any]] = []
    while len(rows) < n:
        chosen = rng.choices(labels, weights, k=rng.randrange(0, 4) if several else 1)
        target = tuple(sorted(set(chosen))) if several else chosen[0]
        group = f"g{rng.randrange(n // 4)}" if seed % 2 and rng.random() < 0.5 else None
        body = text(rng)
        rows += [Example(body + "." * i, target, group=group) for i in range(rng.choice([1, 1, 3]))]
    rng.shuffle(rows)
    return Dataset(tuple(rows))


def together(dataset: Dataset[Any]) -> list[list[int]]:
    """Return the sets of examples that must not be torn apart."""
    named: dict[str, list[int]] = {}
    for i, example in enumerate(dataset):
        if example.group:
            named.setdefault(example.group, []).append(i)
    return [*named.values(), *groups_of_near_duplicates(dataset.texts)]


def counts(examples: Any) -> Counter[str]:
    return Counter(label for example in examples for label in labels_of(example.target))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_split_is_disjoint_complete_and_in_order(seed: int) -> None:
    dataset = random_data(seed)
    kept, held = split(dataset, 0.25, seed)
    place = {id(example): i for i, example in enumerate(dataset)}
    left, right = ([place[id(e)] for e in part] for part in (kept, held))
    assert left == sorted(left)
    assert right == sorted(right)
    assert sorted(left + right) == list(range(len(dataset)))
    assert kept.examples
    assert held.examples


@pytest.mark.parametrize("seed", SEEDS)
def test_a_split_tears_nothing_and_keeps_every_label(seed: int) -> None:
    dataset = random_data(seed)
    kept, held = split(dataset, 0.25, seed)
    right = {id(example) for example in held}
    for group in together(dataset):
        assert len({id(dataset.examples[i]) in right for i in group}) == 1
    assert set(counts(kept)) == set(counts(dataset))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("k", [2, 5])
def test_folds_are_a_partition_that_tears_nothing(seed: int, k: int) -> None:
    dataset = random_data(seed)
    parts = folds(dataset, k, seed)
    assert len(parts) == k
    assert np.array_equal(np.sort(np.concatenate(parts)), np.arange(len(dataset)))
    assert all(len(part) and (np.diff(part) > 0).all() for part in parts)
    fold_of = {int(i): f for f, part in enumerate(parts) for i in part}
    for group in together(dataset):
        assert len({fold_of[i] for i in group}) == 1


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("share", [0.1, 0.2, 0.5])
def test_single_examples_are_split_to_within_one_per_label(seed: int, share: float) -> None:
    rng = random.Random(seed)
    labels = [f"l{i}" for i in range(rng.choice([2, 7, 150]))]
    targets = [*(label for label in labels for _ in range(rng.randrange(2, 30)))]
    rng.shuffle(targets)
    dataset = data(targets, seed)
    _kept, held = split(dataset, share, seed)
    whole, part = counts(dataset), counts(held)
    assert all(abs(part[label] - share * whole[label]) < 1 for label in whole)
    assert len(held) == pytest.approx(share * len(dataset), abs=1)
    for fold in folds(dataset, 5, seed):
        part = counts(dataset.examples[i] for i in fold)
        assert all(abs(part[label] - whole[label] / 5) < 1 for label in whole)
        assert len(fold) == pytest.approx(len(dataset) / 5, abs=1.01)


@pytest.mark.parametrize("seed", range(5))
def test_several_labels_are_split_in_proportion(seed: int) -> None:
    rng = random.Random(seed)
    labels = [f"l{i}" for i in range(12)]
    targets = [
        frozenset(rng.sample(labels[: rng.randrange(2, 13)], k=rng.randrange(1, 3)))
        for _ in range(600)
    ]
    dataset = data(targets, seed)
    _, held = split(dataset, 0.2, seed)
    whole, part = counts(dataset), counts(held)
    assert all(abs(part[label] - 0.2 * whole[label]) <= 2 for label in whole)
    assert len(held) == pytest.approx(120, abs=6)


@pytest.mark.parametrize("seed", range(5))
def test_groups_are_split_in_proportion(seed: int) -> None:
    rng = random.Random(seed)
    groups = [f"g{rng.randrange(150)}" for _ in range(600)]
    dataset = data(rng.choices("abc", [6, 3, 1], k=600), seed, groups)
    _, held = split(dataset, 0.2, seed)
    whole, part = counts(dataset), counts(held)
    assert all(abs(part[label] / whole[label] - 0.2) < 0.04 for label in whole)


def test_the_seed_decides_and_nothing_else() -> None:
    dataset = random_data(4)
    first, again, other = (split(dataset, 0.25, seed)[1].texts for seed in (1, 1, 2))
    assert first == again
    assert first != other
    assert [f.tolist() for f in folds(dataset, 3, 1)] == [f.tolist() for f in folds(dataset, 3, 1)]


def test_the_order_in_which_python_hashes_does_not_count() -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import test_splitting as t; "
        "print(t.split(t.random_data(3), .25, 1)[1].fingerprint)"
    )
    here = os.path.dirname(__file__)  # noqa: PTH120
    found = {
        subprocess.run(
            [sys.executable, "-c", code, here],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(found) == 1


def test_three_rows_per_label() -> None:
    dataset = data([label for label in ("a", "b") for _ in range(3)])
    kept, held = split(dataset, 0.2, 0)
    assert len(held) == 1
    assert counts(kept) + counts(held) == {"a": 3, "b": 3}


def test_the_smallest_data_that_can_be_split() -> None:
    kept, held = split(data(["a", "a", "b"]), 0.1, 0)
    assert counts(kept) == {"a": 1, "b": 1}
    assert counts(held) == {"a": 1}


def test_a_label_with_one_example_stays_in_training() -> None:
    dataset = data(["a"] * 20 + ["b"] * 20 + [f"rare {i}" for i in range(10)])
    for seed in range(10):
        _, held = split(dataset, 0.3, seed)
        assert set(counts(held)) == {"a", "b"}
        assert len(held) == pytest.approx(15, abs=3)


def test_many_small_labels_do_not_all_fall_on_one_side() -> None:
    for each, held_out in ((2, 60), (3, 90), (4, 120)):
        dataset = data([f"l{i}" for i in range(150) for _ in range(each)])
        assert len(split(dataset, 0.2, 0)[1]) == held_out


def test_a_large_group_does_not_go_to_the_small_side() -> None:
    dataset = data(["a", "b"] * 50, groups=["big"] * 60 + [f"g{i}" for i in range(40)])
    _, held = split(dataset, 0.2, 0)
    assert len(held) == pytest.approx(20, abs=1)
    assert "big" not in {example.group for example in held}


def test_without_targets_only_size_and_groups_count() -> None:
    dataset = data([None] * 50)
    kept, held = split(dataset, 0.2, 0)
    assert (len(kept), len(held)) == (40, 10)


@pytest.mark.parametrize("share", [0.01, 0.99])
def test_no_side_is_ever_empty(share: float) -> None:
    for targets in (["a", "a"], [None] * 4, ["a", "b", "b"], [("a",), ("a", "b"), ("b",)]):
        kept, held = split(data(targets), share, 0)
        assert kept.examples
        assert held.examples


@pytest.mark.parametrize(
    "dataset",
    [
        data([]),
        data(["a"]),
        data(["a", "b", "c"]),
        data(["a", "a", "b", "b"], groups=["1", "1", "2", "2"]),
        Dataset(tuple(Example("the very same text", label) for label in "aabb")),
    ],
)
def test_what_cannot_be_split_is_explained(dataset: Dataset[Any]) -> None:
    with pytest.raises(RowsError) as caught:
        split(dataset, 0.2, 0)
    assert "--test" in caught.value.hint


def test_more_folds_than_units_is_explained() -> None:
    with pytest.raises(RowsError, match="3 groups of examples that belong together cannot make 5"):
        folds(data(["a", "b", "a"]), 5, 0)
    assert len(folds(data(["a"] * 5), 5, 0)) == 5
