"""Who takes part, on what: one split, the same examples and folds for every candidate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from socle import plugins
from socle.bases import Located, fetching, finding
from socle.data.dataset import Dataset
from socle.data.reading import columns_alike, read_table
from socle.data.splitting import folds, split
from socle.errors import MissingBaseError, RowsError, UsageError
from socle.evaluating import noted_strange, refuse_unknown_labels
from socle.events import Listener, Noted, silent
from socle.formats import Table
from socle.recipe import Recipe
from socle.strategies import Strategy
from socle.tasks import Task

_MOVING = 30
"""Rank from which strategies move weights."""
_FEWEST = 10


@dataclass(frozen=True)
class Stage:
    """What all candidates share."""

    task: Task
    train: Dataset[Any]
    test: Dataset[Any]
    recipe: Recipe
    folds: tuple[NDArray[np.int64], ...]
    notes: tuple[str, ...] = ()

    @property
    def test_groups(self) -> NDArray[np.int64] | None:
        """Number of the group of each test example, (n,); None where they come in no groups."""
        named = [example.group for example in self.test]
        if all(name is None for name in named):
            return None
        keys = [f"group {name}" if name else f"row {i}" for i, name in enumerate(named)]
        return np.unique(keys, return_inverse=True)[1].astype(np.int64)

    def redrawn(self, seed: int, share: float = 1.0) -> Stage:
        """Return the same with folds of another seed, and a share of the training rows."""
        train = self.train
        if share < 1:
            train, _ = split(train, 1 - share, seed)
        recipe = replace(self.recipe, seed=seed)
        return replace(self, train=train, recipe=recipe, folds=_folds(self.task, train, seed))


@dataclass(frozen=True)
class Entrant:
    """A strategy on a base, or on none."""

    strategy: Strategy
    located: Located | None = None
    skipped: str = ""
    """Why it cannot take part."""
    alone: bool = True
    """Whether no other base takes part."""

    @property
    def name(self) -> str:
        """The strategy, with its base where there are several."""
        name = self.strategy.name
        return name if self.alone or self.base is None else f"{name} · {self.base}"

    @property
    def moves(self) -> bool:
        """Whether it moves weights: minutes, where the others take seconds."""
        return self.strategy.rank >= _MOVING

    @property
    def base(self) -> str | None:
        """Name of the base, if the strategy needs one."""
        return self.located.base.name if self.located else None


def staged(data: Any, test: Any, recipe: Recipe, listen: Listener = silent) -> Stage:
    """Read the rows, and split them once.

    Args:
        data: a path, a data frame, or a list of dictionaries.
        test: rows never learnt from; a share of `data` is set apart when None.
        recipe: the choices.
        listen: hears what the user should know.

    Raises:
        InputError: the rows cannot be used.
    """
    table = read_table(data)
    recipe = recipe if recipe.task else replace(recipe, task=recognised(table))
    kind = plugins.load("tasks", str(recipe.task))
    named = recipe.text_column, recipe.label_column, recipe.group_column
    columns = kind.columns(table, *named)
    whole: Dataset[Any] = kind.examples(table, columns)
    task = kind.learn(whole)
    if len(whole) < _FEWEST:
        raise RowsError(
            f"{whole.name} has {len(whole)} labelled rows; at least {_FEWEST} are needed to learn "
            "and to measure.",
            "Label more texts; some 20 for each label are a good start.",
        )
    notes = whole.notes
    if test is None:
        train, held = split(whole, recipe.test_share, recipe.seed)
        listen(Noted(f"{len(held)} of {len(whole)} rows are set apart for the test"))
    else:
        other = read_table(test)
        alike = columns_alike(other, columns) if task.family == "texts" else columns
        train, held = whole, kind.examples(other, alike)
        notes += held.notes
        if task.family == "texts":
            refuse_unknown_labels(task, held)
        else:
            # Treebanks have rare relations that only one part shows: an error each, no fault.
            notes += tuple(noted_strange(task, held))
    for note in notes:
        listen(Noted(note))
    return Stage(task, train, held, recipe, _folds(task, train, recipe.seed), notes)


def recognised(table: Table) -> str:
    """Return the task whose rows these look like; classification knows any rows."""
    for name in plugins.names("tasks"):
        if name != "classification" and plugins.load("tasks", name).recognises(table):
            return name
    return "classification"


def _folds(task: Task, train: Dataset[Any], seed: int) -> tuple[NDArray[np.int64], ...]:
    """Return the folds of candidates; none for words, where all hold out the same small part."""
    if task.family == "words":
        return ()
    return tuple(folds(train, 5 if len(train) >= 50 else 3, seed))


def located(base: str | None, train: Dataset[Any], listen: Listener = silent) -> Located:
    """Return a base by name, or the default for these texts, fetched if it is not here.

    Raises:
        BaseError: it is unknown, missing or damaged.
    """
    if base is not None:
        return finding.find(base)
    name = finding.default_for(train.texts)
    try:
        return finding.find(name)
    except MissingBaseError:
        listen(Noted(f"The base {name} is not on this machine yet: fetching it, once"))
        return fetching.fetch(name, listen)


def entrants(
    names: Sequence[str], bases: Sequence[Located], stage: Stage, asked: Sequence[str] = ()
) -> list[Entrant]:
    """Return every strategy on every base that it may need, cheapest first.

    Args:
        names: strategies.
        bases: bases; strategies that need none take part once.
        stage: the split.
        asked: strategies that the user named, which must not be skipped in silence.

    Raises:
        UsageError: a strategy of `asked` suits none of the bases.
    """
    found: list[Entrant] = []
    for name in names:
        strategy: Strategy = plugins.load("strategies", name)
        own: list[Entrant] = []
        for place in bases if strategy.needs_base else (None,):
            base = place.base if place else None
            reason = strategy.suits(base, stage.task, len(stage.train))
            own.append(Entrant(strategy, place, reason or "", len(bases) < 2))
        if strategy.needs_base and not bases:
            own = [Entrant(strategy, None, "no base is on this machine")]
        if name in asked and all(one.skipped for one in own):
            raise UsageError(
                f"The strategy {name!r} does not suit: {own[0].skipped}.",
                "Choose another strategy, or name none: those that suit are tried then.",
            )
        found += own
    return sorted(found, key=lambda one: (one.strategy.rank, _size(one)))


def _size(entrant: Entrant) -> int:
    return entrant.located.base.parameters if entrant.located else 0
