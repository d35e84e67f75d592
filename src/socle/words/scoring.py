"""Words and trees against what they ought to be: numbers to learn from, counts to judge by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from socle.examples import Example, Sentence
from socle.metrics import arcs, spans
from socle.metrics.labels import LabelScore
from socle.metrics.spans import Scheme
from socle.words.columns import Scored, filled, heads_of, numbered, value_of

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
_ARCS = ("uas", "las", "clas")


@dataclass(frozen=True)
class WordScoring:
    """Columns for words, and trees where `relations` has labels."""

    classes: Mapping[str, tuple[str, ...]]
    """Column -> its classes, in the order of the scores."""
    relations: tuple[str, ...] = ()
    scheme: Scheme | None = None
    """How the tags of the data spell spans; None where tags are plain. Scores are always of BIO."""

    @property
    def primary(self) -> str:
        """The metric by which candidates are compared: las, f1 of spans, or the first column's."""
        if self.relations:
            return "las"
        return "f1" if self.scheme else _metric(next(iter(self.classes)))

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """What the table by label tells: relations, kinds of spans, or classes of the column."""
        if self.relations:
            return self.relations
        first = next(iter(self.classes.values()))
        if self.scheme:
            return tuple(sorted({tag[2:] for tag in first if tag != "O"}))
        return first

    @cached_property
    def _numbers(self) -> dict[str, dict[str, int]]:
        return {
            name: {value: i for i, value in enumerate(values)}
            for name, values in self.classes.items()
        }

    @cached_property
    def _relation_numbers(self) -> dict[str, int]:
        return {label: i for i, label in enumerate(self.relations)}

    def encode(self, examples: Sequence[Example[Sentence]]) -> list[Sentence]:
        """Return the sentences as they ought to be answered."""
        return [sentence_of(example) for example in examples]

    def targets(self, sentence: Sentence) -> dict[str, Ints]:
        """Return each column as numbers, (words,), -1 where it is unknown.

        With trees also `head`, 0 for the root, and `deprel`.
        """
        found = numbered(sentence, self._numbers)
        if self.relations:
            known = self._relation_numbers
            found["head"] = heads_of(sentence)
            labels = [known.get(word.deprel, -1) for word in sentence.words]
            found["deprel"] = np.array(labels, dtype=np.int64)
        return found

    def decide(self, probabilities: list[Scored]) -> list[Sentence]:
        """Return the sentences with their columns, spans and trees filled in."""
        return [
            filled(one, self.classes, self.relations, "bio" if self.scheme else None)
            for one in probabilities
        ]

    def statistics(self, gold: Sequence[Sentence], said: Sequence[Sentence]) -> Floats:
        """Return counts of what is right, a row per sentence, additive over them.

        For spans: right, predicted, gold of every label; the same in all where one shared word is
        enough; words with the right tag, and words. Else the counts of `metrics.arcs`.
        """
        if "tag" not in self.classes:
            pairs = zip(gold, said, strict=True)
            rows = [arcs.sentence_counts(a, b).ravel() for a, b in pairs]
            return np.array(rows, dtype=np.float64).reshape(len(gold), 3 * len(arcs.NAMES))
        counts = [self._tag_counts(a, b) for a, b in zip(gold, said, strict=True)]
        width = 3 * (len(self.labels) if self.scheme else 0) + 5
        return np.array(counts, dtype=np.float64).reshape(len(gold), width)

    def _tag_counts(self, gold: Sentence, said: Sentence) -> Ints:
        there, found = ([word.tag for word in one.words] for one in (gold, said))
        right = sum(a == b for a, b in zip(there, found, strict=True))
        both = np.zeros(3, dtype=np.int64)
        strict: Ints = np.zeros(0, dtype=np.int64)
        if self.scheme:
            known = set(self.labels)
            wanted = [one for one in spans.spans_of(there, "bio") if one[2] in known]
            missed = len(spans.spans_of(there, "bio")) - len(wanted)
            own = spans.spans_of(found, "bio")
            strict = spans.span_counts(wanted, own, self.labels).ravel()
            both = spans.partial_counts(wanted, own, self.labels).sum(axis=0)
            # A label that training never saw is missed, and counts with the whole alone.
            both[2] += missed
        return np.concatenate([strict, both, np.array([right, len(there)], dtype=np.int64)])

    def values(self, sums: NDArray[np.floating]) -> dict[str, Floats]:
        """Return every metric, shape (draws,), of summed statistics, shape (draws, k)."""
        if "tag" not in self.classes:
            table = arcs.f1_of(sums.reshape(len(sums), len(arcs.NAMES), 3))
            known = {_metric(name) for name in self.classes}
            known |= set(_ARCS) if self.relations else set()
            return {name: table[:, at] for at, name in enumerate(arcs.NAMES) if name in known}
        found = {}
        if self.scheme:
            strict = sums[:, : 3 * len(self.labels)].reshape(len(sums), -1, 3)
            whole = strict.sum(axis=1)
            # Gold spans of unseen labels stand only in the last sum.
            whole[:, 2] = sums[:, -3]
            rates = spans.rates_of(whole)
            found = {name: rates[:, at] for at, name in enumerate(("precision", "recall", "f1"))}
            found["macro_f1"] = spans.f1_of(strict).mean(axis=1)
            found["partial_f1"] = spans.f1_of(sums[:, -5:-2])
        words = np.maximum(sums[:, -1], 1)
        return found | {"accuracy": sums[:, -2] / words}

    def whole(self, statistics: NDArray[np.floating]) -> NDArray[np.bool_]:
        """Return which sentences are wholly right, of statistics by sentence, shape (n, k)."""
        if "tag" in self.classes:
            return np.asarray(statistics[:, -2] == statistics[:, -1])
        table = statistics.reshape(len(statistics), len(arcs.NAMES), 3)
        at = arcs.NAMES.index(self.primary)
        return np.asarray(table[:, at, 0] == table[:, at, 2])

    def score(
        self, gold: Sequence[Sentence], probabilities: list[Scored]
    ) -> tuple[dict[str, float], list[LabelScore]]:
        """Return metrics by name, and a row per label."""
        said = self.decide(probabilities)
        sums = self.statistics(gold, said).sum(axis=0, keepdims=True)
        metrics = {name: float(found[0]) for name, found in self.values(sums).items()}
        if self.scheme:
            strict = sums[0, : 3 * len(self.labels)].reshape(-1, 3)
            return metrics, _rows(self.labels, strict)
        return metrics, _rows(self.labels, self._class_counts(gold, said))

    def _class_counts(self, gold: Sequence[Sentence], said: Sequence[Sentence]) -> Floats:
        """Return right, predicted and gold of every class of the first column, or relation."""
        counts = {label: np.zeros(3) for label in self.labels}
        first = next(iter(self.classes), "")
        for one, other in zip(gold, said, strict=True):
            for a, b in zip(one.words, other.words, strict=True):
                if self.relations:
                    there, found, same = a.deprel, b.deprel, a.head == b.head
                else:
                    there, found, same = value_of(a, first), value_of(b, first), True
                if there in counts:
                    counts[there] += (same and there == found, 0, 1)
                counts[found][1] += 1
        return np.array([counts[label] for label in self.labels])

    def strange(self, sentence: Sentence) -> list[str]:
        """Return the classes in a sentence that training never saw; lemmas are not told."""
        found = [
            f"{name} {value_of(word, name)!r}"
            for name, known in self._numbers.items()
            if name != "lemma"
            for word in sentence.words
            if value_of(word, name) not in known
        ]
        known = self._relation_numbers
        return found + [
            f"deprel {word.deprel!r}"
            for word in sentence.words
            if self.relations and word.deprel not in known
        ]


def sentence_of(example: Example[Sentence]) -> Sentence:
    """Return what an example ought to be answered.

    Raises:
        TypeError: it has no sentence for a target.
    """
    if not isinstance(example.target, Sentence):
        raise TypeError("an example of this task has a sentence for a target")
    return example.target


def _metric(column: str) -> str:
    return {"tag": "accuracy", "feats": "ufeats"}.get(column, column)


def _rows(labels: Sequence[str], counts: NDArray[np.floating]) -> list[LabelScore]:
    rates = spans.rates_of(counts)
    return [
        LabelScore(label, float(rate[0]), float(rate[1]), float(rate[2]), int(row[2]))
        for label, rate, row in zip(labels, rates, counts, strict=True)
    ]
