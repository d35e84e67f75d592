"""Classification: one label per text, or several when labels are separated by a bar."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from socle.data.columns import Columns
from socle.data.dataset import Dataset
from socle.data.reading import Target, targets_of, text_in
from socle.errors import RowsError
from socle.examples import Example, Prediction
from socle.formats import Table
from socle.metrics import calibration, labels
from socle.metrics.labels import LabelScore
from socle.tasks import Task

_SHOWN = 5


@dataclass(frozen=True)
class Classification:
    """Classification with known labels."""

    labels: tuple[str, ...]
    several: bool = False
    name: str = "classification"

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

    def to_json(self) -> dict[str, Any]:
        """Return what `from_json` needs."""
        return {"name": self.name, "labels": list(self.labels), "several": self.several}


class ClassificationKind:
    """The option: rows of text and label."""

    name = "classification"

    def examples(self, table: Table, columns: Columns) -> Dataset[Target]:
        """Turn rows into examples; rows without text, or without their one label, are left out.

        Raises:
            RowsError: no row has both a text and a label.
        """
        texts, targets = table.columns[columns.text], table.columns[columns.label]
        groups = table.columns[columns.group] if columns.group else [None] * len(table)
        found, empty = [], []
        for i, (line, target) in enumerate(zip(table.lines, targets_of(targets), strict=True)):
            text = text_in(texts[i]).strip()
            if not text or target == "":
                empty.append(line)
                continue
            origin = f"{table.path.name}:{line}"
            found.append(Example[Target](text, target, origin, text_in(groups[i]) or None))
        if not found:
            raise RowsError(
                f"{table.path} has no row with both a text ({columns.text!r}) and a label "
                f"({columns.label!r}).",
                "Check the column names, or name them with --text-column and --label-column.",
            )
        notes = list(table.notes)
        if empty:
            shown = ", ".join(map(str, empty[:_SHOWN])) + (", ..." if len(empty) > _SHOWN else "")
            notes.append(f"{len(empty)} rows without text or label were left out (lines {shown})")
        return Dataset(tuple(found), table.path.name, tuple(notes))

    def learn(self, dataset: Dataset[Target]) -> Task:
        """Return the task with the labels of the data, sorted.

        Raises:
            RowsError: fewer than two labels.
        """
        several = any(isinstance(example.target, tuple) for example in dataset)
        counts = Counter(label for e in dataset for label in _each(e.target))
        if len(counts) < 2:
            only = f"only one label, {next(iter(counts))!r}" if counts else "no label"
            raise RowsError(
                f"{dataset.name} has {only}: there is nothing to tell apart.",
                "Give examples of at least two labels, or name the right column with "
                "--label-column.",
            )
        if len(counts) > len(dataset) // 2 and len(counts) > _SHOWN and not several:
            raise RowsError(
                f"{dataset.name} has {len(counts)} different labels in {len(dataset)} rows: this "
                "looks like a column of free text, not of labels.",
                "Name the column of labels with --label-column.",
            )
        return Classification(tuple(sorted(counts)), several)

    def from_json(self, facts: Mapping[str, Any]) -> Task:
        """Return the task that `Classification.to_json` described."""
        return Classification(tuple(facts["labels"]), bool(facts["several"]))


def _each(target: Target | None) -> tuple[str, ...]:
    return target if isinstance(target, tuple) else (target,) if target else ()


OPTION = ClassificationKind()
