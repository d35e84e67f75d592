"""Fine-tuning against the Hugging Face Trainer: same base, same texts, same batch, same threads.

    python benchmarks/training.py ../shared/data/classification/scicite [--texts 640]

Tokens are real ones, padding not counted. The Trainer runs twice: with its random batches, and
with batches grouped by length. The last column is the share of this machine's matrix-product peak
that the real tokens' products reach (six operations a weight of the layers and a token).
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
ARMS = ("socle", "trainer, random", "trainer, by length")
BATCH = 32
LENGTH = 256


def main() -> None:
    """Measure all in turn and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--texts", type=int, default=640)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--base", default="all-minilm-l6-v2")
    options = parser.parse_args()
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in ARMS}
    for _ in range(options.rounds):
        for name in ARMS:
            words = ("--arm", name, str(options.data), str(options.texts), options.base)
            found[name].append(apart(*words))
    summary = {
        name: max(results, key=lambda row: float(row["tokens_per_second"]))
        | {"rounds": [row["tokens_per_second"] for row in results]}
        for name, results in found.items()
    }
    for row in summary.values():
        for rival in ARMS[1:]:
            ratio = row["tokens_per_second"] / summary[rival]["tokens_per_second"]
            row[f"to {rival}"] = round(ratio, 2)
    keep(f"training-{options.base}", summary)
    keys = ("tokens_per_second", *(f"to {rival}" for rival in ARMS[1:]), "peak_mb", "share_of_peak")
    print(table(["", *keys], [[name, *(row[k] for k in keys)] for name, row in summary.items()]))


def arm(name: str, data: str, n: str, base: str) -> None:
    """Measure one arm in this process."""
    import torch

    from socle.bases import finding, loading
    from socle.machine import physical_cores
    from socle.training.device import matrix_speed

    texts, labels = rows(Path(data), "train")
    chosen = np.random.default_rng(0).choice(len(texts), int(n), replace=False)
    texts, names = [texts[i] for i in chosen], sorted(set(labels))
    targets = np.array([names.index(labels[i]) for i in chosen])
    located = finding.find(base)
    torch.set_num_threads(physical_cores())
    encoder: Any = loading.load_encoder(located)
    table_size = encoder.get_input_embeddings().weight.numel()
    weights = sum(w.numel() for w in encoder.parameters()) - table_size
    run = ours if name == "socle" else theirs
    tokens, seconds, precision = run(located, encoder, texts, targets, name.endswith("length"))
    peak = max(matrix_speed(precision, 1024), 1.0)
    print(
        json.dumps(
            {
                "tokens_per_second": round(tokens / seconds),
                "precision": precision,
                "peak_mb": round(peak_megabytes()),
                "share_of_peak": round(6 * weights * tokens / seconds / peak, 2),
            }
        )
    )


def ours(
    located: Any, encoder: Any, texts: list[str], targets: Any, by_length: bool
) -> tuple[int, float, str]:
    """Train one epoch with Socle's loop."""
    from socle.heads.pooled import LinearHead
    from socle.recipe import Recipe
    from socle.training.batching import Windows
    from socle.training.encoding import windower_for
    from socle.training.loop import Material, Schedule, train
    from socle.training.network import Network, ShrunkEmbeddings, with_pooled_dropout

    with_pooled_dropout(encoder)
    windows = windower_for(located, Recipe(window=LENGTH)).windows(texts)
    small = ShrunkEmbeddings(encoder, windows.ids)
    material = Material(Windows(small.renumbered(windows.ids), windows.owners), targets)
    width = encoder.get_input_embeddings().weight.shape[1]
    rng = np.random.default_rng(0)
    head = rng.normal(0, 0.05, (width, int(targets.max()) + 1)).astype(np.float32)
    network = Network(encoder, LinearHead(head, np.zeros(head.shape[1], np.float32)))
    began = time.perf_counter()
    measured = train(network, material, Schedule(1, BATCH, 1e-4, 1e-3))
    return int(windows.lengths.sum()), time.perf_counter() - began, measured["precision"]


def theirs(
    located: Any, encoder: Any, texts: list[str], targets: Any, by_length: bool
) -> tuple[int, float, str]:
    """Train one epoch with the Trainer."""
    from transformers import (
        AutoModelForSequenceClassification,
        AutoTokenizer,
        DataCollatorWithPadding,
        Trainer,
        TrainingArguments,
    )

    tokenizer = AutoTokenizer.from_pretrained(located.folder)
    texts = [located.base.prefix + text for text in texts]
    encoded = tokenizer(texts, truncation=True, max_length=LENGTH)
    data = [
        {"input_ids": ids, "attention_mask": mask, "labels": int(target)}
        for ids, mask, target in zip(
            encoded["input_ids"], encoded["attention_mask"], targets, strict=True
        )
    ]
    model = AutoModelForSequenceClassification.from_pretrained(
        located.folder, num_labels=int(targets.max()) + 1
    )
    with tempfile.TemporaryDirectory() as place:
        arguments = TrainingArguments(
            output_dir=place,
            per_device_train_batch_size=BATCH,
            num_train_epochs=1,
            learning_rate=1e-4,
            use_cpu=True,
            report_to=[],
            disable_tqdm=True,
            save_strategy="no",
            logging_strategy="no",
            train_sampling_strategy="group_by_length" if by_length else "random",
        )
        collate = DataCollatorWithPadding(tokenizer)
        trainer = Trainer(model, arguments, train_dataset=data, data_collator=collate)
        began = time.perf_counter()
        trainer.train()
        seconds = time.perf_counter() - began
    return sum(len(ids) for ids in encoded["input_ids"]), seconds, "float32"


if __name__ == "__main__":
    if sys.argv[1:2] == ["--arm"]:
        arm(*sys.argv[2:6])
    else:
        main()
