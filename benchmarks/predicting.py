"""`predict` against the transformers pipeline: same base, same head, same texts, same threads.

    python benchmarks/predicting.py ../shared/data/classification/scicite [--texts 512]

A head is fitted on the train part; the pipeline runs the same model in full precision, as
`socle export --to huggingface` writes it. Each runs in a process of its own, several rounds in
turn; quoted are the best of each and the ratios.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from measure import apart, keep, peak_megabytes, quiet, rows, table

quiet()
BATCHES = (1, 4, 8, 32)


def main() -> None:
    """Measure all in turn and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--texts", type=int, default=512)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--base")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        models = prepared(options.data, options.base, Path(place))
        arms = [(name, "socle", str(path)) for name, path in models.items() if name != "pipeline"]
        arms += [(f"pipeline, batch {b}", str(b), str(models["pipeline"])) for b in BATCHES]
        found: dict[str, list[dict[str, Any]]] = {name: [] for name, _, _ in arms}
        for _ in range(options.rounds):
            for name, kind, path in arms:
                words = ("--arm", kind, path, str(options.data), str(options.texts))
                found[name].append(apart(*words))
    summary = {name: best(results) for name, results in found.items()}
    fastest = max(v["texts_per_second"] for k, v in summary.items() if k.startswith("pipeline"))
    by_32 = summary["pipeline, batch 32"]["texts_per_second"]
    for row in summary.values():
        row["to_best_pipeline"] = round(row["texts_per_second"] / fastest, 2)
        row["to_batch_32"] = round(row["texts_per_second"] / by_32, 2)
    keep("predicting", summary)
    header = ["", "texts/s", "to the pipeline's best", "to its batch of 32", "accuracy", "peak MB"]
    keys = ("texts_per_second", "to_best_pipeline", "to_batch_32", "accuracy", "peak_mb")
    print(table(header, [[name, *(row[k] for k in keys)] for name, row in summary.items()]))


def prepared(data: Path, base: str | None, place: Path) -> dict[str, Path]:
    """Fit one head, and save it for both engines and for the pipeline."""
    import socle
    from socle.exporting import export

    found = {}
    for engine in ("onnx-int8", "onnx"):
        recipe = socle.Recipe(strategy="head", engine=engine, base=base)
        found[f"socle, {engine}"] = place / engine
        model = socle.adapt(
            data / "train.csv", test=data / "test.csv", recipe=recipe, out=place / engine
        )
    found["pipeline"] = export(model, "huggingface", place / "pipeline")
    return found


def sample(data: Path, n: int) -> tuple[list[str], list[str]]:
    """Return n test texts with their labels, drawn with a fixed seed."""
    texts, labels = rows(data, "test")
    chosen = np.random.default_rng(0).choice(len(texts), min(n, len(texts)), replace=False)
    return [texts[i] for i in chosen], [labels[i] for i in chosen]


def arm(kind: str, path: str, data: str, n: str) -> None:
    """Measure one arm in this process."""
    texts, labels = sample(Path(data), int(n))
    if kind == "socle":
        from socle.model import load

        model = load(path)
        model.predict(texts[:4] * 8)
        began = time.perf_counter()
        said = [str(p.target) for p in model.predict(texts)]
        seconds = time.perf_counter() - began
    else:
        import torch
        from transformers import pipeline

        from socle.machine import physical_cores

        torch.set_num_threads(physical_cores())
        ask: Any = pipeline("text-classification", model=path, trust_remote_code=True, device="cpu")
        words = {"batch_size": int(kind), "truncation": True, "max_length": 256}
        ask(texts[:4], **words)
        began = time.perf_counter()
        said = [answer["label"] for answer in ask(texts, **words)]
        seconds = time.perf_counter() - began
    right = sum(a == b for a, b in zip(said, labels, strict=True))
    print(
        json.dumps(
            {
                "texts_per_second": round(len(texts) / seconds, 1),
                "accuracy": round(right / len(texts), 4),
                "peak_mb": round(peak_megabytes()),
            }
        )
    )


def best(results: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the fastest round, with all rounds beside it."""
    top = max(results, key=lambda row: float(row["texts_per_second"]))
    return {**top, "rounds": [row["texts_per_second"] for row in results]}


if __name__ == "__main__":
    if sys.argv[1:2] == ["--arm"]:
        arm(*sys.argv[2:6])
    else:
        main()
