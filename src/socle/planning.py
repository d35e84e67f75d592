"""Who takes part in a comparison, and how often each may read the rows in the time there is."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from socle import fits
from socle.contest import Entrant, Stage
from socle.costing import Cost
from socle.data.findings import many
from socle.evaluating import Answers, Measurement
from socle.events import duration
from socle.files import cache_folder, sha256_of_texts, write_atomically
from socle.fits import Fitted
from socle.forgetting import Forgetting
from socle.gradients import GradientStrategy
from socle.model import AdaptedModel

_READS = 3
"""Passes that a candidate costs which reads the rows as often as it likes."""
_FIRST = ("full", "scratch", "lora", "partial")
"""Order in which strategies that move weights are given time: the telling ones first."""


@dataclass
class Entry:
    """A candidate on its way through the comparison."""

    entrant: Entrant
    stage: Stage
    """The split; its recipe holds this candidate's passes."""
    skipped: str = ""
    failed: str = ""
    fitted: Fitted | None = None
    held: Answers | None = None
    answers: Measurement | None = None
    by_seed: list[float] = field(default_factory=list)
    cost: Cost | None = None
    forgetting: Forgetting | None = None

    @property
    def name(self) -> str:
        """Name of the candidate."""
        return self.entrant.name

    @property
    def moves(self) -> bool:
        """Whether it moves weights."""
        return self.entrant.moves

    @property
    def rank(self) -> int:
        """Place on the ladder."""
        return self.entrant.strategy.rank

    def model(self) -> AdaptedModel:
        """Return it as a model.

        Raises:
            ValueError: it was not fitted.
        """
        if self.fitted is None:
            raise ValueError(f"{self.name} was not fitted")
        place = self.entrant.located if self.entrant.strategy.needs_base else None
        return AdaptedModel(
            task=self.stage.task,
            strategy=self.entrant.strategy.name,
            adaptation=self.fitted.fit.adaptation,
            recipe=replace(self.stage.recipe, base=place.base.name if place else None),
            located=place,
        )


class Passes:
    """Gives every candidate that moves weights its passes over the data.

    What was given is kept, so that a comparison that goes on later makes the same choices.
    """

    def __init__(self, stage: Stage, names: Sequence[str], *, fresh: bool) -> None:
        parts = [stage.train.fingerprint, stage.recipe.to_toml(), *names]
        self._path = cache_folder("comparisons") / f"{sha256_of_texts(parts)[:24]}.json"
        self._given: dict[str, int] = {} if fresh else _read(self._path)
        self._each: dict[str, float] = {}

    def give(self, entry: Entry, waiting: Sequence[Entry], left: float) -> str:
        """Write its passes into a candidate's recipe, or why there are none; return what to note.

        Args:
            entry: the candidate whose turn it is.
            waiting: those that move weights and have not been fitted, it being the first.
            left: seconds that they may take together.
        """
        effort = entry.stage.recipe.effort
        if left == float("inf") or entry.stage.recipe.epochs:
            return ""
        wanted = _wanted(entry)
        if entry.name not in self._given:
            each = self._seconds(entry)
            total = sum(_wanted(one) * self._seconds(one) for one in waiting)
            passes = min(wanted, int(left * wanted / total)) if total else wanted
            if passes < 1 and each <= left:
                passes = 1
            if passes < 1:
                entry.skipped = (
                    f"one pass over the rows would take about {duration(each)}, and effort "
                    f"{effort!r} has {duration(max(0.0, left))} left"
                )
                return ""
            self._given[entry.name] = passes
            write_atomically(self._path, json.dumps(self._given))
        passes = self._given[entry.name]
        if passes == wanted:
            return ""
        entry.stage = replace(entry.stage, recipe=replace(entry.stage.recipe, epochs=passes))
        return (
            f"{entry.name} read the rows {many(passes, 'time')} instead of {wanted}: effort "
            f"{effort!r} "
            "leaves no time for more."
        )

    def _seconds(self, entry: Entry) -> float:
        place = entry.entrant.located
        if place is None:
            return 0.0
        if entry.stage.task.family == "generated":
            return fits.seconds_to_write(entry.stage, entry.entrant)
        times = 1 if _paced(entry.entrant, entry.stage) else _READS
        if place.base.name not in self._each:
            self._each[place.base.name] = fits.seconds_per_pass(entry.stage, place)
        return times * self._each[place.base.name]


def _wanted(entry: Entry) -> int:
    return reads(entry.entrant, entry.stage) if _paced(entry.entrant, entry.stage) else 1


def reads(entrant: Entrant, stage: Stage) -> int:
    """Return how often a candidate that moves weights reads the rows where there is time enough.

    1 where a text is to be written: what that takes is estimated as a whole.
    """
    from socle.training.passes import amount_of, passes_for

    if stage.task.family == "generated":
        return 1
    if not _paced(entrant, stage):
        return _READS
    strategy = entrant.strategy
    move = strategy.move() if isinstance(strategy, GradientStrategy) else None
    factor = move.epochs_factor if move else 1.0
    return passes_for(stage.recipe, amount_of(stage.train.examples), factor)


def _paced(entrant: Entrant, stage: Stage) -> bool:
    """Tell whether passes can be given to a candidate; others are planned as a whole."""
    strategy = entrant.strategy
    paced = not isinstance(strategy, GradientStrategy) or strategy.paced
    return paced and stage.task.family != "generated"


def turn(entry: Entry) -> tuple[bool, int, str]:
    """Return the place of a candidate in the order of fitting."""
    name = entry.entrant.strategy.name
    place = _FIRST.index(name) if name in _FIRST else len(_FIRST)
    return entry.moves, place if entry.moves else entry.rank, entry.name


def _read(path: Path) -> dict[str, int]:
    try:
        return {str(k): int(v) for k, v in json.loads(path.read_text(encoding="utf-8")).items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}
