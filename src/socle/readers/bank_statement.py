"""Bank statements: printed ones, and those that banks give out as CSV, OFX, CAMT.053 or MT940."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from socle.checks.statement import Movement, Statement, judged
from socle.errors import InputError
from socle.pages import Document
from socle.readers import Settings
from socle.readings import Check, Field, Line, Reading, Source, Value
from socle.sources.bank_files import format_of, statements_in
from socle.sources.statement_pages import statement_in
from socle.sources.statement_rows import plain, words_of

_REQUIRED = ("opening_balance", "closing_balance")
# How often values are right on layouts never seen, by whether the balances prove them; measured
# by benchmarks/accounts.py.
_PROVEN, _LIKELY, _UNPROVEN = 0.995, 0.9, 0.75
_HEADS = {"iban": 0.999, "currency": 0.98, "account_holder": 0.95, "bank_name": 0.95}

_TITLES = (
    *("releve de compte", "releve bancaire", "extrait de compte", "bank statement"),
    *("account statement", "statement of account", "current account"),
)


class BankStatement:
    """Reads a statement of one account: movements, balances, and the sums that prove them."""

    name = "bank-statement"
    about = "Bank statement (PDF, scan, CSV, OFX, CAMT.053, MT940): movements that add up."

    def suits(self, document: Document) -> float:
        """Return how much a document speaks of balances and movements."""
        if document.data and not document.pages:
            kind = format_of(document.data)
            return 0.0 if kind is None else 0.7 if kind == "csv" else 1.0
        text = f" {plain(document.text[:20_000])} "
        told = words_of()["rows"]
        balances = sum(
            f" {p} " in text for kind in ("opening", "closing", "balance") for p in told[kind]
        )
        titled = any(title in text for title in _TITLES)
        columns = "debit" in text and "credit" in text
        return min(1.0, 0.5 * titled + 0.15 * min(balances, 2) + 0.2 * columns)

    def read(self, document: Document, settings: Settings) -> Reading:
        """Return the statement; of a file with several accounts the first, and a note.

        Raises:
            InputError: there is no movement and no balance.
        """
        notes = []
        if document.data and not document.pages:
            found = statements_in(document.data)
            statement: Statement | None = found[0]
            if len(found) > 1:
                notes.append(f"The file holds {len(found)} statements; this is the first.")
            source: Source = "embedded"
        else:
            statement = statement_in(document)
            source = "ocr" if any(page.source == "ocr" for page in document.pages) else "text"
        if statement is None:
            raise InputError(
                "No movement and no balance was found.", "Is this a statement of a bank account?"
            )
        return _reading(self.name, statement, source, notes)


def _reading(name: str, statement: Statement, source: Source, notes: list[str]) -> Reading:
    checks = judged(statement)
    sure = 1.0 if source == "embedded" else _sureness(checks)
    fields = {key: Field(value, str(value), conf if source != "embedded" else 1.0, source, page)
              for key, value, conf, page in _told(statement, sure)}  # fmt: skip
    lines = [_line(move, source, sure) for move in statement.movements]
    required = () if source == "embedded" else _REQUIRED
    if source == "embedded":
        # Files of movements need not tell balances; what they do not tell is not in doubt.
        checks = [Check(c.name, c.passed, c.detail, (), c.line) if c.passed is None else c
                  for c in checks]  # fmt: skip
    return Reading(name, fields, {"lines": lines}, checks, notes, required)


def _sureness(checks: list[Check]) -> float:
    told = {check.name: check.passed for check in checks}
    if told["balances_close"] and told["dates_inside"] and "signs_known" not in told:
        return _PROVEN
    return _UNPROVEN if told["balances_close"] is False else _LIKELY


def _told(statement: Statement, sure: float) -> Iterator[tuple[str, Value, float, int | None]]:
    page = 1 if any(move.page for move in statement.movements) else None
    for name, value in statement.heads.items():
        yield name, value, _HEADS.get(name, 0.9), page
    days: dict[str, Any] = {"period_start": statement.start, "period_end": statement.end}
    for name, day in days.items():
        if day is not None:
            yield name, day.isoformat(), sure, page
    for name, amount in zip(_REQUIRED, (statement.opening, statement.closing), strict=True):
        if amount is not None:
            yield name, amount, sure, None


def _line(move: Movement, source: Source, sure: float) -> Line:
    values: dict[str, Value] = {
        "date": move.date.isoformat() if move.date else None,
        "value_date": move.value_date.isoformat() if move.value_date else None,
        "description": move.description,
        "amount": move.amount,
        "balance": move.balance,
    }
    doubt = sure if move.sure else min(sure, 0.6)
    return Line(values, move.raw, doubt, source, move.page, move.boxes)


OPTION = BankStatement()
