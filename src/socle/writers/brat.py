"""brat standoff: texts in `.txt`, and beside each its entities in `.ann`, by characters.

`--out corpus.ann` makes one pair of files of all documents, one below the other; `--out corpus`
a folder with a pair for each. brat reads an entity over several lines as several pieces, and so
it is written. Answers of other tasks have no place in this format.
"""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from socle.errors import UsageError
from socle.examples import Sentence
from socle.files import explained, folder_written_atomically, refuse_unwritable
from socle.writers import Document, encodable, refuse_printing

_LINE = re.compile("[^\r\n]+")
_NOT_IN_A_NAME = re.compile(r"[^\w-]+")


@dataclass
class Brat:
    """Writes pairs of a text and its annotations."""

    arcs: bool = False
    """Whether words (by part of speech) and the arcs of trees between them are written too."""
    name: str = "brat"
    suffix: str = ".ann"
    needs: str | None = None

    def stream(self, documents: Iterable[Document]) -> Iterator[str]:
        """Refuse: annotations without their text say nothing."""
        refuse_printing(self.name, "corpus.ann, or a folder for a pair of files each")

    def save(self, documents: Iterable[Document], out: Path) -> tuple[Path, ...]:
        """Write one pair of files if `out` ends in `.ann` or `.txt`, else a new folder of pairs.

        Raises:
            UsageError: the folder is there already, and is not empty.
            ResourceError: the place cannot be written.
        """
        if out.suffix.lower() in (".ann", ".txt"):
            return self._one(documents, out)
        if out.exists() and not (out.is_dir() and not any(out.iterdir())):
            raise UsageError(
                f"{out} is there already.",
                "Name a new or empty folder, or a file that ends in .ann.",
            )
        refuse_unwritable(out / "1.ann")
        with folder_written_atomically(out) as folder:
            for number, document in enumerate(documents, start=1):
                with _pair(folder / f"{number:06}.txt", folder / f"{number:06}.ann") as pair:
                    self._add(_Sheet(*pair), document)
        return (out,)

    def _one(self, documents: Iterable[Document], out: Path) -> tuple[Path, ...]:
        paths = (out.with_suffix(".txt"), out.with_suffix(".ann"))
        for path in paths:
            refuse_unwritable(path)
        with explained(out):
            out.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}.") as folder:
                fresh = (Path(folder, "text"), Path(folder, "marks"))
                with _pair(*fresh) as pair:
                    sheet = _Sheet(*pair)
                    for document in documents:
                        self._add(sheet, document)
                        sheet.text.write("\n")
                        sheet.offset += len(document.text) + 1
                for made, path in zip(fresh, paths, strict=True):
                    made.replace(path)
        return paths

    def _add(self, sheet: _Sheet, document: Document) -> None:
        text = encodable(document.text)
        sheet.text.write(text)
        for span in document.spans:
            sheet.mark(text, span.start, span.end, span.label)
        if self.arcs:
            for offset, sentence in document.sentences:
                _add_tree(sheet, text, offset, sentence)


@dataclass
class _Sheet:
    """A pair of open files, and how far they are."""

    text: IO[str]
    marks: IO[str]
    offset: int = 0
    """Characters written for documents before this one."""
    entities: int = 0
    relations: int = 0

    def mark(self, text: str, start: int, end: int, label: str) -> int:
        """Write an entity; return its number, or 0 if nothing of it is on any line."""
        lines = list(_LINE.finditer(text, start, end))
        if not lines:
            return 0
        self.entities += 1
        places = ";".join(f"{self.offset + m.start()} {self.offset + m.end()}" for m in lines)
        # A tab would begin another column; brat compares the text by length, so it is kept as one.
        shown = " ".join(m.group().replace("\t", " ") for m in lines)
        self.marks.write(f"T{self.entities}\t{_name(label)} {places}\t{shown}\n")
        return self.entities

    def relate(self, label: str, head: int, dependent: int) -> None:
        """Write a relation between two entities."""
        self.relations += 1
        self.marks.write(f"R{self.relations}\t{_name(label)} Arg1:T{head} Arg2:T{dependent}\n")


def _add_tree(sheet: _Sheet, text: str, offset: int, sentence: Sentence) -> None:
    numbers = [
        sheet.mark(text, offset + w.start, offset + w.end, "Word" if w.upos == "_" else w.upos)
        for w in sentence.words
    ]
    for word, number in zip(sentence.words, numbers, strict=True):
        if word.head and number and numbers[word.head - 1]:
            sheet.relate(word.deprel, numbers[word.head - 1], number)


def _name(label: str) -> str:
    return _NOT_IN_A_NAME.sub("-", label) or "-"


@contextlib.contextmanager
def _pair(text: Path, marks: Path) -> Iterator[tuple[IO[str], IO[str]]]:
    # Without a translation of line ends, which would move every offset behind them.
    with (
        text.open("w", encoding="utf-8", newline="") as first,
        marks.open("w", encoding="utf-8", newline="") as second,
    ):
        yield first, second
        for stream in (first, second):
            stream.flush()
            os.fsync(stream.fileno())


OPTION = Brat()
