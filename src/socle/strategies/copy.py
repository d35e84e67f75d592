"""The source as it is: what a translation must beat.

Names, numbers and loan words are the same in both languages, so that this is worth more than
nothing; a model that leaves half of its text as it was is worth little more than this.
"""

from __future__ import annotations

from collections.abc import Sequence

from socle.bases import Located
from socle.events import Listener, silent
from socle.examples import Read, Written
from socle.learning import Adaptation, Fit, Fitting, Predictor
from socle.recipe import Recipe
from socle.strategies import WithoutBase
from socle.tasks import Family, Task


class Copied:
    """Answers every text with itself."""

    def scores(self, inputs: Sequence[Read], listen: Listener = silent) -> list[Written]:
        """Return the texts."""
        return [Written(str(text), "stop") for text in inputs]


class Copy(WithoutBase):
    """The option."""

    name = "copy"
    rank = 1
    families: tuple[Family, ...] = ("generated",)

    def fit(self, fitting: Fitting) -> Fit:
        """Learn nothing: every row counts as one that was not seen."""
        task, examples = fitting.task, fitting.train.examples
        said = task.decide(task.probabilities(Copied().scores(task.inputs(examples))))
        return Fit(Adaptation(), task.statistics(task.encode(examples), said))

    def restore(
        self, adaptation: Adaptation, task: Task, located: Located | None, recipe: Recipe
    ) -> Predictor:
        """Return what copies."""
        return Copied()


OPTION = Copy()
