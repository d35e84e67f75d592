"""What a language model is told: wordings that a user can read, edit and keep.

A `Wording` is the text around documents and examples, one TOML file; the defaults lie here, one for
each task and language. Nothing here runs a model: engines are in `socle.decoders`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

Count = Callable[[str], int]
"""Tells how many tokens a text has."""


@dataclass(frozen=True)
class Shot:
    """An example that is shown to the model: a text and the right answer."""

    text: str
    answer: str


@dataclass(frozen=True)
class Wording:
    """The text of a prompt, with fields in braces; a brace itself is written twice."""

    instructions: str
    """What is to be done; may have the field {labels}."""
    example: str
    """How an example is shown: {text} and {answer}."""
    question: str
    """How the document is shown, up to where the answer begins: {text}."""
    description: str = "- {label}: {description}\n"
    """How the description of a label is shown, a line for each label that has one."""
    words: Mapping[str, str] = field(default_factory=dict)
    """Label -> what the model reads and answers for it; a label that is not here stands for
    itself."""
    descriptions: Mapping[str, str] = field(default_factory=dict)
    """Label -> what it means."""
    names: Mapping[str, str] = field(default_factory=dict)
    """Fields of the wording's own -> what stands for them, such as source -> English."""
    fence: str = ""
    """What is said of the two lines, with a mark that it cannot hold, between which a document
    then stands; no such lines when empty."""
    language: str = "en"
