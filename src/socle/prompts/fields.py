"""Fields in braces: reading them, filling them in, and refusing a wording whose fields are off.

What is filled in is never looked at again, so that braces in a document are just braces.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from socle.errors import PromptError
from socle.prompts import Wording

FIELDS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "instructions": ((), ("labels",)),
    "fence": ((), ()),
    "description": (("label", "description"), ()),
    "example": (("text", "answer"), ()),
    "question": (("text",), ()),
}
"""Part of a wording -> the fields that it must have, once each, and those that it may have."""
_PIECE = re.compile(r"\{\{|\}\}|\{([^{}\n]*)\}|[{}]")
_NAME = re.compile(r"[^\W\d]\w*")


def pieces(template: str) -> list[tuple[str, str | None]]:
    """Return the literal texts of a template, each with the field behind it, None at the end.

    A brace that stands alone is taken as it is; `checked` refuses it.
    """
    found: list[tuple[str, str | None]] = []
    literal, at = "", 0
    for match in _PIECE.finditer(template):
        literal += template[at : match.start()]
        at = match.end()
        if match[1] is None:
            literal += match[0][0]
        else:
            found.append((literal, match[1]))
            literal = ""
    found.append((literal + template[at:], None))
    return found


def filled(template: str, values: Mapping[str, str]) -> str:
    """Return a template with its fields replaced; the values are not interpreted."""
    return "".join(
        literal + (values[field] if field is not None else "")
        for literal, field in pieces(template)
    )


def literal(template: str, names: Mapping[str, str], after: str | None = None) -> str:
    """Return what a template says between two fields, those of `names` filled in.

    It begins behind the field `after`, or at the start, and ends before the next field.
    """
    said, begun = "", after is None
    for text, field in pieces(template):
        if begun:
            said += text
        if field == after:
            begun = True
        elif begun and field is not None:
            if field not in names:
                break
            said += names[field]
    return said


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the known name that is most like a wrong one, or all of them, in words."""
    names = sorted(known)
    by_case = {one.casefold(): one for one in names}
    near = get_close_matches(name.casefold(), by_case, n=1)
    return by_case[near[0]] if near else ", ".join(names)


def checked(wording: Wording, where: str = "The wording") -> Wording:
    """Return the wording, once it has been found to be one.

    Args:
        wording: of any origin.
        where: what it is called in an error, such as the path of its file.

    Raises:
        PromptError: a field is unknown, missing or there twice, a brace is no field, or what is
            filled in would run into what stands beside it.
    """
    _check_names(wording, where)
    for part, (needed, allowed) in FIELDS.items():
        template = getattr(wording, part)
        _check_braces(template, f"{where}: {part}")
        own = {*needed, *allowed}
        found = [field for _, field in pieces(template) if field is not None]
        for field in found:
            if field not in own and field not in wording.names:
                raise _unknown(field, own | wording.names.keys(), f"{where}: {part}")
        for field in needed:
            if found.count(field) != 1:
                raise PromptError(
                    f"{where}: {part} has the field {{{field}}} {_times(found.count(field))}.",
                    f"Write {{{field}}} there once, where the {field} shall stand.",
                )
    _check_joints(wording, where)
    return wording


def _check_names(wording: Wording, where: str) -> None:
    taken = {name for fields in FIELDS.values() for group in fields for name in group}
    for name in wording.names:
        if not _NAME.fullmatch(name) or name in taken:
            why = "a field already" if name in taken else "no name of a field"
            raise PromptError(
                f"{where}: {name!r} under [names] is {why}.",
                "Take a word of letters, such as source.",
            )


def _check_braces(template: str, where: str) -> None:
    for match in _PIECE.finditer(template):
        if match[0] in ("{", "}"):
            line = template.count("\n", 0, match.start()) + 1
            raise PromptError(
                f"{where}: the brace {match[0]} in line {line} belongs to no field.",
                f"Fields look like {{text}}; a brace itself is written twice: {match[0] * 2}",
            )


def _unknown(field: str, known: set[str], where: str) -> PromptError:
    there = ", ".join(f"{{{name}}}" for name in sorted(known)) or "none"
    near = get_close_matches(field.strip().casefold(), sorted(known), n=1)
    guess = f"Did you mean {{{near[0]}}}? " if near else ""
    return PromptError(
        f"{where}: the field {{{field}}} is unknown. Fields there: {there}.",
        f"{guess}For braces that are no field, write each twice: {{{{{field}}}}}",
    )


def _check_joints(wording: Wording, where: str) -> None:
    """Refuse what would glue an answer to the next text, or an answer to the space before it."""
    if wording.question[-1:].isspace():
        raise PromptError(
            f"{where}: question ends with a blank or a line end.",
            'End it right behind the sign before the answer, as in "Label:"; the answer brings '
            "its own space.",
        )
    for name in ("instructions", "fence"):
        told = str(getattr(wording, name))
        if told and not told[-1].isspace():
            raise PromptError(f"{where}: {name} runs into what follows.", "End it with a line end.")
    order = [field for _, field in pieces(wording.example)]
    if order.index("answer") < order.index("text"):
        raise PromptError(
            f"{where}: example shows the answer before the text.", "Write {text} before {answer}."
        )
    if pieces(wording.example)[-1][0] == "":
        raise PromptError(
            f"{where}: example ends with a field, so that the next text would run into it.",
            "End it with a line end.",
        )
    if not wording.description.endswith("\n"):
        raise PromptError(f"{where}: description has no line end.", "End it with a line end.")


def _times(count: int) -> str:
    return "not at all" if count == 0 else f"{count} times"
