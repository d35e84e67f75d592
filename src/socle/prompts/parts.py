"""Cutting a document that is too long to be read at once: at paragraphs, sentences, then words."""

from __future__ import annotations

import re
import unicodedata

from socle.errors import PromptError
from socle.prompts import Count

_PARAGRAPH = re.compile(r"\n[^\S\n]*\n\s*")
_SENTENCE = re.compile(
    # No end behind a capital alone, or behind the commonest titles in French and English.
    r"(?:(?<!\b[A-ZÀ-Þ])(?<!\bDr)(?<!\bMr)(?<!\bMrs)(?<!\bMme)(?<!\bcf)\.|[!?…])"
    r"[\"'”’)\]]*(?:\s?»)?\s++(?![a-zà-ÿ,;:])|[。！？]\s*|\n\s*"
)
_BLANK = re.compile(r"\s+")
_CHARACTERS_A_TOKEN = 4


def parts(text: str, most: int, count: Count) -> list[str]:
    """Return the text in parts of at most `most` tokens; joined, they are the text again.

    A part ends at a paragraph, else at a sentence, each unless that would leave it less than half
    full; else behind a word, and where there is no blank either, anywhere.

    Args:
        text: any; an empty one is one empty part.
        most: tokens that a part may have, at least 1. A single character of more tokens stays.
        count: counts the tokens of a text.

    Raises:
        PromptError: `most` is below 1.
    """
    if most < 1:
        raise PromptError(
            f"There is room for {most} tokens of a text, which is none.",
            "Show fewer examples, or shorten the instructions.",
        )
    found, at = [], 0
    while at < len(text):
        end = _reach(text, at, most, count)
        if end < len(text):
            end = _boundary(text, at, end)
            # A word cut in two may have more tokens than the whole one.
            while end > at + 1 and count(text[at:end]) > most:
                end = _boundary(text, at, end - 1)
        found.append(text[at:end])
        at = end
    return found or [""]


def _reach(text: str, at: int, most: int, count: Count) -> int:
    """Return how far a part may go by its tokens alone, at least a character on."""
    step = most * _CHARACTERS_A_TOKEN
    low, high = at + 1, at + step
    while high < len(text) and count(text[at:high]) <= most:
        low, step = high, step * 2
        high = low + step
    high = min(high, len(text))
    if count(text[at:high]) <= most:
        return high
    while high - low > 1:
        middle = (low + high) // 2
        if count(text[at:middle]) <= most:
            low = middle
        else:
            high = middle
    return low


def _boundary(text: str, at: int, end: int) -> int:
    """Return the best place to end a part that begins at `at` and ends at `end` at the latest."""
    half = at + (end - at) // 2
    for pattern, least in ((_PARAGRAPH, half), (_SENTENCE, half), (_BLANK, at)):
        # A separator may begin at the very end and go on: then the next part begins with it.
        ends = [m.end() for m in pattern.finditer(text, at, end) if m.end() > least]
        if ends:
            return ends[-1]
    while end > at + 1 and end < len(text) and unicodedata.combining(text[end]):
        end -= 1
    return end
