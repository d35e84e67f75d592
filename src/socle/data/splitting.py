"""Splitting a data set: seeded, stratified, groups whole, near duplicates on one side.

What must stay together is first joined into units: the examples of one group, and near
duplicates. Units are then dealt out label by label, the rarest first, each to the side that
still lacks most of that label (iterative stratification: Sechidis, Tsoumakas and Vlahavas 2011).
Where a side is due only a fraction of an example, the side that lacks most examples in all
takes it, so that many small labels do not all fall on the same side. The result depends on the
examples, their order and the seed, and on nothing else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from socle.data.dataset import Dataset
from socle.data.duplicates import THRESHOLD, Links, groups_of_near_duplicates
from socle.errors import RowsError
from socle.examples import Example, References, Sentence, T_co

_SLACK = 1e-9
_SMALL_PART = 0.1
_MOST_HELD = 400
_MOST_SENTENCES = 150


def split(dataset: Dataset[T_co], share: float, seed: int) -> tuple[Dataset[T_co], Dataset[T_co]]:
    """Return the data without a share of it, and that share; both in the order of the data.

    Groups and near duplicates are never torn apart. A label stays represented in the first part:
    one that has a single example, or a single group, is there only.

    Args:
        dataset: examples whose targets are labels, collections of labels, or None.
        share: size of the second part, above 0 and below 1.
        seed: of the draw among equals.

    Raises:
        RowsError: nothing can be held out without losing a label or tearing a group.
    """
    kept, held = split_indices(dataset, share, seed)
    return dataset.subset(kept.tolist()), dataset.subset(held.tolist())


def split_indices(
    dataset: Dataset[Any], share: float, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the same as `split`, as row numbers of the data."""
    units = _units(dataset.examples)
    dealer = _Dealer(units, np.array([1 - share, share]), seed)
    dealer.deal(keep=0)
    sides = np.array(dealer.sides, dtype=np.int64)
    if len(set(dealer.sides)) < 2:
        sides[_spare(units, dataset.name)] = 1 - dealer.sides[0] if dealer.sides else 0
    sides = sides[units.of_example]
    return np.flatnonzero(sides == 0), np.flatnonzero(sides == 1)


def small_part(dataset: Dataset[Any], seed: int) -> NDArray[np.int64]:
    """Return the row numbers of a tenth of the data, somewhat more of little, at most 400.

    Of sentences whose words have labels 150: they have thousands.

    It is what strategies hold out that do not learn fold by fold; all hold out the same.
    """
    n = len(dataset)
    words = n > 0 and isinstance(dataset.examples[0].target, Sentence)
    most = _MOST_SENTENCES if words else _MOST_HELD
    share = min(_SMALL_PART if n >= 200 else 0.15, most / n)
    return split_indices(dataset, share, seed)[1]


def folds(dataset: Dataset[Any], k: int, seed: int) -> list[NDArray[np.int64]]:
    """Return the test indices of k folds, sorted; every example is in exactly one of them.

    Groups and near duplicates are never torn apart. A label with a single unit is unknown to the
    training part of one fold: nothing else would test every example once.

    Args:
        dataset: examples whose targets are labels, collections of labels, or None.
        k: number of folds, 2 or more.
        seed: of the draw among equals.

    Raises:
        RowsError: there are fewer units than folds.
    """
    units = _units(dataset.examples)
    if len(units.sizes) < k:
        raise RowsError(
            f"{dataset.name}: {len(units.sizes)} groups of examples that belong together cannot "
            f"make {k} folds.",
            "Give more examples that are not near duplicates of each other.",
        )
    dealer = _Dealer(units, np.full(k, 1 / k), seed)
    dealer.deal()
    sides = np.array(dealer.sides, dtype=np.int64)
    _fill_empty(sides, units, k)
    return [np.flatnonzero(sides[units.of_example] == side) for side in range(k)]


def labels_of(target: Any) -> tuple[str, ...]:
    """Return the labels of a target: one, several, or none; sorted, each once."""
    if target is None or isinstance(target, References):
        return ()
    if isinstance(target, Sentence):
        # Kinds of entities are dealt out evenly; sentences without any are all alike.
        return tuple(sorted({word.tag[2:] for word in target.words if word.tag[1:2] == "-"}))
    if isinstance(target, Collection) and not isinstance(target, str):
        return tuple(sorted({str(label) for label in target}))
    return (str(target),)


@dataclass(frozen=True)
class _Units:
    """Examples that stay together, counted by label."""

    of_example: NDArray[np.int64]
    """Example -> its unit."""
    sizes: Sequence[int]
    labels: Sequence[dict[int, int]]
    """Unit -> label number -> how many of its examples carry it."""


def _units(examples: Sequence[Example[Any]]) -> _Units:
    links = Links(len(examples))
    first: dict[str, int] = {}
    for i, example in enumerate(examples):
        if example.group is not None:
            links.link(first.setdefault(example.group, i), i)
    for group in groups_of_near_duplicates([e.text for e in examples], THRESHOLD):
        for i in group[1:]:
            links.link(group[0], i)
    roots, of_example = np.unique(links.roots(), return_inverse=True)
    numbers: dict[str, int] = {}
    sizes, labels = [0] * len(roots), [dict[int, int]() for _ in roots]
    for example, unit in zip(examples, of_example.tolist(), strict=True):
        sizes[unit] += 1
        for label in labels_of(example.target):
            number = numbers.setdefault(label, len(numbers))
            labels[unit][number] = labels[unit].get(number, 0) + 1
    return _Units(of_example.astype(np.int64), sizes, labels)


class _Dealer:
    """Deals units out to sides, keeping count of what each side still lacks."""

    def __init__(self, units: _Units, shares: NDArray[np.float64], seed: int) -> None:
        self._units = units
        self._count = len(shares)
        self._order = np.random.default_rng(seed).permutation(len(units.sizes)).tolist()
        # Large units first: small ones can still even out what these upset.
        self._order.sort(key=lambda unit: -units.sizes[unit])
        self._lacks = (shares * sum(units.sizes)).tolist()
        self._members: dict[int, list[int]] = {}
        totals: dict[int, int] = {}
        for unit in self._order:
            for label, count in units.labels[unit].items():
                self._members.setdefault(label, []).append(unit)
                totals[label] = totals.get(label, 0) + count
        self._lacks_of = {label: (shares * n).tolist() for label, n in totals.items()}
        self._left = dict(totals)
        self.sides = [-1] * len(units.sizes)

    def deal(self, keep: int | None = None) -> None:
        """Give every unit a side; `keep` is a side that must know every label."""
        if keep is not None:
            for members in self._members.values():
                if len(members) == 1 and self.sides[members[0]] < 0:
                    self._put(members[0], keep)
        self._deal_by_label(keep, whole=True)
        self._deal_by_label(keep, whole=False)
        for unit in self._order:
            if self.sides[unit] < 0:
                self._put(unit, self._side(self._lacks))

    def _deal_by_label(self, keep: int | None, *, whole: bool) -> None:
        """Deal the rarest label first; `whole` stops where no side is due a whole example.

        The fractions wait until the end, when what a side lacks in all is a sum of fractions too.
        """
        waiting = set(self._left)
        while waiting:
            label = min(waiting, key=lambda label: (self._left[label], label))
            waiting.remove(label)
            lacks = self._lacks_of[label]
            free = [unit for unit in self._members[label] if self.sides[unit] < 0]
            if keep is not None and free and not self._has(label, keep):
                self._put(free.pop(), keep)
            for unit in free:
                if whole and max(lacks) < 1 - _SLACK:
                    break
                self._put(unit, self._side(lacks))

    def _has(self, label: int, side: int) -> bool:
        return any(self.sides[unit] == side for unit in self._members[label])

    def _side(self, lacks: list[float]) -> int:
        due = [s for s in range(self._count) if lacks[s] >= 1 - _SLACK]
        if due:
            return max(due, key=lambda s: (round(lacks[s], 9), self._lacks[s]))
        open_ = [s for s in range(self._count) if lacks[s] > _SLACK] or range(self._count)
        return max(open_, key=lambda s: (round(self._lacks[s], 9), lacks[s]))

    def _put(self, unit: int, side: int) -> None:
        self.sides[unit] = side
        self._lacks[side] -= self._units.sizes[unit]
        for label, count in self._units.labels[unit].items():
            self._lacks_of[label][side] -= count
            self._left[label] -= count


def _spare(units: _Units, name: str) -> int:
    """Return the smallest unit without which every label is still there.

    Raises:
        RowsError: there is none.
    """
    totals: Counter[int] = Counter()
    for labels in units.labels:
        totals.update(labels)
    free = [
        unit
        for unit, labels in enumerate(units.labels)
        if all(totals[label] > count for label, count in labels.items())
    ]
    if len(units.sizes) < 2 or not free:
        raise RowsError(
            f"{name}: no example can be held out, for every label has a single example or a "
            "single group of near duplicates.",
            "Give at least two different examples of a label, or a test file with --test.",
        )
    return min(free, key=lambda unit: units.sizes[unit])


def _fill_empty(sides: NDArray[np.int64], units: _Units, k: int) -> None:
    """Give every empty fold the smallest unit of the fold that has most units, in place."""
    for side in range(k):
        if not (sides == side).any():
            fullest = int(np.bincount(sides, minlength=k).argmax())
            members = np.flatnonzero(sides == fullest).tolist()
            sides[min(members, key=lambda unit: units.sizes[unit])] = side
