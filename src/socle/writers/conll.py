"""CoNLL: a word a line, its tag behind a tab, an empty line behind each sentence.

Between the word and its tag stand those columns, in this order, that the first document with
words fills: lemma, UPOS, XPOS, features. The tag comes last. Words without an entity have `O`.
Where one document ends and the next begins is not written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

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
        for (_, sentence), tags in zip(document.sentences, tags_of(document), strict=True):
            lines = [
                "\t".join(map(cell, (word.form, *(getattr(word, c) for c in columns or ()), tag)))
                for word, tag in zip(sentence.words, tags, strict=True)
            ]
            if lines:
                yield "\n".join([*lines, "", ""])


OPTION = TextWriter("conll", ".conll", _pieces)
