"""Movements as CSV: separators, decimals, dates and names of columns as each bank has them."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from datetime import date

from socle.checks.statement import Movement, Statement
from socle.errors import InputError
from socle.sources.bank_files import decoded
from socle.sources.statement_rows import plain, words_of
from socle.values import identifiers
from socle.values.amounts import Decimal, currency_of, decimal_mark, parse_amount
from socle.values.dates import dates_in, parse_date

_SEPARATORS = ";,\t|"
_HEAD_ROWS = 30
_MOST = 50 << 20
Row = list[str]
Heads = dict[str, int]


def has_heads(head: str) -> bool:
    """Return whether the first lines of a text name the columns of movements."""
    return _find(_rows(head, 200))[1] is not None


def read(data: bytes) -> list[Statement]:
    """Return the one statement of a CSV file.

    Raises:
        InputError: no row names a date and an amount, or a movement cannot be read.
    """
    if len(data) > _MOST:
        raise InputError("This CSV file is larger than 50 MB.", "Export a shorter period.")
    rows = _rows(decoded(data), None)
    at, heads = _find(rows)
    if heads is None:
        raise InputError(
            "No row names the columns of movements.",
            "A date and an amount (or debit, credit) are needed.",
        )
    body = [row for row in rows[at + 1 :] if any(cell.strip() for cell in row)]
    places = [heads[k] for k in ("debit", "credit", "amount", "balance") if k in heads]
    decimal = decimal_mark([row[i] for row in body for i in places if i < len(row)])
    day_first = _day_first([_cell(row, heads, "date") for row in body])
    moves, told = [], []
    for row in body:
        day = parse_date(_cell(row, heads, "date")[:10].strip(), day_first)
        amount = _amount(row, heads, decimal)
        if day is None or amount is None:
            told.append(row)
            continue
        moves.append(_movement(row, heads, decimal, day, amount, day_first))
    if not moves and any(re.search(r"\d", " ".join(row)) for row in body):
        raise InputError(
            "No row below the names of columns is a movement.", "Is it an export of movements?"
        )
    return [_statement(moves, [*rows[:at], *told], heads, decimal, day_first)]


def _rows(text: str, most: int | None) -> list[Row]:
    lines = [line for line in text.splitlines()[:_HEAD_ROWS] if line.strip()]
    if not lines:
        return []
    # The separator of a bank file is in every row of the table; a comma may be in amounts.
    separator = max(_SEPARATORS, key=lambda mark: sorted(line.count(mark) for line in lines)[-3:])
    try:
        found = list(csv.reader(io.StringIO(text), delimiter=separator))
    except csv.Error:
        return []
    return found[:most]


def _find(rows: Sequence[Row]) -> tuple[int, Heads | None]:
    """Return the row that names the columns, and which column is what."""
    kinds = {phrase: kind for kind, told in words_of()["columns"].items() for phrase in told}
    for i, row in enumerate(rows[:_HEAD_ROWS]):
        heads: Heads = {}
        for place, cell in enumerate(row):
            name = re.sub(r"\b(eur|euros?|usd|gbp|chf)\b", "", plain(re.sub(r"\(.*?\)", "", cell)))
            kind = kinds.get(" ".join(name.split()))
            if kind and kind not in heads:
                heads[kind] = place
        money = {"amount"} & set(heads) or {"debit", "credit"} <= set(heads)
        if "date" in heads and money and len(row) > 2:
            return i, heads
    return 0, None


def _movement(
    row: Row, heads: Heads, decimal: Decimal | None, day: date, amount: float, day_first: bool
) -> Movement:
    value = parse_date(_cell(row, heads, "value_date")[:10].strip(), day_first)
    balance = parse_amount(_cell(row, heads, "balance"), decimal) if "balance" in heads else None
    words = " ".join(_cell(row, heads, "description").split())
    return Movement(day, words, amount, value, balance, " | ".join(filter(None, row)))


def _amount(row: Row, heads: Heads, decimal: Decimal | None) -> float | None:
    if "amount" in heads:
        amount = parse_amount(_number(_cell(row, heads, "amount")), decimal)
        side = plain(_cell(row, heads, "side"))
        if amount is not None and side:
            return -abs(amount) if side[0] == "d" else abs(amount)
        return amount
    debit = parse_amount(_number(_cell(row, heads, "debit")), decimal)
    credit = parse_amount(_number(_cell(row, heads, "credit")), decimal)
    if debit is None and credit is None:
        return None
    return round((credit or 0.0) - abs(debit or 0.0), 2)


def _number(text: str) -> str:
    return text.strip().lstrip("+").strip()


def _statement(
    moves: list[Movement],
    others: Sequence[Row],
    heads: Heads,
    decimal: Decimal | None,
    day_first: bool,
) -> Statement:
    told: dict[str, str] = {}
    opening = closing = start = end = None
    for row in others:
        text = plain(" ".join(row))
        numbers = [parse_amount(_number(cell), decimal) for cell in row]
        amount = next((number for number in reversed(numbers) if number is not None), None)
        words = words_of()["rows"]
        if amount is not None and any(phrase in text for phrase in words["opening"]):
            opening = amount
        elif amount is not None and any(phrase in text for phrase in words["closing"]):
            closing = amount
        days = [found.value for found in dates_in(" ; ".join(row), day_first)]
        if len(days) == 2 and days[0] < days[1]:
            start, end = days
        for cell in row:
            found = identifiers.iban(cell.rpartition(":")[2]) or identifiers.iban(cell)
            if found:
                told["iban"] = found
        currency = currency_of(" ".join(row))
        if currency:
            told["currency"] = currency
    if len(moves) > 1 and moves[0].date and moves[-1].date and moves[0].date > moves[-1].date:
        moves = moves[::-1]  # the newest first: balances follow from the oldest
    return Statement(moves, opening, closing, start, end, told)


def _cell(row: Row, heads: Heads, name: str) -> str:
    place = heads.get(name)
    return row[place] if place is not None and place < len(row) else ""


def _day_first(texts: Sequence[str]) -> bool:
    votes = 0
    for text in texts:
        parts = re.match(r"\s*(\d\d?)[/.\-](\d\d?)[/.\-]", text)
        if parts:
            votes += (int(parts[1]) > 12) - (int(parts[2]) > 12)
    return votes >= 0
