"""General texts that come with the package: to measure what a base still knows, and to remind it.

Where they come from, and their licence, stands in README.md beside them. What is measured on is
never replayed.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from socle.examples import Example

LANGUAGES = ("en", "fr")
_FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Probe:
    """A small labelled task: a head learns it from `train` and is tried on `test`."""

    name: str
    train: tuple[Example[str], ...]
    test: tuple[Example[str], ...]


def languages_of(stated: Sequence[str]) -> tuple[str, ...]:
    """Return those of our languages that a base states to know; all where it states none of them.

    `stated` is `Base.languages`, where `multilingual` and `unknown` may stand too.
    """
    return tuple(name for name in LANGUAGES if name in stated) or LANGUAGES


def sample(languages: Sequence[str] = LANGUAGES) -> list[str]:
    """Return the texts to measure on: descriptions of packages, and those of `written`."""
    return [text for name in languages for text in _lines("sample", name)] + written(languages)


def written(languages: Sequence[str] = LANGUAGES) -> list[str]:
    """Return paragraphs of another kind than what is replayed: tales, notices, facts, letters."""
    return [text for name in languages for text in _lines("written", name)]


def replayed(languages: Sequence[str] = LANGUAGES) -> list[str]:
    """Return the texts that `replay` repeats; no text of `sample` is among them."""
    return [text for name in languages for text in _lines("replay", name)]


def probes(languages: Sequence[str] = LANGUAGES) -> list[Probe]:
    """Return one task per language: which of six sections a package belongs to."""
    return [_probe(f"sections-{name}") for name in languages]


def _lines(kind: str, language: str) -> list[str]:
    return (_FOLDER / f"{kind}-{language}.txt").read_text(encoding="utf-8").splitlines()


def _probe(name: str) -> Probe:
    parts: dict[str, list[Example[str]]] = {"train": [], "test": []}
    with (_FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        for line, row in enumerate(csv.DictReader(stream), 2):
            parts[row["part"]].append(Example(row["text"], row["label"], f"{name}.csv:{line}"))
    return Probe(name, tuple(parts["train"]), tuple(parts["test"]))
