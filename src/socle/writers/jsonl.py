"""JSON lines: one object per document, with all that is known; made for programs.

`text`, `entities`, `sentences` and `answers` are always there. All offsets are characters of
`text`. Columns of a word that say nothing are left out; heads count from 1 within the sentence.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from socle.examples import Sentence, Word
from socle.writers import Document, TextWriter, as_json

_COLUMNS = ("lemma", "upos", "xpos", "feats", "deprel", "deps", "misc", "tag")


def _pieces(documents: Iterable[Document]) -> Iterator[str]:
    for document in documents:
        yield f"{as_json(_record(document))}\n"


def _record(document: Document) -> dict[str, Any]:
    return {
        "text": document.text,
        "entities": [
            {
                "start": span.start,
                "end": span.end,
                "text": document.text[span.start : span.end],
                "label": span.label,
                "probability": round(span.probability, 6),
            }
            for span in document.spans
        ],
        "sentences": [_sentence(offset, sentence) for offset, sentence in document.sentences],
        "answers": dict(document.answers),
    }


def _sentence(offset: int, sentence: Sentence) -> dict[str, Any]:
    found: dict[str, Any] = {
        "start": offset,
        "end": offset + len(sentence.text),
        "words": [_word(offset, word) for word in sentence.words],
    }
    if sentence.multiwords:
        found["multiwords"] = [
            {"first": m.first, "last": m.last, "form": m.form} for m in sentence.multiwords
        ]
    return found


def _word(offset: int, word: Word) -> dict[str, Any]:
    found = {"form": word.form, "start": offset + word.start, "end": offset + word.end}
    told = {name: getattr(word, name) for name in _COLUMNS if getattr(word, name) != "_"}
    return found | told | ({} if word.head is None else {"head": word.head})


OPTION = TextWriter("jsonl", ".jsonl", _pieces)
