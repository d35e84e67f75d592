"""Head adaptation against the Hugging Face Trainer with a frozen base: same base, same texts.

    python benchmarks/head.py ../shared/data/classification/sst2 [--texts 2000]

The Trainer trains a linear layer on the mean of the frozen base's states, epoch by epoch, until it
reaches Socle's test accuracy less half a point, or has read the data `--epochs` times. Its clock
counts training only; Socle's counts everything from texts to a calibrated head, five folds for
the strength included, with nothing remembered from an earlier run.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from measure import apart, keep, peak_megabytes, quiet, rows, table

quiet()
SLACK = 0.005


def main() -> None:
    """Measure both and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--texts", type=int, default=2000)
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--base", default="all-minilm-l6-v2")
    options = parser.parse_args()
    common = (str(options.data), str(options.texts), options.base)
    ours = apart("--arm", "socle", *common, "0", "0")
    theirs = apart("--arm", "trainer", *common, str(ours["accuracy"]), str(options.epochs))
    found = {"socle": ours, "trainer, frozen base": theirs}
    ratio = round(theirs["seconds"] / ours["seconds"], 1)
    keep("head", {**found, "times_less": ratio, "data": options.data.name})
    keys = ("seconds", "accuracy", "epochs", "peak_mb")
    print(table(["", *keys], [[name, *(row[k] for k in keys)] for name, row in found.items()]))
    print(f"\n{ratio} times less time")


def arm(kind: str, data: str, n: str, base: str, goal: str, epochs: str) -> None:
    """Measure one arm in this process."""
    texts, labels = rows(Path(data), "train")
    chosen = np.random.default_rng(0).permutation(len(texts))[: int(n)]
    train = ([texts[i] for i in chosen], [labels[i] for i in chosen])
    test = rows(Path(data), "test")
    if kind == "socle":
        found = ours(train, test, base)
    else:
        found = theirs(train, test, base, float(goal), int(epochs))
    print(json.dumps(found | {"peak_mb": round(peak_megabytes())}))


def ours(train: Any, test: Any, base: str) -> dict[str, Any]:
    """Fit Socle's head with an empty store of features; the compiled base stays."""
    from socle import plugins
    from socle.bases import finding
    from socle.data.dataset import Dataset
    from socle.data.splitting import folds
    from socle.evaluating import measured
    from socle.examples import Example
    from socle.files import cache_folder
    from socle.learning import Fitting
    from socle.recipe import Recipe
    from socle.training import encoding

    kind, strategy = plugins.load("tasks", "classification"), plugins.load("strategies", "head")
    sets = [Dataset(tuple(map(Example, *part))) for part in (train, test)]
    task, recipe, located = kind.learn(sets[0]), Recipe(base=base), finding.find(base)
    parts = tuple(folds(sets[0], 5, 0))
    encoding.encoder_of(located, encoding.INT8)
    shutil.rmtree(cache_folder("features"))
    began = time.perf_counter()
    fit = strategy.fit(Fitting(task, sets[0], recipe, located, folds=parts))
    seconds = time.perf_counter() - began
    predictor = strategy.restore(fit.adaptation, task, located, recipe)
    report = measured(task, predictor, sets[1], "head", base).report
    return {
        "seconds": round(seconds, 1),
        "accuracy": round(report.metrics["accuracy"], 4),
        "epochs": 1,
    }


def theirs(train: Any, test: Any, base: str, goal: float, epochs: int) -> dict[str, Any]:
    """Train a linear layer on the frozen base with the Trainer until the goal is reached."""
    import torch
    from transformers import AutoTokenizer, DataCollatorWithPadding, Trainer, TrainingArguments
    from transformers.trainer_callback import TrainerCallback

    from socle.bases import finding, loading
    from socle.machine import physical_cores

    torch.set_num_threads(physical_cores())
    located = finding.find(base)
    encoder: Any = loading.load_encoder(located)
    names = sorted(set(train[1]))

    class Probe(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.encoder = encoder.requires_grad_(False)
            self.head = torch.nn.Linear(encoder.config.hidden_size, len(names))

        def forward(self, input_ids: Any, attention_mask: Any, labels: Any = None) -> Any:
            with torch.no_grad():
                states = self.encoder(input_ids=input_ids, attention_mask=attention_mask)
                weight = attention_mask.unsqueeze(-1).to(states.last_hidden_state.dtype)
                pools = (states.last_hidden_state * weight).sum(1) / weight.sum(1)
            logits = self.head(pools)
            return {"loss": torch.nn.functional.cross_entropy(logits, labels), "logits": logits}

    tokenizer = AutoTokenizer.from_pretrained(located.folder)
    data: list[Any] = [
        encoded(tokenizer, located.base.prefix, names, part) for part in (train, test)
    ]
    clock = {"seconds": 0.0, "began": 0.0, "accuracy": 0.0}

    class Clock(TrainerCallback):
        def on_epoch_begin(self, *_: Any, **__: Any) -> None:
            clock["began"] = time.perf_counter()

        def on_epoch_end(self, *where: Any, **__: Any) -> None:
            clock["seconds"] += time.perf_counter() - clock["began"]
            output: Any = trainer.predict(data[1])
            clock["accuracy"] = float((output.predictions.argmax(1) == output.label_ids).mean())
            where[2].should_training_stop = clock["accuracy"] >= goal - SLACK

    with tempfile.TemporaryDirectory() as place:
        arguments = TrainingArguments(
            output_dir=place, per_device_train_batch_size=32, per_device_eval_batch_size=32,
            num_train_epochs=epochs, learning_rate=1e-2, lr_scheduler_type="constant",
            use_cpu=True, report_to=[], disable_tqdm=True, save_strategy="no",
            logging_strategy="no", train_sampling_strategy="group_by_length",
        )  # fmt: skip
        trainer = Trainer(
            Probe(), arguments, train_dataset=data[0], callbacks=[Clock()],
            data_collator=DataCollatorWithPadding(tokenizer),
        )  # fmt: skip
        state = trainer.train()
    return {
        "seconds": round(clock["seconds"], 1),
        "accuracy": round(clock["accuracy"], 4),
        "epochs": round(state.metrics["epoch"], 1),
    }


def encoded(tokenizer: Any, prefix: str, names: list[str], part: Any) -> list[dict[str, Any]]:
    """Return examples as the Trainer takes them."""
    texts = [prefix + text for text in part[0]]
    ids = tokenizer(texts, truncation=True, max_length=256)["input_ids"]
    return [
        {"input_ids": row, "attention_mask": [1] * len(row), "labels": names.index(label)}
        for row, label in zip(ids, part[1], strict=True)
    ]


if __name__ == "__main__":
    if sys.argv[1:2] == ["--arm"]:
        arm(*sys.argv[2:8])
    else:
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
        main()
