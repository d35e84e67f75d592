"""Pieces of HTML. `Markup` is text that is safe to print; all else goes through `escape`."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NewType

Markup = NewType("Markup", str)
NONE = Markup("")
_CODE = re.compile("`([^`]+)`")
_UNPRINTABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_CUT = 280
"""Characters of a text that are shown before the rest is folded."""


def escape(text: str) -> Markup:
    """Return text as it can stand in HTML and SVG, in attributes too.

    Control characters and lone surrogates, which XML forbids, become the replacement character.
    """
    return Markup(html.escape(_UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text), quote=True))


def sentence(text: str) -> Markup:
    """Return a sentence of ours; what stands between backticks is a name that one may type."""
    return Markup(_CODE.sub(r"<code>\1</code>", escape(text)))


def join(pieces: Iterable[Markup]) -> Markup:
    """Return pieces one below the other, without the empty ones."""
    return Markup("\n".join(piece for piece in pieces if piece))


def name(text: str) -> Markup:
    """Return a name or label, kept apart from the direction of the words around it."""
    return Markup(f"<bdi>{escape(text)}</bdi>")


def approach(text: str) -> Markup:
    """Return a candidate's name, with its base, after the dot, small."""
    own, dot, base = text.partition(" · ")
    return Markup(f"{name(own)} <small>· {name(base)}</small>") if dot else name(text)


def paragraph(text: str, kind: str = "") -> Markup:
    """Return a paragraph of plain text, nothing where there is none."""
    return wrapped("p", sentence(text), kind)


def wrapped(tag: str, inside: Markup, kind: str = "") -> Markup:
    """Return markup within a tag of a style class, nothing where there is none."""
    if not inside:
        return NONE
    return Markup(f"<{tag} class='{kind}'>{inside}</{tag}>" if kind else f"<{tag}>{inside}</{tag}>")


def section(key: str, heading: str, body: Markup) -> Markup:
    """Return a section of the page with its question; nothing where the body is empty."""
    if not body:
        return NONE
    return Markup(
        f"<section id='{key}' aria-labelledby='{key}-h'>\n<h2 id='{key}-h'>{escape(heading)}</h2>\n"
        f"<div class='body'>\n{body}\n</div>\n</section>"
    )


def subsection(heading: str, body: Markup) -> Markup:
    """Return a part of a section under its heading; nothing where the body is empty."""
    return Markup(f"<h3>{escape(heading)}</h3>\n{body}") if body else NONE


def details(summary: str, body: Markup) -> Markup:
    """Return a body that is folded until somebody asks for it; nothing where it is empty."""
    if not body:
        return NONE
    return Markup(f"<details><summary>{escape(summary)}</summary>\n{body}\n</details>")


def bullets(texts: Iterable[str]) -> Markup:
    """Return a list of plain texts, nothing where there is none."""
    return wrapped("ul", join(wrapped("li", sentence(text)) for text in texts if text))


def figure(heading: str, drawings: Sequence[Markup], caption: str = "") -> Markup:
    """Return a chart under its heading.

    Args:
        heading: what the chart shows.
        drawings: one, or the same chart drawn for wide screens and then for narrow ones.
        caption: how to read it.
    """
    if not drawings or not any(drawings):
        return NONE
    if len(drawings) == 2:
        boxes = [
            wrapped("div", piece, f"chart {kind}")
            for piece, kind in zip(drawings, ("wide", "narrow"), strict=True)
        ]
    else:
        boxes = [wrapped("div", piece, "chart") for piece in drawings]
    told = wrapped("figcaption", escape(caption))
    head = wrapped("p", escape(heading), "chart-title")
    return Markup(f"<figure>{head}\n{join(boxes)}\n{told}</figure>")


def prose(text: str, kind: str = "text") -> Markup:
    """Return a text of a user; past some hundred characters the rest of it is folded."""
    shown = " ".join(text.split())
    if len(shown) <= _CUT:
        return Markup(f"<div class='{kind}' dir='auto'>{escape(shown)}</div>")
    cut = shown.rfind(" ", _CUT // 2, _CUT)
    head = shown[: cut if cut > 0 else _CUT]
    return Markup(
        f"<details class='{kind}'><summary dir='auto'>{escape(head)} … <span class='more'>"
        f"({len(shown):,} characters)</span></summary>"
        f"<div dir='auto'>{escape(text.strip())}</div></details>"
    )


@dataclass(frozen=True)
class Column:
    """The head of a column."""

    title: str
    numeric: bool = True
    wide: bool = False
    """Whether the cell takes a line of its own where the table is folded into cards."""


@dataclass(frozen=True)
class Row:
    """The cells of a line and its style class."""

    cells: Sequence[Markup]
    kind: str = ""


def table(caption: str, columns: Sequence[Column], lines: Sequence[Row], kind: str = "") -> Markup:
    """Return a table in a box that scrolls by itself; nothing where it has no lines.

    Columns in which all cells are empty or a dash are left out.

    Args:
        caption: what it holds.
        columns: as many as each line has cells.
        lines: the first cell of each is its heading.
        kind: `cards` to fold each line into a card on a narrow screen.
    """
    if not lines:
        return NONE
    kept = [
        i
        for i, _ in enumerate(columns)
        if i == 0 or any(line.cells[i] not in ("", "–") for line in lines)
    ]
    heads = "".join(
        f"<th role='columnheader' scope='col'{_style(columns[i])}>{escape(columns[i].title)}</th>"
        for i in kept
    )
    body = "\n".join(_line(line, columns, kept) for line in lines)
    return Markup(
        f"<div class='scroll' role='region' tabindex='0' aria-label='{escape(caption)}'>"
        f"<table role='table' class='{kind}'><caption>{escape(caption)}</caption>"
        f"<thead role='rowgroup'><tr role='row'>{heads}</tr></thead>\n"
        f"<tbody role='rowgroup'>\n{body}\n</tbody></table></div>"
    )


def _line(line: Row, columns: Sequence[Column], kept: Sequence[int]) -> str:
    cells = [f"<th role='rowheader' scope='row'>{line.cells[0]}</th>"]
    cells += [
        f"<td role='cell' data-head='{escape(columns[i].title)}'{_style(columns[i])}>"
        f"{line.cells[i]}</td>"
        for i in kept
        if i
    ]
    kind = f" class='{line.kind}'" if line.kind else ""
    return f"<tr role='row'{kind}>{''.join(cells)}</tr>"


def _style(column: Column) -> str:
    kinds = ("n " if column.numeric else "") + ("wide" if column.wide else "")
    return f" class='{kinds.strip()}'" if kinds else ""
