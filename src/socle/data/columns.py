"""Which column holds the text, and which the label: named by the user, obvious, or guessed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from socle.errors import RowsError
from socle.formats import Cell, Table
from socle.values.folding import unaccented

TEXT_NAMES = (
    *("text", "texte", "txt", "sentence", "phrase", "review", "avis", "comment"),
    *("commentaire", "message", "content", "contenu", "description", "body", "corps"),
    *("tweet", "sms", "utterance", "document", "paragraph", "paragraphe", "abstract"),
    *("resume", "statement", "verbatim", "question", "requete", "query", "post"),
    *("reponse"),
)
LABEL_NAMES = (
    *("label", "labels", "etiquette", "etiquettes", "class", "classe", "category"),
    *("categorie", "categories", "sentiment", "target", "cible", "tag", "tags", "topic"),
    *("theme", "intent", "intention", "polarity", "polarite", "emotion", "section"),
    *("genre", "note", "rating", "stars", "etoiles", "score", "spam", "y"),
)
_PLAINEST = ("text", "texte", "label", "labels", "etiquette", "etiquettes")
"""Names that win over the other known ones."""
_LONG = 1.5
"""A column of text is at least this many times as long as the next one, when guessed."""
_REPEATED = 0.5
"""A column of labels has at most this share of distinct values, when guessed."""
_SHOWN = 3


@dataclass(frozen=True)
class Columns:
    """The names of the columns that play a part."""

    text: str
    label: str
    group: str | None = None


def guess_columns(
    table: Table, text: str | None = None, label: str | None = None, group: str | None = None
) -> Columns:
    """Return the columns that play a part: those named, else the obvious, else the likely ones.

    A column is obvious by its name, English or French (`text`, `avis`, `label`, `classe`, ...).
    Else the text is the column whose cells are clearly the longest, and the label the only one
    that repeats few values.

    Raises:
        RowsError: a named column does not exist, or the guess would be a gamble; the message
            lists the columns with sample values, the hint the option to give.
    """
    for name in (text, label, group):
        _refuse_unknown(table, name)
    found = text or _text(table, tuple(n for n in (label, group) if n))
    if found is None:
        raise _unclear(table, "texts", "--text-column")
    chosen = label or _label(table, tuple(n for n in (found, group) if n))
    if chosen is None:
        raise _unclear(table, "labels", "--label-column")
    if len({found, chosen, group}) < 3:
        raise RowsError(
            f"{table.path}: one column cannot play two parts ({found!r}, {chosen!r}, {group!r}).",
            "Give different names to --text-column, --label-column and --group-column.",
        )
    return Columns(found, chosen, group)


def guess_text_column(table: Table, text: str | None = None) -> str:
    """Return the column that holds the text, for rows without labels.

    Raises:
        RowsError: it does not exist, or the guess would be a gamble.
    """
    _refuse_unknown(table, text)
    found = text or _text(table, ())
    if found is None:
        raise _unclear(table, "texts", "--text-column")
    return found


def _refuse_unknown(table: Table, name: str | None) -> None:
    if name is None or name in table.columns:
        return
    near = get_close_matches(name, table.columns, n=1)
    raise RowsError(
        f"{table.path} has no column {name!r}. " + _listed(table),
        f"Did you mean {near[0]!r}?" if near else "Choose one of its columns.",
    )


def _text(table: Table, taken: Sequence[str]) -> str | None:
    free = [name for name in table.columns if name not in taken]
    named = _by_name(free, TEXT_NAMES)
    if len(named) == 1:
        return named[0]
    candidates = named or [n for n in free if not _by_name([n], LABEL_NAMES)] or free
    by_length = sorted(candidates, key=lambda name: -_mean_length(table.columns[name]))
    if len(by_length) == 1:
        return by_length[0]
    lengths = [_mean_length(table.columns[name]) for name in by_length[:2]]
    return by_length[0] if lengths and lengths[0] >= _LONG * max(lengths[1], 1.0) else None


def _label(table: Table, taken: Sequence[str]) -> str | None:
    free = [name for name in table.columns if name not in taken]
    named = _by_name(free, LABEL_NAMES)
    if len(named) == 1:
        return named[0]
    if len(free) == 1:
        return free[0]
    likely = [name for name in named or free if _repeats(table.columns[name])]
    return likely[0] if len(likely) == 1 else None


def _by_name(names: Sequence[str], known: Sequence[str]) -> list[str]:
    """Return the names that are known: the plainest, else the others, else those with one in."""
    exact = [name for name in names if folded(name) in known]
    return (
        [name for name in exact if folded(name) in _PLAINEST]
        or exact
        or [name for name in names if set(re.split(r"[\W_]+", folded(name))) & set(known)]
    )


def folded(name: str) -> str:
    """Return what names share that differ only in case, accents and blanks around them."""
    return unaccented(name.strip()).casefold()


def _mean_length(cells: Sequence[Cell]) -> float:
    return sum(len(c) for c in cells if isinstance(c, str)) / max(1, len(cells))


def _repeats(cells: Sequence[Cell]) -> bool:
    filled = [cell for cell in cells if cell]
    return 2 <= len(set(filled)) <= max(2, _REPEATED * len(filled))


def _unclear(table: Table, sought: str, option: str) -> RowsError:
    return RowsError(
        f"{table.path}: it is not clear which column holds the {sought}. " + _listed(table),
        f"Name it, as in: {option} {next(iter(table.columns), 'NAME')!r}",
    )


def _listed(table: Table) -> str:
    shown = []
    for name, cells in table.columns.items():
        values = list(dict.fromkeys(_short(cell) for cell in cells[:200] if cell))[:_SHOWN]
        shown.append(f"\n  {name!r}: {', '.join(values) or 'nothing'}")
    return "Its columns and some of their values:" + "".join(shown[:20])


def _short(cell: Cell) -> str:
    text = cell if isinstance(cell, str) else "|".join(cell or ())
    return repr(text if len(text) <= 40 else text[:37] + "...")
