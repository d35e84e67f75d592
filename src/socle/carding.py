"""The model card: what a model is, what it was measured at, and what it may be used for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from socle.bases import Base


def card(report: Mapping[str, Any], base: Base | None) -> str:
    """Return a model card in Markdown from the report of an adaptation."""
    low, high = report["intervals"]["accuracy"]
    metrics = report["metrics"]
    lines = [
        "# Adapted model",
        "",
        f"Task: {report['task']}. Strategy: {report['strategy']}. "
        f"Base: {base.name if base else 'none'}.",
        "",
        "## Measured",
        "",
        f"On {report['n_test']} examples that it never saw, after learning from "
        f"{report['n_train']}: accuracy {metrics['accuracy']:.3f} (95 % interval {low:.3f} to "
        f"{high:.3f}), macro-F1 {metrics['macro_f1']:.3f}, expected calibration error "
        f"{metrics['ece']:.3f}.",
        "",
        "| candidate | accuracy | macro-F1 | documents per second |",
        "| --- | --- | --- | --- |",
    ]
    for row in report["candidates"]:
        if "metrics" in row:
            m = row["metrics"]
            lines.append(
                f"| {row['strategy']} | {m['accuracy']:.3f} | {m['macro_f1']:.3f} "
                f"| {row['documents_per_second']:.0f} |"
            )
    lines += ["", report["verdict"]["text"], "", "## Labels", ""]
    lines += ["| label | precision | recall | F1 | examples |", "| --- | --- | --- | --- | --- |"]
    for row in report["labels"]:
        lines.append(
            f"| {row['label']} | {row['precision']:.3f} | {row['recall']:.3f} "
            f"| {row['f1']:.3f} | {row['support']} |"
        )
    return "\n".join([*lines, "", *_of_base(base)]) + "\n"


def card_of_export(to: str, base: Base, window: int, card: str) -> str:
    """Return the README of an exported model: how to load it, then its card.

    Args:
        to: `huggingface` or `onnx`.
        base: what it rests on.
        window: tokens that Socle reads at once.
        card: the card of the model.
    """
    hub_id = next((source.id for source in base.sources if source.kind == "hub"), None)
    head = [
        "---",
        f"license: {'other' if base.licence.startswith('LicenseRef') else base.licence.lower()}",
        "pipeline_tag: text-classification",
        *([f"base_model: {hub_id}"] if hub_id else []),
        f"library_name: {'transformers' if to == 'huggingface' else 'onnx'}",
        "---",
        "",
    ]
    told = "\n\n".join(
        [_LOADING[to].format(context=base.context, window=window), _licence_of(base)]
    )
    return "\n".join(head) + f"\n{told}\n\n{card}"


def _licence_of(base: Base) -> str:
    said = (
        f"## Licence of the base\n\nThis model contains {base.title}, under the licence "
        f"{base.licence}. Whoever passes it on passes on that licence too."
    )
    source = f" Source: {base.reference}" if base.reference else ""
    return said + source + (f"\n\n{base.use_restrictions}" if base.use_restrictions else "")


_LOADING = {
    "huggingface": """# Loading this model

Exported by Socle; only torch and transformers are needed. The short file modeling_socle.py, in this
folder, puts the head on the encoder, hence `trust_remote_code=True`: read it first.

```python
from transformers import pipeline

ask = pipeline("text-classification", model="THIS FOLDER", trust_remote_code=True)
ask("Some text", truncation=True)
```

The probabilities are the calibrated ones that Socle gives. The tokenizer adds by itself the prefix
that the base expects, if it expects one. The folder `encoder` holds the encoder alone, for
`AutoModel.from_pretrained`, and can be deleted where that is not wanted.

**Long texts.** The pipeline reads one window of at most {context} tokens; with `truncation=True`
the rest of a longer text is ignored, without it such a text fails. Socle reads every text of more
than {window} tokens in overlapping windows of that size and takes their mean, so that the
pipeline's probabilities are only the same up to {window} tokens. For any length they are in

```python
from transformers import AutoModelForSequenceClassification, AutoTokenizer

folder = "THIS FOLDER"
tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=True)
model = AutoModelForSequenceClassification.from_pretrained(folder, trust_remote_code=True)
probabilities = model.classify(["Some long text"], tokenizer)
```""",
    "onnx": """# Loading this model

Exported by Socle; only onnxruntime, tokenizers and numpy are needed.

```python
import json
import numpy as np
import onnxruntime
from tokenizers import Tokenizer

tokenizer = Tokenizer.from_file("tokenizer.json")
session = onnxruntime.InferenceSession("model.onnx")
labels = json.load(open("labels.json", encoding="utf-8"))["labels"]

read = tokenizer.encode_batch(["Some text", "Another one"])
logits, probabilities = session.run(None, {{
    "input_ids": np.array([r.ids for r in read], dtype=np.int64),
    "attention_mask": np.array([r.attention_mask for r in read], dtype=np.int64),
}})
```

The columns of `probabilities` are the labels, in the order of labels.json; where `several` is true
there, every label of 0.5 or more applies. The probabilities are the calibrated ones that Socle
gives in full precision. The tokenizer adds by itself the prefix that the base expects, if it
expects one, and pads.

**Long texts.** The graph reads one window; the tokenizer cuts a text after {context} tokens and the
rest is ignored. Socle reads every text of more than {window} tokens in overlapping windows of that
size and takes their mean, so that the probabilities are only the same up to {window} tokens.""",
}


def _of_base(base: Base | None) -> list[str]:
    if base is None:
        return []
    lines = [
        "## Base",
        "",
        f"{base.title}, {base.year}. Licence of the base: {base.licence}. "
        f"Languages: {', '.join(base.languages)}.",
        "",
        f"Training data as its authors state it: {base.training_data}",
        "",
        f"Openness: weights {base.weights}, code {base.code}, data {base.data}.",
    ]
    return [*lines, "", base.use_restrictions] if base.use_restrictions else lines
