"""Words and their columns as numbers, and back: what labelling and parsing have in common."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from socle.examples import Sentence, Span, Word
from socle.metrics.spans import Scheme, spans_of, tags_of
from socle.words.lemmas import apply_rule, rule_of
from socle.words.sequences import best_sequence, transitions

Ints = NDArray[np.int64]
COLUMNS = ("upos", "xpos", "feats", "lemma")
"""Columns of CoNLL-U that words are given, the one that the others follow first."""
UNKNOWN = -1
_NONE = "_"


@dataclass(frozen=True)
class Scored:
    """A sentence, and what a model thinks of its words."""

    sentence: Sentence
    tables: Mapping[str, NDArray[np.float32]]
    """Log-probabilities of each column, (words, classes). With trees also `head`, (words,), the
    head of each word in the best tree; `arc`, (words,), the log-probability of that arc; and
    `deprel`, (words, labels)."""


def classes_of(sentences: Sequence[Sentence], names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return the classes of each column, sorted; a column that is nowhere filled is left out."""
    found = {}
    for name in names:
        counts = Counter(value_of(word, name) for one in sentences for word in one.words)
        if len(counts) > 1 or (counts and _NONE not in counts):
            found[name] = tuple(sorted(counts))
    return found


def value_of(word: Word, column: str) -> str:
    """Return what a word has in a column; for lemmas the rule that leads to it."""
    if column == "lemma":
        return rule_of(word.form, word.lemma)
    return str(getattr(word, column))


def numbered(sentence: Sentence, classes: Mapping[str, Mapping[str, int]]) -> dict[str, Ints]:
    """Return each column as numbers, shape (words,), -1 where the class is unknown."""
    return {
        name: np.array(
            [known.get(value_of(word, name), UNKNOWN) for word in sentence.words], dtype=np.int64
        )
        for name, known in classes.items()
    }


def heads_of(sentence: Sentence) -> Ints:
    """Return the head of each word, shape (words,), -1 where it is not known."""
    heads = (UNKNOWN if word.head is None else word.head for word in sentence.words)
    return np.array(list(heads), dtype=np.int64)


def filled(
    scored: Scored,
    classes: Mapping[str, tuple[str, ...]],
    relations: Sequence[str] = (),
    scheme: Scheme | None = None,
) -> Sentence:
    """Return the sentence with the likeliest columns; tags obey their scheme, and give spans."""
    words = scored.sentence.words
    spans: tuple[Span, ...] = ()
    columns: dict[str, list[Any]] = {}
    for name, names in classes.items():
        table = scored.tables[name]
        if name == "tag" and scheme is not None:
            chosen = best_sequence(table, transitions(names, scheme))
            spans = _spans(words, [names[i] for i in chosen], table, chosen)
        else:
            chosen = table.argmax(axis=1) if len(table) else np.zeros(0, dtype=np.int64)
        columns[name] = [names[i] for i in chosen.tolist()]
    if "lemma" in columns:
        pairs = zip(words, columns["lemma"], strict=True)
        columns["lemma"] = [apply_rule(word.form, rule) for word, rule in pairs]
    if relations:
        columns |= _tree(scored, relations)
    made = tuple(_copied(word) for word in words)
    for name, values in columns.items():
        for word, value in zip(made, values, strict=True):
            vars(word)[name] = value
    return replace(scored.sentence, words=made, spans=spans)


def _copied(word: Word) -> Word:
    # The constructor of a frozen record sets field by field: five times as long as a copy.
    made = object.__new__(Word)
    vars(made).update(vars(word))
    return made


def _tree(scored: Scored, relations: Sequence[str]) -> dict[str, list[Any]]:
    heads = scored.tables["head"].astype(np.int64)
    scores = np.array(scored.tables["deprel"], dtype=np.float64)
    root = list(relations).index("root") if "root" in relations else None
    if root is not None and len(relations) > 1:
        # The root and no other word is called so.
        scores[heads > 0, root] = -np.inf
        scores[heads == 0] = -np.inf
        scores[heads == 0, root] = 0.0
    labels = scores.argmax(axis=1) if len(scores) else np.zeros(0, dtype=np.int64)
    return {"head": heads.tolist(), "deprel": [relations[label] for label in labels.tolist()]}


def _spans(
    words: Sequence[Word], tags: Sequence[str], table: NDArray[np.float32], chosen: Ints
) -> tuple[Span, ...]:
    found = []
    for first, last, label in spans_of(tags, "bio"):
        rows = np.arange(first, last)
        sure = float(np.exp(table[rows, chosen[rows]].mean()))
        found.append(Span(words[first].start, words[last - 1].end, label, round(sure, 4)))
    return tuple(found)


def in_bio(sentence: Sentence, scheme: Scheme) -> Sentence:
    """Return a sentence whose tags are written in BIO, from any scheme."""
    tags = [word.tag for word in sentence.words]
    spelt = tags_of(spans_of(tags, scheme), len(tags), "bio")
    words = tuple(replace(w, tag=tag) for w, tag in zip(sentence.words, spelt, strict=True))
    return replace(sentence, words=words)


def blank(sentence: Sentence) -> Sentence:
    """Return a sentence with its words alone, as a model is to see it."""
    words = tuple(Word(w.form, w.start, w.end, misc=w.misc) for w in sentence.words)
    return replace(sentence, words=words, spans=())


def sureness(scored: Scored, column: str | None) -> float:
    """Return the mean probability of what the words were given in a column, and of their arcs."""
    told: list[Any] = []
    if column is not None and len(scored.tables[column]):
        told.append(np.exp(scored.tables[column].max(axis=1)))
    if "arc" in scored.tables:
        told.append(np.exp(scored.tables["arc"]))
    values = np.concatenate([np.ravel(one) for one in told]) if told else np.zeros(0)
    return float(values.mean()) if len(values) else 1.0
