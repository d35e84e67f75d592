"""A handful of examples in the prompt of a language model, chosen, ordered and corrected by itself.

Examples are typical of their labels and unlike each other; how many are shown, and in which order,
is decided on rows that are not shown, which also correct the scores.
"""

from __future__ import annotations

from socle.bases import Base, Kind, Located
from socle.learning import (
    Adaptation,
    Fit,
    Fitting,
    Predictor,
    not_of_family,
    not_promptable,
    of_other_kind,
)
from socle.recipe import Recipe
from socle.tasks import Family, Task

_FEWEST = 4
"""Rows: some to be shown, and some to choose by."""


class FewShot:
    """The option."""

    name = "few-shot"
    rank = 80
    needs_base = True
    usual_base: str | None = None
    moves = False
    families: tuple[Family, ...] = ("texts", "words", "generated")

    def kinds(self, task: Task) -> tuple[Kind, ...]:
        """Return language models; those that read and write apart read the bare text to write."""
        return ("decoder",) if task.family == "generated" else ("decoder", "encoder-decoder")

    def suits(self, base: Base | None, task: Task, n: int) -> str | None:
        """Return why not: a prompt has one answer, and no trees; examples are needed."""
        return (
            not_of_family(self.families, task)
            or not_promptable(task)
            or of_other_kind(base, self.kinds(task))
            or (None if n >= _FEWEST else f"{n} examples are too few to show some and choose")
        )

    def fit(self, fitting: Fitting) -> Fit:
        """Choose the examples, their number and their order."""
        from socle.prompting import asking

        found = asking.learn(fitting, shots=True)
        return Fit(Adaptation({}, found.facts), found.held_out)

    def restore(
        self, adaptation: Adaptation, task: Task, located: Located | None, recipe: Recipe
    ) -> Predictor:
        """Return the language model with its prompt."""
        from socle.prompting import asking

        if located is None:
            raise ValueError("few-shot needs its base")
        return asking.restored(adaptation.facts, task, located, recipe)


OPTION = FewShot()
