"""Translations and summaries: every strategy on pairs of texts, and int8 beside full precision.

    python benchmarks/generation.py ../shared/data \\
        translation/multi30k-en-fr:copy,zero-shot,few-shot,lora summarisation/scitldr-a:lead,lora

Each word names a folder with a train and a test file (the first in the order of names), and the
strategies to try. All are scored on the same drawn rows of the test file, and compared with those
before them on it. A trained model answers these rows on both engines. Rows are added to a dated
JSON file after every fit; `figures.py` shows them. `--keep DIR` saves every model.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from measure import add_row, fit_options, quiet, recipe_of

from socle import formats, plugins
from socle.bases import finding
from socle.data.dataset import Dataset
from socle.evaluating import Measurement, compared, measured
from socle.learning import Adaptation, Fitting
from socle.machine import machine, physical_cores
from socle.model import AdaptedModel
from socle.recipe import Recipe

quiet()
NAME = "generation"
ENGINES = ("ctranslate2", "ctranslate2-int8")
_FACTS = ("engine", "int8", "read", "passes", "steps", "tokens_per_second", "left_out")
_ALL = "copy,lead,zero-shot,few-shot,lora"


def main() -> None:
    """Run what the command line names."""
    parser = fit_options(__doc__)
    parser.set_defaults(effort="quick")
    parser.add_argument("--train-rows", type=int, default=2000, help="drawn; 0 for all")
    parser.add_argument("--test-rows", type=int, default=200, help="drawn; 0 for all")
    parser.add_argument("--keep", type=Path, help="folder for the models")
    options = parser.parse_intermixed_args()
    for run in options.runs:
        name, _, strategies = run.partition(":")
        on_set(options, name, (strategies or _ALL).split(","))


def on_set(options: argparse.Namespace, name: str, strategies: list[str]) -> None:
    """Fit strategies on one set, and add a row after each."""
    kind = plugins.load("tasks", "generation")
    train = pairs(kind, options.data / name, "train", options.train_rows)
    test = pairs(kind, options.data / name, "test", options.test_rows)
    task = kind.learn(train)
    base = options.base or finding.default_for(train.texts, "decoder")
    before: dict[str, Measurement] = {}
    for strategy in strategies:
        recipe = replace(recipe_of(options, strategy), base=base, task="generation")
        row, found, model = fitted(task, train, test, recipe)
        row["against"] = {other: difference(found, there) for other, there in before.items()}
        before[strategy] = found
        add_row(NAME, {"set": name, **row})
        if options.keep:
            told = name.rpartition("/")[2]
            model.save(options.keep / f"{told}-{strategy}-{base}.socle")


def pairs(kind: Any, folder: Path, part: str, most: int) -> Dataset[Any]:
    """Return the rows of a file, or so many of them, drawn with a fixed seed."""
    paths = sorted(folder.glob(f"{part}*.*"))
    if not paths:
        raise SystemExit(f"{folder} has no file called {part}")
    table = formats.read(paths[0])
    found: Dataset[Any] = kind.examples(table, kind.columns(table, None, None, None))
    if not most or most >= len(found):
        return found
    return found.subset(np.sort(np.random.default_rng(0).permutation(len(found))[:most]).tolist())


def fitted(
    task: Any, train: Dataset[Any], test: Dataset[Any], recipe: Recipe
) -> tuple[dict[str, Any], Measurement, AdaptedModel]:
    """Fit one strategy; return what was measured, the answers, and the model."""
    option = plugins.load("strategies", recipe.strategy)
    located = finding.find(str(recipe.base)) if option.needs_base else None
    wall, cpu = time.perf_counter(), time.process_time()
    fit = option.fit(Fitting(task, train, recipe, located))
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    model = AdaptedModel(task, option.name, fit.adaptation, recipe, located)
    found = answered(model, test)
    facts = fit.adaptation.facts
    row: dict[str, Any] = {
        "task": task.kind,
        "languages": [task.source_language, task.target_language],
        "strategy": option.name,
        "base": located.base.name if located else None,
        "effort": recipe.effort,
        "seed": recipe.seed,
        "n_train": len(train),
        "n_test": len(test),
        **scores(found),
        "train_seconds": round(wall, 1),
        "train_cpu_seconds": round(cpu, 1),
        "threads": physical_cores(),
        "instructions": machine()["instructions"],
        **{key: facts[key] for key in _FACTS if key in facts},
    }
    if option.moves and facts["engine"] in ENGINES:
        row["engines"] = on_engines(model, test, {facts["engine"]: found})
    return row, found, model


def on_engines(
    model: AdaptedModel, test: Dataset[Any], known: dict[str, Measurement]
) -> dict[str, Any]:
    """Return what a trained model is worth in full precision and in int8, and the difference."""
    from socle.training.readying import Generator

    located: Any = model.located
    for engine in ENGINES:
        if engine not in known:
            changed = {**model.adaptation.facts, "engine": engine}
            other = replace(model, adaptation=Adaptation(model.adaptation.tensors, changed))
            known[engine] = answered(other, test)
    # What the model itself does not need is several times its weights.
    never: Any = None
    facts = model.adaptation.facts
    Generator(located, str(facts["compiled"]), never).keep(str(facts["engine"]))
    full, fast = (known[engine] for engine in ENGINES)
    told: dict[str, Any] = {engine: scores(known[engine]) for engine in ENGINES}
    return told | {"int8_less_full": difference(fast, full)}


def answered(model: AdaptedModel, test: Dataset[Any]) -> Measurement:
    """Return a model's answers; the first ones, by which it is loaded, are not timed."""
    predictor = model.predictor()
    predictor.scores(model.task.inputs(test.examples[:2]))
    return measured(model.task, predictor, test, model.strategy, model.base_name)


def scores(found: Measurement) -> dict[str, Any]:
    """Return metrics, the interval of one, documents per second, answers cut and empty ones."""
    report = found.report
    return {
        "metric": found.metric,
        "metrics": {name: round(value, 4) for name, value in report.metrics.items()},
        "interval": [round(value, 4) for value in report.intervals[found.metric]],
        "documents_per_second": round(report.speed, 2),
        "cut": sum(one.finish == "length" for one in found.probabilities),
        "empty": sum(not one.text.strip() for one in found.probabilities),
    }


def difference(a: Measurement, b: Measurement) -> dict[str, float]:
    """Return by how much the first is better by their metric: the paired bootstrap."""
    found = compared(a, b)
    told = {"difference": found.difference, "low": found.low, "high": found.high, "p": found.p}
    return {name: round(value, 4) for name, value in told.items()}


if __name__ == "__main__":
    main()
