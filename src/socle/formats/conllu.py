"""CoNLL-U, the format of Universal Dependencies: ten columns, one word a line.

A row of the table is a sentence; each of its ten columns is a cell that holds the texts of all its
lines, those of ranges (`3-4`) and of empty nodes (`5.1`) included. What is wrong in a file is
refused here, with its line, so that whoever takes the table apart may trust it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from sys import intern

from socle.decoding import some_lines, text_of
from socle.errors import RowsError
from socle.formats import Cell, Table

COLUMNS = ("id", "form", "lemma", "upos", "xpos", "feats", "head", "deprel", "deps", "misc")
_ID, _FORM, _HEAD = 0, 1, 6
_RANGE = re.compile(r"([0-9]{1,9})-([0-9]{1,9})")
_EMPTY = re.compile(r"([0-9]{1,9})\.([0-9]{1,9})")
_NUMBER = re.compile(r"[0-9]{1,9}")
_TEXT = re.compile(r"#\s*text\s*=\s*(.*)")
_NUMBERING = "Number the words 1, 2, 3, ...; a range such as 3-4 stands before its first word."
_TREES = "Give every word one head, or `_` to all words of a sentence whose tree is not known."

Block = list[tuple[int, str]]
"""Lines of a sentence with their numbers in the file."""


class Conllu:
    """The option: `.conllu` and `.conll-u`."""

    suffixes = (".conllu", ".conll-u")

    def read(self, path: Path) -> Table:
        """Read the whole file, a row per sentence.

        Raises:
            UnreadableError: the file is missing, empty, damaged, or not text.
            RowsError: a line has not ten columns, or ids, heads or forms are wrong.
        """
        text, notes = text_of(path)
        rows: list[tuple[Cell, ...]] = []
        lines, void = [], []
        for block in _blocks(text):
            # The form `#` is no comment: its line begins with its number.
            comments = tuple(line for _, line in block if line.startswith("#"))
            if len(comments) == len(block):
                void.append(block[0][0])
                continue
            rows.append((*_sentence(block, len(comments), path), comments, _text_in(comments)))
            lines.append(block[0][0])
        if not rows:
            raise RowsError(f"{path} holds comments, but no sentence.", "Was it cut?")
        columns = dict(zip((*COLUMNS, "comments", "text"), zip(*rows, strict=True), strict=True))
        if void:
            notes = (*notes, f"{path.name}: comments without a sentence left out{_at(void)}")
        return Table(path, columns, lines, notes)


def _at(lines: Sequence[int]) -> str:
    return f" ({some_lines(lines)})"


def _blocks(text: str) -> Iterator[Block]:
    block: Block = []
    # Not splitlines(): a form may hold U+2028 and other characters that it splits at.
    for number, line in enumerate(text.split("\n"), start=1):
        line = line.rstrip("\r")
        if line and not (line.isspace() and "\t" not in line):
            block.append((number, line))
        elif block:
            yield block
            block = []
    if block:
        yield block


def _text_in(comments: Sequence[str]) -> str | None:
    found = (_TEXT.fullmatch(comment) for comment in comments)
    return next((match[1] for match in found if match), None)


def _sentence(block: Block, comments: int, path: Path) -> list[tuple[str, ...]]:
    """Return the ten columns of a sentence whose first lines are comments."""
    fields = [line.split("\t") for _, line in block[comments:]]
    if any(line.startswith("#") for _, line in block[comments:]):
        number = next(n for (_, a), (n, b) in pairwise(block) if b[0] == "#" != a[0])
        raise _wrong(
            path,
            number,
            "a comment stands inside a sentence",
            "Put an empty line between sentences, and comments before the first word.",
        )
    if any(len(row) != len(COLUMNS) for row in fields):
        raise _ragged(path, block[comments:])
    columns = [tuple(map(intern, column)) for column in zip(*fields, strict=True)]
    numbers = [number for number, _ in block[comments:]]
    _refuse_empty_forms(columns[_FORM], numbers, path)
    words = _words(columns[_ID], numbers, path)
    _refuse_bad_tree([columns[_HEAD][at] for at in words], [numbers[at] for at in words], path)
    return columns


def _ragged(path: Path, block: Block) -> RowsError:
    number, line = next((n, line) for n, line in block if line.count("\t") != len(COLUMNS) - 1)
    found, spaced = line.count("\t") + 1, len(line.split())
    if found == 1 and spaced > 1:
        return _wrong(
            path,
            number,
            f"no tab, but {spaced} columns if spaces were meant to part them",
            f"Write {len(COLUMNS)} columns with tabs between them, `_` where nothing is known.",
        )
    return _wrong(
        path,
        number,
        f"{found} column{'s' if found > 1 else ''} instead of {len(COLUMNS)}",
        "Write `_` where nothing is known; was the file cut here?",
    )


def _refuse_empty_forms(forms: Sequence[str], numbers: Sequence[int], path: Path) -> None:
    for form, number in zip(forms, numbers, strict=True):
        if not form or form.isspace():
            raise _wrong(path, number, "the column FORM is empty", "Write the word there.")


def _words(ids: Sequence[str], numbers: Sequence[int], path: Path) -> Sequence[int]:
    """Return at which lines the words stand, without ranges and empty nodes; refuse bad ids."""
    words: list[int] = []
    covered, last_range, minor = 0, 0, 0
    for at, name in enumerate(ids):
        following = len(words) + 1
        if name == str(following):
            words.append(at)
            minor = 0
        elif found := _RANGE.fullmatch(name):
            first, last = int(found[1]), int(found[2])
            if first <= covered:
                raise _wrong(path, numbers[at], f"the range {name} overlaps another", _NUMBERING)
            if first != following or last < first:
                said = f"the range {name} does not stand before its first word"
                raise _wrong(path, numbers[at], said, _NUMBERING)
            covered, last_range = last, at
        elif found := _EMPTY.fullmatch(name):
            minor += 1
            if (int(found[1]), int(found[2])) != (len(words), minor):
                said = f"the empty node {name} stands where {len(words)}.{minor} would"
                raise _wrong(path, numbers[at], said, _NUMBERING)
        else:
            said = f"the id {name!r} stands where {following} should"
            raise _wrong(path, numbers[at], said, _NUMBERING)
    if covered > len(words):
        said = f"the range {ids[last_range]} points behind the last word, {len(words)}"
        raise _wrong(path, numbers[last_range], said, _NUMBERING)
    return words


def _refuse_bad_tree(heads: Sequence[str], numbers: Sequence[int], path: Path) -> None:
    if all(head == "_" for head in heads):
        return
    for own, (head, number) in enumerate(zip(heads, numbers, strict=True), start=1):
        if not _NUMBER.fullmatch(head):
            raise _wrong(path, number, f"the head {head!r} is not a number", _TREES)
        if int(head) > len(heads):
            said = f"the head {head} points outside the sentence of {len(heads)} words"
            raise _wrong(path, number, said, _TREES)
        if int(head) == own:
            raise _wrong(path, number, f"the word {own} is its own head", _TREES)
    tree = [0, *map(int, heads)]
    roots = [number for head, number in zip(tree[1:], numbers, strict=True) if head == 0]
    if len(roots) != 1:
        said = f"{len(roots)} words have the head 0" if roots else "no word has the head 0"
        hint = "Give the head 0 to exactly one word of each sentence."
        raise _wrong(path, roots[1] if roots else numbers[0], said, hint)
    if (word := _on_cycle(tree)) is not None:
        said = f"the heads run in a circle through the word {word}"
        raise _wrong(path, numbers[word - 1], said, _TREES)


def _on_cycle(tree: Sequence[int]) -> int | None:
    """Return the number of a word on a cycle of heads, if there is any; `tree[0]` is the root."""
    visits = [0] * len(tree)
    for start in range(1, len(tree)):
        word = start
        while word and not visits[word]:
            visits[word] = start
            word = tree[word]
        if word and visits[word] == start:
            return word
    return None


def _wrong(path: Path, line: int, what: str, hint: str) -> RowsError:
    return RowsError(f"{path}, line {line}: {what}.", hint)


OPTION = Conllu()
