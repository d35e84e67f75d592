"""What stands around the table of a bank statement: bank, holder, account, currency, period."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import date

from socle.pages import Word
from socle.pages.rows import Row
from socle.sources.statement_rows import Printed, plain, words_of
from socle.values import identifiers
from socle.values.amounts import currency_of
from socle.values.dates import dates_in

_LONGEST = 400
"""Days; two dates further apart are no period of a statement."""
_EURO = [
    "AD",
    "AT",
    "BE",
    "CY",
    "DE",
    "EE",
    "ES",
    "FI",
    "FR",
    "GR",
    "HR",
    "IE",
    "IT",
    "LT",
    "LU",
    "LV",
    "MC",
    "MT",
    "NL",
    "PT",
    "SI",
    "SK",
    "SM",
    "VA",
]


def heads_in(pages: Sequence[Sequence[Printed]]) -> dict[str, str]:
    """Return the fields of the head that are there, by their canonical names."""
    if not pages:
        return {}
    first = pages[0]
    texts = [row.row.text for rows in pages for row in rows]
    found = {
        "iban": next((found for text in texts for found in ibans(text)), None),
        "account_holder": _labelled(first, "holder"),
        "account_number": _account(first),
        "bank_name": _bank(first),
    }
    found["currency"] = next(filter(None, map(currency_of, texts)), None)
    if not found["currency"] and (found["iban"] or "")[:2] in _EURO:
        found["currency"] = "EUR"
    return {name: value for name, value in found.items() if value}


def ibans(text: str) -> Iterator[str]:
    """Yield the account numbers in a text whose check digits are right."""
    compact = re.sub(r"\s+", " ", text)
    for start in re.finditer(r"(?<![A-Za-z0-9])[A-Z]{2}\s?\d\d(?=[ A-Z0-9])", compact):
        rest = re.match(r"[A-Z0-9 ]+", compact[start.start() :])
        letters = (rest[0] if rest else "").replace(" ", "")
        for size in range(min(34, len(letters)), 14, -1):
            found = identifiers.iban(letters[:size])
            if found:
                yield found
                break


def period_in(
    pages: Sequence[Sequence[Printed]], day_first: bool
) -> tuple[date | None, date | None]:
    """Return first and last day of the period: two dates in one row, or a label with one each."""
    for rows in pages[:1]:
        best: tuple[bool, date, date] | None = None
        for row in rows:
            days = [found.value for found in dates_in(_spaced(row.row.text), day_first)]
            if len(days) != 2 or not 0 < (days[1] - days[0]).days < _LONGEST or row.amounts:
                continue
            named = bool(re.search(r"\b(du|from|period\w*|releve|statement|au|to)\b", row.plain))
            if best is None or named > best[0]:
                best = (named, days[0], days[1])
        if best:
            return best[1], best[2]
    return None, None


def _spaced(text: str) -> str:
    # A dash between two dates must not be taken for a part of one.
    return re.sub(r"\s[-–—]\s", " | ", text)


def _labelled(rows: Sequence[Printed], name: str) -> str | None:
    """Return the text behind a label, in its row, its cell or below it."""
    phrases = sorted(words_of()["labels"][name], key=len, reverse=True)
    for i, row in enumerate(rows):
        for cell in row.row.cells:
            label, colon, behind = cell.text.partition(":")
            fit = next((p for p in phrases if plain(label) == p), None)
            if not fit:
                fit = next((p for p in phrases if plain(cell.text).startswith(f"{p} ")), None)
                behind = _behind(cell.words, fit) if fit and not colon else ""
                if not behind:
                    continue
            value = behind.strip() or _beside(row.row, cell.box[2]) or _below(rows, i, cell.box[0])
            if value and not dates_in(value):
                return _clean(value)
    return None


def _behind(words: Sequence[Word], phrase: str) -> str:
    for end in range(1, len(words)):
        if plain(" ".join(word.text for word in words[:end])) == phrase:
            return " ".join(word.text for word in words[end:])
    return ""


def _beside(row: Row, right: float) -> str:
    cells = [cell for cell in row.cells if cell.box[0] > right]
    return cells[0].text.lstrip(": ") if cells else ""


def _below(rows: Sequence[Printed], i: int, left: float) -> str:
    if i + 1 >= len(rows):
        return ""
    wide = rows[i].page.width
    cells = [c for c in rows[i + 1].row.cells if abs(c.box[0] - left) < 0.02 * wide]
    return cells[0].text if cells and ":" not in cells[0].text else ""


def _account(rows: Sequence[Printed]) -> str | None:
    found = _labelled(rows, "account")
    compact = re.sub(r"[\s-]", "", found or "")
    return (
        compact
        if re.fullmatch(r"[A-Z0-9*xX]{5,24}", compact) and re.search(r"\d", compact)
        else None
    )


def _bank(rows: Sequence[Printed]) -> str | None:
    """Return the cell near the top that speaks of a bank; the largest print among them."""
    told = words_of()["bank"]
    found: list[tuple[float, float, str]] = []
    for row in rows[:25]:
        for cell in row.row.cells:
            text = plain(cell.text)
            if row.amounts or len(cell.words) > 8 or ":" in cell.text:
                continue
            named = any(re.search(rf"\b\w*{word}\b", text) for word in told["words"])
            if named and not any(re.search(rf"\b{word}\b", text) for word in told["not"]):
                high = max(word.size or word.box[3] - word.box[1] for word in cell.words)
                found.append((-high, row.row.box[1], cell.text))
    if found:
        return _clean(min(found)[2])
    top = rows[0].row.cells[0].text if rows else ""
    words = plain(top).split()
    return _clean(top) if words and not set(words) & set(told["not"]) and len(words) < 7 else None


def _clean(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).split())
