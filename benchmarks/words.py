"""Words and relations: every strategy on treebanks, entities and pairs of entities.

    python benchmarks/words.py ../shared/data parsing/ud-french-sequoia:classical,full ner/wnut17

Each word names a folder with a train and a test file, and the strategies to try. Treebanks are
scored on their own words and on raw text. Results are added to a dated JSON file after every fit;
`figures.py` shows them. `--keep DIR` saves every model, for `spacy_rival.py` and `one_pass.py`.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from measure import add_row, fit_options, quiet, recipe_of

from socle import contest, formats, plugins
from socle.bases import finding
from socle.data.splitting import folds
from socle.evaluating import measured
from socle.examples import Sentence
from socle.learning import Fitting
from socle.machine import machine
from socle.metrics import arcs
from socle.model import AdaptedModel
from socle.recipe import Recipe
from socle.words.treebanks import paragraphs
from socle.words.triples import simple_triples, triple_scores

quiet()


def main() -> None:
    """Run what the command line names."""
    parser = fit_options(__doc__)
    parser.add_argument("--layers", type=int, help="last layers that move, of partial and lora")
    parser.add_argument("--rows", type=int, help="learn from so many rows only")
    parser.add_argument("--keep", type=Path, help="folder for the models")
    options = parser.parse_intermixed_args()
    for run in options.runs:
        name, _, strategies = run.partition(":")
        for strategy in (strategies or "classical,head,full").split(","):
            recipe = recipe_of(options, strategy)
            row, model = fitted(options.data / name, name, recipe, options.rows)
            add_row("words", row)
            if options.keep:
                model.save(options.keep / f"{name.rpartition('/')[2]}-{strategy}.socle")


def fitted(
    folder: Path, name: str, recipe: Recipe, rows: int | None
) -> tuple[dict[str, Any], AdaptedModel]:
    """Fit one strategy on one set; return what was measured, and the model."""
    table = formats.read(next(iter(sorted(folder.glob("train.*")))))
    kind = plugins.load("tasks", contest.recognised(table))
    train = kind.examples(table, kind.columns(table, None, None, None))
    if rows:
        train = train.subset(range(min(rows, len(train))))
    other = formats.read(next(iter(sorted(folder.glob("test.*")))))
    test = kind.examples(other, kind.columns(other, None, None, None))
    task = kind.learn(train)
    strategy = plugins.load("strategies", recipe.strategy)
    base = recipe.base or finding.default_for(train.texts)
    located = finding.find(base) if strategy.needs_base else None
    parts = tuple(folds(train, 5, recipe.seed)) if task.family == "texts" else ()
    wall, cpu = time.perf_counter(), time.process_time()
    fit = strategy.fit(Fitting(task, train, recipe, located, folds=parts))
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    model = AdaptedModel(task, strategy.name, fit.adaptation, recipe, located)
    predictor = model.predictor()
    predictor.scores(task.inputs(test.examples[:8]))
    found = measured(task, predictor, test, strategy.name, base if located else None)
    facts = fit.adaptation.facts
    row: dict[str, Any] = {
        "set": name,
        "task": task.name,
        "strategy": strategy.name,
        "base": found.report.base,
        "effort": recipe.effort,
        "seed": recipe.seed,
        "epochs": recipe.epochs,
        "layers_moved": recipe.layers,
        "n_train": len(train),
        "n_test": len(test),
        "metrics": {k: round(v, 4) for k, v in found.report.metrics.items()},
        "interval": [round(v, 4) for v in next(iter(found.report.intervals.values()))],
        "train_seconds": round(wall, 1),
        "train_cpu_seconds": round(cpu, 1),
        "documents_per_second": round(found.report.speed, 1),
        "instructions": machine()["instructions"],
        **{k: facts[k] for k in ("engine", "int8", "tokens_per_second", "steps") if k in facts},
    }
    if task.name == "parsing":
        row |= on_treebank(model, test, found.chosen)
    return row, model


def on_treebank(
    model: AdaptedModel, test: Iterable[Any], said: Sequence[Sentence]
) -> dict[str, Any]:
    """Return scores on raw text, triples, and words per second of both."""
    gold = [example.target for example in test]
    words = sum(len(one.words) for one in gold)
    text = paragraphs(gold)
    model.predict(text[:1])
    began = time.perf_counter()
    cut = [one for prediction in model.predict(text) for one in prediction.target]
    seconds = time.perf_counter() - began
    there, found = ([simple_triples(one) for one in some] for some in (gold, said))
    told = triple_scores(there, found)
    return {
        "raw": {k: round(v, 4) for k, v in arcs.scores(gold, cut).items()},
        "raw_words_per_second": round(words / seconds),
        "triples": {k: round(getattr(told, k), 4) for k in ("precision", "recall", "f1")},
    }


if __name__ == "__main__":
    main()
