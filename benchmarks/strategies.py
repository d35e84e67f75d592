"""Every strategy on labelled sets: accuracy, macro-F1, seconds of training, documents per second.

    python benchmarks/strategies.py ../shared/data/classification sst2:head,full scicite:full

Each word names a set (a folder with train.csv and test.csv) and the strategies to try, or two sets
joined by `>` (train of the first, test of the second) to cross languages. Results are added to a
dated JSON file after every fit, so that an interrupted run loses nothing; `figures.py` shows them.
"""

from __future__ import annotations

import base64
import time
from pathlib import Path
from typing import Any

import numpy as np
from measure import add_row, fit_options, quiet, recipe_of

from socle import plugins
from socle.bases import finding
from socle.data.reading import read_rows
from socle.data.splitting import folds
from socle.evaluating import measured
from socle.learning import Fitting
from socle.machine import machine
from socle.recipe import Recipe

quiet()


def main() -> None:
    """Run what the command line names."""
    options = fit_options(__doc__).parse_intermixed_args()
    for run in options.runs:
        name, _, strategies = run.partition(":")
        for strategy in strategies.split(","):
            add_row("strategies", fitted(options.data, name, recipe_of(options, strategy)))


def fitted(data: Path, name: str, recipe: Recipe) -> dict[str, Any]:
    """Fit one strategy on one set and return what was measured."""
    kind = plugins.load("tasks", "classification")
    first, _, second = name.partition(">")
    train = kind.examples(*read_rows(data / first / "train.csv"))
    test = kind.examples(*read_rows(data / (second or first) / "test.csv"))
    task = kind.learn(train)
    strategy = plugins.load("strategies", recipe.strategy)
    both = [*train.texts, *test.texts] if second else train.texts
    base = recipe.base or finding.default_for(both)
    located = finding.find(base) if strategy.needs_base else None
    parts = tuple(folds(train, 5, recipe.seed))
    wall, cpu = time.perf_counter(), time.process_time()
    fit = strategy.fit(Fitting(task, train, recipe, located, folds=parts))
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    predictor = strategy.restore(fit.adaptation, task, located, recipe)
    predictor.scores(task.inputs(test.examples[:8]))
    found = measured(task, predictor, test, strategy.name, base if located else None)
    report = found.report
    facts = fit.adaptation.facts
    return {
        "set": name,
        "strategy": strategy.name,
        "base": report.base,
        "effort": recipe.effort,
        "seed": recipe.seed,
        "epochs": recipe.epochs,
        "learning_rate": recipe.learning_rate,
        "n_train": len(train),
        "n_test": len(test),
        "accuracy": round(report.metrics["accuracy"], 4),
        "interval": [round(v, 4) for v in report.intervals["accuracy"]],
        "macro_f1": round(report.metrics["macro_f1"], 4),
        "ece": round(report.metrics["ece"], 4),
        "train_seconds": round(wall, 1),
        "train_cpu_seconds": round(cpu, 1),
        "documents_per_second": round(report.speed, 1),
        "instructions": machine()["instructions"],
        "right": base64.b64encode(np.packbits(found.right).tobytes()).decode(),
        **{k: facts[k] for k in ("engine", "int8", "tokens_per_second", "steps") if k in facts},
    }


if __name__ == "__main__":
    main()
