"""Labels by meaning, on an encoder alone: each text goes to the label that it is nearest to.

A label is what its description says, or its name, in a short sentence. How near texts are to each
label anyway is found on texts without labels, and taken off.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from socle.heads.pooled import unit_length
from socle.learning import Fitting, known_at, present
from socle.prompting import sample, wording_for
from socle.prompts import Wording, scoring, wordings
from socle.prompts.rendering import words_of
from socle.training.encoding import FULL, TextEncoder

_SHARP = 20.0
"""What cosines are multiplied by: embedding models are trained with about as much."""
_SAMPLE = 1000


def fit(
    fitting: Fitting,
) -> tuple[dict[str, NDArray[Any]], dict[str, Any], NDArray[np.float64] | None]:
    """Return the vectors of the labels as a linear head, its facts, and scores of a sample."""
    located = present(fitting)
    encoder = TextEncoder(located, fitting.recipe, FULL, (-1,))
    wording = wording_for(fitting, "classification")
    labels = unit_length(encoder.fresh(sentences(wording, fitting.task.labels)))
    rows = sample(fitting, _SAMPLE)
    bias = np.zeros(len(labels))
    held_out = None
    if len(rows) and fitting.recipe.calibration != "none":
        texts = fitting.task.inputs([fitting.train.examples[i] for i in rows])
        raw = _SHARP * unit_length(encoder.features(texts, fitting.listen)) @ labels.T
        by_batch = fitting.recipe.calibration == "batch"
        found = scoring.batch(raw) if by_batch else scoring.prior_matched(raw)
        bias = found.bias
        held_out = known_at(rows, found.apply(raw), len(fitting.train))
    tensors = {
        "weight": np.asarray(_SHARP * labels.T, dtype=np.float32),
        "bias": np.asarray(bias, dtype=np.float32),
    }
    facts = {"engine": FULL, "layers": [-1], "unit": True, "stretches": 1}
    return tensors, facts | {"wording": wordings.to_facts(wording)}, held_out


def sentences(wording: Wording, labels: tuple[str, ...]) -> list[str]:
    """Return what is compared with texts for each label: its description, or its word."""
    words = words_of(wording, labels)
    pairs = zip(labels, words, strict=True)
    return [wording.descriptions.get(label, word.replace("_", " ")) for label, word in pairs]
