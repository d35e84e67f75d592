"""Sentences out of tables of CoNLL-U and CoNLL, and back into the lines of such files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from socle.errors import RowsError
from socle.examples import EmptyNode, Multiword, Sentence, Word
from socle.formats import Cell, Table
from socle.words.joining import Place, joined, placed

_COLUMNS = ("id", "form", "lemma", "upos", "xpos", "feats", "head", "deprel", "deps", "misc")
_ID, _FORM, _HEAD, _MISC = 0, 1, 6, 9
_NO_SPACE = "SpaceAfter=No"

Fields = tuple[str, ...]
"""The ten columns of a line."""


def has_trees(table: Table) -> bool:
    """Tell whether a table has heads, and any word has one."""
    return any(
        head not in ("_", "") for cell in table.columns.get("head", ()) for head in cell or ()
    )


def sentences(table: Table) -> list[Sentence]:
    """Return the sentences of a table that was read from CoNLL-U.

    The text is that of the comment `# text` where the tokens fit into it; else it is built from
    them, with a space after each that does not say `SpaceAfter=No`.

    Raises:
        RowsError: the table has not the columns of CoNLL-U.
    """
    columns = _columns(table, (*_COLUMNS, "comments", "text"), ".conllu")
    found = []
    for *cells, comments, text in zip(*columns, strict=True):
        lines = zip(*(cell if isinstance(cell, tuple) else () for cell in cells), strict=True)
        found.append(_sentence(list(lines), comments, text))
    return found


def tagged(table: Table) -> list[Sentence]:
    """Return the sentences of a table that was read from CoNLL columns; their text is made up.

    Raises:
        RowsError: the table has not the columns `tokens` and `tags`, or a row has not a tag for
            each token.
    """
    columns = _columns(table, ("tokens", "tags"), ".conll")
    found = []
    for *cells, line in zip(*columns, table.lines, strict=True):
        forms, tags = (cell if isinstance(cell, tuple) else () for cell in cells)
        if not forms or len(forms) != len(tags):
            raise RowsError(
                f"{table.path}, line {line}: {len(forms)} tokens with {len(tags)} tags.",
                "Give a list of tokens, and a list of as many tags.",
            )
        text, places = joined(forms)
        rows = zip(forms, places, tags, strict=True)
        words = tuple(Word(form, *place, tag=tag) for form, place, tag in rows)
        found.append(Sentence(text, words))
    return found


def paragraphs(sentences: Sequence[Sentence]) -> list[str]:
    """Return the raw text of a treebank, by paragraphs and documents where it marks them."""
    found: list[list[str]] = [[]]
    for one in sentences:
        if any(c.startswith(("# newdoc", "# newpar")) for c in one.comments) and found[-1]:
            found.append([])
        found[-1].append(one.text)
    return [" ".join(part) for part in found]


def to_conllu(sentence: Sentence) -> str:
    """Return a sentence as the lines of a CoNLL-U file, with the empty line that ends it.

    The comments are written as they are; none is made up.
    """
    starts = {multiword.first: multiword for multiword in sentence.multiwords}
    empties = {
        after: list(nodes) for after, nodes in groupby(sentence.empties, lambda node: node.after)
    }
    lines = [*sentence.comments, *("\t".join(node.fields) for node in empties.get(0, ()))]
    for number, word in enumerate(sentence.words, start=1):
        if number in starts:
            lines.append(_range_line(starts[number]))
        lines.append(_word_line(number, word))
        lines.extend("\t".join(node.fields) for node in empties.get(number, ()))
    return "\n".join(lines) + "\n\n"


def to_conll(sentence: Sentence) -> str:
    """Return a sentence as lines of word and tag, with the empty line that ends it."""
    return "".join(f"{word.form}\t{word.tag}\n" for word in sentence.words) + "\n"


def _columns(table: Table, names: Sequence[str], suffix: str) -> list[Sequence[Cell]]:
    missing = [name for name in names if name not in table.columns]
    if missing:
        raise RowsError(
            f"{table.path} has no column {missing[0]!r}: its rows are no sentences cut into words.",
            f"Give a file that ends in {suffix}.",
        )
    return [table.columns[name] for name in names]


def _sentence(rows: list[Fields], comments: Cell, text: Cell) -> Sentence:
    multiwords = tuple(_multiwords(rows))
    tokens, words_of = _tokens(rows, multiwords)
    forms = [row[_FORM] for row in tokens]
    places = placed(text, forms) if isinstance(text, str) else None
    if places is None or not isinstance(text, str):
        text, places = _spelt(tokens)
    spots = [place for place, words in zip(places, words_of, strict=True) for _ in range(words)]
    words = (row for row in rows if row[_ID].isdecimal())
    return Sentence(
        text,
        tuple(_word(row, place) for row, place in zip(words, spots, strict=True)),
        multiwords,
        tuple(EmptyNode(int(row[_ID].split(".")[0]), row) for row in rows if "." in row[_ID]),
        comments if isinstance(comments, tuple) else (),
    )


def _multiwords(rows: Sequence[Fields]) -> Iterator[Multiword]:
    for row in rows:
        if "-" in row[_ID]:
            first, last = map(int, row[_ID].split("-"))
            yield Multiword(first, last, row[_FORM], row[_MISC])


def _tokens(
    rows: Sequence[Fields], multiwords: Sequence[Multiword]
) -> tuple[list[Fields], list[int]]:
    """Return the lines of what stands in the text, and of how many words each is made."""
    covered = {n for multiword in multiwords for n in range(multiword.first, multiword.last + 1)}
    lengths: Mapping[str, int] = {
        f"{multiword.first}-{multiword.last}": multiword.last - multiword.first + 1
        for multiword in multiwords
    }
    tokens = [
        row
        for row in rows
        if row[_ID] in lengths or (row[_ID].isdecimal() and int(row[_ID]) not in covered)
    ]
    return tokens, [lengths.get(row[_ID], 1) for row in tokens]


def _spelt(tokens: Sequence[Fields]) -> tuple[str, list[Place]]:
    text, places = "", []
    for row in tokens:
        places.append((len(text), len(text) + len(row[_FORM])))
        text += row[_FORM] + ("" if _NO_SPACE in row[_MISC].split("|") else " ")
    return text.rstrip(" "), places


def _word(row: Fields, place: Place) -> Word:
    _, form, lemma, upos, xpos, feats, head, deprel, deps, misc = row
    number = None if head == "_" else int(head)
    return Word(form, *place, lemma, upos, xpos, feats, number, deprel, deps, misc)


def _range_line(multiword: Multiword) -> str:
    name = f"{multiword.first}-{multiword.last}"
    return "\t".join((name, multiword.form, *["_"] * 7, multiword.misc))


def _word_line(number: int, word: Word) -> str:
    head = "_" if word.head is None else str(word.head)
    before = (str(number), word.form, word.lemma, word.upos, word.xpos, word.feats)
    return "\t".join((*before, head, word.deprel, word.deps, word.misc))
