"""Relations: what two marked entities of a text have to do with each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from socle.data.columns import Columns, guess_columns
from socle.data.dataset import Dataset
from socle.data.passages import Place, passage, place_in, pseudo_words, refuse_places, unmarked
from socle.data.reading import Target, text_in
from socle.data.targets import Labelled, learnt_labels, left_out
from socle.errors import RowsError
from socle.examples import Example, Passage, Prediction, Read
from socle.formats import Table
from socle.metrics import calibration, labels, relations
from socle.metrics.labels import LabelScore
from socle.tasks import Family, Task, refuse_lonely

_ENTITIES = ("e1", "e2")
_MARKED = "marked"
_LABEL_NAMES = ("relation", "relations")


@dataclass(frozen=True)
class Relations(Labelled):
    """Relations with known labels; those that end in `(e1,e2)` or `(e2,e1)` have a direction."""

    name: str = "relations"
    family: Family = "texts"
    primary: str = "macro_f1"
    stretches: int = 3

    def inputs(self, examples: Sequence[Example[Target]]) -> Sequence[Read]:
        """Return passages: the text with signs around its entities, and where these stand."""
        return [passage(example.text, example.spans) for example in examples]

    def plain(self, inputs: Sequence[Read]) -> Sequence[str]:
        """Return passages as words that say in which part of the passage they stand."""
        return [pseudo_words(one) if isinstance(one, Passage) else str(one) for one in inputs]

    def read(self, texts: Sequence[str]) -> list[list[Read]]:
        """Return the one passage of each text with the marks `<e1>..</e1>` and `<e2>..</e2>`.

        Raises:
            RowsError: a mark is missing, or an entity holds nothing.
        """
        return [[passage(*unmarked(text))] for text in texts]

    def statistics(self, gold: NDArray[np.int64], decided: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return counts of what was right, additive over examples, shape (n, 3 relations)."""
        return relations.relation_counts(gold, decided, self.labels).reshape(len(gold), -1)

    def values(self, sums: NDArray[np.floating]) -> dict[str, NDArray[np.float64]]:
        """Return macro_f1 and micro_f1, shape (draws,), of summed statistics."""
        counts = sums.reshape(len(sums), -1, 3)
        return {
            "macro_f1": relations.official_f1(counts),
            "micro_f1": relations.official_micro_f1(counts),
        }

    def score(
        self, gold: NDArray[np.int64], probabilities: NDArray[np.float64]
    ) -> tuple[dict[str, float], list[LabelScore]]:
        """Return accuracy, macro_f1, micro_f1, mcc and ece, and a row per label.

        Macro-F1 is the official score of SemEval-2010 task 8: the mean over the relations of the
        examples, both directions of one together, the class for none of them left out.
        """
        decided = self.decide(probabilities)
        metrics = labels.scores(gold, decided, self.labels)
        sums = self.statistics(gold, decided).sum(axis=0, keepdims=True)
        metrics |= {name: float(found[0]) for name, found in self.values(sums).items()}
        sure, right = probabilities.max(axis=1), labels.right(gold, decided)
        metrics["ece"] = calibration.expected_calibration_error(sure, right)
        return metrics, labels.per_label(gold, decided, self.labels)

    def answer(self, text: str, prediction: Prediction[Target | None]) -> dict[str, Any]:
        """Return `{"text", "label", "probability", "alternatives", "relations"}`.

        `text` is given without its marks, and `relations` holds `label`, `probability`, and for
        `e1` and `e2` `start`, `end` and `text`; no relation where the label is that of none. Of a
        text without marks nothing is said of the entities.
        """
        places: Sequence[Place] = ()
        # Pages that show mistakes have the text alone; `read` refuses what users give.
        with suppress(RowsError):
            text, places = unmarked(text)
        said = super().answer(text, prediction)
        return said | {"relations": list(self._found(text, places, prediction))}

    def _found(
        self, text: str, places: Sequence[Place], prediction: Prediction[Target | None]
    ) -> Iterator[dict[str, Any]]:
        label = prediction.target
        if not isinstance(label, str) or relations.is_none_class(label):
            return
        entities = {
            name: {"start": start, "end": end, "text": text[start:end]}
            for name, (start, end) in zip(_ENTITIES, places, strict=False)
        }
        yield {"label": label, "probability": round(prediction.probability, 6), **entities}

    def to_json(self) -> dict[str, Any]:
        """Return what `from_json` needs."""
        return {"name": self.name, "labels": list(self.labels)}


class RelationsKind:
    """The option: rows of a text, two of its entities, and their relation.

    The entities are the columns `e1` and `e2`, first character and the one behind the last, such as
    [4, 11]; or they stand in the text between `<e1>..</e1>` and `<e2>..</e2>`.
    """

    name = "relations"

    def recognises(self, table: Table) -> bool:
        """Tell whether there are the columns `e1` and `e2`, or one called `marked`."""
        return _has_offsets(table) or _MARKED in table.columns

    def columns(
        self, table: Table, text: str | None, label: str | None, group: str | None
    ) -> Columns:
        """Return the columns that play a part: those named by the user, else guessed.

        Raises:
            RowsError: they are unknown or unclear.
        """
        if label is None:
            label = next((name for name in _LABEL_NAMES if name in table.columns), None)
        if text is None and not _has_offsets(table) and _MARKED in table.columns:
            text = _MARKED
        if text is None:
            # Offsets and the same text with marks would only make the guess harder.
            apart = {*_ENTITIES, _MARKED} - {label, group}
            rest = {name: cells for name, cells in table.columns.items() if name not in apart}
            table = Table(table.path, rest, table.lines, table.notes)
        return guess_columns(table, text, label, group)

    def examples(self, table: Table, columns: Columns) -> Dataset[Target]:
        """Turn rows into examples; rows without text or label are left out.

        Raises:
            RowsError: entities are missing or lie outside their text, or no row is left.
        """
        groups = table.columns[columns.group] if columns.group else [None] * len(table)
        rows = zip(table.columns[columns.text], table.columns[columns.label], groups, strict=True)
        found, empty = [], []
        for i, (line, (text, label, group)) in enumerate(zip(table.lines, rows, strict=True)):
            target = text_in(label)
            if not text_in(text) or not target:
                empty.append(line)
                continue
            said, places = _entities(table, columns, i)
            origin = f"{table.path.name}:{line}"
            found.append(Example[Target](said, target, origin, text_in(group) or None, places))
        if not found:
            raise RowsError(
                f"{table.path} has no row with both a text ({columns.text!r}) and a label "
                f"({columns.label!r}).",
                "Check the column names, or name them with --text-column and --label-column.",
            )
        return Dataset(tuple(found), table.path.name, (*table.notes, *left_out(empty)))

    def learn(self, dataset: Dataset[Target]) -> Task:
        """Return the task with the labels of the data, sorted.

        Raises:
            RowsError: fewer than two labels.
        """
        return Relations(learnt_labels(dataset, several=False))

    def named(self, labels: tuple[str, ...]) -> Task:
        """Return the task with these relations.

        Raises:
            UsageError: fewer than two.
        """
        refuse_lonely(labels)
        return Relations(labels)

    def from_json(self, facts: Mapping[str, Any], tensors: Mapping[str, Any] | None = None) -> Task:
        """Return the task that `Relations.to_json` described."""
        return Relations(tuple(facts["labels"]))


def _has_offsets(table: Table) -> bool:
    return all(name in table.columns for name in _ENTITIES)


def _entities(table: Table, columns: Columns, row: int) -> tuple[str, tuple[Place, Place]]:
    """Return the text of a row and the places of its entities.

    Blanks around the text stay, for the offsets count them.
    """
    cell = table.columns[columns.text][row]
    text = cell if isinstance(cell, str) else text_in(cell)
    try:
        if not _has_offsets(table) or columns.text == _MARKED:
            return unmarked(text)
        first, second = (place_in(name, table.columns[name][row]) for name in _ENTITIES)
        refuse_places(text, (first, second))
    except RowsError as error:
        where = f"{table.path}, line {table.lines[row]}"
        raise RowsError(f"{where}: {error.message}", error.hint) from error
    return text, (first, second)


OPTION = RelationsKind()
