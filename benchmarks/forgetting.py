"""What fine-tuning does to its base, and what the remedies change: replay, LoRA, a frozen base.

    python benchmarks/forgetting.py ../shared/data/classification sib200-en [--probe sst2]

Every arm learns the same rows and is measured on the same test rows and general texts. Replay
repeats descriptions of Debian packages; the probe `--probe` (400 rows to learn from, 400 to test)
and the written paragraphs are of another kind. Results are kept after every arm.
"""

from __future__ import annotations

import argparse
import datetime
import json
import time
from pathlib import Path
from typing import Any

from measure import RESULTS, keep, quiet, rows, table

from socle import general, plugins
from socle.bases import finding
from socle.data.reading import read_rows
from socle.data.splitting import folds
from socle.examples import Example
from socle.forgetting import Forgetting, forgetting
from socle.general import Probe
from socle.learning import Fitting
from socle.metrics.labels import right
from socle.metrics.significance import wilson
from socle.model import AdaptedModel
from socle.recipe import Recipe

quiet()
ARMS: dict[str, dict[str, Any]] = {
    "full": {"strategy": "full"},
    "full, replay 0.25": {"strategy": "full", "replay": 0.25},
    "full, replay 0.05": {"strategy": "full", "replay": 0.05},
    "lora": {"strategy": "lora"},
    "head": {"strategy": "head"},
}
ROWS = 400


def main() -> None:
    """Measure all arms in turn and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="folder that holds the sets")
    parser.add_argument("set", help="name of a set: a folder with train.csv and test.csv")
    parser.add_argument("--probe", default="sst2", help="a set that serves as one more probe")
    parser.add_argument("--base", default="all-minilm-l6-v2")
    parser.add_argument("--effort", default="normal")
    parser.add_argument("--quick", action="store_true", help="measure on fewer texts")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--arms", nargs="+", default=list(ARMS), help="go on with today's file")
    options = parser.parse_args()
    parts = (rows(options.data / options.probe, part) for part in ("train", "test"))
    other = Probe(options.probe, *(_examples(*part) for part in parts))
    today = RESULTS / f"forgetting-{options.set}-{datetime.date.today().isoformat()}.json"
    going_on = today.exists() and set(options.arms) != set(ARMS)
    found: dict[str, dict[str, Any]] = json.loads(today.read_text())["results"] if going_on else {}
    for name in options.arms:
        settings = ARMS[name]
        recipe = Recipe(base=options.base, effort=options.effort, seed=options.seed, **settings)
        found[name] = arm(options.data / options.set, recipe, other, options.quick)
        print(json.dumps({name: found[name]}), flush=True)
        keep(f"forgetting-{options.set}", found)
    keys = ("accuracy", "readout_after", "other_after", "other_refitted", "cka", "cka_written")
    print(
        table(["", *keys], [[k, *(row.get(key, "-") for key in keys)] for k, row in found.items()])
    )


def arm(folder: Path, recipe: Recipe, other: Probe, quick: bool) -> dict[str, Any]:
    """Fit one arm, and measure it on its task and on the rest."""
    kind, strategy = (
        plugins.load("tasks", "classification"),
        plugins.load("strategies", recipe.strategy),
    )
    train, test = (kind.examples(*read_rows(folder / f"{part}.csv")) for part in ("train", "test"))
    task, located = kind.learn(train), finding.find(recipe.base or "")
    parts = tuple(folds(train, 5, recipe.seed))
    wall, cpu = time.perf_counter(), time.process_time()
    fit = strategy.fit(Fitting(task, train, recipe, located, folds=parts))
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    model = AdaptedModel(task, recipe.strategy, fit.adaptation, recipe, located)
    answers = task.decide(task.probabilities(model.predictor().scores(test.texts)))
    good = right(task.encode(test.examples), answers)
    low, high = wilson(int(good.sum()), len(good))
    about = {
        "effort": recipe.effort,
        "accuracy": round(float(good.mean()), 4),
        "interval": f"{low:.3f} to {high:.3f}",
        "train_seconds": round(wall, 1),
        "train_cpu_seconds": round(cpu, 1),
    }
    languages = general.languages_of(located.base.languages)
    whole = forgetting(model, probes=[*general.probes(languages), other], quick=quick)
    apart = forgetting(model, sample=general.written(languages), probes=[], quick=True)
    return about | _flat(whole, other.name) | {"cka_written": _last(apart)[0]}


def _flat(found: Forgetting | None, other: str) -> dict[str, Any]:
    if found is None:
        return {}
    flat: dict[str, Any] = {"text": found.text, "forgetting_seconds": round(found.seconds, 1)}
    if found.loss:
        for key in ("before", "after", "refitted", "chance"):
            flat[f"readout_{key}"] = round(float(getattr(found.loss, key)), 3)
    for probe in found.probes:
        name = "other" if probe.name == other else probe.name.replace("-", "_")
        for key in ("before", "after", "refitted"):
            flat[f"{name}_{key}"] = round(float(getattr(probe, key)), 3)
    flat["cka"], flat["cosine"] = _last(found)
    return flat | {"by_layer": [round(layer.similarity, 3) for layer in found.drift]}


def _last(found: Forgetting | None) -> tuple[float, float]:
    layer = found.drift[-1] if found else None
    return (round(layer.similarity, 3), round(layer.cosine, 3)) if layer else (1.0, 1.0)


def _examples(texts: list[str], labels: list[str]) -> tuple[Example[str], ...]:
    step = max(1, len(texts) // ROWS)
    return tuple(map(Example, texts[::step][:ROWS], labels[::step][:ROWS]))


if __name__ == "__main__":
    main()
