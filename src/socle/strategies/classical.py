"""TF-IDF of words and characters with a linear SVM, calibrated: the rival that is hard to beat."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from socle.bases import Base, Located
from socle.events import Finished, Listener, Started, Stepped, silent
from socle.metrics.calibration import fit_temperature
from socle.metrics.labels import indicators
from socle.recipe import Recipe
from socle.strategies import Adaptation, Fit, Fitting, Predictor
from socle.tasks import Task

_PARTS = {
    "words": {"analyzer": "word", "ngram_range": (1, 2), "token_pattern": r"(?u)\b\w+\b"},
    "characters": {"analyzer": "char_wb", "ngram_range": (2, 5)},
}
_MOST = 300_000
"""Terms kept of each part, the most frequent ones."""
_COST = 1.0


class TermWeights:
    """A restored pair of vocabularies with the SVM's weights."""

    def __init__(self, adaptation: Adaptation) -> None:
        self._tensors = adaptation.tensors
        self._vectorisers = [
            _restored(part, adaptation.facts[part], adaptation.tensors[f"{part}.idf"])
            for part in _PARTS
        ]
        self._temperature = float(adaptation.facts["temperature"])

    def scores(self, texts: Sequence[str], listen: Listener = silent) -> NDArray[np.floating]:
        """Return calibrated distances to the separating planes, shape (n, labels)."""
        terms = _joined([vectoriser.transform(texts) for vectoriser in self._vectorisers])
        raw = terms @ self._tensors["weight"] + self._tensors["bias"]
        return np.asarray(raw * self._temperature)


class Classical:
    """The option."""

    name = "classical"
    rank = 10
    needs_base = False

    def suits(self, base: Base | None, task: Task, n: int) -> str | None:
        """Return None: any number of examples will do."""
        return None

    def fit(self, fitting: Fitting) -> Fit:
        """Fit on all, and once without each fold to calibrate on what was not seen."""
        texts, targets = fitting.train.texts, fitting.task.encode(fitting.train.examples)
        n_labels = len(fitting.task.labels)
        held_out = np.zeros((len(texts), n_labels), dtype=np.float32)
        fitting.listen(Started("Classical rival", len(fitting.folds) + 1))
        for i, fold in enumerate(fitting.folds):
            rest = np.setdiff1d(np.arange(len(texts)), fold)
            vectorisers, terms = _fit_terms([texts[j] for j in rest])
            weight, bias = _fit_svm(terms, targets[rest], n_labels, fitting.recipe.seed)
            unseen = _joined([v.transform([texts[j] for j in fold]) for v in vectorisers])
            held_out[fold] = unseen @ weight + bias
            fitting.listen(Stepped("Classical rival", i + 1))
        vectorisers, terms = _fit_terms(texts)
        weight, bias = _fit_svm(terms, targets, n_labels, fitting.recipe.seed)
        fitting.listen(Finished("Classical rival", 0.0))
        factor = fit_temperature(held_out, targets) if fitting.folds else 1.0
        facts: dict[str, Any] = {"temperature": factor}
        tensors: dict[str, NDArray[Any]] = {"weight": weight, "bias": bias}
        for part, vectoriser in zip(_PARTS, vectorisers, strict=True):
            facts[part] = vectoriser.get_feature_names_out().tolist()
            tensors[f"{part}.idf"] = vectoriser.idf_.astype(np.float32)
        return Fit(Adaptation(tensors, facts), held_out * factor if fitting.folds else None)

    def restore(
        self, adaptation: Adaptation, task: Task, located: Located | None, recipe: Recipe
    ) -> Predictor:
        """Return the restored weights."""
        return TermWeights(adaptation)


def _vectoriser(part: str, rare: int, vocabulary: list[str] | None = None) -> Any:
    from sklearn.feature_extraction.text import TfidfVectorizer

    return TfidfVectorizer(
        **_PARTS[part],
        sublinear_tf=True,
        strip_accents=None,
        min_df=rare,
        max_features=None if vocabulary else _MOST,
        vocabulary=vocabulary,
        dtype=np.float32,
    )


def _fit_terms(texts: Sequence[str]) -> tuple[list[Any], Any]:
    rare = 2 if len(texts) >= 1000 else 1
    vectorisers = [_vectoriser(part, rare) for part in _PARTS]
    try:
        found = [vectoriser.fit_transform(texts) for vectoriser in vectorisers]
    except ValueError:
        # Texts of nothing but signs have no word: give the words a vocabulary that never occurs.
        vectorisers = [_vectoriser(part, 1, ["\0"]) for part in _PARTS]
        found = [vectoriser.fit_transform(texts) for vectoriser in vectorisers]
    return vectorisers, _joined(found)


def _restored(part: str, vocabulary: list[str], idf: NDArray[Any]) -> Any:
    vectoriser = _vectoriser(part, 1, vocabulary)
    vectoriser.idf_ = idf
    return vectoriser


def _joined(parts: list[Any]) -> Any:
    from scipy.sparse import hstack

    return hstack(parts, format="csr")


def _fit_svm(
    terms: Any, targets: NDArray[np.int64], n_labels: int, seed: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return weights, shape (terms, labels), and biases; a label without examples scores low."""
    from sklearn.svm import LinearSVC

    table = indicators(targets, n_labels)
    weight = np.zeros((terms.shape[1], n_labels), dtype=np.float32)
    bias = np.full(n_labels, -1.0, dtype=np.float32)
    for label in range(n_labels):
        column = table[:, label]
        if 0 < column.sum() < len(column):
            svm = LinearSVC(C=_COST, random_state=seed, dual=True)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                svm.fit(terms, column)
            weight[:, label], bias[label] = svm.coef_[0], svm.intercept_[0]
        elif column.all():
            bias[label] = 1.0
    return weight, bias


OPTION = Classical()
