"""CoNLL columns, as data of named entities are written: one token a line, its tag last.

A row of the table is a sentence: its tokens and its tags. An empty line ends a sentence.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from socle.decoding import text_of
from socle.errors import RowsError
from socle.formats import Table

_BLANKS = " \t\r"
_DOCUMENT = "-DOCSTART-"
_SAME = "Give every line the same columns, the token first and its tag last."
_MOSTLY = 0.5


@dataclass(frozen=True)
class _Line:
    number: int
    text: str
    cells: Sequence[str]


class Conll:
    """The option: `.conll`, and the endings that name a scheme of tags."""

    suffixes = (".conll", ".iob", ".iob2", ".bio", ".bioes")

    def read(self, path: Path) -> Table:
        """Read the whole file: a row per sentence, with the columns `tokens` and `tags`.

        The token stands in the first column, or in the second where the first one counts the
        tokens of each sentence; what stands between token and tag is ignored.

        Raises:
            UnreadableError: the file is missing, empty, damaged, or not text.
            RowsError: lines differ in their number of columns, or have no tag.
        """
        text, notes = text_of(path)
        sentences = _sentences(text, path)
        numbered = _numbered(sentences, path)
        tokens = [tuple(line.cells[numbered] for line in lines) for lines in sentences]
        tags = [tuple(line.cells[-1] for line in lines) for lines in sentences]
        starts = [lines[0].number for lines in sentences]
        return Table(path, {"tokens": tokens, "tags": tags}, starts, notes)


def _sentences(text: str, path: Path) -> list[list[_Line]]:
    blocks = list(_blocks(text))
    lines = [line for block in blocks for line in block]
    # Lines that may be comments have no say in how many columns there are.
    plain = [line for line in lines if not line.text.startswith("#")] or lines
    widths = Counter(len(line.cells) for line in plain)
    width = widths.most_common(1)[0][0] if widths else 0
    tags = {line.cells[-1] for line in plain if len(line.cells) == width}
    found = []
    for block in blocks:
        kept = list(block)
        while kept and _is_comment(kept[0], width, tags):
            del kept[0]
        if kept:
            found.append(kept)
    if not found:
        raise RowsError(f"{path} holds comments, but no token.", "Was it cut?")
    for line in (line for block in found for line in block):
        _refuse_ragged(line, width, path)
    return found


def _blocks(text: str) -> Iterator[list[_Line]]:
    tabbed = _tabbed(text)
    block: list[_Line] = []
    # Not splitlines(): a token may hold U+2028 and other characters that it splits at.
    for number, raw in enumerate(text.split("\n"), start=1):
        line = raw.strip(_BLANKS)
        if line and not line.startswith(_DOCUMENT):
            block.append(_Line(number, line, _cells(raw.rstrip("\r"), tabbed)))
        elif block:
            yield block
            block = []
    if block:
        yield block


def _tabbed(text: str) -> bool:
    """Say whether tabs part the columns: then a token may hold a space."""
    lines = [line for line in text.split("\n") if line.strip(_BLANKS)]
    return sum("\t" in line for line in lines) > _MOSTLY * len(lines)


def _cells(line: str, tabbed: bool) -> list[str]:
    if tabbed:
        return [cell.strip(" ") for cell in line.split("\t")]
    # Not split(): a token may be a no-break space, which is a blank to it.
    return [cell for cell in line.replace("\t", " ").split(" ") if cell]


def _is_comment(line: _Line, width: int, tags: set[str]) -> bool:
    """Say whether a line before the first token of a sentence is no token itself.

    `# id 7` is a comment; `#photography O` and `# O` are tokens.
    """
    if not line.text.startswith("#"):
        return False
    return len(line.cells) != width or (line.text[1:2] == " " and line.cells[-1] not in tags)


def _refuse_ragged(line: _Line, width: int, path: Path) -> None:
    where, found = f"{path}, line {line.number}", len(line.cells)
    if found != width:
        columns = f"{found} column{'s' if found > 1 else ''}"
        raise RowsError(f"{where}: {columns}, where the other lines have {width}.", _SAME)
    if width < 2:
        raise RowsError(f"{where}: a token without a tag.", _SAME)
    if not line.cells[0] or not line.cells[-1]:
        raise RowsError(f"{where}: the first or the last column is empty.", _SAME)


def _numbered(sentences: Sequence[Sequence[_Line]], path: Path) -> bool:
    """Say whether the first column only counts the tokens, from 0 or from 1."""
    if len(sentences[0][0].cells) < 3:
        return False
    first = sentences[0][0].cells[0]
    off = [lines for lines in sentences if not _counts(lines, first)]
    if first not in ("0", "1") or len(off) > _MOSTLY * len(sentences):
        return False
    if off:
        raise RowsError(
            f"{path}, line {off[0][0].number}: the first column counts the tokens of the other "
            "sentences, but not of the one that begins here.",
            f"Number its tokens from {first}, or leave that column out everywhere.",
        )
    if any(not line.cells[1] for lines in sentences for line in lines):
        number = next(line.number for lines in sentences for line in lines if not line.cells[1])
        raise RowsError(f"{path}, line {number}: the column of the token is empty.", _SAME)
    return True


def _counts(lines: Sequence[_Line], first: str) -> bool:
    return first in ("0", "1") and all(
        line.cells[0] == str(number) for number, line in enumerate(lines, start=int(first))
    )


OPTION = Conll()
