"""What a model says of the words of a text, as the JSON that command line and server give."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from socle.examples import Sentence
from socle.words.triples import as_text, triples

_KEYS = {"tag": "tags", "lemma": "lemmas"}


def described(
    text: str, sentences: Sequence[Sentence], columns: Sequence[str], tree: bool
) -> dict[str, Any]:
    """Return tokens, columns, spans and trees of a text as one object.

    `sentences` gives the first token of each and the one behind its last; `heads` are counted over
    the whole text from 1, 0 for the root of a sentence; spans are characters of the text.
    """
    words = [word for one in sentences for word in one.words]
    found: dict[str, Any] = {"text": text, "tokens": [word.form for word in words]}
    starts = _starts(sentences)
    found["sentences"] = [
        [start, start + len(one.words)] for start, one in zip(starts, sentences, strict=True)
    ]
    for name in columns:
        found[_KEYS.get(name, name)] = [getattr(word, name) for word in words]
    placed = list(located(text, sentences))
    found["offsets"] = [
        [place + word.start, place + word.end] for place, one in placed for word in one.words
    ]
    if "tag" in columns:
        found["spans"] = [
            {
                "start": place + span.start,
                "end": place + span.end,
                "label": span.label,
                "text": one.text[span.start : span.end],
                "probability": span.probability,
            }
            for place, one in placed
            for span in one.spans
        ]
    if tree:
        found["heads"] = [
            start + (word.head or 0) if word.head else 0
            for start, one in zip(starts, sentences, strict=True)
            for word in one.words
        ]
        found["deprels"] = [word.deprel for word in words]
        found["triples"] = [as_text(one, triple) for one in sentences for triple in triples(one)]
    return found


def located(text: str, sentences: Sequence[Sentence]) -> Sequence[tuple[int, Sentence]]:
    """Return each sentence with the character of the text at which it begins."""
    found, at = [], 0
    for one in sentences:
        place = text.find(one.text, at)
        place = at if place < 0 else place
        found.append((place, one))
        at = place + len(one.text)
    return found


def _starts(sentences: Sequence[Sentence]) -> list[int]:
    starts, total = [], 0
    for one in sentences:
        starts.append(total)
        total += len(one.words)
    return starts
