"""2D-Doc, the signed two-dimensional code of French official and business papers (ANTS).

A code is text: a head (marker, version, authority, certificate, dates, kind of document), a message
of identified values, and an ECDSA signature over head and message. The message can be read by
anybody; what it is worth is said by its signature, see `trust`. Source: ANTS, "Specifications
techniques des codes a barres 2D-Doc", perimeter 01 in C40, versions 01 to 04 of the head.
"""

from __future__ import annotations

import base64
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from socle.errors import UnreadableError
from socle.pages import Code

_GS, _RS, _US = "\x1d", "\x1e", "\x1f"
_EPOCH = date(2000, 1, 1)
_HEADS = {"01": 22, "02": 22, "03": 24, "04": 26}
"""Length of the head by version."""
_HINT = "The code is damaged or no 2D-Doc; compare it with the printed text, or scan it again."


@dataclass(frozen=True)
class TwoDDoc:
    """What a 2D-Doc says.

    Attributes:
        version: of the head, 1 to 4.
        authority, certificate: who vouches for the signer, and the signer's certificate.
        issued, signed: when the document was issued and the code signed; None where it is not said.
        kind: two characters, see `label`.
        perimeter, country: of the kinds and of the issuer; defaults `01` and `FR` in old heads.
        values: identifiers of the specification to text, in the order of the code.
        unsigned: values behind the signature, which it does not cover.
        cut: identifiers whose value was shortened to fit.
        message: the bytes that are signed.
        signature: r and s side by side; empty where there is none.
    """

    version: int
    authority: str
    certificate: str
    issued: date | None
    signed: date | None
    kind: str
    perimeter: str
    country: str
    values: Mapping[str, str]
    message: bytes
    signature: bytes
    unsigned: Mapping[str, str] = field(default_factory=dict)
    cut: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """The kind of document in the words of the specification."""
        return str(_facts()["kinds"].get(self.kind, f"2D-Doc {self.kind}"))

    @property
    def named(self) -> dict[str, str]:
        """The values that have a name here, by that name."""
        names = _facts()["names"]
        return {names[key]: value for key, value in self.values.items() if key in names}


def is_two_d_doc(code: Code) -> bool:
    """Return whether a code of a page looks like a 2D-Doc."""
    return re.match(rb"DC0[1-4][A-Z0-9]{8}[0-9A-Fa-f]{8}", code.content) is not None


def parse(content: bytes) -> TwoDDoc:
    """Return what the content of a code says.

    Args:
        content: as a reader of DataMatrix gives it, group separators included.

    Raises:
        UnreadableError: it is no 2D-Doc in text, or its head is damaged.
    """
    try:
        text = content.decode("ascii")
    except UnicodeDecodeError:
        # Some kinds carry accents in the message; what is signed are the bytes as they stand.
        text = content.decode("utf-8", "replace")
    version = text[2:4]
    length = _HEADS.get(version, 0)
    if not text.startswith("DC") or not length or len(text) < length:
        raise UnreadableError("This code is no 2D-Doc in text of version 01 to 04.", _HINT)
    body, mark, rest = text.partition(_US)
    encoded, _, annex = rest.partition(_GS)
    values, cut = _values(body[length:])
    head = text[:length]
    return TwoDDoc(
        version=int(version),
        authority=head[4:8],
        certificate=head[8:12],
        issued=_day(head[12:16]),
        signed=_day(head[16:20]),
        kind=head[20:22],
        perimeter=head[22:24] or "01",
        country=head[24:26] or "FR",
        values=values,
        message=content.split(_US.encode(), 1)[0],
        signature=_signature(encoded) if mark else b"",
        unsigned=_values(annex)[0],
        cut=cut,
    )


def day(text: str) -> date | None:
    """Return a date of a message: `ddmmyyyy`, or days since 2000 in hexadecimal digits."""
    if re.fullmatch(r"\d{8}", text):
        try:
            return date(int(text[4:]), int(text[2:4]), int(text[:2]))
        except ValueError:
            return None
    return _day(text) if re.fullmatch(r"[0-9A-Fa-f]{4}", text) else None


def _day(digits: str) -> date | None:
    if digits.upper() == "FFFF":
        return None
    try:
        return _EPOCH + timedelta(int(digits, 16))
    except ValueError:
        raise UnreadableError(f"The 2D-Doc has no date where {digits!r} stands.", _HINT) from None


def _signature(encoded: str) -> bytes:
    plain = re.sub(r"\s", "", encoded).rstrip("=")
    try:
        return base64.b32decode(plain + "=" * (-len(plain) % 8), casefold=True)
    except ValueError:
        return b"\0"  # there is one, and it can be none that any key made


def _values(message: str) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return the values of a message, and the identifiers of those that were cut."""
    lengths = _lengths()
    values: dict[str, str] = {}
    cut: list[str] = []
    at = 0
    while at + 2 <= len(message):
        if message[at] in _GS + _RS:
            at += 1
            continue
        key = message[at : at + 2]
        least, most = lengths.get(key, (0, None))
        at += 2
        end = _end(message, at, least, most)
        values[key] = message[at:end]
        if message[end : end + 1] == _RS:
            cut.append(key)
        at = end
    return values, tuple(cut)


def _end(message: str, at: int, least: int, most: int | None) -> int:
    """Return where a value that begins at `at` ends."""
    mark = re.compile(f"[{_GS}{_RS}]").search(message, at)
    stop = mark.start() if mark else len(message)
    if most is None or stop - at <= most:
        return stop
    # No separator is due behind a value of the greatest length. If what follows is no identifier
    # a newer specification made it longer: then the separator counts.
    follows = message[at + most : at + most + 2]
    return at + most if least == most or follows in _lengths() else stop


@cache
def _facts() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


@cache
def _lengths() -> dict[str, tuple[int, int | None]]:
    """Least and greatest length by identifier; None where there is no limit."""
    found: dict[str, tuple[int, int | None]] = {}
    for span, keys in _facts()["lengths"].items():
        least, dash, most = span.partition("-")
        limits = (int(least), (int(most) if most else None) if dash else int(least))
        found.update(dict.fromkeys(keys.split(), limits))
    return found
