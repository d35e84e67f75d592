"""What the examples mean: the contract of every task in this folder.

To add a task, add a module here that holds `OPTION`, an object with the methods of `TaskKind`.
A task knows labels and targets; it knows nothing of networks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from socle.data.columns import Columns
from socle.data.dataset import Dataset
from socle.examples import Example, Prediction
from socle.formats import Table
from socle.metrics.labels import LabelScore


class Task(Protocol):
    """A task whose labels are known."""

    @property
    def name(self) -> str:
        """The name of the option."""
        ...

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels, in the order of the scores' columns."""
        ...

    @property
    def several(self) -> bool:
        """Whether an example may carry several labels, or none."""
        ...

    def encode(self, examples: Sequence[Example[Any]]) -> NDArray[np.int64]:
        """Return targets as numbers: shape (n,), or (n, labels) for several."""
        ...

    def probabilities(self, scores: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return the probabilities of calibrated scores, shape (n, labels)."""
        ...

    def decide(self, probabilities: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return the answers as numbers, shaped as `encode` does."""
        ...

    def decode(self, probabilities: NDArray[np.float64]) -> list[Prediction[Any]]:
        """Return the answers as predictions."""
        ...

    def score(
        self, gold: NDArray[np.int64], probabilities: NDArray[np.float64]
    ) -> tuple[dict[str, float], list[LabelScore]]:
        """Return metrics by name, and a row per label."""
        ...

    def answer(self, text: str, prediction: Prediction[Any]) -> dict[str, Any]:
        """Return the JSON object of one prediction, the same everywhere.

        Its `label` is null where the model abstained, for a prediction without target.
        """
        ...

    def to_json(self) -> dict[str, Any]:
        """Return what `TaskKind.from_json` needs."""
        ...


class TaskKind(Protocol):
    """An option of this folder."""

    name: str

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

    def from_json(self, facts: Mapping[str, Any]) -> Task:
        """Return the task that `Task.to_json` described."""
        ...
