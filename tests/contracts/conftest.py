"""One fit of every strategy on the tiny sets, shared by the whole battery."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from socle import plugins
from socle.bases import Located, finding
from socle.data.dataset import Dataset
from socle.data.reading import read_rows
from socle.data.splitting import folds
from socle.learning import Fit, Fitting
from socle.recipe import Recipe
from socle.strategies import Strategy
from socle.tasks import Task

# float32 is asked for, or the clock would choose the number type.
RECIPE = Recipe(effort="quick", precision="float32", seed=3)


@dataclass(frozen=True)
class Material:
    """What a strategy is given, the same for all."""

    task: Task
    train: Dataset[Any]
    folds: tuple[NDArray[np.int64], ...]

    @property
    def apart(self) -> NDArray[np.int64]:
        """Two of five folds: the rows that gradient strategies hold out."""
        return np.sort(np.concatenate(self.folds[:2]))

    def fitting(self, located: Located) -> Fitting:
        """Return what `Strategy.fit` is given."""
        return Fitting(self.task, self.train, RECIPE, located, folds=self.folds, apart=self.apart)

    def relabelled(self, rows: NDArray[np.int64]) -> Material:
        """Return the same with the targets of `rows` passed on from each to the next."""
        examples = list(self.train.examples)
        for row, other in zip(rows, np.roll(rows, 1), strict=True):
            target = self.train.examples[other].target
            examples[row] = dataclasses.replace(examples[row], target=target)
        return dataclasses.replace(self, train=Dataset(tuple(examples)))


@dataclass(frozen=True)
class Learnt:
    """A strategy with its fit."""

    strategy: Strategy
    fit: Fit
    material: Material
    located: Located | None


def material(source: Path | list[dict[str, str]]) -> Material:
    """Read labelled rows, and cut them into five folds."""
    kind = plugins.load("tasks", "classification")
    train = kind.examples(*read_rows(source))
    return Material(kind.learn(train), train, tuple(folds(train, 5, 0)))


@pytest.fixture(scope="session")
def located(tiny_encoder: Path) -> Located:
    """Return the tiny encoder as a base."""
    return finding.find(tiny_encoder)


@pytest.fixture(scope="session")
def reviews(tiny_reviews: Path) -> Material:
    """Return the reviews: one of two labels each."""
    return material(tiny_reviews)


@pytest.fixture(scope="session")
def news(tiny_multilabel: Path) -> Material:
    """Return the news: several of three labels each."""
    return material(tiny_multilabel)


@pytest.fixture(scope="session")
def opinions() -> Material:
    """Return 120 texts that any way of learning must tell apart: three telling words of six."""
    rng = np.random.default_rng(0)
    telling = {
        "yes": ["parfait", "excellent", "good", "beats", "delighted", "bien"],
        "no": ["horrible", "décevant", "bad", "nothing", "disappointing", "mal"],
    }
    rows = []
    for i in range(120):
        label = ("yes", "no")[i % 2]
        words = [*rng.choice(telling[label], 3), *rng.choice(["le", "film", "is", "the", "de"], 2)]
        rows.append({"text": " ".join(rng.permutation(words)), "label": label})
    return material(rows)


@pytest.fixture(scope="session")
def learnt(
    located: Located, reviews: Material, news: Material, opinions: Material
) -> Callable[[str, str], Learnt]:
    """Return a function of a strategy's name and a set's that fits once."""

    @cache
    def once(name: str, data: str) -> Learnt:
        strategy: Strategy = plugins.load("strategies", name)
        given = {"reviews": reviews, "news": news, "opinions": opinions}[data]
        base = located if strategy.needs_base else None
        return Learnt(strategy, strategy.fit(given.fitting(located)), given, base)

    return once
