"""What models found in texts, written in the formats of others: the contract of this folder.

To add a format, add a module here that holds `OPTION`, an object with the attributes and the
methods of `Writer`. A writer takes one document after the other and keeps none, so that a file
of any length is written in constant memory. A format that is plain text, one document after the
other, is a `TextWriter`. What several formats need stands here too: entities as tags of words,
and texts as they can stand in a column.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn, Protocol

from socle import plugins
from socle.errors import RowsError, UsageError
from socle.examples import Sentence, Span
from socle.files import refuse_unwritable, write_atomically
from socle.metrics.spans import Scheme

OUTSIDE = "O"
"""Tag of a word that belongs to no entity."""
_SURROGATE = re.compile("[\ud800-\udfff]")
# All that some reader takes for the end of a line or of a column.
_BREAKS = re.compile("[\t\n\v\f\r\x1c-\x1e\x85\u2028\u2029]+")


@dataclass(frozen=True)
class Document:
    """A text, and all that models found in it."""

    text: str
    sentences: tuple[tuple[int, Sentence], ...] = ()
    """Each with the character of `text` at which it begins."""
    spans: tuple[Span, ...] = ()
    """Entities, by characters of `text`."""
    answers: Mapping[str, Any] = field(default_factory=dict)
    """Model -> what it answers, as JSON."""
    scheme: Scheme = "bio"
    """How tags spell entities, in formats of tags."""


class Writer(Protocol):
    """How documents become text or files of one format."""

    name: str
    """As the user types it."""
    suffix: str
    """Of the files, such as `.conllu`."""
    needs: str | None
    """The extra of Socle without which it cannot write."""

    def stream(self, documents: Iterable[Document]) -> Iterator[str]:
        """Return pieces of text to be printed one behind the other, as the documents come.

        Raises:
            UsageError: at once; the format is no text, or several files.
            RowsError: as the pieces are taken; a document has no words where the format needs them.
        """
        ...

    def save(self, documents: Iterable[Document], out: Path) -> tuple[Path, ...]:
        """Write files and return their paths; no document is taken before `out` is known good.

        Raises:
            MissingExtraError: a package is not installed.
            ResourceError: the place cannot be written.
            RowsError: a document has no words where the format needs them.
        """
        ...


@dataclass
class TextWriter:
    """A writer of one text file, made of what it says for one document after the other."""

    name: str
    suffix: str
    pieces: Callable[[Iterable[Document]], Iterator[str]]
    """Pieces of text for documents, line ends included."""
    needs: str | None = None

    def stream(self, documents: Iterable[Document]) -> Iterator[str]:
        """Return pieces of text to be printed one behind the other, as the documents come."""
        return map(encodable, self.pieces(documents))

    def save(self, documents: Iterable[Document], out: Path) -> tuple[Path, ...]:
        """Write one file, which appears when it is complete."""
        refuse_unwritable(out)
        write_atomically(out, self.stream(documents))
        return (out,)


def load(name: str) -> Writer:
    """Return the writer of this name.

    Raises:
        UsageError: there is none; the hint lists the nearest ones.
    """
    found: Writer = plugins.load("writers", name)
    return found


def refuse_printing(name: str, example: str) -> NoReturn:
    """Refuse to print a format that consists of files.

    Raises:
        UsageError: always; the hint names an option to give.
    """
    raise UsageError(
        f"The format {name} is written to files, it cannot be printed.",
        f"Say where to write it, as in: --out {example}",
    )


def refuse_wordless(document: Document, name: str) -> None:
    """Refuse a document that has a text but no words, for a format that consists of words.

    Raises:
        RowsError: the document was not cut into words.
    """
    if not document.sentences and document.text.strip():
        shown = " ".join(document.text.split())[:40]
        raise RowsError(
            f"The format {name} is made of words, and no model cut this text into any: {shown!r}",
            "Choose jsonl, or add a model that tags words or finds trees.",
        )


def tags_of(document: Document) -> list[list[str]]:
    """Return a tag for each word of each sentence, `B-`, `I-` before the label, or `O`.

    A word belongs to an entity that covers a part of it. An entity that goes on in the next
    sentence begins anew there. A document without entities keeps the tags of its words.
    """
    spans = apart(document.spans)
    if not spans:
        return [[_own_tag(w.tag) for w in sentence.words] for _, sentence in document.sentences]
    found, at = [], 0
    for offset, sentence in document.sentences:
        tags: list[str] = []
        before: Span | None = None
        for word in sentence.words:
            while at < len(spans) and spans[at].end <= offset + word.start:
                at += 1
            inside = at < len(spans) and spans[at].start < offset + word.end
            span = spans[at] if inside else None
            tags.append(f"{'I' if span is before else 'B'}-{span.label}" if span else OUTSIDE)
            before = span
        found.append(tags)
    return found


def _own_tag(tag: str) -> str:
    return OUTSIDE if tag == "_" else tag


def apart(spans: Iterable[Span]) -> list[Span]:
    """Return spans in the order of the text; of two that overlap, the first or the longer one."""
    kept: list[Span] = []
    for span in sorted(spans, key=lambda s: (s.start, -s.end)):
        if span.start < span.end and (not kept or kept[-1].end <= span.start):
            kept.append(span)
    return kept


def cell(text: str) -> str:
    """Return a text as it can stand in a column: on one line, without tabs, `_` if blank."""
    shown = _BREAKS.sub(" ", text)
    return shown if shown.strip() else "_"


def encodable(text: str) -> str:
    """Return a text of the same length that UTF-8 can express: without lone surrogates.

    A shell passes them on for bytes that it cannot decode.
    """
    return _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text)


def as_json(value: Any) -> str:
    """Return JSON on one line, letters as they are."""
    return json.dumps(value, ensure_ascii=False)


def tokens_of(sentence: Sentence) -> Iterator[range]:
    """Yield the tokens that stand in the text, each as the numbers of its words from 0.

    Only a multiword token has more than one.
    """
    last = {m.first - 1: m.last for m in sentence.multiwords}
    number = 0
    while number < len(sentence.words):
        end = min(max(last.get(number, 0), number + 1), len(sentence.words))
        yield range(number, end)
        number = end
