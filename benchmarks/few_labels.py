"""Few labels: every strategy on the same draws of 8 and 64 texts of each label.

    python benchmarks/few_labels.py ../shared/data/classification --strategies head,contrastive
    python benchmarks/few_labels.py DATA --strategies few-shot@gemma-3-270m --effort quick

A strategy is on the usual base of its kind, or on the one behind `@`. What the dated files of
results hold already is not measured again, unless with `--again`.
Draws are those of `setfit_rival.py`: the generator of the draw's number chooses among the rows of
each label, in the order of the labels' names; a label with fewer rows gives all. All are scored
on the same rows of the test file. A row is added to a dated JSON file after every fit.
"""

from __future__ import annotations

import argparse
import base64
import time
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from measure import Row, add_row, newest, quiet, rows, table

quiet()

SETS = ("sst2", "emotion-tweets", "scicite", "sib200-en", "sib200-fr", "sentiment-tweets-fr")
NAME = "few-labels"
# What tells one row from another.
TOLD = ("set", "size", "draw", "strategy", "base")


class Draw(NamedTuple):
    """What is learnt from, and what is measured on."""

    texts: list[str]
    labels: list[str]
    test_texts: list[str]
    test_labels: list[str]


def options_of(about: str | None) -> argparse.ArgumentParser:
    """Return what says which draws are tried."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("data", type=Path, help="folder that holds the sets")
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument("--sizes", default="8,64", help="texts of each label")
    parser.add_argument("--draws", type=int, default=5)
    parser.add_argument("--first", type=int, default=0, help="number of the first draw")
    parser.add_argument("--test-rows", type=int, default=400, help="of each test file, drawn once")
    return parser


def drawn(folder: Path, size: int, seed: int, most: int) -> Draw:
    """Return `size` training texts of each label, and at most `most` rows of the test file."""
    texts, labels = rows(folder, "train")
    gold = np.array(labels)
    rng = np.random.default_rng(seed)
    chosen: list[int] = []
    for label in sorted(set(labels)):
        own = np.flatnonzero(gold == label)
        chosen += rng.choice(own, min(size, len(own)), replace=False).tolist()
    test, answers = rows(folder, "test")
    kept = np.arange(len(test))
    if len(test) > most:
        kept = np.sort(np.random.default_rng(0).choice(len(test), most, replace=False))
    return Draw(
        [texts[i] for i in chosen],
        [labels[i] for i in chosen],
        [test[i] for i in kept],
        [answers[i] for i in kept],
    )


def row_of(name: str, size: int, seed: int, strategy: str, base: str | None) -> Row:
    """Return what tells one row from another."""
    return dict(zip(TOLD, (name, size, seed, strategy, base), strict=True))


def measured_row(
    right: np.ndarray[Any, np.dtype[np.bool_]], train_cpu: float, train: float, asked: float
) -> Row:
    """Return what was measured: right answers, seconds of training, seconds of answering."""
    return {
        "n_test": len(right),
        "accuracy": round(float(right.mean()), 4),
        "train_cpu_seconds": round(train_cpu, 2),
        "train_seconds": round(train, 2),
        "documents_per_second": round(len(right) / asked, 1),
        "right": base64.b64encode(np.packbits(right).tobytes()).decode(),
    }


def main() -> None:
    """Fit what the command line names, and print means and deviations over the draws."""
    parser = options_of(__doc__)
    parser.add_argument("--strategies", default="head,nearest,contrastive")
    parser.add_argument("--effort", default="normal")
    parser.add_argument("--again", action="store_true", help="measure what is there, too")
    options = parser.parse_args()
    there = set() if options.again else {keyed(row) for row in newest(NAME, *TOLD)}
    for name in options.sets.split(","):
        for size in map(int, options.sizes.split(",")):
            for seed in range(options.first, options.draws):
                draw = drawn(options.data / name, size, seed, options.test_rows)
                for strategy in options.strategies.split(","):
                    plain = strategy.partition("@")[0]
                    located = base_of(strategy, draw)
                    base = located.base.name if located else None
                    told = row_of(name, size, seed, plain, base)
                    if keyed(told) not in there:
                        add_row(NAME, told | fitted(draw, plain, located, options.effort))
    print(summary())


def keyed(row: Row) -> tuple[Any, ...]:
    """Return what tells a row from another as what a set can hold."""
    return tuple(row[key] for key in TOLD)


def base_of(strategy: str, draw: Draw) -> Any:
    """Return the base that `strategy@base` is fitted on, None if on none."""
    from socle import plugins
    from socle.bases import finding

    strategy, _, asked_for = strategy.partition("@")
    task = plugins.load("tasks", "classification").learn(dataset(draw))
    kinds = plugins.load("strategies", strategy).kinds(task)
    return finding.find(asked_for or finding.default_for(draw.texts, kinds[0])) if kinds else None


def dataset(draw: Draw) -> Any:
    """Return what is learnt from as a dataset."""
    from socle.data.dataset import Dataset
    from socle.examples import Example

    pairs = zip(draw.texts, draw.labels, strict=True)
    return Dataset(tuple(Example(text, label) for text, label in pairs))


def fitted(draw: Draw, strategy: str, located: Any, effort: str) -> Row:
    """Fit one strategy on a draw, and measure it."""
    from socle import plugins
    from socle.data.splitting import folds
    from socle.learning import Fitting
    from socle.recipe import Recipe

    train = dataset(draw)
    task = plugins.load("tasks", "classification").learn(train)
    option = plugins.load("strategies", strategy)
    base = located.base.name if located else None
    # What stands in the recipe decides nothing here but the seed.
    recipe = Recipe(task="classification", strategy=strategy, effort=effort, base=base)
    parts = tuple(folds(train, 5 if len(train) >= 50 else 3, 0))
    wall, cpu = time.perf_counter(), time.process_time()
    fit = option.fit(Fitting(task, train, recipe, located, folds=parts))
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    predictor = option.restore(fit.adaptation, task, located, recipe)
    predictor.scores(draw.test_texts[:8])
    began = time.perf_counter()
    said = task.decide(task.probabilities(predictor.scores(draw.test_texts)))
    asked = time.perf_counter() - began
    right = np.array([task.labels[i] for i in said]) == np.array(draw.test_labels)
    kept = ("engine", "shown", "orders")
    facts = {k: fit.adaptation.facts[k] for k in kept if k in fit.adaptation.facts}
    return {"n_train": len(train), **measured_row(right, cpu, wall, asked), **facts}


def summary() -> str:
    """Return a table of all files: means over the draws, deviations of the accuracy."""
    found = newest(NAME, *TOLD)
    told = [key for key in TOLD if key != "draw"]
    keys = list(dict.fromkeys(tuple(r[k] for k in told) for r in found))
    lines = []
    for key in keys:
        own = [r for r in found if tuple(r[k] for k in told) == key]
        values = np.array([r["accuracy"] for r in own])
        spread = values.std(ddof=1) if len(values) > 1 else 0.0
        cpu = np.mean([r["train_cpu_seconds"] for r in own])
        speed = np.mean([r["documents_per_second"] for r in own])
        accuracy = f"{100 * values.mean():.1f} ± {100 * spread:.1f}"
        lines.append([*key, len(own), accuracy, f"{cpu:.1f}", f"{speed:.0f}"])
    return table([*told, "draws", "accuracy", "CPU s", "texts/s"], lines)


if __name__ == "__main__":
    main()
