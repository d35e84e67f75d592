"""Probes: small labelled tasks by which a base is tried before and after it was adapted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from socle import plugins
from socle.bases import Located
from socle.data.dataset import Dataset
from socle.data.reading import read_rows
from socle.data.splitting import split
from socle.examples import Example
from socle.general import Probe
from socle.heads.pooled import LinearHead
from socle.metrics import labels
from socle.metrics.significance import mcnemar, wilson
from socle.tasks import Task

if TYPE_CHECKING:
    from socle.training.states import Plain

_ALPHA = 0.05
_STRENGTH = 1.0
_ENOUGH = 40
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class ProbeResult:
    """Accuracy on a small labelled task that has nothing to do with the adaptation."""

    name: str
    before: float
    after: float
    """With the head that was fitted on the untouched base."""
    refitted: float
    """With a head fitted anew on the adapted base."""
    intervals: Mapping[str, tuple[float, float]]
    """95 % interval of each of the three, by name."""
    p: float
    """That `after` equals `before` (McNemar)."""
    p_refitted: float
    """That `refitted` equals `before`."""

    @property
    def text(self) -> str:
        """What a head fitted before loses, and whether a new one finds it again; one sentence."""
        said = (
            f"{self.name}: accuracy {self.before:.3f} before, {self.after:.3f} after, "
            f"{self.refitted:.3f} with a new head"
        )
        if self.p_refitted < _ALPHA and self.refitted < self.before:
            return f"{said}, which does not find it all again."
        if self.p < _ALPHA and self.after < self.before:
            return f"{said}: heads fitted before no longer fit."
        return f"{said}; no significant loss."

    def to_json(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Ready:
    """A probe as token numbers and targets."""

    name: str
    task: Task
    windows: Plain
    targets: NDArray[np.int64]
    n_train: int
    """The first so many are learnt from, the others tested."""


def ready(located: Located, given: str | Path | Probe, quick: bool = False) -> Ready:
    """Return a probe, or the rows of a file cut in halves, as the base reads it.

    `quick` takes a half, drawn at random, of a part of forty or more.

    Raises:
        InputError: the file cannot be read, or its rows cannot be cut in halves.
    """
    from socle.training import states

    kind = plugins.load("tasks", "classification")
    if isinstance(given, Probe):
        name, parts = given.name, (given.train, given.test)
    else:
        whole: Dataset[Any] = kind.examples(*read_rows(given))
        name, halves = Path(given).stem, split(whole, 0.5, 0)
        parts = (halves[0].examples, halves[1].examples)
    task = kind.learn(Dataset((*parts[0], *parts[1]), name))
    train, test = (_half(part) if quick and len(part) >= _ENOUGH else part for part in parts)
    windows = states.read(located, [e.text for e in (*train, *test)], drop_empty=False)
    return Ready(name, task, windows, task.encode([*train, *test]), len(train))


def _half(examples: Sequence[Example[Any]]) -> list[Example[Any]]:
    # Not every other one: rows often stand in an order of their labels.
    drawn = np.random.default_rng(0).permutation(len(examples))[: len(examples) // 2]
    return [examples[i] for i in np.sort(drawn)]


def result(probe: Ready, before: Floats, after: Floats) -> ProbeResult:
    """Return the outcome, from the mean states of both networks, shape (train + test, width)."""
    from socle.training.logistic import fit_once

    n, task, targets = probe.n_train, probe.task, probe.targets

    def right(head: LinearHead, features: Floats) -> NDArray[np.bool_]:
        probabilities = task.probabilities(head.scores(features[n:]))
        return labels.right(targets[n:], task.decide(probabilities))

    old, new = (fit_once(f[:n], targets[:n], len(task.labels), _STRENGTH) for f in (before, after))
    first, then, again = right(old, before), right(old, after), right(new, after)
    good = {"before": first, "after": then, "refitted": again}
    return ProbeResult(
        name=probe.name,
        before=float(first.mean()),
        after=float(then.mean()),
        refitted=float(again.mean()),
        intervals={name: wilson(int(row.sum()), len(row)) for name, row in good.items()},
        p=mcnemar(first, then),
        p_refitted=mcnemar(first, again),
    )
