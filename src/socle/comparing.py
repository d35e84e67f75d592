"""Is adapting worth it here? Any strategies on any bases, on one split, with a verdict.

The order is that of an honest trial: fit every candidate, say what the test set can tell, open it
once, compare; then look at cost, forgetting, labels still needed, faults of the data, and rights.
"""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from socle import carding, contest, fits, inspecting, judging, plugins
from socle.bases import Located, endpoints, finding, loading
from socle.contest import Stage
from socle.costing import hosted
from socle.errors import UsageError
from socle.evaluating import Measurement
from socle.events import Listener, Noted, silent
from socle.files import write_atomically
from socle.judging import Contender
from socle.licensing import combine
from socle.machine import machine
from socle.metrics.resampling import bootstrap
from socle.model import AdaptedModel
from socle.planning import Entry
from socle.recipe import Recipe
from socle.rendering.page import page
from socle.report import Comparison
from socle.strategies import Strategy
from socle.tasks import Task
from socle.trial import Trial

_OF_RIVALS = ("name", "strategy", "base", "skipped", "failed", "metrics", "interval", "cost")
_OF_ITS_OWN = (
    "strategy",
    "base",
    "metrics",
    "intervals",
    "labels",
    "calibration",
    "abstention",
    "licence",
    "cost",
)


def compare(
    data: Any,
    *,
    test: Any = None,
    strategies: Sequence[str] | None = None,
    bases: Sequence[str] | None = None,
    recipe: Recipe | None = None,
    fresh: bool = False,
    listen: Listener = silent,
) -> Comparison:
    """Compare ways of learning the same rows, and say which one to use.

    What was fitted is kept by content in the cache: an interrupted comparison, started again with
    the same words, goes on where it was.

    Args:
        data: a path, a data frame (pandas, polars, pyarrow), or a list of dictionaries.
        test: rows never learnt from; a share of `data` is set apart when None.
        strategies: names; all that the time of the effort allows when None.
        bases: names, hub ids or folders; the default for the language of the texts when None.
        recipe: the choices; all derived when None.
        fresh: forget what an earlier comparison of the same rows learnt.
        listen: hears of progress.

    Returns:
        The comparison; `facts` is what `socle compare --json` prints, and `models` gives every
        candidate as a model by its name.

    Raises:
        InputError: the rows cannot be used.
        BaseError: a base is unknown, missing or damaged.
        UsageError: a strategy is unknown, or suits none of the bases; two bases share a name.
        RecipeError: a setting is unknown or out of range.
        ResourceError: no candidate could be fitted.
    """
    recipe = recipe or Recipe()
    began = time.perf_counter()
    names = list(dict.fromkeys(strategies or plugins.names("strategies")))
    for name in names:
        plugins.load("strategies", name)  # an unknown one is refused before anything is read
    stage = contest.staged(data, test, recipe, listen)
    entries = _entries(stage, names, strategies or (), bases, listen)
    trial = Trial(stage, entries, listen, limited=not strategies, fresh=fresh, began=began)
    trial.fit()
    detectable = None
    if stage.task.family == "texts":
        detectable = judging.what_can_be_told(len(stage.test), trial.disagreement())
        listen(Noted(detectable.text))
    trial.open()
    trial.repeat()
    trial.look()
    facts = _facts(trial) | {"detectable": detectable.to_json() if detectable else None}
    facts["seconds"] = round(time.perf_counter() - began, 1)
    models = {e.name: partial(_model, e, facts) for e in entries if e.answers}
    return Comparison(facts, models)


def _model(entry: Entry, facts: Mapping[str, Any]) -> AdaptedModel:
    """Return a candidate as a model with its report and its card, as `adapt` writes them."""
    model = entry.model()
    report = _report(entry, facts)
    base = model.located.base if model.located else None
    sha256 = model.located.sha256 if model.located else None
    told = carding.card(report, base, recipe=model.recipe, sha256=sha256)
    return replace(model, report=report, card=told)


def _report(entry: Entry, facts: Mapping[str, Any]) -> dict[str, Any]:
    rows = [{k: row[k] for k in _OF_RIVALS if k in row} for row in facts["candidates"]]
    own = next(row for row in facts["candidates"] if row["name"] == entry.name)
    data = facts["data"]
    return {
        **{key: own[key] for key in _OF_ITS_OWN},
        **{key: facts[key] for key in ("task", "verdict", "pairs", "detectable", "notes")},
        "n_train": data["n_train"],
        "n_test": data["n_test"],
        "rivals": {
            row["name"]: row["metrics"]
            for row in rows
            if "metrics" in row and row["name"] != entry.name
        },
        "seconds": {
            "total": facts["seconds"],
            "train": round(entry.fitted.seconds, 2) if entry.fitted else 0.0,
        },
        "candidates": rows,
        "data": {key: data[key] for key in ("name", "train", "test", "licence")},
        "learnt": own["settings"],
    }


def write_page(comparison: Comparison, path: Path) -> None:
    """Write the report of a comparison as one HTML file, readable without a network.

    Raises:
        ResourceError: it cannot be written.
    """
    write_atomically(path, page(comparison.facts, datetime.date.today().isoformat()))


def _entries(
    stage: Stage,
    names: Sequence[str],
    asked: Sequence[str],
    bases: Sequence[str] | None,
    listen: Listener,
) -> list[Entry]:
    usual = "lora" if stage.task.family == "generated" else "head"
    named, choosing = stage.recipe.base, asked or [usual]
    places = _found(bases, listen) if bases else contest.places(named, choosing, stage, listen)
    if not asked:
        names = _usable(names, places, stage)
    found = contest.entrants(names, places, stage, asked, pairs="all" if bases else "fitting")
    return [Entry(one, stage, one.skipped) for one in found]


def _usable(names: Sequence[str], places: Sequence[Located], stage: Stage) -> list[str]:
    """Return the strategies that have a say here: of the task's family, and on bases of their kind.

    What labels texts has nothing to say of summaries; a user who names it is told why.
    """
    there = {place.base.kind for place in places}
    found = []
    for name in names:
        strategy: Strategy = plugins.load("strategies", name)
        kinds = strategy.kinds(stage.task)
        if stage.task.family in strategy.families and (not kinds or there & set(kinds)):
            found.append(name)
    return found


def _found(bases: Sequence[str], listen: Listener) -> list[Located]:
    places = list({place.folder: place for place in map(finding.find, bases)}.values())
    names = [place.base.name for place in places]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise UsageError(
            f"Two of the bases are called {twice!r}, and could not be told apart.",
            "Give one of the folders another name.",
        )
    return contest.noticed(places, listen)


def _facts(trial: Trial) -> dict[str, Any]:
    stage = trial.stage
    contenders = [_contender(entry) for entry in trial.entries if entry.answers]
    if not contenders:
        raise fits.nothing_fitted([entry.failed or entry.skipped for entry in trial.entries])
    verdict = judging.judge(contenders)
    based = [e.name for e in trial.entries if e.entrant.strategy.needs_base and not _random(e)]
    pairs = judging.against_the_best(contenders) + judging.macro_f1_pairs(contenders, stage.task)
    return {
        "data": _data(trial),
        "task": stage.task.name,
        "metric": contenders[0].answers.metric,
        "effort": trial.recipe.effort,
        "seed": trial.recipe.seed,
        "seeds": trial.seeds(),
        "candidates": [_candidate(entry, trial) for entry in trial.entries],
        "pairs": [pair.to_json() for pair in pairs],
        "verdict": verdict.to_json(),
        "transfer": [one.to_json() for one in judging.transfers(contenders, based)],
        "curve": trial.curve(),
        "faults": trial.faults(),
        "disagreements": _disagreements(trial, contenders, verdict.winner),
        "hosted": _hosted(trial),
        "pareto": judging.pareto(contenders),
        "machine": machine(),
        "notes": [*stage.notes, *trial.notes],
    }


def _hosted(trial: Trial) -> dict[str, Any] | None:
    """Return what a hosted model would cost that answers each text with a label."""
    if trial.stage.task.family != "texts":
        return None
    return hosted(trial.stage.test.texts, trial.stage.task.labels, _counter(trial))


def _random(entry: Entry) -> bool:
    return entry.entrant.strategy.name == "scratch"


def _data(trial: Trial) -> dict[str, Any]:
    stage = trial.stage
    return {
        "name": stage.train.name,
        "train": stage.train.fingerprint,
        "test": stage.test.fingerprint,
        "n_train": len(stage.train),
        "n_test": len(stage.test),
        "labels": list(stage.task.labels),
        "several": stage.task.several,
        "licence": trial.recipe.data_licence,
    }


def _contender(entry: Entry) -> Contender:
    if entry.answers is None:
        raise ValueError(f"{entry.name} gave no answers")
    cost = entry.cost.cpu_seconds_per_1000 if entry.cost else None
    strategy = entry.entrant.strategy
    return Contender(
        entry.name,
        strategy.name,
        strategy.rank,
        entry.answers,
        cost,
        tuple(entry.by_seed),
        entry.stage.test_groups,
    )


def _candidate(entry: Entry, trial: Trial) -> dict[str, Any]:
    base = entry.entrant.base if entry.entrant.strategy.needs_base else None
    found: dict[str, Any] = {
        "name": entry.name,
        "strategy": entry.entrant.strategy.name,
        "base": base,
        "rank": entry.rank,
    }
    if entry.answers is None or entry.fitted is None:
        return found | ({"failed": entry.failed} if entry.failed else {"skipped": entry.skipped})
    located = entry.entrant.located if base else None
    rights = combine(located.base if located else None, trial.recipe.data_licence)
    return found | {
        **_quality(entry.answers, trial.stage.task),
        "by_seed": [round(value, 4) for value in entry.by_seed],
        "spread": judging.spread(entry.by_seed),
        "settings": _settings(entry),
        "labels": entry.answers.report.to_json()["labels"],
        "cost": entry.cost.to_json() if entry.cost else None,
        "calibration": inspecting.calibration(entry.answers),
        "risk_coverage": inspecting.coverage(entry.answers),
        "abstention": inspecting.abstention(entry.held),
        "confusion": inspecting.confusion(entry.answers, len(trial.stage.task.labels)),
        "licence": rights.to_json(),
        "forgetting": entry.forgetting.to_json() if entry.forgetting else None,
    }


def _quality(answers: Measurement, task: Task) -> dict[str, Any]:
    intervals: dict[str, Sequence[float]] = dict(answers.report.intervals)
    if len(answers.right) > 1 and not answers.counted:
        counts = task.statistics(answers.gold, answers.chosen)
        found = bootstrap(counts, lambda sums: task.values(sums)["macro_f1"])
        intervals["macro_f1"] = (found.low, found.high)
    return {
        "metrics": dict(answers.report.metrics),
        "interval": list(intervals[answers.metric]),
        "intervals": {name: list(ends) for name, ends in intervals.items()},
    }


def _settings(entry: Entry) -> dict[str, Any]:
    facts = entry.fitted.fit.adaptation.facts if entry.fitted else {}
    kept = {key: facts[key] for key in fits.LEARNT if key in facts}
    return kept | ({"epochs": entry.stage.recipe.epochs} if entry.stage.recipe.epochs else {})


def _disagreements(
    trial: Trial, contenders: Sequence[Contender], winner: str
) -> list[dict[str, Any]]:
    """Compare the best candidate with the best one of another kind, with a base or without."""
    best = next(one for one in contenders if one.name == winner)
    based = {entry.name: entry.entrant.strategy.needs_base for entry in trial.entries}
    others = [
        one
        for one in contenders
        if one is not best and one.strategy != "majority" and based[one.name] != based[winner]
    ]
    if not others or trial.stage.task.family != "texts":
        return []
    other = judging.best_of(others)
    task, test = trial.stage.task, trial.stage.test
    return inspecting.disagreements(
        task, test, (best.name, best.answers), (other.name, other.answers)
    )


def _counter(trial: Trial) -> Callable[[Sequence[str]], Sequence[int]] | None:
    """Return what counts the tokens of texts, as a base of this comparison cuts them."""
    found = [entry.entrant.located for entry in trial.entries if entry.entrant.located]
    # How a server cuts texts it does not tell.
    places = [place for place in found if not endpoints.is_endpoint(place.base.name)]
    if not places:
        return None
    tokenizer = loading.load_tokenizer(places[0].folder)
    return lambda texts: [len(one.ids) for one in tokenizer.encode_batch(list(texts))]
