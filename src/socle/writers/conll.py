"""CoNLL: a word a line, its tag behind a tab, an empty line behind each sentence.

Between the word and its tag stand those columns, in this order, that the first document with
words fills: lemma, UPOS, XPOS, features. The tag comes last, in the scheme of the
document. Words without an entity have `O`.
Where one document ends and the next begins is not written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from socle.metrics import spans
from socle.metrics.spans import Scheme
from socle.writers import Document, TextWriter, cell, refuse_wordless, tags_of

_COLUMNS = ("lemma", "upos", "xpos", "feats")


def _pieces(documents: Iterable[Document]) -> Iterator[str]:
    columns: list[str] | None = None
    for document in documents:
        refuse_wordless(document, "conll")
        words = [word for _, sentence in document.sentences for word in sentence.words]
        if columns is None and words:
            # Fixed for the whole file, which readers expect, and which a stream learns only once.
            columns = [c for c in _COLUMNS if any(getattr(word, c) != "_" for word in words)]
        spelt = [_spelt(tags, document.scheme) for tags in tags_of(document)]
        for (_, sentence), tags in zip(document.sentences, spelt, strict=True):
            lines = [
                "\t".join(map(cell, (word.form, *(getattr(word, c) for c in columns or ()), tag)))
                for word, tag in zip(sentence.words, tags, strict=True)
            ]
            if lines:
                yield "\n".join([*lines, "", ""])


def _spelt(tags: Sequence[str], scheme: Scheme) -> Sequence[str]:
    """Return tags of BIO in another scheme; plain tags, such as parts of speech, as they are."""
    if scheme == "bio" or not all(map(_is_bio, tags)):
        return tags
    return spans.tags_of(spans.spans_of(tags, "bio"), len(tags), scheme)


def _is_bio(tag: str) -> bool:
    return tag == "O" or tag[:2] in ("B-", "I-")


OPTION = TextWriter("conll", ".conll", _pieces)
