"""MT940: SWIFT customer statements, by the library mt-940 (BSD)."""

from __future__ import annotations

import re
import warnings
from datetime import date
from importlib import import_module
from typing import Any

from socle.checks.statement import Movement, Statement
from socle.errors import InputError, MissingExtraError
from socle.sources.bank_files import decoded
from socle.values import identifiers

_MOST = 50 << 20


def read(data: bytes) -> list[Statement]:
    """Return the statements of a file: messages of one account that follow each other are one.

    Raises:
        InputError: it is too large, or breaks the format.
    """
    if len(data) > _MOST:
        raise InputError("This MT940 file is larger than 50 MB.", "Export a shorter period.")
    text = decoded(data).replace("\r\n", "\n").replace("\r", "\n")
    parts = re.split(r"(?m)^(?:\{1:.*?\{4:\s*\n?)?(?=:20:)", text)
    found = [_statement(part) for part in parts if part.lstrip().startswith(":20:")]
    return _joined(found)


def _statement(part: str) -> Statement:
    parse = _parser()
    part = re.sub(r"(?m)^-\}?.*\Z", "", part.strip()) + "\n"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            told = parse(part)
    except Exception as error:
        # The library has no error of its own: it raises whatever its parsing meets.
        raise InputError(f"This breaks the format MT940: {error}", "Export it again.") from error
    data = told.data
    opening = data.get("final_opening_balance") or data.get("intermediate_opening_balance")
    closing = data.get("final_closing_balance") or data.get("intermediate_closing_balance")
    return Statement(
        [_movement(one.data) for one in told if one.data.get("amount") is not None],
        _amount(opening),
        _amount(closing),
        _day(getattr(opening, "date", None)),
        _day(getattr(closing, "date", None)),
        _heads(data, opening),
    )


def _parser() -> Any:
    try:
        # Its modules use each other through the package, which does not import them by itself.
        for name in ("models", "processors", "tags", "utils"):
            import_module(f"mt940.{name}")
        return import_module("mt940.parser").parse
    except ModuleNotFoundError as error:
        raise MissingExtraError("mt-940", "documents") from error


def _movement(data: dict[str, Any]) -> Movement:
    parts = [data.get(name) for name in ("purpose", "applicant_name", "transaction_details")]
    kept = [" ".join(str(part).split()) for part in parts if part]
    words = (
        kept[0] if kept else str(data.get("extra_details") or data.get("customer_reference") or "")
    )
    amount = float(data["amount"].amount)
    return Movement(
        _day(data.get("entry_date") or data.get("date")),
        words,
        amount,
        _day(data.get("date")),
        raw=words,
    )


def _heads(data: dict[str, Any], opening: Any) -> dict[str, str]:
    account = re.sub(r"\s", "", str(data.get("account_identification") or ""))
    found = identifiers.iban(account) or identifiers.iban(account.rpartition("/")[2])
    told = {"account_number": account}
    if found:
        told["iban"] = found
    if opening is not None:
        told["currency"] = str(opening.amount.currency)
    return {name: value for name, value in told.items() if value}


def _joined(found: list[Statement]) -> list[Statement]:
    """Join the messages of one account: each opens with what the one before closed with."""
    whole: list[Statement] = []
    for one in found:
        before = whole[-1] if whole else None
        same = before and before.heads.get("account_number") == one.heads.get("account_number")
        if before and same and before.closing is not None and before.closing == one.opening:
            whole[-1] = Statement(
                [*before.movements, *one.movements],
                before.opening,
                one.closing,
                before.start,
                one.end,
                before.heads,
            )
        else:
            whole.append(one)
    return whole


def _amount(balance: Any) -> float | None:
    return None if balance is None else float(balance.amount.amount)


def _day(found: Any) -> date | None:
    return date(found.year, found.month, found.day) if found is not None else None
