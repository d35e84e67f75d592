"""Three models on one pass of their base, against the same three one after the other.

    python benchmarks/one_pass.py TEXTS.txt TAGGER.socle PARSER.socle TOPIC.socle

The three answer the same texts, one a line, together and one by one, turn by turn; their answers
must be the same. Beside that what the pass costs without any head, which bounds the gain.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from measure import keep, quiet

from socle.data.reading import read_texts
from socle.machine import physical_cores
from socle.model import AdaptedModel, load
from socle.predicting import predict_together

quiet()
_TURNS = 3


def main() -> None:
    """Time both ways and compare their answers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("texts", type=Path, help="one text a line")
    parser.add_argument("models", type=Path, nargs="+")
    parser.add_argument("--engine", default="onnx", help="for all, or they would share nothing")
    parser.add_argument("--most", type=int, default=1000, help="texts read at most")
    options = parser.parse_args()
    texts = list(islice(read_texts(options.texts), options.most))
    models = {path.name: on_engine(load(path), options.engine) for path in options.models}
    list(predict_together(models, texts[:32]))
    for model in models.values():
        model.predict(texts[:32])
    seconds: dict[str, list[float]] = {"together": [], "apart": []}
    for _ in range(_TURNS):
        began = time.perf_counter()
        together = list(predict_together(models, texts))
        seconds["together"].append(time.perf_counter() - began)
        began = time.perf_counter()
        apart = {name: model.predict(texts) for name, model in models.items()}
        seconds["apart"].append(time.perf_counter() - began)
    different = sum(
        found.predictions[name].target != alone[i].target
        for i, found in enumerate(together)
        for name, alone in apart.items()
    )
    best = {name: min(values) for name, values in seconds.items()}
    row: dict[str, Any] = {
        "models": {name: f"{m.task.name}, {m.strategy}" for name, m in models.items()},
        "engine": options.engine,
        "base": next(iter(models.values())).base_name,
        "texts": len(texts),
        "threads": physical_cores(),
        "seconds": {name: [round(v, 3) for v in values] for name, values in seconds.items()},
        "texts_per_second": {name: round(len(texts) / value, 1) for name, value in best.items()},
        "ratio": round(best["apart"] / best["together"], 2),
        "different_answers": different,
    }
    keep(f"one-pass-{options.engine}-{physical_cores()}", row)
    print(row)


def on_engine(model: AdaptedModel, engine: str) -> AdaptedModel:
    """Return a model that runs on an engine, whatever its trial of int8 said."""
    facts = {**model.adaptation.facts, "engine": engine}
    return replace(model, adaptation=replace(model.adaptation, facts=facts))


if __name__ == "__main__":
    main()
