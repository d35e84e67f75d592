"""Bank statements that are print: from placed words to a `Statement`.

The table is read by its columns; where a reading is open (which column is which, the sign of an
amount, the order of day and month) the one is taken under which the balances close.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta

from socle.checks.statement import Carry, Movement, Statement, broken_lines, closes
from socle.pages import Document
from socle.sources.statement_columns import Column, column_at, columns_of, namings
from socle.sources.statement_heads import heads_in, period_in
from socle.sources.statement_rows import Money, printed, words_of
from socle.sources.statement_signs import likely_sign, signs_by_balance, signs_by_sum
from socle.sources.statement_table import Raw, Table, Told, table_of
from socle.values.amounts import decimal_mark
from socle.values.dates import dates_in, parse_date

_SLACK = timedelta(31)
_POINTED = re.compile(r"\d\.\d\d?\.(?:\d|\Z)|\A\d\d\.\d\d\.?\Z")
_SEARCHED = 3
"""Namings of the columns for which signs are searched."""
NameAt = Callable[[Money], str | None]


def statement_in(document: Document) -> Statement | None:
    """Return what a printed statement says; None where no movement and no balance is found."""
    texts = [word.text for page in document.pages for word in page.words]
    # A point between day and month is no decimal mark.
    decimal = decimal_mark([text for text in texts if not _POINTED.search(text)])
    rows = [printed(page, decimal) for page in document.pages]
    table = table_of(rows)
    if not table.movements and not table.told:
        return None
    heads = heads_in(rows)
    day_first = _day_first(table, texts, heads.get("currency", ""))
    start, end = period_in(rows, day_first)
    columns = columns_of(
        [m for raw in table.movements for m in raw.amounts]
        + [m for told in table.told if told.inside for m in told.amounts]
    )
    ways = namings(columns, table.heads) or [()]
    best = _best([_built(table, columns, names, (start, end), False) for names in ways])
    if not closes(best).passed:
        # Only now the long way: signs that no print tells.
        searched = [_built(table, columns, names, (start, end), True) for names in ways[:_SEARCHED]]
        best = _best([best, *searched])
    dated = _dated(best, table, day_first)
    return replace(dated, heads=heads)


def _best(built: Sequence[Statement]) -> Statement:
    return built[max(range(len(built)), key=lambda i: (*_merit(built[i]), -i))]


def _merit(statement: Statement) -> tuple[bool, int, int, bool]:
    closed = closes(statement).passed is True
    proven = sum(m.balance is not None for m in statement.movements)
    broken = len(broken_lines(statement))
    known = sum(bool(m.amount) for m in statement.movements)
    return closed, known, proven - 3 * broken, statement.opening is not None


def _built(
    table: Table,
    columns: Sequence[Column],
    names: tuple[str | None, ...],
    period: tuple[date | None, date | None],
    search: bool,
) -> Statement:
    """Return the statement under one naming of the columns; dates are still to come.

    Signs that are not printed are searched for if asked, and taken from words otherwise.
    """

    def name_at(money: Money) -> str | None:
        return names[column_at(columns, money)] if columns else None

    minus = _decorated(table.movements, name_at)
    movements: list[Movement] = []
    signed: list[int] = []
    for raw in table.movements:
        amount, balance, sign = _amount(raw, name_at, minus)
        first = raw.rows[0]
        text = " ".join(part for part in raw.words if part)
        movements.append(
            Movement(
                None, text, amount, None, balance,
                " ".join(row.row.text for row in raw.rows), first.page.number,
                tuple(row.box for row in raw.rows),
            )
        )  # fmt: skip
        signed.append(sign)
    debit, credit = _totals(table, name_at)
    made = Statement(movements, None, None, *period, {}, (), debit, credit)
    # A balance in the column of debits is a debt, as a rule; some banks print it there anyway.
    tries = []
    for signs in (name_at, lambda money: None):
        opening, closing, carries = _balances(table, signs)
        tried = replace(made, opening=opening, closing=closing, carries=carries)
        tries.append(_with_signs(tried, signed, search) if 0 in signed else tried)
        if closes(tries[-1]).passed:
            return tries[-1]
    return tries[0]


def _amount(
    raw: Raw, name_at: NameAt, minus: dict[str | None, bool]
) -> tuple[float, float | None, int]:
    """Return amount, printed balance and how the sign is known: 0 where it is not."""
    amount, balance, sign = 0.0, None, 0
    for money in raw.amounts:
        name = name_at(money)
        if name == "balance":
            balance = money.value
        elif name in ("debit", "credit"):
            side = -1 if name == "debit" else 1
            reversal = money.marked and money.value < 0 and not minus.get(name)
            amount += side * (-abs(money.value) if reversal else abs(money.value))
            sign = 1
        elif name == "amount" or (name is None and not amount and len(raw.amounts) == 1):
            amount = money.value
            sign = 1 if money.marked else raw.section
            if raw.side:
                amount, sign = (abs(amount) if raw.side == "c" else -abs(amount)), 1
            elif not money.marked and raw.section:
                amount = raw.section * abs(amount)
    return amount, balance, sign


def _decorated(movements: Sequence[Raw], name_at: NameAt) -> dict[str | None, bool]:
    """Return for debit and credit whether their amounts carry a minus as a rule."""
    minus: dict[str | None, bool] = {}
    for name in ("debit", "credit"):
        values = [m for raw in movements for m in raw.amounts if name_at(m) == name]
        minus[name] = bool(values) and sum(m.value < 0 for m in values) > len(values) / 2
    return minus


def _with_signs(statement: Statement, signed: Sequence[int], search: bool) -> Statement:
    """Return the statement with signs where none is printed.

    Where a minus is printed on some amounts of a column, a bare amount is positive.
    """
    moves = list(statement.movements)
    bare = [i for i, sign in enumerate(signed) if not sign and moves[i].amount]
    some_minus = any(sign and moves[i].amount < 0 for i, sign in enumerate(signed))
    if some_minus or closes(statement).passed:
        return statement
    by_balance = signs_by_balance(
        [m.amount for m in moves], [m.balance for m in moves], statement.opening
    )
    left = [i for i in bare if by_balance[i] is None]
    for i in bare:
        if by_balance[i] is not None:
            moves[i] = replace(moves[i], amount=(by_balance[i] or 1) * abs(moves[i].amount))
    if not left:
        return replace(statement, movements=moves)
    likely = [likely_sign(moves[i].description) for i in left]
    signs, only = likely, False
    if search and statement.opening is not None and statement.closing is not None:
        fixed = sum(m.amount for i, m in enumerate(moves) if i not in set(left))
        total = statement.closing - statement.opening - fixed
        found = signs_by_sum([moves[i].amount for i in left], likely, total)
        signs, only = found or (likely, False)
    for i, sign in zip(left, signs, strict=True):
        moves[i] = replace(moves[i], amount=sign * abs(moves[i].amount), sure=only)
    return replace(statement, movements=moves)


def _balances(
    table: Table, name_at: NameAt
) -> tuple[float | None, float | None, tuple[Carry, ...]]:
    """Return opening and closing balance, and what is carried from page to page."""
    last = len(table.movements)
    found = [t for t in table.told if t.kind != "total"]
    opening = closing = None
    carries: list[Carry] = []
    # A box that sums the account up repeats the balances: the table's own come first.
    for told in sorted(found, key=lambda t: not t.inside):
        value = _signed(told, name_at)
        if (told.kind == "opening" and told.after == 0) or (
            not told.inside and told.kind == "opening"
        ):
            opening = value if opening is None else opening
        elif told.kind == "closing" and (told.after == last or not told.inside):
            closing = value if closing is None or told.inside else closing
        elif told.inside and told.after > 0 and (told.after < last or told.kind == "carry"):
            carries.append(Carry(value, told.after, told.row.page.number))
    loose = [t for t in found if t.kind in ("balance", "carry", "opening")]
    if opening is None:
        first = [t for t in loose if t.after == 0]
        opening = _signed(first[0], name_at) if first else None
    if closing is None:
        end = [t for t in loose if t.after == last and t.kind != "opening" and last]
        closing = _signed(end[-1], name_at) if end else _latest(loose, name_at)
    return opening, closing, tuple(carries)


def _latest(told: Sequence[Told], name_at: NameAt) -> float | None:
    """Return the last of two balances that stand before the movements, each with its day."""
    before = [t for t in told if not t.inside and t.after == 0]
    days = [dates_in(t.row.row.text) for t in before]
    if len(before) < 2 or not all(days):
        return None
    return _signed(max(zip(days, before, strict=True), key=lambda p: p[0][0].value)[1], name_at)


def _signed(told: Told, name_at: NameAt) -> float:
    money = told.amounts[-1]
    value = money.value
    negative = any(word in told.row.plain.split() or word in told.row.plain
                   for word in words_of()["negative"]["words"] if len(word) > 2)  # fmt: skip
    if negative or (told.inside and name_at(money) == "debit" and not money.marked):
        return -abs(value)
    return value


def _totals(table: Table, name_at: NameAt) -> tuple[float | None, float | None]:
    debit = credit = None
    for told in table.told:
        if told.kind != "total" or told.after < len(table.movements):
            continue
        for money in told.amounts:
            name = name_at(money)
            text = told.row.plain
            if re.search(r"debit|withdraw|paid out|money out|payments", text):
                name = "debit"
            elif re.search(r"credit|deposit|paid in|money in|receipts", text):
                name = "credit"
            if len(told.amounts) > 1:
                name = name_at(money)
            if name == "debit":
                debit = abs(money.value)
            elif name == "credit":
                credit = abs(money.value)
    return debit, credit


def _dated(statement: Statement, table: Table, day_first: bool) -> Statement:
    """Return the statement with dates; years that are not printed follow from the period."""
    start, end = statement.start, statement.end
    if start is None or end is None:
        start, end = _from_balances(table, day_first, statement)
    moves = [
        replace(
            move,
            date=_day(raw.date, day_first, start, end),
            value_date=_day(raw.value_date, day_first, start, end) if raw.value_date else None,
        )
        for move, raw in zip(statement.movements, table.movements, strict=True)
    ]
    return replace(statement, movements=moves, start=start, end=end)


def _from_balances(
    table: Table, day_first: bool, statement: Statement
) -> tuple[date | None, date | None]:
    """Return the days that opening and closing balance bear."""
    days = []
    for told in table.told:
        if told.kind != "total":
            days += [found.value for found in dates_in(told.row.row.text, day_first)]
    if len(days) < 2 or days[0] >= days[-1]:
        return statement.start, statement.end or (days[-1] if days else None)
    return days[0], days[-1]


def _day(text: str, day_first: bool, start: date | None, end: date | None) -> date | None:
    whole = parse_date(text.rstrip(","), day_first)
    if whole or not text:
        return whole
    for year in dict.fromkeys(d.year for d in (start, end) if d):
        joined = f"{text.rstrip(',./- ')} {year}" if re.search(r"[^\W\d_]", text) else (
            "/".join([*re.findall(r"\d+", text), str(year)])
        )  # fmt: skip
        found = parse_date(joined, day_first)
        if found and (start or found) - _SLACK <= found <= (end or found) + _SLACK:
            return found
    return None


def _day_first(table: Table, texts: Sequence[str], currency: str) -> bool:
    """Return whether days stand before months, by numbers that can only be days."""
    dates = [raw.date for raw in table.movements]
    dates += [text for text in texts if re.fullmatch(r"\d\d?[/.-]\d\d?[/.-]\d{2,4}", text)]
    votes = 0
    for text in dates:
        parts = re.match(r"(\d\d?)[/.\- ](\d\d?)\b", text)
        if parts:
            votes += (int(parts[1]) > 12) - (int(parts[2]) > 12)
    return votes > 0 or (votes == 0 and currency != "USD")
