"""CoNLL-U: the ten columns of Universal Dependencies, with comments, for whole documents.

Entities stand in MISC, as `NE=B-LOC`; what stands between two tokens too, where it is not one
space (`SpaceAfter=No`, or `SpacesAfter` as UDPipe writes it); answers of other tasks in a comment.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from socle.examples import Multiword, Sentence, Word
from socle.writers import (
    OUTSIDE,
    Document,
    TextWriter,
    as_json,
    cell,
    refuse_wordless,
    tags_of,
    tokens_of,
)

_SPACES = {" ": "\\s", "\n": "\\n", "\t": "\\t", "\r": "\\r", "\u00a0": "\\s"}
_ENTITY = re.compile("[BIES]-.")
"""What a tag of an entity begins with; other tags have no place in CoNLL-U."""


def _pieces(documents: Iterable[Document]) -> Iterator[str]:
    for number, document in enumerate(documents, start=1):
        refuse_wordless(document, "conllu")
        begin: list[str] = [f"# newdoc id = d{number}"]
        if document.answers:
            begin.append(f"# answers = {as_json(dict(document.answers))}")
        spaces = iter(_spaces(document))
        every = zip(document.sentences, tags_of(document), strict=True)
        for count, ((_, sentence), tags) in enumerate(every, start=1):
            # Taken even if nothing is written, so that the rest stays in step.
            behind = {token: next(spaces) for token in tokens_of(sentence)}
            if sentence.words:
                lines = [
                    *_comments(sentence, begin, f"d{number}-s{count}"),
                    *_body(sentence, tags, behind),
                ]
                yield "\n".join([*lines, "", ""])
                begin = []


def _comments(sentence: Sentence, begin: Sequence[str], name: str) -> list[str]:
    own = [cell(comment) for comment in sentence.comments]
    keys = {comment.lstrip("# ").partition("=")[0].strip() for comment in own}
    found = [c for c in begin if not (c.startswith("# newdoc") and _begins_document(keys))]
    found += own
    if "sent_id" not in keys:
        found.append(f"# sent_id = {name}")
    if "text" not in keys:
        found.append(f"# text = {cell(sentence.text)}")
    return found


def _begins_document(keys: Iterable[str]) -> bool:
    return any(key.startswith("newdoc") for key in keys)


def _body(sentence: Sentence, tags: Sequence[str], behind: dict[range, str]) -> Iterator[str]:
    ranges = {multiword.first: multiword for multiword in sentence.multiwords}
    marks = {token.start: (token, mark) for token, mark in behind.items()}
    yield from _empties(sentence, 0)
    for number, (word, tag) in enumerate(zip(sentence.words, tags, strict=True), start=1):
        token, mark = marks.get(number - 1, (range(0), ""))
        if number in ranges:
            yield _range(ranges[number], mark)
        yield _line(number, word, tag, mark if len(token) == 1 and number not in ranges else "")
        yield from _empties(sentence, number)


def _empties(sentence: Sentence, after: int) -> Iterator[str]:
    return ("\t".join(node.fields) for node in sentence.empties if node.after == after)


def _range(multiword: Multiword, mark: str) -> str:
    numbers = f"{multiword.first}-{multiword.last}"
    misc = _misc(multiword.misc, OUTSIDE, mark)
    return "\t".join([numbers, cell(multiword.form), *["_"] * 7, misc])


def _line(number: int, word: Word, tag: str, mark: str) -> str:
    head = "_" if word.head is None else str(word.head)
    cells = [word.form, word.lemma, word.upos, word.xpos, word.feats, head, word.deprel, word.deps]
    return "\t".join([str(number), *map(cell, cells), _misc(word.misc, tag, mark)])


def _misc(misc: str, tag: str, mark: str) -> str:
    parts = [part for part in cell(misc).split("|") if part != "_"]
    if _ENTITY.match(tag):
        parts = [part for part in parts if not part.startswith("NE=")]
        parts.append(f"NE={cell(tag).replace('|', '_')}")
    if mark and not any(part.startswith(("SpaceAfter=", "SpacesAfter=")) for part in parts):
        parts.append(mark)
    return "|".join(parts) or "_"


def _spaces(document: Document) -> Iterator[str]:
    """Yield, for each token, what MISC says of the text between it and the next one."""
    ends = [
        (offset + sentence.words[token.start].start, offset + sentence.words[token[-1]].end)
        for offset, sentence in document.sentences
        for token in tokens_of(sentence)
    ]
    for place, (_, end) in enumerate(ends, start=1):
        if place == len(ends):
            yield ""
            return
        gap = document.text[end : ends[place][0]]
        if not gap:
            yield "SpaceAfter=No"
        elif gap == " " or not gap.isspace():
            yield ""
        else:
            yield "SpacesAfter=" + "".join(_SPACES.get(char, char) for char in gap)


OPTION = TextWriter("conllu", ".conllu", _pieces)
