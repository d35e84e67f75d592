"""Classification: one label per text, or several when labels are separated by a bar."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from socle.data.columns import Columns, guess_columns
from socle.data.dataset import Dataset
from socle.data.reading import Target, targets_of, text_in
from socle.data.targets import Labelled, learnt_labels, left_out
from socle.errors import RowsError
from socle.examples import Example, Read
from socle.formats import Table
from socle.tasks import Family, Task, refuse_lonely


@dataclass(frozen=True)
class Classification(Labelled):
    """Classification with known labels."""

    name: str = "classification"
    family: Family = "texts"
    primary: str = "accuracy"
    stretches: int = 1

    def inputs(self, examples: Sequence[Example[Target]]) -> Sequence[Read]:
        """Return the texts."""
        return [example.text for example in examples]

    def plain(self, inputs: Sequence[Read]) -> Sequence[str]:
        """Return the texts as they are."""
        return [str(text) for text in inputs]

    def read(self, texts: Sequence[str]) -> list[list[Read]]:
        """Return the texts: each is answered as a whole."""
        return [[text] for text in texts]

    def to_json(self) -> dict[str, Any]:
        """Return what `from_json` needs."""
        return {"name": self.name, "labels": list(self.labels), "several": self.several}


class ClassificationKind:
    """The option: rows of text and label."""

    name = "classification"

    def recognises(self, table: Table) -> bool:
        """Return True: any rows may have a text and a label, as far as no other task knows them."""
        return True

    def columns(
        self, table: Table, text: str | None, label: str | None, group: str | None
    ) -> Columns:
        """Return the columns that play a part: those named by the user, else guessed.

        Raises:
            RowsError: they are unknown or unclear.
        """
        if label is None and (
            "head" in table.columns or {"tokens", "tags"} <= table.columns.keys()
        ):
            raise RowsError(
                f"{table.path} holds sentences cut into words, not texts with one label.",
                "Leave --task out, or name the column of labels with --label-column.",
            )
        return guess_columns(table, text, label, group)

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
        notes = (*table.notes, *left_out(empty))
        return Dataset(tuple(found), table.path.name, notes)

    def learn(self, dataset: Dataset[Target]) -> Task:
        """Return the task with the labels of the data, sorted.

        Raises:
            RowsError: fewer than two labels.
        """
        several = any(isinstance(example.target, tuple) for example in dataset)
        return Classification(learnt_labels(dataset, several), several)

    def named(self, labels: tuple[str, ...]) -> Task:
        """Return the task with these labels, one of which every text gets.

        Raises:
            UsageError: fewer than two.
        """
        refuse_lonely(labels)
        return Classification(labels)

    def from_json(self, facts: Mapping[str, Any], tensors: Mapping[str, Any] | None = None) -> Task:
        """Return the task that `Classification.to_json` described."""
        return Classification(tuple(facts["labels"]), bool(facts["several"]))


OPTION = ClassificationKind()
