"""Who takes part, on what: one split, the same examples and folds for every candidate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from socle import plugins
from socle.bases import Kind, Located, endpoints, fetching, finding
from socle.data.columns import Columns
from socle.data.dataset import Dataset
from socle.data.reading import columns_alike, read_table
from socle.data.splitting import folds, split
from socle.errors import BaseError, MissingBaseError, RecipeError, RowsError, UsageError
from socle.evaluating import noted_strange, refuse_unknown_labels
from socle.events import Listener, Noted, silent
from socle.formats import Table
from socle.prompts import wordings
from socle.recipe import Recipe
from socle.strategies import Strategy
from socle.tasks import Task, TaskKind

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
        return self.strategy.moves

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
        InputError: the rows, or the wording that the recipe names, cannot be used.
        RecipeError: a setting says nothing to the strategy that the recipe names.
    """
    if recipe.prompt is not None:
        wordings.read(Path(recipe.prompt))
    table = read_table(data)
    recipe = recipe if recipe.task else replace(recipe, task=recognised(table))
    kind = plugins.load("tasks", str(recipe.task))
    named = recipe.text_column, recipe.label_column, recipe.group_column
    columns = kind.columns(table, *named)
    whole: Dataset[Any] = kind.examples(table, columns)
    task = kind.learn(whole)
    _refuse_idle(recipe, task)
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
        alike = _alike(kind, task, other, columns)
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


def _refuse_idle(recipe: Recipe, task: Task) -> None:
    """Refuse settings that would do nothing: the user believes that they did."""
    if recipe.replay and task.family == "generated":
        raise RecipeError(
            "replay repeats general texts to an encoder; generators learn without it.",
            "Leave replay out.",
        )
    if recipe.prompt is None or recipe.strategy == "auto":
        return
    kinds = plugins.load("strategies", recipe.strategy).kinds(task)
    if not {"decoder", "encoder-decoder"} & set(kinds):
        raise RecipeError(
            f"The strategy {recipe.strategy!r} tells its base nothing: a prompt would be ignored.",
            "Leave the prompt out, or choose zero-shot or few-shot.",
        )


def _alike(kind: TaskKind, task: Task, other: Table, columns: Columns) -> Columns:
    """Return the columns of a test file: those of the training file, by name or by kind."""
    if task.family == "words":
        return columns
    if task.family == "texts":
        return columns_alike(other, columns)
    return columns_of_pairs(kind, other, columns)


def columns_of_pairs(kind: TaskKind, other: Table, columns: Columns) -> Columns:
    """Return the columns of another file of pairs: those of the same name, else those of its own.

    Raises:
        RowsError: it has none that could be a text and what is to be written.
    """
    named = (columns.text, columns.label, columns.group)
    text, label, group = (name if name in other.columns else None for name in named)
    return kind.columns(other, text, label, group)


def recognised(table: Table) -> str:
    """Return the task whose rows these look like; classification knows any rows."""
    for name in plugins.names("tasks"):
        if name != "classification" and plugins.load("tasks", name).recognises(table):
            return name
    return "classification"


def _folds(task: Task, train: Dataset[Any], seed: int) -> tuple[NDArray[np.int64], ...]:
    """Return the folds of candidates; none where texts get no labels: a small part is held out."""
    if task.family != "texts":
        return ()
    return tuple(folds(train, 5 if len(train) >= 50 else 3, seed))


def places(
    base: str | None,
    names: Sequence[str],
    stage: Stage,
    listen: Listener = silent,
    *,
    beside: Sequence[str] = (),
) -> list[Located]:
    """Return the bases that strategies need: the named one, and the usual one for the others.

    Args:
        base: name of a base, or None.
        names: strategies; the first ones choose.
        stage: the task, and the texts for whose language bases are chosen.
        listen: hears of a base that has to be fetched, and of servers to which texts will be sent.
        beside: strategies that only come along: without them where their base cannot be had.

    Raises:
        BaseError: one is unknown, missing or damaged.
        UsageError: none of `names` can use the base that was named.
    """
    found = [finding.find(base)] if base else []
    strategies: dict[str, Strategy] = {
        name: plugins.load("strategies", name) for name in [*names, *beside]
    }
    needs = {name: one.kinds(stage.task) for name, one in strategies.items()}
    if found and names and not any(found[0].base.kind in needs[name] for name in names):
        raise UsageError(
            f"None of the strategies that would be tried can use {found[0].base.name}, which is of "
            f"the kind {found[0].base.kind}: {', '.join(names)}.",
            "Name a strategy that can: --strategy zero-shot or few-shot ask a language model.",
        )
    # Those with a usual base of their own take what others need, if they can.
    for name in sorted(needs, key=lambda name: strategies[name].usual_base is not None):
        kinds = needs[name]
        if not kinds or any(place.base.kind in kinds for place in found):
            continue
        try:
            # A wording of one's own is there to be told to a language model.
            told = stage.recipe.prompt is not None and "decoder" in kinds
            kind: Kind = "decoder" if told else kinds[0]
            own = strategies[name].usual_base
            found.append(_usual(finding.default_for(stage.train.texts, kind, own), listen))
        except BaseError as error:
            if name in names:
                raise
            listen(Noted(f"{name} does not take part: {error.message}"))
    return noticed(found, listen)


def noticed(found: Sequence[Located], listen: Listener) -> list[Located]:
    """Return bases as they are, after saying to which servers texts will be sent."""
    for place in found:
        if notice := endpoints.notice(place):
            listen(Noted(notice))
    return list(found)


def _usual(name: str, listen: Listener) -> Located:
    """Return a base that nobody named, fetched if it is not here."""
    try:
        return finding.find(name)
    except MissingBaseError:
        listen(Noted(f"The base {name} is not on this machine yet: fetching it, once"))
        return fetching.fetch(name, listen)


def entrants(
    names: Sequence[str],
    bases: Sequence[Located],
    stage: Stage,
    asked: Sequence[str] = (),
    *,
    pairs: Literal["all", "fitting", "first"] = "all",
) -> list[Entrant]:
    """Return every strategy on every base that it may need, cheapest first.

    Args:
        names: strategies.
        bases: bases; strategies that need none take part once.
        stage: the split.
        asked: strategies that the user named, which must not be skipped in silence.
        pairs: whether each strategy takes part on all bases, even if only to be told why not, on
            those of a kind that it can use, or on the first of these.

    Raises:
        UsageError: a strategy of `asked` suits none of the bases.
    """
    found: list[Entrant] = []
    for name in names:
        strategy: Strategy = plugins.load("strategies", name)
        kinds = strategy.kinds(stage.task)
        usable = [place for place in bases if place.base.kind in kinds]
        tried = bases if pairs == "all" else (usable or bases)
        tried = tried[:1] if pairs == "first" else tried
        own: list[Entrant] = []
        for place in tried if strategy.needs_base else (None,):
            base = place.base if place else None
            reason = strategy.suits(base, stage.task, len(stage.train))
            own.append(Entrant(strategy, place, reason or "", len(tried) < 2))
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
