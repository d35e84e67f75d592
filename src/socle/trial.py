"""One comparison from its fits to what is known of every candidate, within a time budget.

The time goes first to candidates that take seconds, then to those that move weights, each with as
many passes over the data as its share of what is left allows. The shares are kept, so that a
comparison that goes on later makes the same choices.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np

from socle import fits, inspecting, judging
from socle.contest import Stage
from socle.costing import Cost, cost
from socle.data.findings import many
from socle.data.passages import marked
from socle.evaluating import Measurement
from socle.events import Finished, Listener, Noted, Scored, Started, Stepped
from socle.fits import Fitted
from socle.forgetting import forgetting
from socle.growing import grow
from socle.planning import Entry, Passes, turn
from socle.recipe import Recipe

_SMALL = 1000
"""Training rows up to which every further seed also draws its own labels."""
_DRAWN = 0.8
_FOR_FITS = 0.75
"""Share of the time that fits may use; the rest goes to cost, forgetting and the curve."""
_FOR_CURVE = 0.15
_COST_SECONDS = {"quick": 2.0, "normal": 8.0, "thorough": 20.0}
_FORGETTING_SECONDS = 30.0
_CURVE = ("classical", "head")


@dataclass
class Trial:
    """A comparison on its way; its methods are called in their order."""

    stage: Stage
    entries: list[Entry]
    listen: Listener
    limited: bool = True
    """Whether candidates that the time does not allow are left out."""
    fresh: bool = False
    began: float = field(default_factory=time.perf_counter)
    notes: list[str] = field(default_factory=list)

    @property
    def recipe(self) -> Recipe:
        """The choices that all share."""
        return self.stage.recipe

    def left(self, share: float = 1.0) -> float:
        """Return the seconds left of a share of the budget; no end when it is not limited."""
        if not self.limited:
            return float("inf")
        return self.began + share * self.recipe.seconds - time.perf_counter()

    def fit(self) -> None:
        """Fit every candidate: those that take seconds first, then those that move weights."""
        waiting = [entry for entry in self.entries if not entry.skipped]
        waiting.sort(key=turn)
        job = "Candidates"
        self.listen(Started(job, len(waiting)))
        began = time.perf_counter()
        names = [f"{entry.name} {entry.entrant.base}" for entry in self.entries]
        plan = Passes(self.stage, names, fresh=self.fresh)
        for i, entry in enumerate(waiting):
            if entry.moves:
                note = plan.give(entry, waiting[i:], self.left(_FOR_FITS))
                self.notes += [note] if note else []
            if not entry.skipped:
                self._fit(entry)
            self.listen(Stepped(job, i + 1, entry.name))
        self.listen(Finished(job, time.perf_counter() - began))

    def _fit(self, entry: Entry) -> None:
        def work() -> Fitted:
            return fits.remembered(entry.stage, entry.entrant, fresh=self.fresh, listen=self.listen)

        entry.fitted, entry.failed = fits.attempt(work)
        if entry.failed:
            self.listen(Noted(f"{entry.name} failed, the others go on: {entry.failed}"))
        elif entry.fitted:
            entry.held = fits.held_out(entry.stage, entry.fitted)
            if entry.fitted.remembered:
                self.listen(Noted(f"{entry.name}: kept from an earlier run"))
            if entry.held:
                self.listen(Scored(entry.name, {entry.held.metric: entry.held.value}))

    def disagreement(self) -> float | None:
        """Return how often two candidates differ, on training rows that they had not seen."""
        return judging.disagreement(
            [(fits.rows_held_out(e.fitted), e.held) for e in self.entries if e.held and e.fitted]
        )

    def open(self) -> None:
        """Let every candidate answer the test set: once, all of them."""
        job = "Opening the test set"
        ready = [entry for entry in self.entries if entry.fitted]
        self.listen(Started(job, len(ready)))
        for i, entry in enumerate(ready):
            entry.answers, entry.failed = fits.attempt(partial(_answered, entry))
            self.listen(Stepped(job, i + 1, entry.name))
        self.listen(Finished(job, 0.0))

    def repeat(self) -> None:
        """Fit again with other seeds; where labels are few, on other draws of them as well."""
        seeds = self.seeds()
        small = len(self.stage.train) <= _SMALL
        wanted = [e for e in self.entries if e.answers and e.entrant.strategy.name != "majority"]
        if len(seeds) < 2 and not (small and self.recipe.seeds):
            return
        job = "Other seeds"
        jobs = [(seed, entry) for seed in (seeds if small else seeds[1:]) for entry in wanted]
        self.listen(Started(job, len(jobs)))
        began = time.perf_counter()
        for entry in wanted:
            if entry.answers and not small:
                entry.by_seed.append(entry.answers.value)
        for i, (seed, entry) in enumerate(jobs):
            took = entry.fitted.seconds if entry.fitted else 0.0
            if took <= self.left(_FOR_FITS):
                self._again(entry, seed, small)
            self.listen(Stepped(job, i + 1, f"{entry.name}, seed {seed}"))
        self.listen(Finished(job, time.perf_counter() - began))
        drawn = f", each on its own {100 * _DRAWN:.0f} % of the training rows" if small else ""
        self.notes.append(f"Spread over seeds: {many(len(seeds), 'run')} of a candidate{drawn}.")
        for entry in wanted:
            if len(entry.by_seed) < len(seeds):
                self.notes.append(
                    f"{entry.name} has only {len(entry.by_seed)} of them: others failed, or there "
                    "was no time."
                )

    def _again(self, entry: Entry, seed: int, small: bool) -> None:
        def work() -> float:
            stage = entry.stage.redrawn(seed, _DRAWN if small else 1.0)
            found = fits.remembered(stage, entry.entrant, fresh=self.fresh)
            return fits.answered(stage, entry.entrant, found).value

        value, failed = fits.attempt(work)
        if value is not None and not failed:
            entry.by_seed.append(value)

    def seeds(self) -> list[int]:
        """Return the seeds that every candidate is fitted with."""
        few = {"quick": 1, "normal": 3 if len(self.stage.train) <= _SMALL else 1, "thorough": 5}
        n = self.recipe.seeds or few[self.recipe.effort]
        return [self.recipe.seed + i for i in range(n)]

    def look(self) -> None:
        """Measure what every candidate costs, and what it did to its base."""
        ready = [entry for entry in self.entries if entry.answers]
        self.listen(Started("Measuring the cost", len(ready)))
        for i, entry in enumerate(ready):
            entry.cost = self._cost(entry)
            self.listen(Stepped("Measuring the cost", i + 1, entry.name))
        self.listen(Finished("Measuring the cost", 0.0))
        needed = _FORGETTING_SECONDS
        for entry in ready:
            if entry.entrant.located is None or not entry.entrant.strategy.needs_base:
                continue
            if entry.moves and self.left(1 - _FOR_CURVE) < needed:
                self.notes.append(f"No time was left to measure what {entry.name} forgot.")
                continue
            began = time.perf_counter()
            self._forgetting(entry)
            needed = max(needed, time.perf_counter() - began)

    def _forgetting(self, entry: Entry) -> None:
        quick = self.recipe.effort == "quick"
        forget = partial(forgetting, entry.model(), quick=quick, listen=self.listen)
        entry.forgetting, failed = fits.attempt(forget)
        if failed:
            self.notes.append(f"What {entry.name} forgot could not be measured: {failed}")

    def _cost(self, entry: Entry) -> Cost | None:
        recipe = self.recipe

        def work() -> Cost:
            found = cost(
                entry.model(),
                [marked(e.text, e.spans) if e.spans else e.text for e in self.stage.test],
                price_per_hour=recipe.price_per_hour,
                seconds=_COST_SECONDS[recipe.effort],
            )
            took = entry.fitted
            if took is None:
                return found
            return replace(found, train_seconds=took.seconds, train_cpu_seconds=took.cpu_seconds)

        found, failed = fits.attempt(work)
        if failed:
            self.notes.append(f"The cost of {entry.name} could not be measured: {failed}")
        return found

    def curve(self) -> dict[str, Any] | None:
        """Return the learning curve of candidates that are cheap to fit, where texts get labels."""
        if self.stage.task.family != "texts":
            return None
        entrants = [
            (e.entrant.strategy, e.entrant.located)
            for e in self.entries
            if e.answers and e.entrant.strategy.name in _CURVE
        ]
        if not entrants:
            return None
        seconds = max(5.0, min(_FOR_CURVE * self.recipe.seconds, self.left()))
        stage = self.stage
        found, failed = fits.attempt(
            lambda: grow(
                stage.task,
                stage.train,
                stage.test,
                entrants,
                stage.recipe,
                seconds=seconds,
                listen=self.listen,
            )
        )
        if failed:
            self.notes.append(f"The learning curve could not be measured: {failed}")
        return found

    def faults(self) -> dict[str, Any] | None:
        """Return likely label errors in the training rows, and what leaving them out changed.

        None for tasks of words.
        """
        if self.stage.task.family != "texts":
            return None
        whole = [
            e
            for e in self.entries
            if e.held and e.answers and not e.moves and e.entrant.strategy.name != "majority"
        ]
        if not whole:
            return None
        entry = max(whole, key=lambda e: e.held.value if e.held else 0.0)
        if entry.held is None or entry.fitted is None:
            return None
        rows = fits.rows_held_out(entry.fitted)
        suspects = inspecting.suspected(entry.held)
        stage = self.stage
        told = inspecting.label_faults(stage.task, stage.train, rows, entry.held, suspects)
        out = np.array(sorted({int(rows[one.row]) for one in suspects}), dtype=np.int64)
        if len(out) and self.left() > entry.fitted.seconds and self.recipe.effort != "quick":
            told["correction"] = self._correction(entry, out)
        return told

    def _correction(self, entry: Entry, out: Any) -> dict[str, Any] | None:
        kept = np.setdiff1d(np.arange(len(self.stage.train)), out)

        def work() -> Measurement:
            train = self.stage.train.subset(kept.tolist())
            stage = replace(entry.stage, train=train).redrawn(self.recipe.seed)
            again = fits.fitted(stage, entry.entrant, listen=self.listen)
            return fits.answered(stage, entry.entrant, again)

        after, _ = fits.attempt(work)
        before = entry.answers
        if after is None or before is None:
            return None
        return inspecting.correction(entry.name, len(out), before, after)


def _answered(entry: Entry) -> Measurement:
    if entry.fitted is None:
        raise ValueError(f"{entry.name} was not fitted")
    return fits.answered(entry.stage, entry.entrant, entry.fitted)
