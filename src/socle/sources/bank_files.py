"""Files of movements that banks give out as data: OFX, CAMT.053, MT940, CSV.

Each format has a module that turns bytes into a `Statement`; here the format is recognised, by
content and never by name.
"""

from __future__ import annotations

import re
from importlib import import_module
from typing import Literal

from socle.checks.statement import Statement

Format = Literal["ofx", "camt", "mt940", "csv"]
_HEAD = 8192


def format_of(data: bytes) -> Format | None:
    """Return which format of bank files some bytes are in, None if in none."""
    head = decoded(data[:_HEAD]).lstrip("\ufeff \r\n\t")
    if re.match(r"OFXHEADER\s*:", head) or re.search(r"<\?OFX\b|<OFX>", head, re.IGNORECASE):
        return "ofx"
    if re.search(r"camt\.05[23]\.001\.\d\d|<(?:\w+:)?BkToCstmrStmt\b", head):
        return "camt"
    if re.search(r"(?:^|\n|\{4:\s*):20:", head) and re.search(r":(?:25|28C?|60[FM]):", head):
        return "mt940"
    from socle.sources.bank_csv import has_heads

    return "csv" if has_heads(head) else None


def statements_in(data: bytes) -> list[Statement]:
    """Return the statements in a bank file, one for each account and period.

    Raises:
        InputError: the file is of no such format, or breaks it.
    """
    from socle.errors import InputError

    kind = format_of(data)
    if kind is None:
        raise InputError(
            "This file is in no format of bank files that is known.",
            "Known are OFX, CAMT.053, MT940, and CSV whose first rows name the columns.",
        )
    found: list[Statement] = import_module(f"socle.sources.bank_{kind}").read(data)
    return found


def decoded(data: bytes) -> str:
    """Return bytes as text: UTF-8, UTF-16 by its mark, else Windows-1252."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # A piece may end within a letter.
        if error.start >= len(data) - 3 and error.reason == "unexpected end of data":
            return data[: error.start].decode("utf-8-sig")
        return data.decode("cp1252", "replace")
