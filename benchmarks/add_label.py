"""One more label for a model: what becomes of the old ones, by what stands for them.

    python benchmarks/add_label.py ../shared/data/classification sib200-en emotion-tweets

A head learns all labels of a set but one, then that one is added: with the memory of the old
labels, and with their rows; and, which no command does, with vectors drawn from the memory in place
of rows, and with nothing (new rows only). Each label is held out in turn, and added with all its
rows and with 20 of them.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from measure import keep, quiet, table

from socle import plugins
from socle.bases import finding
from socle.data.dataset import Dataset
from socle.data.reading import read_rows
from socle.data.splitting import folds
from socle.extending import extend
from socle.heads.memory import Memory
from socle.heads.pooled import kept_head, unit_length
from socle.learning import Adaptation, Fitting
from socle.metrics.labels import per_label
from socle.model import AdaptedModel
from socle.recipe import Recipe
from socle.training.encoding import FULL, TextEncoder
from socle.training.logistic import fit_logistic

quiet()
# Speed is not what is measured here: every text is read once for all ways.
TextEncoder.fresh = TextEncoder.features  # type: ignore[method-assign]
FEW = 20
WAYS = ("memory", "rows", "drawn", "nothing")
RECIPE = Recipe(strategy="head", engine=FULL)


def main() -> None:
    """Measure the sets that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="folder that holds the sets")
    parser.add_argument("sets", nargs="+")
    parser.add_argument("--labels", type=int, default=4, help="how many are held out in turn")
    options = parser.parse_args()
    found = []
    for name in options.sets:
        kind = plugins.load("tasks", "classification")
        train, test = (
            kind.examples(*read_rows(options.data / name / f"{part}.csv"))
            for part in ("train", "test")
        )
        for label in kind.learn(train).labels[: options.labels]:
            found += [{"set": name} | row for row in added(train, test, label)]
            shown(found[-2 * len(WAYS) :])
            keep("add-label", found)
    shown(found)


def added(train: Dataset[Any], test: Dataset[Any], label: str) -> list[dict[str, Any]]:
    """Return what became of the other labels when this one was added, for each way."""
    fresh = [i for i, example in enumerate(train) if example.target == label]
    rest = [i for i, example in enumerate(train) if example.target != label]
    few = np.random.default_rng(0).permutation(fresh)[:FEW].tolist()
    old = train.subset(rest)
    model = learnt(old)
    rows = []
    for chosen in (fresh, few):
        new = train.subset(chosen)
        for way in WAYS:
            rows.append({"label": label, "new_rows": len(new), "kept_by": way})
            if way in ("drawn", "nothing"):
                rows[-1] |= refitted(model, new, test, label, drawn=way == "drawn")
            else:
                given = plain(old) if way == "rows" else None
                report = extend(
                    model, plain(new), old=given, test=plain(test), recipe=RECIPE
                ).report
                macro = report["old_labels"]["macro_f1"]
                rows[-1] |= {
                    "old_before": round(macro["before"], 4),
                    "old_after": round(macro["after"], 4),
                    "new_f1": round(report["new_labels"][0]["f1"], 4),
                    "accuracy": round(report["metrics"]["accuracy"], 4),
                    "ece": round(report["metrics"]["ece"], 4),
                    "labels": report["old_labels"]["labels"],
                }
    return rows


def learnt(train: Dataset[Any]) -> AdaptedModel:
    """Return a head that remembers its labels."""
    task = plugins.load("tasks", "classification").learn(train)
    located = finding.find(finding.default_for(train.texts))
    strategy = plugins.load("strategies", "head")
    fitting = Fitting(task, train, RECIPE, located, folds=tuple(folds(train, 5, 0)))
    learnt: Adaptation = strategy.fit(fitting).adaptation
    return AdaptedModel(task, "head", learnt, RECIPE, located)


def refitted(
    model: AdaptedModel, new: Dataset[Any], test: Dataset[Any], label: str, *, drawn: bool
) -> dict[str, Any]:
    """Return what a head becomes that is fitted on the new rows, and on drawn vectors or none."""
    task = replace(model.task, labels=tuple(sorted([*model.task.labels, label])))  # type: ignore[type-var]
    located, memory = model.located, Memory.from_tensors(model.adaptation.tensors)
    assert located is not None
    assert memory is not None
    encoder = TextEncoder(located, RECIPE, FULL, tuple(model.adaptation.facts["layers"]))
    x, y = (unit_length(encoder.features(data.texts)) for data in (new, test))
    targets = task.encode(new.examples)
    if drawn:
        columns = np.array([task.labels.index(one) for one in model.task.labels])
        vectors, of = memory.draw(np.random.default_rng(0), memory.counts)
        x, targets = np.concatenate([x, vectors]), np.concatenate([targets, columns[of]])
    order = np.argsort(targets, kind="stable")
    parts = [np.sort(order[i::3]) for i in range(3)]
    head = fit_logistic(x, targets, len(task.labels), parts).head
    said, gold = head.scores(y).argmax(1), task.encode(test.examples)
    known = np.flatnonzero(gold != task.labels.index(label))
    before = kept_head(model.adaptation.tensors, model.adaptation.facts)
    old_said = before.scores(y[known]).argmax(1)
    old_gold = model.task.encode([test.examples[i] for i in known])
    was = per_label(old_gold, old_said, model.task.labels)
    now = {row.label: row.f1 for row in per_label(gold[known], said[known], task.labels)}
    f1 = {row.label: row.f1 for row in per_label(gold, said, task.labels)}
    return {
        "old_before": round(float(np.mean([row.f1 for row in was])), 4),
        "old_after": round(float(np.mean([now[row.label] for row in was])), 4),
        "new_f1": round(f1[label], 4),
        "accuracy": round(float((said == gold).mean()), 4),
    }


def plain(data: Dataset[Any]) -> list[dict[str, str]]:
    """Return rows as a caller of Python would give them."""
    return [{"text": one.text, "label": str(one.target)} for one in data]


def shown(found: list[dict[str, Any]]) -> None:
    """Print one line per set, label, number of new rows and way."""
    header = ["set", "label", "new rows", "kept by", "old F1 before", "after", "new F1", "accuracy"]
    names = ("set", "label", "new_rows", "kept_by", "old_before", "old_after", "new_f1", "accuracy")
    print(table(header, [[row[name] for name in names] for row in found]), flush=True)


if __name__ == "__main__":
    main()
