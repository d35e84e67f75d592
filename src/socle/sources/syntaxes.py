"""The XML syntaxes of e-invoices: where each of them keeps a field, read from a table of places."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from socle.sources import xml

_FOLDER = Path(__file__).parent
NAMES = ("cii", "ubl")
"""Each has a file of places beside this one."""

_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)")
_LONGEST = 40
"""Characters; what is longer is no amount, and could be too large for one."""
_ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:T[\d:.]+)?(?:Z|[+-]\d\d:?\d\d)?")

Places = Mapping[str, Any]


@dataclass(frozen=True)
class Syntax:
    """One syntax: its name and its table of places, see `cii.toml`."""

    name: str
    places: Places


def syntax_of(root: Any) -> Syntax | None:
    """Return the syntax of a root element, None where it is no invoice."""
    namespace, _, name = str(root.tag).rpartition("}")
    for known in NAMES:
        places = _table(known)
        if name in places["roots"] and places["roots"][name] in namespace:
            return Syntax(known, places)
    return None


def codes() -> Places:
    """Return the code lists that the syntaxes share, see `einvoice.toml`."""
    return _table("einvoice")


def simplify(root: Any, syntax: Syntax) -> Any:
    """Return the same root with the names of elements that the places use."""
    return xml.plain(root, syntax.places["renamed"])


def nodes(element: Any, path: str) -> list[Any]:
    """Return the elements or attributes at a place, in the order of the file."""
    found: list[Any] = _compiled(path)(element)
    return found


def node(element: Any, paths: list[str]) -> Any | None:
    """Return the first element that holds text, at the first of the places that has one."""
    return next((n for path in paths for n in nodes(element, path) if raw(n)), None)


def raw(found: Any) -> str:
    """Return the text of an element or attribute, without the spaces around it."""
    text = found if isinstance(found, str) else found.text
    return str(text or "").strip()


def number(text: str) -> float | None:
    """Return a decimal of XML Schema, which has no exponent, no comma and no spaces."""
    return float(text) if _NUMBER.fullmatch(text) and len(text) < _LONGEST else None


def day(text: str, form: str | None) -> str | None:
    """Return a date in ISO 8601, from its text and the code of its form (UNTDID 2379)."""
    iso = _ISO.fullmatch(text)
    pattern = codes()["dates"].get(form or "102")
    try:
        if iso:
            return date.fromisoformat("-".join(iso.groups())).isoformat()
        if pattern == "month":
            return datetime.strptime(text, "%Y%m").strftime("%Y-%m")
        return datetime.strptime(text, pattern).date().isoformat() if pattern else None
    except ValueError:
        return None


@cache
def _table(name: str) -> Places:
    table: Places = tomllib.loads((_FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
    return table


@cache
def _compiled(path: str) -> Any:
    from lxml import etree

    return etree.XPath(path)
