"""What the examples mean: the contract of every task in this folder.

To add a task, add a module here that holds `OPTION`, an object with the methods of `TaskKind`.
A task knows labels and targets; it knows nothing of networks.

Tasks come in three families. Those of `texts` give whole examples labels, through scores of shape
(n, labels). Those of `words` (`WordTask`) give every word its columns, and sentences their trees.
Those of `generated` answer a text with another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from socle.data.columns import Columns
from socle.data.dataset import Dataset
from socle.errors import UsageError
from socle.examples import Example, Prediction, Read, Sentence
from socle.formats import Table
from socle.metrics.labels import LabelScore

Family = Literal["texts", "words", "generated"]


class Reader(Protocol):
    """What a task looks at."""

    @property
    def name(self) -> str:
        """The name of the option."""
        ...

    @property
    def family(self) -> Family:
        """What the answers are: labels of texts, labels of their words, or other texts."""
        ...

    @property
    def primary(self) -> str:
        """The metric by which candidates are compared."""
        ...

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels, in the order of the scores' columns."""
        ...

    @property
    def several(self) -> bool:
        """Whether an example may carry several labels, or none."""
        ...

    @property
    def stretches(self) -> int:
        """How many vectors of an encoder describe one example of the family `texts`."""
        ...

    def inputs(self, examples: Sequence[Example[Any]]) -> Sequence[Read]:
        """Return what an encoder reads for each example."""
        ...

    def encode(self, examples: Sequence[Example[Any]]) -> Any:
        """Return targets as numbers: shape (n,), or (n, labels) for several; or sentences."""
        ...

    def plain(self, inputs: Sequence[Read]) -> Sequence[str]:
        """Return inputs as texts for models that count words."""
        ...

    def read(self, texts: Sequence[str]) -> list[list[Read]]:
        """Return what is to be answered in each text that a user gives: itself, or its sentences.

        Raises:
            InputError: a text lacks what the task needs, such as marked entities.
        """
        ...


class Task(Reader, Protocol):
    """A task whose labels are known.

    Its scores are arrays, (n, labels), for the family `texts`, lists of `Scored`, one for each
    sentence, for the family `words`, and lists of `Written` for the family `generated`.
    """

    def probabilities(self, scores: Any) -> Any:
        """Return the probabilities of calibrated scores, shape (n, labels)."""
        ...

    def decide(self, probabilities: Any) -> Any:
        """Return the answers, shaped as `encode` does."""
        ...

    def decode(self, probabilities: Any) -> list[Prediction[Any]]:
        """Return the answers as predictions."""
        ...

    def gathered(self, predictions: Sequence[Prediction[Any]]) -> Prediction[Any]:
        """Return the answer to a text from those to what `read` made of it."""
        ...

    def score(self, gold: Any, probabilities: Any) -> tuple[dict[str, float], list[LabelScore]]:
        """Return metrics by name, and a row per label."""
        ...

    def answer(self, text: str, prediction: Prediction[Any]) -> dict[str, Any]:
        """Return the JSON object of one prediction, the same everywhere.

        Its `label` is null where the model abstained, for a prediction without target.
        """
        ...

    def statistics(self, gold: Any, decided: Any) -> NDArray[Any]:
        """Return counts of what was right, a row per example, additive over them."""
        ...

    def values(self, sums: NDArray[np.floating]) -> dict[str, NDArray[np.float64]]:
        """Return metrics, shape (draws,), of summed statistics, shape (draws, k)."""
        ...

    def to_json(self) -> dict[str, Any]:
        """Return what `TaskKind.from_json` needs."""
        ...

    def tensors(self) -> Mapping[str, NDArray[Any]]:
        """Return the arrays that `TaskKind.from_json` needs, if any."""
        ...


class CountedTask(Task, Protocol):
    """A task whose answers may be partly right: words, and texts that are written."""

    def whole(self, statistics: NDArray[np.floating]) -> NDArray[np.bool_]:
        """Return which examples are wholly right, of statistics by example, shape (n, k)."""
        ...


class WordTask(CountedTask, Protocol):
    """A task of the family `words`: columns for words and, for parsing, trees."""

    @property
    def classes(self) -> Mapping[str, tuple[str, ...]]:
        """The classes of each column that words are given, in the order of the scores."""
        ...

    @property
    def relations(self) -> tuple[str, ...]:
        """The labels of arcs; none where no tree is built."""
        ...

    def targets(self, sentence: Sentence) -> dict[str, NDArray[np.int64]]:
        """Return each column as numbers, (words,), -1 where it is unknown.

        With trees also `head`, 0 for the root, and `deprel`.
        """
        ...

    def strange(self, sentence: Sentence) -> list[str]:
        """Return the classes in a sentence that training never saw."""
        ...


class TaskKind(Protocol):
    """An option of this folder."""

    name: str

    def recognises(self, table: Table) -> bool:
        """Tell whether rows look like this task's own."""
        ...

    def columns(
        self, table: Table, text: str | None, label: str | None, group: str | None
    ) -> Columns:
        """Return the columns that play a part: those named by the user, else guessed.

        Raises:
            RowsError: they are unknown or unclear.
        """
        ...

    def examples(self, table: Table, columns: Columns) -> Dataset[Any]:
        """Turn rows into examples.

        Raises:
            RowsError: the rows do not fit the task.
        """
        ...

    def learn(self, dataset: Dataset[Any]) -> Task:
        """Return the task with the labels that occur in the data.

        Raises:
            RowsError: the data cannot be learnt from.
        """
        ...

    def named(self, labels: tuple[str, ...]) -> Task:
        """Return the task with labels of which only the names are known.

        Raises:
            UsageError: it needs more than names, or more of them.
        """
        ...

    def from_json(
        self, facts: Mapping[str, Any], tensors: Mapping[str, NDArray[Any]] | None = None
    ) -> Task:
        """Return the task that `Task.to_json` and `Task.tensors` described."""
        ...


def refuse_lonely(labels: Sequence[str]) -> None:
    """Refuse to choose among fewer than two labels.

    Raises:
        UsageError: there is one label, or none.
    """
    if len(labels) < 2:
        raise UsageError(
            f"There is nothing to choose from: {', '.join(labels) or 'no label'}.",
            'Name two labels at least: --labels "positive,negative"',
        )


def word_examples(table: Table, sentences: Sequence[Sentence]) -> Dataset[Sentence]:
    """Return sentences as examples; those of one document (`# newdoc`) stay together."""
    found, document, name = [], 0, table.path.name
    for line, one in zip(table.lines, sentences, strict=True):
        document += any(comment.startswith("# newdoc") for comment in one.comments)
        group = f"{name} {document}" if document else None
        found.append(Example(one.text, one, f"{name}:{line}", group))
    return Dataset(tuple(found), name, table.notes)
