"""Instructions instead of training: an encoder compares meanings, or a language model answers.

On an encoder each text goes to the label whose name, or description, is nearest to it. On a
language model, more slowly, the labels are tried as continuations of a prompt, entities are asked
for as JSON, texts are written. Labels of the rows are never looked at; their texts are, to find
how likely each label is before anything is read.
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
    present,
)
from socle.recipe import Recipe
from socle.tasks import Family, Task


class ZeroShot:
    """The option."""

    name = "zero-shot"
    rank = 70
    needs_base = True
    usual_base: str | None = "multilingual-e5-small"
    """It knew labels by their names better than the English one on English texts too."""
    moves = False
    families: tuple[Family, ...] = ("texts", "words", "generated")

    def kinds(self, task: Task) -> tuple[Kind, ...]:
        """Return language models; for labels of whole texts encoders before them.

        multilingual-e5-small knew labels by their names better than small language models on nearly
        every set that both were tried on (docs/prompting.md).
        """
        if task.name == "classification":
            return ("encoder", "decoder", "encoder-decoder")
        return ("decoder", "encoder-decoder")

    def suits(self, base: Base | None, task: Task, n: int) -> str | None:
        """Return why not: a prompt has one answer, and no trees."""
        return (
            not_of_family(self.families, task)
            or not_promptable(task)
            or of_other_kind(base, self.kinds(task))
        )

    def fit(self, fitting: Fitting) -> Fit:
        """Choose a wording, and correct the scores on texts without their labels."""
        from socle.prompting import asking, similarity

        if present(fitting).base.kind == "encoder":
            tensors, facts, held_out = similarity.fit(fitting)
            return Fit(Adaptation(tensors, facts), held_out)
        found = asking.learn(fitting, shots=False)
        return Fit(Adaptation({}, found.facts), found.held_out)

    def restore(
        self, adaptation: Adaptation, task: Task, located: Located | None, recipe: Recipe
    ) -> Predictor:
        """Return the language model with its prompt, or the encoder with its labels."""
        if located is None:
            raise ValueError("zero-shot needs its base")
        if located.base.kind == "encoder":
            from socle.training.headed import HeadOnBase

            return HeadOnBase(adaptation.tensors, adaptation.facts, located, recipe)
        from socle.prompting import asking

        return asking.restored(adaptation.facts, task, located, recipe)


OPTION = ZeroShot()
