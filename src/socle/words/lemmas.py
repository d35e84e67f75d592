"""Lemmas as edit rules, which a model tells apart like labels.

The rules are in the manner of UDPipe 2 (Straka 2018, "UDPipe 2.0 Prototype at CoNLL 2018 UD
Shared Task"): what stays is the longest stretch that form and lemma share, without regard to case;
what stands before and behind it is replaced, and the case of the lemma is told apart. A rule of
`chats` to `chat` then serves for `chiens`: both read `l;|1`.

A rule is one of

    =LEMMA              the lemma itself, where no edit leads there
    CASE;PREFIX|SUFFIX  each edit a number of characters to drop (none written for 0), then what to
                        put there; CASE is l (lower), c (capitalised), u (upper), k (as it stands)
                        or a list of the capitals' places, such as 0,4 or 0,-1
"""

from __future__ import annotations

import re
from functools import lru_cache

from socle.errors import ModelError

_EDIT = re.compile(r"(\d*)(\D.*)?", re.DOTALL)
_PARSED = re.compile(r"(l|c|u|k|\d+(?:,\d+)*);([^|]*)\|(.*)", re.DOTALL)


@lru_cache(maxsize=100_000)
def rule_of(form: str, lemma: str) -> str:
    """Return a rule that leads from a form to its lemma, always: `apply_rule` undoes it."""
    low, wanted = form.lower(), lemma.lower()
    begin, other, length = _shared(low, wanted)
    if length and len(low) == len(form) and len(wanted) == len(lemma):
        prefix = _edit(low[:begin], wanted[:other])
        suffix = _edit(low[begin + length :], wanted[other + length :])
        for case in (*"lcuk", _capitals(lemma)):
            rule = f"{case};{prefix}|{suffix}"
            if _PARSED.fullmatch(rule) and apply_rule(form, rule) == lemma:
                return rule
    return f"={lemma}"


@lru_cache(maxsize=100_000)
def apply_rule(form: str, rule: str) -> str:
    """Return the lemma to which a rule leads; the form where it is too short for the rule.

    Raises ModelError for what is no rule.
    """
    if rule.startswith("="):
        return rule[1:]
    parsed = _PARSED.fullmatch(rule)
    if parsed is None:
        raise ModelError(f"{rule!r} is no rule for a lemma.", "Train the model again.")
    case, prefix, suffix = parsed.groups()
    (front, before), (back, behind) = _read(prefix), _read(suffix)
    if front + back > len(form) or (front + back == len(form) and not before + behind):
        return form
    kept = form[front : len(form) - back]
    return _cased(before + kept + behind, case)


def _cased(lemma: str, case: str) -> str:
    if case == "k":
        return lemma
    low = lemma.lower()
    if case == "l":
        return low
    if case == "u":
        return lemma.upper()
    places = {0} if case == "c" else set(map(int, case.split(",")))
    return "".join(sign.upper() if i in places else sign for i, sign in enumerate(low))


def _capitals(lemma: str) -> str:
    return ",".join(str(i) for i, sign in enumerate(lemma) if sign.isupper()) or "l"


def _edit(old: str, new: str) -> str:
    return f"{len(old) or ''}{new}"


def _read(edit: str) -> tuple[int, str]:
    match = _EDIT.fullmatch(edit)
    # Every string is digits and then something else or nothing.
    number, put = match.groups() if match else ("", edit)
    return int(number or 0), put or ""


def _shared(form: str, lemma: str) -> tuple[int, int, int]:
    """Return where the longest shared stretch begins in both, the first of equals; its length."""
    best = (0, 0, 0)
    row = [0] * (len(lemma) + 1)
    for i, sign in enumerate(form):
        previous, row = row, [0] * (len(lemma) + 1)
        for j, other in enumerate(lemma):
            if sign == other:
                row[j + 1] = previous[j] + 1
                if row[j + 1] > best[2]:
                    best = (i - row[j + 1] + 1, j - row[j + 1] + 1, row[j + 1])
    return best
