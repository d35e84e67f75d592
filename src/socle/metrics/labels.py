"""How good predicted labels are: accuracy, F1, Matthews correlation, per-label table.

Targets are arrays of label numbers, shape (n,), for one label per text, or of zeros and ones,
shape (n, labels), for several.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Labels = NDArray[np.int64]


@dataclass(frozen=True)
class LabelScore:
    """Precision, recall and F1 of one label, with its number of examples."""

    label: str
    precision: float
    recall: float
    f1: float
    support: int


def indicators(targets: Labels, n_labels: int) -> Labels:
    """Return targets as zeros and ones, shape (n, labels)."""
    if targets.ndim == 2:
        return targets
    table = np.zeros((len(targets), n_labels), dtype=np.int64)
    seen = targets >= 0
    table[np.flatnonzero(seen), targets[seen]] = 1
    return table


def right(gold: Labels, predicted: Labels) -> NDArray[np.bool_]:
    """Return which items are wholly right, shape (n,)."""
    same = np.asarray(gold == predicted, dtype=bool)
    return same if same.ndim == 1 else np.asarray(same.all(axis=1))


def per_label(gold: Labels, predicted: Labels, labels: tuple[str, ...]) -> list[LabelScore]:
    """Return one row per label; a label that is never predicted has precision 0."""
    g, p = indicators(gold, len(labels)), indicators(predicted, len(labels))
    hits, said, there = (g & p).sum(0), p.sum(0), g.sum(0)
    precision = np.divide(hits, said, out=np.zeros(len(labels)), where=said > 0)
    recall = np.divide(hits, there, out=np.zeros(len(labels)), where=there > 0)
    f1 = np.divide(2.0 * hits, said + there, out=np.zeros(len(labels)), where=said + there > 0)
    return [
        LabelScore(name, float(precision[i]), float(recall[i]), float(f1[i]), int(there[i]))
        for i, name in enumerate(labels)
    ]


def scores(gold: Labels, predicted: Labels, labels: tuple[str, ...]) -> dict[str, float]:
    """Return accuracy, macro_f1, micro_f1 and, for one label per text, mcc.

    Macro-F1 is the mean over the labels that occur in gold or predicted; for several labels per
    text accuracy is that of the whole set (exact match). Matthews correlation is the R_K statistic
    of Gorodkin (2004).
    """
    table = per_label(gold, predicted, labels)
    g, p = indicators(gold, len(labels)), indicators(predicted, len(labels))
    present = (g.sum(0) + p.sum(0)) > 0
    total = int(g.sum() + p.sum())
    found = {
        "accuracy": float(right(gold, predicted).mean()) if len(gold) else 0.0,
        "macro_f1": float(np.mean([r.f1 for r, on in zip(table, present, strict=True) if on] or 0)),
        "micro_f1": float(2 * (g & p).sum() / total) if total else 0.0,
    }
    if gold.ndim == 1:
        found["mcc"] = matthews(g, p)
    return found


def matthews(gold: Labels, predicted: Labels) -> float:
    """Return the Matthews correlation of two indicator tables, (n, labels); 0 if undefined."""
    n = len(gold)
    true, guess = gold.sum(0).astype(float), predicted.sum(0).astype(float)
    hits = float((gold & predicted).sum())
    covariance = hits * n - float(true @ guess)
    spread = (float(n) ** 2 - float(guess @ guess)) * (float(n) ** 2 - float(true @ true))
    return covariance / float(np.sqrt(spread)) if spread > 0 else 0.0
