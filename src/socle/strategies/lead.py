"""The first sentence of the source: what a summary must beat.

Who writes for readers says the main thing first, so that this is hard to beat in news and in
descriptions.
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
from socle.words.plain import plain_cuts

_AT_FIRST = 2_000
"""Characters in which the first sentence is looked for; twice as many if it does not end there."""


class FirstSentences:
    """Answers every text with its first sentence."""

    def scores(self, inputs: Sequence[Read], listen: Listener = silent) -> list[Written]:
        """Return the first sentences."""
        return [Written(first_sentence(str(text)), "stop") for text in inputs]


class Lead(WithoutBase):
    """The option."""

    name = "lead"
    rank = 2
    families: tuple[Family, ...] = ("generated",)

    def fit(self, fitting: Fitting) -> Fit:
        """Learn nothing: every row counts as one that was not seen."""
        task, examples = fitting.task, fitting.train.examples
        said = task.decide(task.probabilities(FirstSentences().scores(task.inputs(examples))))
        return Fit(Adaptation(), task.statistics(task.encode(examples), said))

    def restore(
        self, adaptation: Adaptation, task: Task, located: Located | None, recipe: Recipe
    ) -> Predictor:
        """Return what takes first sentences."""
        return FirstSentences()


def first_sentence(text: str) -> str:
    """Return the text up to where its first sentence ends, by the rules of `socle.words.plain`.

    The number of a list or a chapter, `1.`, is no sentence: there must be a letter.
    """
    text = text.strip()
    size = _AT_FIRST
    while True:
        part = text[:size]
        whole = len(part) == len(text)
        _, ends, last = plain_cuts(part)
        begun = 0
        # Where the part ends, the text may go on: what stands there is not known to be whole.
        for end, over in zip(ends if whole else ends[:-2], last, strict=False):
            if over and any(map(str.isalpha, part[begun:end])):
                return part[:end]
            begun = end if over else begun
        if whole:
            return text
        size *= 2


OPTION = Lead()
