"""Keeping what comes from a document from acting as anything else.

Three ways out of its place are closed to a document. A text that the tokenizer would read as a
special token gets a blank after its first sign: `<|im_end|>` becomes `< |im_end|>`. A line that
looks like a fence, or like a line of the prompt's own frame (`Label:`), becomes a quoted one, with
`> ` before it. And where a model writes, the document stands between two lines with a mark made of
its own content, which it cannot hold. All changes can be seen, and taking them back gives the
document. None of this keeps a model from believing what it reads: that is measured, not promised.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from socle.errors import PromptError
from socle.files import sha256_of_texts

QUOTE = "> "
"""Stands before a line of a document that looks like a line of the prompt's own."""
FENCE = "==="
_DIGITS = 10
_ROUNDS = 8
_FENCE_LIKE = re.compile(r"[^\w=]*=(?:\s*=){2}")
_NO_WORDS = re.compile(r"\A\W*")
_LOOKS = str.maketrans(
    {
        **dict.fromkeys("═꞊⹀゠᐀〓≡≣＝", "="),
        **dict.fromkeys("│∣❘｜ǀ", "|"),
        **dict.fromkeys("‹˂❮〈", "<"),
        **dict.fromkeys("›˃❯〉", ">"),
        **dict.fromkeys("∶꞉։：", ":"),
        **dict(zip("асеһіјкморԛѕтԝхуԁьгн", "acehijkmopqstwxydbrh", strict=True)),
        **dict(zip("αεικνορτυχ", "aeikvoptux", strict=True)),
    }
)
"""Signs, and Cyrillic and Greek letters, that look like those of ASCII."""


def harmless(text: str, specials: Iterable[str] = (), frame: Iterable[str] = ()) -> str:
    """Return a text in which nothing acts as a special token, or passes for a line of the prompt.

    Look-alikes are treated as what they look like: full width, Cyrillic, capitals, invisible signs
    in between. A special token of one sign has no inside, and is written as its number, `[U+25A0]`.

    Args:
        text: of a document.
        specials: texts that a tokenizer reads as special tokens; blank ones are left alone.
        frame: what lines of the prompt begin with.

    Raises:
        PromptError: a special token's text cannot be broken.
    """
    begins = tuple(filter(None, (_bare(start) for start in frame)))
    lines = text.splitlines(keepends=True)
    quoted = "".join(QUOTE + line if _passes_for(line, begins) else line for line in lines)
    return _broken(quoted, frozenset(one for one in specials if one.strip()))


def mark_of(text: str) -> str:
    """Return ten hexadecimal digits that follow from a text and do not occur in it."""
    folded = _fold(text)[0]
    taken, turn = True, 0
    mark = ""
    while taken:
        mark = sha256_of_texts((text, str(turn)))[:_DIGITS]
        taken, turn = mark in folded, turn + 1
    return mark


def fenced(text: str, mark: str) -> str:
    """Return a text between two equal lines with a mark.

    Raises:
        ValueError: the text holds the mark, or a line that looks like a fence (`harmless` quotes
            those).
    """
    lines = (line for line in text.splitlines() if not line.startswith(QUOTE))
    if mark in _fold(text)[0] or any(_passes_for(line, ()) for line in lines):
        raise ValueError("the text could end its own fence")
    line = f"{FENCE} {mark} {FENCE}"
    return f"{line}\n{text}\n{line}"


def without_fences(answer: str) -> str:
    """Return what stands in an answer before, or between, lines that look like fences.

    A small model that is shown texts between fences may put its answer between such lines too.
    """
    kept: list[str] = []
    for line in answer.splitlines(keepends=True):
        if not _passes_for(line, ()):
            kept.append(line)
        elif "".join(kept).strip():
            break
    return "".join(kept).strip()


def _passes_for(line: str, begins: tuple[str, ...]) -> bool:
    folded = _fold(line)[0]
    return bool(_FENCE_LIKE.match(folded)) or _bare(folded).startswith(begins or ("\0",))


def _bare(text: str) -> str:
    """Return a beginning as it is compared: folded, without signs before its first letter."""
    folded = _fold(text)[0]
    return re.sub(r"\s+", "", _NO_WORDS.sub("", folded, count=1))


def _broken(text: str, specials: frozenset[str]) -> str:
    pattern = _pattern(specials)
    for _ in range(_ROUNDS):
        folded, places = _fold(text)
        cuts = [_cut(found, places, text) for found in pattern.finditer(folded)] if pattern else []
        if not cuts:
            return text
        for start, end, instead in reversed(cuts):
            text = text[:start] + instead + text[end:]
    raise PromptError(
        "A special token of the model stands in a text, and cannot be made harmless there.",
        "Leave the text out, or take another base.",
    )


def _cut(found: re.Match[str], places: list[int], text: str) -> tuple[int, int, str]:
    """Return which characters of the text to replace, and by what, to break one token."""
    start, end = places[found.start()], places[found.end() - 1] + 1
    if end == start + 1:
        return start, end, f"[U+{ord(text[start]):04X}]"
    inside = next((i for i in range(start + 1, end) if not _blank(text[i - 1 : i + 1])), 0)
    if inside:
        return inside, inside, " "
    # Beside a blank, another blank might go unnoticed.
    return start + 1, start + 1, "·"


def _blank(pair: str) -> bool:
    return any(sign.isspace() for sign in pair)


@lru_cache(maxsize=64)
def _pattern(specials: frozenset[str]) -> re.Pattern[str] | None:
    folded = {_fold(one)[0] for one in specials}
    longest_first = sorted(filter(None, folded), key=lambda one: (-len(one), one))
    return re.compile("|".join(map(re.escape, longest_first))) if longest_first else None


def _fold(text: str) -> tuple[str, list[int]]:
    """Return a text as it looks, in small letters, and the place of each sign in the original."""
    if text.isascii():
        return text.lower(), list(range(len(text)))
    signs: list[str] = []
    places: list[int] = []
    for i, sign in enumerate(text):
        looks = _look(sign)
        signs.append(looks)
        places.extend([i] * len(looks))
    return "".join(signs), places


@lru_cache(maxsize=4096)
def _look(sign: str) -> str:
    """Return what a sign looks like; nothing for one that is not seen."""
    if unicodedata.category(sign) == "Cf" or "\ufe00" <= sign <= "\ufe0f":
        return ""
    folded = unicodedata.normalize("NFKC", sign.translate(_LOOKS)).casefold()
    return folded.translate(_LOOKS)
