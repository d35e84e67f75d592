"""OFX 1.x (SGML, end tags left out) and 2.x (XML), read by one small strict scanner.

No document type, no entity but the five of XML and numbers of characters, and no more depth than
the format has: a file that asks for more is refused.

Source: Open Financial Exchange 2.2, chapters 2, 3 and 11.
"""

from __future__ import annotations

import re
from datetime import date

from socle.checks.statement import Movement, Statement
from socle.errors import InputError
from socle.sources.bank_files import decoded
from socle.values.amounts import parse_amount

_TAG = re.compile(r"<(/?)([A-Za-z0-9_.]{1,40})\s*(/?)>([^<]*)")
_ENTITY = re.compile(r"&(#x[0-9a-fA-F]{1,6}|#\d{1,7}|\w+);")
_LETTERS = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'", "nbsp": " "}
_GROUPS = ("STMTRS", "CCSTMTRS")
_MOST = 50 << 20
_CODECS = {"1252": "cp1252", "8859-1": "iso8859-1", "8859-15": "iso8859-15", "UTF-8": "utf-8-sig"}

Record = dict[str, str]


def read(data: bytes) -> list[Statement]:
    """Return one statement for each account of an OFX file.

    Raises:
        InputError: it is too large, declares a document type or has no statement.
    """
    if len(data) > _MOST:
        raise InputError("This OFX file is larger than 50 MB.", "Export a shorter period.")
    text = _text(data)
    if re.search(r"<!(?:DOCTYPE|ENTITY|\[)", text, re.IGNORECASE):
        raise InputError(
            "This OFX file declares a document type or entities, which OFX has no use for.",
            "Export it again; do not trust a file that was changed on its way.",
        )
    found = [_statement(part) for part in _groups(text)]
    if not found:
        raise InputError("This OFX file holds no statement.", "Export the movements of an account.")
    return found


def _text(data: bytes) -> str:
    head = data[:600].decode("ascii", "ignore")
    charset = re.search(r"^CHARSET\s*:\s*(\S+)", head, re.MULTILINE)
    encoding = re.search(r'^ENCODING\s*:\s*(\S+)|encoding="([^"]+)"', head, re.MULTILINE)
    said = (encoding[1] or encoding[2]).upper() if encoding else ""
    name = "UTF-8" if said in ("UTF-8", "UNICODE") else (charset[1].upper() if charset else "")
    codec = _CODECS.get(name.removeprefix("ISO-").removeprefix("WINDOWS-"))
    if codec:
        try:
            return data.decode(codec)
        except UnicodeDecodeError:
            pass  # the header is often wrong
    return decoded(data)


def _groups(text: str) -> list[str]:
    parts = []
    for name in _GROUPS:
        for found in re.finditer(rf"<{name}>", text, re.IGNORECASE):
            end = re.compile(rf"</{name}>", re.IGNORECASE).search(text, found.end())
            parts.append((found.start(), text[found.end() : end.start() if end else len(text)]))
    return [part for _, part in sorted(parts)]


def _statement(part: str) -> Statement:
    head: Record = {}
    records: list[Record] = []
    current = head
    group = ""
    for closing, name, empty, value in _TAG.findall(part):
        name = name.upper()
        if closing or empty:
            if name in ("STMTTRN", "BANKACCTFROM", "CCACCTFROM", "LEDGERBAL", "AVAILBAL"):
                current, group = head, ""
            continue
        if name == "STMTTRN":
            current = {}
            records.append(current)
        elif name in ("LEDGERBAL", "AVAILBAL"):
            # End tags may be missing in SGML: what follows is no longer a movement.
            current, group = head, name
        elif value.strip():
            current[f"{group}.{name}" if group else name] = _plain(value)
    return Statement(
        [_movement(record) for record in records],
        None,
        _amount(head.get("LEDGERBAL.BALAMT")),
        _day(head.get("DTSTART")),
        _day(head.get("DTEND")),
        _heads(head),
    )


def _heads(head: Record) -> dict[str, str]:
    account = head.get("ACCTID", "").replace(" ", "")
    told = {"account_number": account, "currency": head.get("CURDEF", "")}
    return {name: value for name, value in told.items() if value}


def _movement(record: Record) -> Movement:
    parts = [record.get(name, "") for name in ("NAME", "PAYEE", "MEMO")]
    words = " ".join(dict.fromkeys(part for part in parts if part))
    amount = _amount(record.get("TRNAMT"))
    if amount is None:
        raise InputError(
            f"A movement of this OFX file has no amount: {words or record}.", "Export it again."
        )
    posted = _day(record.get("DTPOSTED"))
    return Movement(
        _day(record.get("DTUSER")) or posted if record.get("DTPOSTED") is None else posted,
        words,
        amount,
        _day(record.get("DTAVAIL")),
        raw=" ".join(record.values()),
    )


def _plain(value: str) -> str:
    def letter(found: re.Match[str]) -> str:
        name = found[1]
        if name.startswith("#"):
            code = int(name[2:], 16) if name[1] == "x" else int(name[1:])
            return chr(code) if 31 < code < 0x110000 and not 0xD800 <= code < 0xE000 else " "
        # Banks forget to write &amp; in names: what is no entity stays as it is.
        return _LETTERS.get(name, found[0])

    return " ".join(_ENTITY.sub(letter, value).split())


def _amount(text: str | None) -> float | None:
    if not text:
        return None
    return parse_amount(text.replace("+", ""), "," if "," in text and "." not in text else ".")


def _day(text: str | None) -> date | None:
    found = re.match(r"(\d{4})(\d\d)(\d\d)", text or "")
    try:
        return date(int(found[1]), int(found[2]), int(found[3])) if found else None
    except ValueError:
        return None
