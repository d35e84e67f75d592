"""Prompts for every task: labels are chosen, entities marked, texts written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from socle.bases import Located
from socle.learning import Fitting, Predictor
from socle.prompting import Prompted, entities, labels, outputs
from socle.recipe import Recipe
from socle.tasks import Task


def learn(fitting: Fitting, *, shots: bool) -> Prompted:
    """Choose a prompt, with examples in it or without."""
    if fitting.task.family == "words":
        return entities.learn(fitting, shots=shots)
    if fitting.task.family == "generated":
        return outputs.learn(fitting, shots=shots)
    return labels.learn(fitting, shots=shots)


def restored(facts: Mapping[str, Any], task: Task, located: Located, recipe: Recipe) -> Predictor:
    """Return a saved prompt, ready to answer."""
    if task.family == "words":
        return entities.restored(facts, task, located)
    if task.family == "generated":
        return outputs.restored(facts, task, located, recipe)
    return labels.restored(facts, located, task.labels, recipe)
