"""Labels of whole examples: as numbers, as answers, and how good these are.

What tasks share that give every example a label, or several; a task adds what its examples are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from socle.data.dataset import Dataset
from socle.data.reading import Target
from socle.errors import RowsError
from socle.examples import Example, Prediction
from socle.metrics import calibration, labels, resampling
from socle.metrics.labels import LabelScore

_SHOWN = 5


@dataclass(frozen=True)
class Labelled:
    """The part of a task that knows labels and their scores, but not what they are about."""

    labels: tuple[str, ...]
    several: bool = False

    def encode(self, examples: Sequence[Example[Target]]) -> NDArray[np.int64]:
        """Return targets as numbers; -1, or no one, for a label that training never saw."""
        index = {label: i for i, label in enumerate(self.labels)}
        if not self.several:
            each = (_each(example.target) for example in examples)
            found = [index.get(own[0], -1) if len(own) == 1 else -1 for own in each]
            return np.array(found, dtype=np.int64)
        table = np.zeros((len(examples), len(self.labels)), dtype=np.int64)
        for row, example in enumerate(examples):
            # A file without any bar gives plain labels, also to a task of several.
            for label in _each(example.target):
                if label in index:
                    table[row, index[label]] = 1
        return table

    def probabilities(self, scores: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return softmax of the scores, or the logistic function of each for several labels."""
        return calibration.sigmoid(scores) if self.several else calibration.softmax(scores)

    def decide(self, probabilities: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return the likeliest label, or every label that is likelier than not."""
        if self.several:
            return (probabilities >= 0.5).astype(np.int64)
        return np.asarray(probabilities.argmax(axis=1), dtype=np.int64)

    def statistics(self, gold: NDArray[np.int64], decided: NDArray[np.int64]) -> NDArray[Any]:
        """Return counts of what was right, additive over examples, from which `values` follow."""
        return resampling.macro_f1_statistics(gold, decided, len(self.labels))

    def values(self, sums: NDArray[np.floating]) -> dict[str, NDArray[np.float64]]:
        """Return macro_f1, shape (draws,), of summed statistics, shape (draws, k)."""
        return {"macro_f1": resampling.macro_f1(np.asarray(sums, dtype=np.float64))}

    def gathered(self, predictions: Sequence[Prediction[Target]]) -> Prediction[Target]:
        """Return the one prediction of a text."""
        return predictions[0]

    def tensors(self) -> dict[str, NDArray[Any]]:
        """Return nothing: the labels say it all."""
        return {}

    def decode(self, probabilities: NDArray[np.float64]) -> list[Prediction[Target]]:
        """Return one prediction per row of probabilities."""
        answers = self.decide(probabilities)
        return [
            self._decoded(row, answer) for row, answer in zip(probabilities, answers, strict=True)
        ]

    def _decoded(self, row: NDArray[np.float64], answer: NDArray[np.int64]) -> Prediction[Target]:
        order = np.argsort(-row, kind="stable")[
            : max(_SHOWN, int(np.sum(answer)) if self.several else 0)
        ]
        best = tuple((self.labels[i], float(row[i])) for i in order)
        if not self.several:
            return Prediction(self.labels[int(answer)], float(row[int(answer)]), best)
        sure = float(np.where(answer == 1, row, 1 - row).min())
        return Prediction(tuple(self.labels[i] for i in np.flatnonzero(answer)), sure, best)

    def score(
        self, gold: NDArray[np.int64], probabilities: NDArray[np.float64]
    ) -> tuple[dict[str, float], list[LabelScore]]:
        """Return accuracy, macro_f1, micro_f1, mcc and ece, and a row per label."""
        answers = self.decide(probabilities)
        metrics = labels.scores(gold, answers, self.labels)
        if self.several:
            sure, right = probabilities.ravel(), gold.ravel() == 1
        else:
            sure, right = probabilities.max(axis=1), labels.right(gold, answers)
        metrics["ece"] = calibration.expected_calibration_error(sure, right)
        return metrics, labels.per_label(gold, answers, self.labels)

    def answer(self, text: str, prediction: Prediction[Target | None]) -> dict[str, Any]:
        """Return `{"text", "label", "probability", "alternatives"}`.

        For a prediction without target the label is None, and `"abstained": True` is added.
        """
        target = prediction.target
        label = list(target) if isinstance(target, tuple) else target
        others = [
            {"label": name, "probability": round(p, 6)} for name, p in prediction.alternatives
        ]
        said = {
            "text": text,
            "label": label,
            "probability": round(prediction.probability, 6),
            "alternatives": others,
        }
        return said | {"abstained": True} if target is None else said


def learnt_labels(dataset: Dataset[Target], several: bool) -> tuple[str, ...]:
    """Return the labels that occur, sorted.

    Raises:
        RowsError: fewer than two labels, or nearly as many as examples.
    """
    counts = Counter(label for e in dataset for label in _each(e.target))
    if len(counts) < 2:
        only = f"only one label, {next(iter(counts))!r}" if counts else "no label"
        raise RowsError(
            f"{dataset.name} has {only}: there is nothing to tell apart.",
            "Give examples of at least two labels, or name the right column with --label-column.",
        )
    if len(counts) > len(dataset) // 2 and len(counts) > _SHOWN and not several:
        raise RowsError(
            f"{dataset.name} has {len(counts)} different labels in {len(dataset)} rows: this "
            "looks like a column of free text, not of labels.",
            "Name the column of labels with --label-column.",
        )
    return tuple(sorted(counts))


def left_out(lines: Sequence[int]) -> tuple[str, ...]:
    """Return the note that rows without text or label were left out; none where there are none."""
    if not lines:
        return ()
    shown = ", ".join(map(str, lines[:_SHOWN])) + (", ..." if len(lines) > _SHOWN else "")
    return (f"{len(lines)} rows without text or label were left out (lines {shown})",)


def _each(target: Target | None) -> tuple[str, ...]:
    return target if isinstance(target, tuple) else (target,) if target else ()
