"""Driving a language model by instructions and examples, for every task that one can answer.

What is learnt is text and a few numbers: a wording, the examples that are shown, how scores are
corrected. `asking` goes by the task: `labels` chooses among labels, `entities` marks words, and
texts are written. `similarity` is the cheap sibling on an encoder.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from socle.bases.languages import looks_english
from socle.learning import Fitting
from socle.prompts import Wording, wordings


@dataclass(frozen=True)
class Prompted:
    """What prompting learnt."""

    facts: dict[str, Any]
    """JSON values: all that is needed to ask again."""
    held_out: NDArray[np.floating] | None
    """Scores or statistics of rows that were not shown, (n, k); NaN for the others."""


def wording_for(fitting: Fitting, kind: str) -> Wording:
    """Return the wording of the recipe's file, else ours for a kind of answer.

    Raises:
        PromptError: the file cannot be used.
    """
    if fitting.recipe.prompt is not None:
        return wordings.read(Path(fitting.recipe.prompt))
    texts = [example.text for example in fitting.train] or list(fitting.task.labels)
    return wordings.default(kind, "en" if looks_english(texts) else "fr")


def sample(fitting: Fitting, most: int, without: Sequence[int] = ()) -> NDArray[np.int64]:
    """Return the numbers of so many rows at most, sorted, drawn by the seed; some left out."""
    rows = np.setdiff1d(np.arange(len(fitting.train)), np.asarray(without, dtype=np.int64))
    return np.sort(np.random.default_rng(fitting.recipe.seed).permutation(rows)[:most])
