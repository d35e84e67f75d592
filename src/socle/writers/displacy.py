"""displaCy: one JSON object per document, as `displacy.render(..., manual=True)` takes it.

The same object serves `style="ent"` (`text`, `ents`) and `style="dep"` (`words`, `arcs`). Words
of all sentences are numbered through. displaCy cannot draw entities within each other: the outer
one is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from socle.writers import Document, TextWriter, apart, as_json


def _pieces(documents: Iterable[Document]) -> Iterator[str]:
    for document in documents:
        yield f"{as_json(_record(document))}\n"


def _record(document: Document) -> dict[str, Any]:
    words: list[dict[str, str]] = []
    arcs: list[dict[str, Any]] = []
    for _, sentence in document.sentences:
        first = len(words)
        for number, word in enumerate(sentence.words, start=first):
            words.append({"text": word.form, "tag": "" if word.upos == "_" else word.upos})
            if word.head:
                arcs.append(_arc(first + word.head - 1, number, word.deprel))
    ents = [{"start": s.start, "end": s.end, "label": s.label} for s in apart(document.spans)]
    return {"text": document.text, "ents": ents, "title": None, "words": words, "arcs": arcs}


def _arc(head: int, dependent: int, label: str) -> dict[str, Any]:
    # `dir` is the side on which the arrowhead, the dependent, lies.
    start, end = sorted((head, dependent))
    return {
        "start": start,
        "end": end,
        "label": label,
        "dir": "left" if dependent < head else "right",
    }


OPTION = TextWriter("displacy", ".jsonl", _pieces)
