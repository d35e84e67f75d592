"""CAMT.053 (and .052): ISO 20022 statements, versions 02 to 08 alike, by the local names of tags.

Source: ISO 20022, BankToCustomerStatement; Swiss and French implementation guides.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from socle.checks.statement import Movement, Statement
from socle.errors import InputError
from socle.sources import xml

_OPENING = ("OPBD", "PRCD", "OPAV")
_CLOSING = ("CLBD", "CLAV", "ITBD")


def read(data: bytes) -> list[Statement]:
    """Return one statement for each `Stmt` (or `Rpt`) of a file.

    Raises:
        InputError: it is no sound XML, declares a document type, is too large or has no statement.
    """
    root = xml.parse(data, "This bank file")
    found = [node for node in root.iter() if _name(node) in ("Stmt", "Rpt")]
    if not found:
        raise InputError("This file holds no statement.", "A CAMT.053 file is expected.")
    return [_statement(node) for node in found]


def _statement(node: Any) -> Statement:
    balances: dict[str, float] = {}
    for balance in _children(node, "Bal"):
        kind = _text(balance, "Tp", "CdOrPrtry", "Cd")
        balances.setdefault(kind, _signed(balance))
    opening = next((balances[k] for k in _OPENING if k in balances), None)
    closing = next((balances[k] for k in _CLOSING if k in balances), None)
    told = {
        "iban": _text(node, "Acct", "Id", "IBAN"),
        "account_number": _text(node, "Acct", "Id", "Othr", "Id"),
        "account_holder": _text(node, "Acct", "Ownr", "Nm") or _text(node, "Acct", "Nm"),
        "bank_name": _text(node, "Acct", "Svcr", "FinInstnId", "Nm"),
        "currency": _text(node, "Acct", "Ccy") or _currency(node),
    }
    return Statement(
        [move for entry in _children(node, "Ntry") for move in _movements(entry)],
        opening,
        closing,
        _day(_text(node, "FrToDt", "FrDtTm") or _text(node, "FrToDt", "FrDt")),
        _day(_text(node, "FrToDt", "ToDtTm") or _text(node, "FrToDt", "ToDt")),
        {name: value for name, value in told.items() if value},
    )


def _movements(entry: Any) -> Iterator[Movement]:
    status = _text(entry, "Sts", "Cd") or _text(entry, "Sts")
    if status in ("PDNG", "INFO"):
        return
    day = _day(_text(entry, "BookgDt", "Dt") or _text(entry, "BookgDt", "DtTm"))
    value = _day(_text(entry, "ValDt", "Dt") or _text(entry, "ValDt", "DtTm"))
    parts = [_text(entry, "AddtlNtryInf")]
    for node in entry.iter():
        if _name(node) in ("Ustrd", "AddtlTxInf"):
            parts.append(" ".join((node.text or "").split()))
        elif _name(node) in ("Cdtr", "Dbtr"):
            parts.append(_text(node, "Nm") or _text(node, "Pty", "Nm"))
    words = " ".join(dict.fromkeys(part for part in parts if part))
    yield Movement(day, words, _signed(entry), value, raw=words)


def _signed(node: Any) -> float:
    text = _text(node, "Amt")
    try:
        amount = float(text)
    except ValueError:
        raise InputError(f"{text!r} is no amount.", "Export the file again.") from None
    # A reversal is told with the side that it has, not with that of what it reverses.
    return -amount if _text(node, "CdtDbtInd") == "DBIT" else amount


def _currency(node: Any) -> str:
    found = next((n.get("Ccy") for n in node.iter() if _name(n) == "Amt" and n.get("Ccy")), "")
    return str(found)


def _children(node: Any, name: str) -> list[Any]:
    return [child for child in node if _name(child) == name]


def _text(node: Any, *path: str) -> str:
    for name in path:
        node = next(iter(_children(node, name)), None)
        if node is None:
            return ""
    return " ".join((node.text or "").split())


def _name(node: Any) -> str:
    tag = node.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10]) if text else None
    except ValueError:
        return None
