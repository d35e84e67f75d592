"""Vectors by which examples are chosen: by meaning, or by words where no encoder is here."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from socle.bases import finding
from socle.errors import MissingBaseError
from socle.events import Listener, Noted, silent
from socle.heads.pooled import unit_length
from socle.recipe import Recipe

_TERMS = 4096


def vectors_of(
    texts: Sequence[str], recipe: Recipe, listen: Listener = silent
) -> NDArray[np.float32]:
    """Return a vector of length 1 for each text, shape (n, width)."""
    try:
        located = finding.find(finding.default_for(texts))
    except MissingBaseError:
        listen(Noted("No encoder is on this machine: examples are chosen by their words"))
        return _by_words(texts)
    from socle.training.encoding import FULL, TextEncoder

    return unit_length(TextEncoder(located, recipe, FULL, (-1,)).features(list(texts), listen))


def _by_words(texts: Sequence[str]) -> NDArray[np.float32]:
    from sklearn.feature_extraction.text import TfidfVectorizer

    try:
        table = TfidfVectorizer(max_features=_TERMS, sublinear_tf=True).fit_transform(texts)
    except ValueError:  # no words at all
        return np.ones((len(texts), 1), dtype=np.float32)
    return np.asarray(table.toarray(), dtype=np.float32)
