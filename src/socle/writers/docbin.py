"""DocBin: files that spaCy loads and trains on, with sentences, tags, trees and entities.

A DocBin cannot be written piece by piece, so at most `_DOCUMENTS` documents or about `_WORDS`
words are held and put in one file; where there are more, `out.spacy` is followed by
`out-2.spacy`, `out-3.spacy` and so on. What spaCy does otherwise is done its way, as by its own
`convert`: a multiword token is one token; the root's label is `ROOT`; space beyond one character
is a token. So the text of a `Doc` is the text of the document. A document has a tree if all its
words have a head; answers of other tasks stand in `user_data["answers"]`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import Any

from socle.errors import MissingExtraError, UsageError
from socle.examples import Word
from socle.files import refuse_unwritable, write_atomically
from socle.writers import (
    OUTSIDE,
    Document,
    as_json,
    encodable,
    refuse_printing,
    refuse_wordless,
    tags_of,
    tokens_of,
)

_DOCUMENTS = 10_000
_WORDS = 500_000
_UPOS = frozenset(
    {
        *("ADJ", "ADP", "ADV", "AUX", "CCONJ", "DET", "INTJ", "NOUN", "NUM", "PART", "PRON"),
        *("PROPN", "PUNCT", "SCONJ", "SYM", "VERB", "X"),
    }
)
"""spaCy refuses parts of speech that it does not know."""
_INSIDE = {"B": "B", "S": "B", "I": "I", "E": "I"}
"""How spaCy, which knows B and I, writes the tags of other schemes."""


@dataclass
class DocBin:
    """Writes what spaCy loads with `DocBin().from_disk(path)`."""

    documents: int = _DOCUMENTS
    """At most so many in a file."""
    words: int = _WORDS
    """A file that holds so many is closed."""
    name: str = "docbin"
    suffix: str = ".spacy"
    needs: str | None = "spacy"

    def stream(self, documents: Iterable[Document]) -> Iterator[str]:
        """Refuse: the format is binary."""
        refuse_printing(self.name, f"predictions{self.suffix}")

    def save(self, documents: Iterable[Document], out: Path) -> tuple[Path, ...]:
        """Write one file, and more beside it if one cannot hold all documents.

        Raises:
            MissingExtraError: spaCy is not installed.
            ResourceError: the place cannot be written.
            UsageError: beside `out` lies a second file of an earlier run, which might be read
                as a part of this one.
            RowsError: a document was not cut into words.
        """
        spacy = _spacy()
        refuse_unwritable(out)
        if _numbered(out, 2).exists():
            raise UsageError(
                f"{_numbered(out, 2)} is a part of an earlier run.",
                "Remove it and those after it, or give another name.",
            )
        paths: list[Path] = []
        for content in self._bins(documents, spacy):
            paths.append(_numbered(out, len(paths) + 1))
            write_atomically(paths[-1], content)
        return tuple(paths)

    def _bins(self, documents: Iterable[Document], spacy: Any) -> Iterator[bytes]:
        source = iter(documents)
        document = next(source, None)
        while True:
            # A vocabulary keeps every word that it has met, so each file gets a fresh one.
            vocabulary = spacy.vocab.Vocab()
            bin_ = spacy.tokens.DocBin(store_user_data=True)
            words = 0
            while document and len(bin_) < self.documents and words < self.words:
                doc = _doc(document, vocabulary, spacy)
                words += len(doc)
                bin_.add(doc)
                document = next(source, None)
            yield bin_.to_bytes()
            if document is None:
                return


def _spacy() -> Any:
    try:
        spacy = import_module("spacy")
        for part in ("spacy.tokens", "spacy.vocab"):
            import_module(part)
    except ImportError as error:
        raise MissingExtraError("spacy", "spacy") from error
    return spacy


def _numbered(out: Path, number: int) -> Path:
    return out if number == 1 else out.with_name(f"{out.stem}-{number}{out.suffix}")


@dataclass
class _Token:
    """A token of spaCy: of a word, of a multiword token, or of nothing but space."""

    text: str
    head: int
    """Number of its head in the document, from 0; its own for a root."""
    words: Sequence[Word] = ()
    root: Word | None = None
    """The word that stands for all of them in the tree; None for space."""
    tag: str = OUTSIDE
    begins: bool = False
    """Whether a sentence begins here."""
    space: bool = False
    """Whether one space follows."""


def _doc(document: Document, vocabulary: Any, spacy: Any) -> Any:
    refuse_wordless(document, "docbin")
    tokens = _tokens(document)
    words = [word for _, sentence in document.sentences for word in sentence.words]
    trees = bool(words) and all(word.head is not None for word in words)
    found = spacy.tokens.Doc(
        vocabulary,
        words=[encodable(token.text) for token in tokens],
        spaces=[token.space for token in tokens],
        tags=[_joined(token, "xpos") or _joined(token, "upos") for token in tokens],
        pos=[_pos(token) for token in tokens],
        morphs=[_morph(token.words) for token in tokens],
        lemmas=[_joined(token, "lemma") for token in tokens],
        heads=[token.head for token in tokens] if trees else None,
        deps=[_dep(token) for token in tokens] if trees else None,
        sent_starts=[token.begins for token in tokens],
        ents=[token.tag for token in tokens],
    )
    if document.answers:
        # By way of JSON, so that what spaCy stores is plain.
        found.user_data["answers"] = json.loads(as_json(dict(document.answers)))
    return found


def _tokens(document: Document) -> list[_Token]:
    found: list[_Token] = []
    position = 0
    for (offset, sentence), tags in zip(document.sentences, tags_of(document), strict=True):
        place: dict[int, int] = {}
        for numbers in tokens_of(sentence):
            words = [sentence.words[n] for n in numbers]
            start, end = offset + words[0].start, offset + words[-1].end
            _add_gap(found, document.text[position:start])
            # Words that do not follow each other in the text keep their forms; nothing else can be.
            text = document.text[start:end] if start >= position else ""
            tag = next((t for t in (_iob(tags[n]) for n in numbers) if t != OUTSIDE), OUTSIDE)
            root = _root(words, numbers)
            token = _Token(text or root.form or "_", len(found), words, root, tag, begins=not place)
            place |= dict.fromkeys((n + 1 for n in numbers), len(found))
            found.append(token)
            position = max(position, end)
        for number in dict.fromkeys(place.values()):
            if (governor := found[number].root) and governor.head:
                found[number].head = place[governor.head]
    _add_gap(found, document.text[position:])
    _settle_gaps(found)
    return found


def _root(words: Sequence[Word], numbers: range) -> Word:
    """Return the word of a token whose head is none of its words."""
    return next((w for w in words if (w.head or 0) - 1 not in numbers), words[0])


def _add_gap(found: list[_Token], gap: str) -> None:
    if found and gap.startswith(" "):
        found[-1].space = True
        gap = gap[1:]
    if gap:
        found.append(_Token(gap, head=len(found) - 1 if found else 1))


def _settle_gaps(found: list[_Token]) -> None:
    """Give tokens of space to the sentence and to the entity in which they lie."""
    if found and not found[0].words:
        found[0].begins = True
        if len(found) == 1:
            found[0].head = 0
        else:
            found[1].begins = False
    for token, after in pairwise(found):
        if not token.words and after.tag.startswith("I-"):
            token.tag = after.tag


def _iob(tag: str) -> str:
    scheme, _, label = tag.partition("-")
    return f"{_INSIDE[scheme]}-{label}" if label and scheme in _INSIDE else OUTSIDE


def _joined(token: _Token, column: str) -> str:
    """Return a column of the words of a token, as spaCy's converter joins them."""
    if not token.words:
        return {"lemma": encodable(token.text), "upos": "_SP"}.get(column, "")
    values = [getattr(word, column) for word in token.words]
    between = " " if column == "lemma" else "_"
    return encodable(between.join(value for value in values if value != "_"))


def _pos(token: _Token) -> str:
    if token.root is None:
        return "SPACE"
    return token.root.upos if token.root.upos in _UPOS else ""


def _dep(token: _Token) -> str:
    if token.root is None:
        return "dep"
    label = token.root.deprel
    return "ROOT" if label == "root" else "" if label == "_" else label


def _morph(words: Sequence[Word]) -> str:
    """Return the features of all words; where they differ, the values behind each other."""
    features = (f for word in words if word.feats != "_" for f in word.feats.split("|"))
    values: dict[str, list[str]] = {}
    for name, _, value in (feature.partition("=") for feature in features):
        values.setdefault(name, []).extend(value.split(","))
    return "|".join(f"{name}={','.join(sorted(set(values[name])))}" for name in sorted(values))


OPTION = DocBin()
