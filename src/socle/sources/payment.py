"""Payment codes printed on invoices: the Swiss QR-bill, the European EPC code, the Czech QR platba.

Each is text with a fixed order of lines or keys. What it says is what a bank would pay.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from socle.readings import Box, Field, Value

_EPC_CHARSETS = ("utf-8", *(f"iso8859-{part}" for part in (1, 2, 4, 5, 7, 10, 15)))
"""By the digit that the code gives, from 1."""
_AMOUNT = re.compile(r"\d{1,12}(?:\.\d{0,2})?")
_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}")


def read(
    content: bytes, page: int | None = None, boxes: tuple[Box, ...] = ()
) -> Mapping[str, Field] | None:
    """Return the fields that a payment code holds, or None where it is another code.

    Args:
        content: of the code.
        page: where it stands, from 1.
        boxes: where on the page, in fractions of it.
    """
    for mark, reader in _READERS.items():
        if content.removeprefix(b"\xef\xbb\xbf").startswith(mark):
            said = reader(content)
            break
    else:
        return None
    return {
        name: Field(value, raw, 1.0, "barcode", page, boxes)
        for name, (value, raw) in said.items()
        if value not in (None, "")
    } or None


_Said = dict[str, tuple[Value, str]]


def _epc(content: bytes) -> _Said:
    """EPC069-12: a SEPA credit transfer. Source: European Payments Council, version 3.1."""
    head = content.decode("ascii", errors="replace").splitlines()
    charset = head[2].strip() if len(head) > 2 else ""
    place = int(charset) if charset in set("12345678") else 1
    rows = _rows(content, _EPC_CHARSETS[place - 1], 12)
    amount = rows[7].strip()
    money = re.fullmatch(r"([A-Z]{3})([\d.]+)", amount)
    return {
        "supplier_bic": _plain(rows[4]),
        "supplier_name": _text(rows[5]),
        "supplier_iban": _iban(rows[6]),
        "currency": (money[1], amount) if money else (None, ""),
        "amount_due": (_number(money[2])[0], amount) if money else (None, ""),
        "payment_reference": _text(rows[9] or rows[10]),
    }


def _swiss(content: bytes) -> _Said:
    """Swiss payments code. Source: SIX, Swiss Implementation Guidelines QR-bill, 2.3."""
    rows = _rows(content, "utf-8", 33)
    if rows[1][:2] not in ("01", "02"):
        return {}
    said: _Said = {
        "supplier_iban": _iban(rows[3]),
        "amount_due": _number(rows[18]),
        "currency": _text(rows[19]),
        "payment_reference": _plain(rows[28]) if rows[27] in ("QRR", "SCOR") else (None, ""),
        "payment_note": _text(rows[29]),
    }
    for role, start in (("supplier", 4), ("receiver", 20)):
        said |= {f"{role}_{name}": found for name, found in _address(rows, start).items()}
    return said | _swico(rows[31])


def _address(rows: Sequence[str], start: int) -> _Said:
    kind, name, first, second, postcode, city, country = rows[start : start + 7]
    if not name.strip():
        return {}
    # Type S parts street, number, postcode and town; K has two lines as printed.
    lines = [f"{first} {second}", f"{postcode} {city}"] if kind == "S" else [first, second]
    address = ", ".join(text for line in (*lines, country) if (text := " ".join(line.split())))
    parted: _Said = {"postcode": _text(postcode), "city": _text(city)} if kind == "S" else {}
    return {
        "name": _text(name),
        "address": (address, address),
        "country": _text(country),
        **parted,
    }


def _swico(bill: str) -> _Said:
    """Swico's billing information: `//S1/10/10201409/11/190512/...`, a backslash before a slash."""
    if not bill.startswith("//S1/"):
        return {}
    parts = [part.replace("\0", "/") for part in bill.replace(r"\/", "\0")[5:].split("/")]
    held = dict(zip(parts[::2], parts[1::2], strict=False))
    said: _Said = {
        "invoice_id": _text(held.get("10", "")),
        "customer_id": _text(held.get("20", "")),
    }
    issued = _day(held.get("11", ""), "%y%m%d")
    said["invoice_date"] = (issued.isoformat() if issued else None, held.get("11", ""))
    uid = held.get("30", "")
    if re.fullmatch(r"\d{9}", uid):
        said["supplier_vat_id"] = (f"CHE{uid}", uid)
    delivered = _day(held.get("31", "")[:6], "%y%m%d")
    said["delivery_date"] = (delivered.isoformat() if delivered else None, held.get("31", ""))
    return said


def _czech(content: bytes) -> _Said:
    """Short payment descriptor `SPD*1.0*ACC:...*AM:...`. Source: Czech Banking Association."""
    parts = content.decode("utf-8", errors="replace").strip().split("*")[2:]
    held = {key: value for key, _, value in (part.partition(":") for part in parts)}
    iban, _, bic = held.get("ACC", "").partition("+")
    due = _day(held.get("DT", ""), "%Y%m%d")
    return {
        "supplier_iban": _iban(iban),
        "supplier_bic": _plain(bic),
        "supplier_name": _text(held.get("RN", "")),
        "amount_due": _number(held.get("AM", "")),
        "currency": _text(held.get("CC", "")),
        "due_date": (due.isoformat() if due else None, held.get("DT", "")),
        "payment_reference": _text(held.get("X-VS", "") or held.get("RF", "")),
        "payment_note": _text(held.get("MSG", "")),
    }


_READERS = {b"BCD": _epc, b"SPC": _swiss, b"SPD*": _czech}


def _rows(content: bytes, charset: str, count: int) -> list[str]:
    text = content.decode(charset, errors="replace").removeprefix("\ufeff")
    # Only line feeds part rows; writers end a code as soon as the rest is empty.
    rows = [row.rstrip("\r") for row in text.split("\n")]
    return rows + [""] * (count - len(rows))


def _number(text: str) -> tuple[Value, str]:
    text = text.strip()
    return (float(text), text) if _AMOUNT.fullmatch(text) else (None, text)


def _iban(text: str) -> tuple[Value, str]:
    plain = re.sub(r"\s", "", text).upper()
    return (plain, text) if _IBAN.fullmatch(plain) else (None, text)


def _plain(text: str) -> tuple[Value, str]:
    return re.sub(r"\s", "", text), text


def _text(text: str) -> tuple[Value, str]:
    return " ".join(text.split()), text


def _day(text: str, form: str) -> date | None:
    try:
        return datetime.strptime(text, form).date()
    except ValueError:
        return None
