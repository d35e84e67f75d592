"""Planted label errors: how many come back, and what leaving them out is worth on the test set.

    python benchmarks/label_errors.py ../shared/data/classification sib200-en sms-spam sst2

One label in 20 of the training set is drawn anew among the other labels. Strategies give held-out
probabilities by five folds; the rows are ranked by the doubt in their label, by three scores (the
product keeps the first), and the planted ones are counted among the first k, k being their number,
and 2k, and in the list that `suspects` returns. Then the strategy is fitted on the clean labels, on
the planted ones, and on these without the suspects.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from measure import keep, quiet, table
from numpy.typing import NDArray

from socle import plugins
from socle.bases import finding
from socle.data.dataset import Dataset
from socle.data.reading import read_rows
from socle.data.splitting import folds
from socle.learning import Fitting
from socle.metrics.faults import suspects
from socle.metrics.labels import right
from socle.metrics.significance import mcnemar
from socle.recipe import Recipe
from socle.tasks import Task

quiet()
SHARE = 0.05
RANKINGS = ("self_confidence", "margin", "entropy_weighted")


def main() -> None:
    """Run what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="folder that holds the sets")
    parser.add_argument("sets", nargs="+")
    parser.add_argument("--strategies", default="classical,head")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    found = []
    for name in options.sets:
        for strategy in options.strategies.split(","):
            found.append(measured(options.data / name, strategy, options.seed))
            # Written after every set, so that an interrupted run loses nothing.
            keep("label-errors", found)
    columns = (
        "set",
        "strategy",
        "planted",
        "in_k",
        "in_2k",
        "random_in_k",
        "listed",
        "listed_hits",
    )
    print(table(list(columns), [[row[key] for key in columns] for row in found]))
    print()
    worth = ("set", "strategy", "clean", "planted_in", "left_out", "p_left_out_against_planted")
    print(table(list(worth), [[row[key] for key in worth] for row in found]))
    print()
    lines = [
        [row["set"], row["strategy"], *(row["rankings"][name]["in_k"] for name in RANKINGS)]
        for row in found
    ]
    print(table(["set", "strategy", *RANKINGS], lines))


def measured(folder: Path, name: str, seed: int) -> dict[str, Any]:
    """Plant errors in one set, look for them with one strategy, and refit without the suspects."""
    kind = plugins.load("tasks", "classification")
    train = kind.examples(*read_rows(folder / "train.csv"))
    test = kind.examples(*read_rows(folder / "test.csv"))
    task = kind.learn(train)
    noisy, rows = planted(task, train, seed)
    clean_right, _ = answered(task, train, test, name, seed)
    noisy_right, held = answered(task, noisy, test, name, seed)
    given = task.encode(noisy.examples)
    listed = [one.row for one in suspects(held, given)]
    rest = noisy.subset(np.setdiff1d(np.arange(len(noisy)), listed).tolist())
    rest_right, _ = answered(task, rest, test, name, seed)
    counted = {key: hits(score, rows) for key, score in rankings(held, given).items()}
    return {
        "set": folder.name,
        "strategy": name,
        "seed": seed,
        "n_train": len(train),
        "n_test": len(test),
        "planted": len(rows),
        **counted["self_confidence"],
        "random_in_k": round(len(rows) / len(train), 4),
        "random_in_2k": round(2 * len(rows) / len(train), 4),
        "listed": len(listed),
        "listed_hits": int(np.isin(listed, rows).sum()),
        "rankings": counted,
        "clean": round(float(clean_right.mean()), 4),
        "planted_in": round(float(noisy_right.mean()), 4),
        "left_out": round(float(rest_right.mean()), 4),
        "p_left_out_against_planted": round(mcnemar(rest_right, noisy_right), 4),
    }


def planted(task: Task, train: Dataset[Any], seed: int) -> tuple[Dataset[Any], NDArray[np.int64]]:
    """Return the examples with wrong labels among them, and the rows of these."""
    rng = np.random.default_rng(seed)
    given = task.encode(train.examples)
    rows = rng.choice(len(given), round(SHARE * len(given)), replace=False)
    shift = rng.integers(1, len(task.labels), len(rows))
    given[rows] = (given[rows] + shift) % len(task.labels)
    pairs = zip(train.examples, given, strict=True)
    wrong = tuple(replace(example, target=task.labels[label]) for example, label in pairs)
    return Dataset(wrong, train.name), rows


def answered(
    task: Task, train: Dataset[Any], test: Dataset[Any], name: str, seed: int
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Fit; return which test answers are right, and held-out probabilities of the training set."""
    strategy = plugins.load("strategies", name)
    located = finding.find(finding.default_for(train.texts)) if strategy.needs_base else None
    recipe = Recipe(strategy=name, seed=seed)
    fit = strategy.fit(Fitting(task, train, recipe, located, folds=tuple(folds(train, 5, seed))))
    predictor = strategy.restore(fit.adaptation, task, located, recipe)
    said = task.decide(task.probabilities(predictor.scores(test.texts)))
    return right(task.encode(test.examples), said), task.probabilities(fit.held_out)


def rankings(held: NDArray[np.float64], given: NDArray[np.int64]) -> dict[str, Any]:
    """Return a doubt per row, by several definitions."""
    each = np.arange(len(given))
    own = held[each, given]
    others = held.copy()
    others[each, given] = 0.0
    entropy = -(held * np.log(held + 1e-12)).sum(axis=1) / np.log(held.shape[1])
    doubts = (1 - own, others.max(axis=1) - own, -own / (entropy + 1e-6))
    return dict(zip(RANKINGS, doubts, strict=True))


def hits(doubt: NDArray[np.float64], rows: NDArray[np.int64]) -> dict[str, float]:
    """Return the share of the planted rows among the first k, their number, and among 2k."""
    order, k = np.argsort(-doubt, kind="stable"), len(rows)
    return {
        "in_k": round(float(np.isin(order[:k], rows).mean()), 4),
        "in_2k": round(float(np.isin(order[: 2 * k], rows).sum() / k), 4),
    }


if __name__ == "__main__":
    main()
