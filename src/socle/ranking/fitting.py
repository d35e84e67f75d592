"""Fitting a ranker to documents whose fields are known: the shipped one, or a user's own."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from socle.pages import Document
from socle.ranking.features import VALID_AT
from socle.ranking.header import Header
from socle.ranking.labels import compact, meanings
from socle.ranking.ranker import Curve, Network, Ranker
from socle.ranking.scoring import CLASSES, scored
from socle.ranking.truth import UNKNOWN, targets
from socle.readings import Value

_LEAST_SCALE = 0.05
"""Features that hardly ever change are not blown up to unit variance."""
_HIDDEN = {"lines": 64, "money": 64, "reference": 48}
_USUAL_HIDDEN = 24
_DECAY = 1.0
"""Strong, since real labels and layouts are more various than generated ones."""
_BLANKED = 0.12
"""Share of candidates whose known labels are hidden, so that letters and places are learned too."""

_DOUBTED = 0.3
"""Share of proven identifiers that are shown as unproven ones."""
_FEWEST = 60
"""Values of a field from which it gets a curve of its own."""


@dataclass
class Examples:
    """Features and classes by network.

    Attributes:
        features: (candidates, features), kept in halves.
        targets: classes; `UNKNOWN` where nothing is to be learned.
    """

    features: dict[str, list[NDArray[np.float16]]] = field(default_factory=dict)
    targets: dict[str, list[NDArray[np.int64]]] = field(default_factory=dict)

    def add(self, name: str, features: NDArray[np.float32], classes: NDArray[np.int64]) -> None:
        """Add the candidates of one document."""
        if len(features):
            self.features.setdefault(name, []).append(features.astype(np.float16))
            self.targets.setdefault(name, []).append(classes)


def examples(documents: Iterable[tuple[Document, Mapping[str, Any]]], ranker: Ranker) -> Examples:
    """Return what is to be learned from documents and their fields, seen with a ranker's scores."""
    made = Examples()
    for document, truth in documents:
        found = scored(document, ranker)
        known = targets(found, truth)
        made.add("lines", found.line_features, known["lines"])
        for family, group in found.groups.items():
            made.add(family, group.features, known[family])
    return made


def fit(
    made: Examples,
    names: Sequence[str] = tuple(CLASSES),
    epochs: int = 25,
    members: int = 1,
    seed: int = 0,
) -> Ranker:
    """Return a ranker without curves, fitted to examples.

    Args:
        made: of many documents.
        names: of the networks to fit.
        epochs: how often each example is seen.
        members: networks that are fitted for each name, from different starts. The mean of what
            they say is as one wider network would say it, and depends less on the start.
        seed: of the order of examples and the start of the weights.
    """
    rng = np.random.default_rng(seed)
    networks = {}
    for name in names:
        if name not in made.features:
            continue
        features = np.concatenate(made.features[name]).astype(np.float32)
        classes = np.concatenate(made.targets[name])
        kept = classes != UNKNOWN
        features, classes = features[kept], classes[kept]
        if name != "lines":
            _blank(features, rng)
        if name in ("company", "account"):
            _doubt(features, rng)
        seeds = range(seed, seed + members)
        networks[name] = _network(name, features, classes, epochs, seeds)
    return Ranker(networks)


def _blank(features: NDArray[np.float32], rng: np.random.Generator) -> None:
    """Hide the known meanings of labels from some candidates; their letters stay."""
    wide = 5 * len(meanings())
    hidden = rng.random(len(features)) < _BLANKED
    features[hidden, :wide] = 0.0


def _doubt(features: NDArray[np.float32], rng: np.random.Generator) -> None:
    """Take the proof of check digits from some identifiers: samples and misprints lack it."""
    valid = features[:, VALID_AT] > 0
    doubted = valid & (rng.random(len(features)) < _DOUBTED)
    features[doubted, VALID_AT] = 0.0
    features[doubted, VALID_AT + 1] = 1.0


def _network(
    name: str,
    features: NDArray[np.float32],
    classes: NDArray[np.int64],
    epochs: int,
    seeds: Sequence[int],
) -> Network:
    mean = features.mean(axis=0)
    scale = np.maximum(features.std(axis=0), _LEAST_SCALE)
    size = len(CLASSES[name])
    # Every class once, so that the columns of the output are the classes.
    scaled = np.clip((features - mean) / scale, -8, 8)
    inputs = np.concatenate([scaled, np.zeros((size, len(mean)))]).astype(np.float32)
    known = np.concatenate([classes, np.arange(size)])
    fitted = [_layers(name, inputs, known, epochs, seed) for seed in seeds]
    inner, outer = zip(*(weights for weights, _ in fitted), strict=True)
    held, last = zip(*(biases for _, biases in fitted), strict=True)
    weights = (np.concatenate(inner, axis=1), np.concatenate(outer) / len(fitted))
    biases = (np.concatenate(held), np.mean(last, axis=0))
    return Network(
        CLASSES[name],
        mean.astype(np.float32),
        scale.astype(np.float32),
        tuple(w.astype(np.float32) for w in weights),
        tuple(b.astype(np.float32) for b in biases),
    )


def _layers(
    name: str, inputs: NDArray[np.float32], classes: NDArray[np.int64], epochs: int, seed: int
) -> tuple[list[NDArray[Any]], list[NDArray[Any]]]:
    """Return the weights and the biases of both layers of one network."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier

    model = MLPClassifier(
        (_HIDDEN.get(name, _USUAL_HIDDEN),),
        alpha=_DECAY,
        batch_size=min(256, len(inputs)),
        learning_rate_init=0.001,
        max_iter=epochs,
        random_state=seed,
        n_iter_no_change=epochs,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(inputs, classes)
    weights, biases = [*model.coefs_], [*model.intercepts_]
    if weights[-1].shape[1] == 1:
        # Of two classes the model keeps one output: the odds of the second.
        weights[-1] = np.concatenate([np.zeros_like(weights[-1]), weights[-1]], axis=1)
        biases[-1] = np.concatenate([np.zeros_like(biases[-1]), biases[-1]])
    return weights, biases


def judged(header: Header, truth: Mapping[str, Any]) -> list[tuple[str, float, bool]]:
    """Return the field, the score and whether it is right, of each value read from print."""
    found = []
    for name, score in header.scores.items():
        if name != "invoice_type":
            right = name in truth and same_value(header.fields[name].value, truth[name])
            found.append((name, score, right))
    return found


def same_value(read: Value, true: Any) -> bool:
    """Return whether a value is the true one: to the cent, or to the letter and digit."""
    if isinstance(true, int | float):
        return isinstance(read, int | float) and abs(read - true) < 0.005
    return compact(str(read)) == compact(str(true))


def calibrated(ranker: Ranker, seen: Iterable[tuple[str, float, bool]]) -> Ranker:
    """Return the ranker with curves that tell how often a field was right at a score.

    Args:
        ranker: that gave the scores.
        seen: what `judged` returned for documents that the ranker was not fitted to.

    Fields that were seen seldom share the curve `*` of all.
    """
    pairs: dict[str, list[tuple[float, bool]]] = {"*": []}
    for name, score, right in seen:
        pairs.setdefault(name, []).append((score, right))
        pairs["*"].append((score, right))
    curves = {
        name: _curve(held) for name, held in pairs.items() if len(held) >= _FEWEST or name == "*"
    }
    return Ranker(ranker.networks, {n: c for n, c in curves.items() if c.scores})


def _curve(pairs: Sequence[tuple[float, bool]]) -> Curve:
    """Return a rising curve through how often values were right.

    Source: Zadrozny & Elkan 2002, by isotonic regression; each step is drawn towards a half by
    one value, as so few were seen.
    """
    from sklearn.isotonic import IsotonicRegression

    if not pairs:
        return Curve((), ())
    scores = np.array([score for score, _ in pairs])
    right = np.array([float(good) for _, good in pairs])
    fitted = IsotonicRegression().fit(scores, right).predict(scores)
    points, rates = [], []
    for level in np.unique(fitted):
        inside = fitted == level
        points.append(float(scores[inside].mean()))
        rates.append(float((right[inside].sum() + 0.5) / (inside.sum() + 1)))
    kept = np.maximum.accumulate(np.array(rates))
    return Curve(tuple(points), tuple(float(rate) for rate in kept))
