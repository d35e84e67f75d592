"""How a base learns a task: the contract of every strategy in this folder.

To add a strategy, add a module here that holds `OPTION`, an object with the attributes and methods
of `Strategy`. Rivals, which need no base, are strategies like any other.
"""

from __future__ import annotations

from typing import Protocol

from socle.bases import Base, Kind, Located
from socle.learning import Adaptation, Fit, Fitting, Predictor, not_of_family
from socle.recipe import Recipe
from socle.tasks import Family, Task


class Strategy(Protocol):
    """One way to learn."""

    name: str
    rank: int
    """Place on the ladder from cheap to dear, by the cost of running the result."""
    needs_base: bool
    usual_base: str | None
    """What it starts from, where no base is named, in any language; None: what the texts need."""
    moves: bool
    """Whether it moves weights of a base: minutes, where the others take seconds."""
    families: tuple[Family, ...]
    """Families of tasks that it learns."""

    def kinds(self, task: Task) -> tuple[Kind, ...]:
        """Return the kinds of bases that it learns this task on, its usual one first."""
        ...

    def suits(self, base: Base | None, task: Task, n: int) -> str | None:
        """Return why this strategy cannot learn `n` examples of the task, or None if it can."""
        ...

    def fit(self, fitting: Fitting) -> Fit:
        """Learn."""
        ...

    def restore(
        self, adaptation: Adaptation, task: Task, located: Located | None, recipe: Recipe
    ) -> Predictor:
        """Make a saved adaptation ready to answer."""
        ...


class WithoutBase:
    """What rivals share that start from no base; the families that they learn are their own."""

    name: str
    rank: int
    needs_base = False
    usual_base: str | None = None
    moves = False
    families: tuple[Family, ...] = ("texts", "words")

    def kinds(self, task: Task) -> tuple[Kind, ...]:
        """Return none."""
        return ()

    def suits(self, base: Base | None, task: Task, n: int) -> str | None:
        """Return why not, if the task is of another family: any number of examples will do."""
        return not_of_family(self.families, task)
