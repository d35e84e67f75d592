"""From rows to an adapted model, with its rivals measured beside it.

One split, made once. Every candidate is compared on training examples that it did not see; the
choice is made there; the test set is opened once, at the end, for all of them.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from socle import carding, contest, fits, inspecting, judging, planning, plugins
from socle.bases import Located
from socle.choosing import Held, choose
from socle.contest import Entrant, Stage
from socle.evaluating import Answers, Measurement
from socle.events import Finished, Listener, Noted, Scored, Started, duration, silent
from socle.fits import Fitted
from socle.licensing import combine
from socle.model import AdaptedModel, refuse_foreign
from socle.recipe import Recipe
from socle.report import Candidate
from socle.tasks import Family

_RIVALS: Mapping[Family, tuple[str, ...]] = {
    "texts": ("majority", "classical"),
    "words": ("majority", "classical"),
    "generated": ("copy", "lead"),
}
_FEW_EACH = 100
"""Rows for each label up to which pairs of them teach more than they do by themselves."""
_BESIDE = {"few-shot": ("nearest",), "contrastive": ("nearest", "head")}
"""Strategies whose worth shows only beside a cheaper one of their kind."""
_LADDER: Mapping[Family, tuple[str, ...]] = {
    "texts": ("majority", "classical", "head", "contrastive", "partial", "lora", "full"),
    "words": ("majority", "classical", "head", "partial", "lora", "full"),
    "generated": ("copy", "lead", "zero-shot", "few-shot", "lora"),
}


@dataclass
class _Entry:
    """A candidate on its way through the contest."""

    entrant: Entrant
    skipped: str = ""
    fitted: Fitted | None = None
    held: Answers | None = None
    seconds: float = 0.0

    @property
    def name(self) -> str:
        return self.entrant.name

    @property
    def moves(self) -> bool:
        return self.entrant.moves


@dataclass(frozen=True)
class _Run:
    """One adaptation."""

    stage: Stage
    listen: Listener
    folder: Path | None
    """Where checkpoints are kept."""


def adapt(
    data: Any,
    *,
    test: Any = None,
    recipe: Recipe | None = None,
    out: str | Path | None = None,
    resume: bool = False,
    listen: Listener = silent,
) -> AdaptedModel:
    """Adapt a base to labelled rows, and measure it beside its rivals.

    Args:
        data: a path, a data frame (pandas, polars, pyarrow), or a list of dictionaries.
        test: rows never learnt from; a share of `data` is set apart when None.
        recipe: the choices; all derived when None.
        out: where the model is saved; nowhere when None.
        resume: go on with a run to the same `out` that was interrupted.
        listen: hears of progress.

    Returns:
        The model; `model.report` holds the table of candidates and the verdict.

    Raises:
        InputError: the rows cannot be used.
        MissingBaseError: the base is not on this machine and could not be fetched.
        RecipeError: a setting is unknown or out of range.
        ResourceError: the model cannot be written.
    """
    began = time.perf_counter()
    recipe = recipe or Recipe()
    if out is not None:
        refuse_foreign(Path(out))
    if recipe.strategy != "auto":
        plugins.load("strategies", recipe.strategy)  # an unknown one is refused at once
    run = _Run(contest.staged(data, test, recipe, listen), listen, _run_folder(out))
    names = _names(run.stage)
    if run.folder and not resume:
        shutil.rmtree(run.folder, ignore_errors=True)
    asked = [] if recipe.strategy == "auto" else [recipe.strategy]
    bases = _bases(recipe, asked, names, run)
    found = contest.entrants(names, bases, run.stage, asked, pairs="first")
    entries = [_Entry(one, one.skipped) for one in found]
    _climb(run, entries)
    chosen = _chosen(run, entries)
    if recipe.strategy == "auto":
        chosen.fitted = _refitted(run, chosen)
    model = _measured_model(run, entries, chosen, began)
    if out is not None:
        model = replace(model, report={"model": str(out), **model.report})
        model.save(out)
        if run.folder:
            shutil.rmtree(run.folder, ignore_errors=True)
    return model


def _bases(recipe: Recipe, asked: list[str], names: list[str], run: _Run) -> list[Located]:
    """Return the bases of the candidates; those that only stand beside must not cost the run."""
    if not asked:
        return contest.places(recipe.base, names, run.stage, run.listen)
    # A strategy that was named takes the base that was named, or is refused.
    needed = [] if recipe.base else asked
    beside = [name for name in names if name not in asked]
    return contest.places(recipe.base, needed, run.stage, run.listen, beside=beside)


def _run_folder(out: str | Path | None) -> Path | None:
    return None if out is None else Path(out).with_name(f".{Path(out).name}.run")


def _names(stage: Stage) -> list[str]:
    recipe, family = stage.recipe, stage.task.family
    if recipe.strategy != "auto":
        rivals = (*_RIVALS[family], *_BESIDE.get(recipe.strategy, ()))
        known = [n for n in rivals if family in plugins.load("strategies", n).families]
        return list(dict.fromkeys([*known, recipe.strategy]))
    last = ("full",) if family == "generated" else ("scratch",)
    many = len(stage.train) > _FEW_EACH * len(stage.task.labels)
    ladder = [name for name in _LADDER[family] if not (many and name == "contrastive")]
    return [*ladder, *(last if recipe.effort == "thorough" else ())]


def _climb(run: _Run, entries: list[_Entry]) -> None:
    """Fit from cheap to dear, leaving out what the time budget does not allow."""
    recipe = run.stage.recipe
    auto = recipe.strategy == "auto"
    texts = run.stage.task.family == "texts"
    limit = time.perf_counter() + recipe.seconds
    each = 0.0
    for entry in entries:
        if entry.skipped:
            continue
        if auto and entry.moves and entry.entrant.located:
            # Chosen, one for texts is fitted twice: without a fold to be compared, then on all.
            each = each or _seconds_each(run, entry.entrant, entry.entrant.located)
            left = limit - time.perf_counter()
            needed = each * planning.reads(entry.entrant, run.stage) * (2 if texts else 1)
            if needed > left:
                entry.skipped = (
                    f"it would take about {duration(needed)}, and effort {recipe.effort!r} has "
                    f"{duration(max(0.0, left))} left"
                )
                continue
        run.listen(Noted(f"Trying {entry.name}"))
        _fit(run, entry, apart=auto and entry.moves and texts)
        if entry.fitted:
            entry.held = fits.held_out(run.stage, entry.fitted)
        if entry.held:
            run.listen(Scored(entry.name, {entry.held.metric: entry.held.value}))


def _seconds_each(run: _Run, entrant: Entrant, place: Located) -> float:
    """Estimate what one pass takes; of texts that are written, all of the training."""
    if run.stage.task.family == "generated":
        return fits.seconds_to_write(run.stage, entrant)
    return fits.seconds_per_pass(run.stage, place)


def _fit(run: _Run, entry: _Entry, *, apart: bool = False) -> None:
    held = run.stage.folds[0] if apart else None
    entry.fitted = fits.fitted(
        run.stage, entry.entrant, listen=run.listen, run_folder=run.folder, held=held
    )
    entry.seconds += entry.fitted.seconds


def _chosen(run: _Run, entries: list[_Entry]) -> _Entry:
    by_name = {entry.name: entry for entry in entries}
    if run.stage.recipe.strategy != "auto":
        return by_name[run.stage.recipe.strategy]
    held = [
        Held(e.name, e.entrant.strategy.rank, fits.rows_held_out(e.fitted), e.held)
        for e in entries
        if e.held and e.fitted and e.name != "majority"
    ]
    name = choose(held)
    run.listen(Noted(f"Chosen on training examples that it had not seen: {name}"))
    return by_name[name]


def _refitted(run: _Run, chosen: _Entry) -> Fitted | None:
    """Fit a gradient strategy again with the fold that it was compared on.

    Not for words: a sentence has many, and the few held out would change next to nothing.
    """
    if chosen.moves and run.stage.task.family == "texts":
        _fit(run, chosen)
    return chosen.fitted


def _measured_model(run: _Run, entries: list[_Entry], chosen: _Entry, began: float) -> AdaptedModel:
    stage, strategy = run.stage, chosen.entrant.strategy
    told = judging.disagreement(
        [(fits.rows_held_out(e.fitted), e.held) for e in entries if e.held and e.fitted]
    )
    detectable = judging.what_can_be_told(len(stage.test), told)
    if stage.task.family == "texts":
        run.listen(Noted(detectable.text))
    run.listen(Started("Opening the test set", None))
    opened = {
        entry.name: fits.answered(stage, entry.entrant, entry.fitted)
        for entry in entries
        if entry.fitted
    }
    run.listen(Finished("Opening the test set", 0.0))
    report = _report(stage, entries, opened, chosen)
    if stage.task.family == "texts":
        report["detectable"] = detectable.to_json()
    report["seconds"]["total"] = round(time.perf_counter() - began, 2)
    place = chosen.entrant.located if strategy.needs_base else None
    base = place.base if place else None
    report["licence"] = combine(base, stage.recipe.data_licence).to_json()
    if chosen.fitted is None:
        raise ValueError("the chosen candidate was not fitted")
    return AdaptedModel(
        task=stage.task,
        strategy=strategy.name,
        adaptation=chosen.fitted.fit.adaptation,
        recipe=replace(stage.recipe, base=base.name if base else None),
        located=place,
        report=report,
        card=carding.card(
            report, base, recipe=stage.recipe, sha256=place.sha256 if place else None
        ),
    )


def _candidate(entry: _Entry, opened: dict[str, Measurement]) -> Candidate:
    base = entry.entrant.base if entry.entrant.strategy.needs_base else None
    if entry.name not in opened:
        return Candidate(entry.name, base, skipped=entry.skipped)
    validated = entry.held.value if entry.held else None
    return Candidate(entry.name, base, validated, opened[entry.name].report, seconds=entry.seconds)


def _report(
    stage: Stage, entries: list[_Entry], opened: dict[str, Measurement], chosen: _Entry
) -> dict[str, Any]:
    name, own = chosen.name, opened[chosen.name]
    facts = chosen.fitted.fit.adaptation.facts if chosen.fitted else {}
    contenders = [
        judging.Contender(
            e.name,
            e.name,
            e.entrant.strategy.rank,
            opened[e.name],
            _seconds(opened[e.name]),
            groups=stage.test_groups,
        )
        for e in entries
        if e.name in opened
    ]
    return {
        "task": stage.task.name,
        "base": own.report.base,
        "strategy": name,
        "n_train": len(stage.train),
        "n_test": len(stage.test),
        "metrics": dict(own.report.metrics),
        "intervals": dict(own.report.intervals),
        "rivals": {k: dict(v.report.metrics) for k, v in opened.items() if k != name},
        "verdict": judging.judge(contenders, name).to_json(),
        "seconds": {"train": round(chosen.seconds, 2)},
        "candidates": [_candidate(entry, opened).to_json() for entry in entries],
        "pairs": [pair.to_json() for pair in judging.against_the_best(contenders)],
        "labels": own.report.to_json()["labels"],
        "calibration": inspecting.calibration(own),
        "abstention": inspecting.abstention(chosen.held),
        "data": {
            "name": stage.train.name,
            "train": stage.train.fingerprint,
            "test": stage.test.fingerprint,
            "licence": stage.recipe.data_licence,
        },
        "learnt": {key: facts[key] for key in fits.LEARNT if key in facts},
        "notes": list(stage.notes),
    }


def _seconds(found: Measurement) -> float | None:
    """Return what 1,000 documents cost in seconds, as the test set took them."""
    return 1000 / found.report.speed if found.report.speed > 0 else None
