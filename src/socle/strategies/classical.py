"""TF-IDF of words and characters with a linear SVM, calibrated: the rival that is hard to beat.

For words a CRF on features of the word and its neighbours (`socle.training.crf`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from socle.bases import Located
from socle.events import Finished, Listener, Started, Stepped, silent
from socle.examples import Read, Sentence
from socle.learning import Adaptation, Fit, Fitting, Predictor, fit_without
from socle.metrics.calibration import fit_temperature
from socle.metrics.labels import indicators
from socle.recipe import Recipe
from socle.strategies import WithoutBase
from socle.tasks import Task, WordTask
from socle.training.crf import WordRival, fit_words

_PARTS: dict[str, dict[str, Any]] = {
    "words": {"analyzer": "word", "ngram_range": (1, 2), "token_pattern": r"(?u)\b\w+\b"},
    "characters": {"analyzer": "char_wb", "ngram_range": (2, 5)},
}
_MOST = 300_000
"""Terms kept of each part, those in the most texts."""
_COST = 1.0


@dataclass(frozen=True)
class _Terms:
    """Which terms count, and how much (columns of the counts, and their idf)."""

    columns: NDArray[np.int64]
    idf: NDArray[np.float32]

    def weighted(self, counts: Any) -> Any:
        """Return sublinear tf-idf, rows of length 1, of raw counts."""
        from scipy.sparse import csr_matrix
        from sklearn.preprocessing import normalize

        kept = csr_matrix(counts[:, self.columns], dtype=np.float32)
        np.log(kept.data, out=kept.data)
        kept.data += 1.0
        return normalize(kept.multiply(self.idf).tocsr(), copy=False)


class TermWeights:
    """A restored pair of vocabularies with the SVM's weights."""

    def __init__(
        self, adaptation: Adaptation, plain: Callable[[Sequence[Read]], Sequence[str]]
    ) -> None:
        self._counters, self._terms = [], []
        for part in _PARTS:
            vocabulary = adaptation.facts[part]
            self._counters.append(_counter(part, vocabulary))
            columns = np.arange(len(vocabulary), dtype=np.int64)
            self._terms.append(_Terms(columns, adaptation.tensors[f"{part}.idf"]))
        self._weight, self._bias = adaptation.tensors["weight"], adaptation.tensors["bias"]
        self._temperature = float(adaptation.facts["temperature"])
        self._plain = plain

    def scores(self, inputs: Sequence[Read], listen: Listener = silent) -> NDArray[np.floating]:
        """Return calibrated distances to the separating planes, shape (n, labels)."""
        texts = self._plain(inputs)
        counts = [counter.transform(texts) for counter in self._counters]
        terms = _joined(self._terms, counts)
        return np.asarray((terms @ self._weight + self._bias) * self._temperature)


class Classical(WithoutBase):
    """The option."""

    name = "classical"
    rank = 10

    def fit(self, fitting: Fitting) -> Fit:
        """Fit on all, and once without each fold to calibrate on what was not seen.

        Terms are counted once; which of them count, and how much, is learnt anew without each fold.
        """
        if fitting.task.family == "words":
            return _fit_words(fitting)
        targets = fitting.task.encode(fitting.train.examples)
        n_labels = len(fitting.task.labels)
        everything = np.arange(len(fitting.train))
        job = "Classical rival"
        fitting.listen(Started(job, len(fitting.folds) + 1))
        began = time.perf_counter()
        counters = [_counter(part) for part in _PARTS]
        task = fitting.task
        texts = task.plain(task.inputs(fitting.train.examples))
        counts = [_counted(counter, texts) for counter in counters]
        held_out = np.zeros((len(everything), n_labels), dtype=np.float32)
        for i, fold in enumerate(fitting.folds):
            rest = np.setdiff1d(everything, fold)
            terms, weight, bias = _learnt(counts, rest, targets, n_labels, fitting.recipe.seed)
            held_out[fold] = _joined(terms, [c[fold] for c in counts]) @ weight + bias
            fitting.listen(Stepped(job, i + 1))
        terms, weight, bias = _learnt(counts, everything, targets, n_labels, fitting.recipe.seed)
        fitting.listen(Finished(job, time.perf_counter() - began))
        factor = fit_temperature(held_out, targets) if fitting.folds else 1.0
        facts: dict[str, Any] = {"temperature": factor}
        tensors: dict[str, NDArray[Any]] = {"weight": weight, "bias": bias}
        for part, counter, kept in zip(_PARTS, counters, terms, strict=True):
            facts[part] = counter.get_feature_names_out()[kept.columns].tolist()
            tensors[f"{part}.idf"] = kept.idf
        return Fit(Adaptation(tensors, facts), held_out * factor if fitting.folds else None)

    def restore(
        self, adaptation: Adaptation, task: Task, located: Located | None, recipe: Recipe
    ) -> Predictor:
        """Return the restored weights."""
        if task.family == "words":
            return WordRival(adaptation.tensors, adaptation.facts, cast(WordTask, task))
        return TermWeights(adaptation, task.plain)


def _fit_words(fitting: Fitting) -> Fit:
    """Fit the rival for words on all, and once without the sentences held out."""
    task = cast(WordTask, fitting.task)
    seed, listen = fitting.recipe.seed, fitting.listen

    def learn(sentences: Sequence[Sentence]) -> WordRival:
        return WordRival(*fit_words(task, sentences, seed, listen), task)

    held_out = fit_without(fitting, learn)
    sentences = fitting.task.encode(fitting.train.examples)
    tensors, facts = fit_words(task, sentences, seed, listen)
    return Fit(Adaptation(tensors, facts), held_out)


def _counter(part: str, vocabulary: list[str] | None = None) -> Any:
    from sklearn.feature_extraction.text import CountVectorizer

    return CountVectorizer(**_PARTS[part], vocabulary=vocabulary, dtype=np.float32)


def _counted(counter: Any, texts: Sequence[str]) -> Any:
    try:
        return counter.fit_transform(texts)
    except ValueError:
        # Texts of nothing but signs have no word: give them a vocabulary that never occurs.
        counter.set_params(vocabulary=["\0"])
        return counter.fit_transform(texts)


def _learnt(
    counts: list[Any], rows: NDArray[np.int64], targets: NDArray[np.int64], n_labels: int, seed: int
) -> tuple[list[_Terms], NDArray[np.float32], NDArray[np.float32]]:
    terms = [_chosen(part[rows]) for part in counts]
    matrix = _joined(terms, [part[rows] for part in counts])
    weight, bias = _fit_svm(matrix, indicators(targets[rows], n_labels), seed)
    return terms, weight, bias


def _chosen(counts: Any) -> _Terms:
    """Return the terms that occur, in two texts at least when there are many texts."""
    n = counts.shape[0]
    frequency = np.bincount(counts.indices, minlength=counts.shape[1])
    columns = np.flatnonzero(frequency >= (2 if n >= 1000 else 1))
    if len(columns) > _MOST:
        columns = np.sort(columns[np.argsort(-frequency[columns], kind="stable")[:_MOST]])
    idf = np.log((1 + n) / (1 + frequency[columns])) + 1
    return _Terms(columns.astype(np.int64), idf.astype(np.float32))


def _joined(terms: list[_Terms], counts: list[Any]) -> Any:
    from scipy.sparse import hstack

    return hstack(
        [kept.weighted(part) for kept, part in zip(terms, counts, strict=True)], format="csr"
    )


def _fit_svm(
    terms: Any, table: NDArray[np.int64], seed: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return weights, shape (terms, labels), and biases; a label without examples scores low."""
    from sklearn.svm import LinearSVC

    def one(column: NDArray[np.int64]) -> tuple[Any, float]:
        if column.min() == column.max():
            return 0.0, 1.0 if column.any() else -1.0
        svm = LinearSVC(C=_COST, random_state=seed, tol=1e-3)
        svm.fit(terms, column)
        return svm.coef_[0], float(svm.intercept_[0])

    # One after the other: liblinear draws from one generator per process, so in threads of their
    # own the labels would disturb each other, and the seed would no longer decide the result.
    planes = [one(column) for column in table.T]
    weight = np.zeros((terms.shape[1], table.shape[1]), dtype=np.float32)
    for label, (plane, _) in enumerate(planes):
        weight[:, label] = plane
    return weight, np.array([bias for _, bias in planes], dtype=np.float32)


OPTION = Classical()
