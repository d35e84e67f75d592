"""The plain values that tasks, strategies and readers exchange."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True)
class Example(Generic[T_co]):
    """One item: a text, what is expected of it if known, and where it comes from."""

    text: str
    target: T_co | None = None
    origin: str = ""
    """File and line, as in `reviews.csv:41`."""
    group: str | None = None
    """Examples of one group never stand on both sides of a split."""
    spans: tuple[tuple[int, int], ...] = ()
    """Stretches of the text that the target is about, in characters, such as two entities."""


@dataclass(frozen=True)
class Word:
    """A syntactic word: where it stands in the text, and its columns of CoNLL-U (`_` for none)."""

    form: str
    start: int
    """Character of `Sentence.text` at which it begins; words of one multiword token share both."""
    end: int
    lemma: str = "_"
    upos: str = "_"
    xpos: str = "_"
    feats: str = "_"
    head: int | None = None
    """Number of its head, from 1; 0 for the root; None where no tree is known."""
    deprel: str = "_"
    deps: str = "_"
    misc: str = "_"
    tag: str = "_"
    """Tag of a CoNLL file, such as B-LOC."""


@dataclass(frozen=True)
class Multiword:
    """A token that several words make up, such as French `du` of `de` and `le`."""

    first: int
    """Number of its first word, from 1."""
    last: int
    form: str
    misc: str = "_"


@dataclass(frozen=True)
class EmptyNode:
    """A node of enhanced trees that stands for no word of the text; kept, never learnt from."""

    after: int
    """Number of the word that it follows, 0 before the first."""
    fields: tuple[str, ...]
    """Its ten columns as read."""


@dataclass(frozen=True)
class Span:
    """A labelled stretch of a text."""

    start: int
    """First character."""
    end: int
    """Character behind the last."""
    label: str
    probability: float = 1.0


@dataclass(frozen=True)
class Sentence:
    """A text cut into words, and what is known of them."""

    text: str
    words: tuple[Word, ...]
    multiwords: tuple[Multiword, ...] = ()
    empties: tuple[EmptyNode, ...] = ()
    comments: tuple[str, ...] = ()
    """Comment lines of CoNLL-U, without their line ends."""
    spans: tuple[Span, ...] = ()
    """Entities that a model found, in characters of `text`."""


@dataclass(frozen=True)
class Passage:
    """A text with stretches to be looked at: what an encoder reads for a relation."""

    text: str
    spans: tuple[tuple[int, int], ...]
    """Characters; each gives one vector."""


Read = str | Passage | Sentence
"""What an encoder reads: a text gives one vector, a passage one per stretch, a sentence one per
word."""


@dataclass(frozen=True)
class Triple:
    """Who does what to what, as numbers of words from 0; None for a part that is not said."""

    subject: int | None
    verb: int
    object: int | None
    negated: bool = False
    passive: bool = False


class References(tuple[str, ...]):
    """Texts any of which is right, the one to learn first; no labels."""

    __slots__ = ()


@dataclass(frozen=True)
class Written:
    """What a language model wrote."""

    text: str
    finish: Literal["stop", "length", "parts"]
    """Why it ended: of itself, at the longest answer allowed, or made of the answers to parts of a
    text that was too long to be read at once."""
    log_probability: float = 0.0
    """Mean natural logarithm of the probabilities of its tokens; 0 where the engine tells none."""


@dataclass(frozen=True)
class Prediction(Generic[T_co]):
    """An answer, of the same type as the target of an example."""

    target: T_co
    """None where the model abstained."""
    probability: float
    """Calibrated probability of the answer, in 0..1; for several labels, of the least sure one."""
    alternatives: tuple[tuple[str, float], ...] = ()
    """Labels with their probabilities, best first."""
