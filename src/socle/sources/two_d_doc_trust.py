"""Whether a 2D-Doc was signed by whom it names: certificates, and the list of authorities.

Certificates are given by the user, in the folder that the environment variable
SOCLE_2D_DOC_CERTIFICATES names, and are never fetched: an address in a code is an attacker's.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

from socle.errors import MissingExtraError
from socle.readings import Check
from socle.sources.two_d_doc import TwoDDoc

CERTIFICATES = "SOCLE_2D_DOC_CERTIFICATES"
"""Environment variable: a folder of certificates of signers."""
CHECK = "two_d_doc_signature"
_CURVES = {"secp256r1": ("SHA256", 32), "secp384r1": ("SHA384", 48), "secp521r1": ("SHA512", 66)}
"""Hash, and length of r and of s in bytes, that go with a curve."""
_LARGEST = 5_000_000
"""Bytes of a certificate file or of a list; true ones have some thousands."""

State = Literal["verified", "wrong", "unknown"]


@dataclass(frozen=True)
class Verdict:
    """What a signature is worth.

    Attributes:
        state: `verified` by a certificate of the user's folder; `wrong`: the certificate is there
            and the code, or its signature, is not what it signed; `unknown`: nobody can tell here.
        detail: one sentence, with the date of the list.
    """

    state: State
    detail: str

    def check(self, fields: tuple[str, ...] = ()) -> Check:
        """Return the verdict as a check that bears on these fields."""
        passed = {"verified": True, "wrong": False, "unknown": None}[self.state]
        return Check(CHECK, passed, self.detail, fields)


def verify(code: TwoDDoc, folder: Path | None = None) -> Verdict:
    """Return whether a code was signed by whom it names.

    Args:
        code: as parsed.
        folder: of certificates; that of the environment variable by default.

    Raises:
        MissingExtraError: the package `cryptography` is not installed.
    """
    named = os.environ.get(CERTIFICATES, "").strip()
    folder = folder or (Path(named) if named else None)
    signer = f"{code.authority} {code.certificate}"
    if not code.signature:
        return Verdict("wrong", "The code carries no signature.")
    found = _certificates(folder) if folder else {}
    certificate = found.get((code.authority, code.certificate))
    if certificate is None:
        return Verdict("unknown", _unknown(code, signer))
    if not _signed(code, certificate):
        return Verdict("wrong", f"The code is not what the certificate {signer} signed.")
    if code.signed and not _valid(certificate, code.signed):
        return Verdict("wrong", f"{signer} was not valid on {code.signed}, when it signed.")
    if code.authority in _trust()["test"]:
        return Verdict("unknown", f"Signed by {signer}, the {_trust()['test'][code.authority]}.")
    listed = "in" if code.authority in _trust()["authorities"] else "not in"
    detail = f"Signed by {signer}, a certificate of {folder}; its authority is {listed} {_dated()}."
    return Verdict("verified", detail)


def list_date() -> date:
    """Return the date of the list of authorities that comes with Socle."""
    found: date = _trust()["dated"]
    return found


def _dated() -> str:
    return f"the list of {_trust()['dated']} (valid until {_trust()['valid_until']})"


def _unknown(code: TwoDDoc, signer: str) -> str:
    trust = _trust()
    if code.authority in trust["test"]:
        return f"{signer} is the {trust['test'][code.authority]}: the code proves nothing."
    dated = _dated()
    if code.authority not in trust["authorities"]:
        return f"The authority {code.authority} is not in {dated}."
    who = trust["authorities"][code.authority]
    return (
        f"The authority {code.authority} ({who}) is in {dated}, but its certificate "
        f"{code.certificate} is not at hand; put it into a folder and name that in {CERTIFICATES}."
    )


def _signed(code: TwoDDoc, certificate: Any) -> bool:
    ec = _crypto("hazmat.primitives.asymmetric.ec")
    hashes = _crypto("hazmat.primitives.hashes")
    key = certificate.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name not in _CURVES:
        return False
    name, half = _CURVES[key.curve.name]
    if len(code.signature) != 2 * half:
        return False
    encode = _crypto("hazmat.primitives.asymmetric.utils").encode_dss_signature
    r, s = code.signature[:half], code.signature[half:]
    pair = encode(int.from_bytes(r, "big"), int.from_bytes(s, "big"))
    try:
        key.verify(pair, code.message, ec.ECDSA(getattr(hashes, name)()))
    except _crypto("exceptions").InvalidSignature:
        return False
    return True


def _valid(certificate: Any, on: date) -> bool:
    start = datetime.combine(on, time.max, UTC)
    end = datetime.combine(on, time.min, UTC)
    return bool(
        certificate.not_valid_before_utc <= start and end <= certificate.not_valid_after_utc
    )


def _certificates(folder: Path) -> dict[tuple[str, str], Any]:
    """Return the certificates of a folder by (authority, name): the common names in them."""
    found: dict[tuple[str, str], Any] = {}
    for path in sorted(p for p in folder.glob("*") if p.is_file()):
        if path.stat().st_size > _LARGEST:
            continue
        for certificate in _read(path.suffix.lower(), path.read_bytes()):
            issuer, subject = _name(certificate.issuer), _name(certificate.subject)
            if issuer and subject:
                found[issuer, subject] = certificate
    return found


def _read(ending: str, data: bytes) -> Iterator[Any]:
    x509 = _crypto("x509")
    if ending == ".xml":
        blocks = re.findall(rb"X509Certificate>([A-Za-z0-9+/=\s]+)<", data)
    elif ending == ".pem" or b"-----BEGIN CERTIFICATE" in data:
        blocks = re.findall(rb"BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END", data)
    else:
        blocks = [base64.b64encode(data)] if ending in (".der", ".cer", ".crt") else []
    for block in blocks:
        try:
            yield x509.load_der_x509_certificate(base64.b64decode(re.sub(rb"\s", b"", block)))
        except (ValueError, binascii.Error):
            continue  # a damaged file in the folder proves nothing, and harms nothing


def _name(name: Any) -> str:
    """Return the common name of a subject or an issuer: `FR05`, `AV01`."""
    found = name.get_attributes_for_oid(_crypto("x509").NameOID.COMMON_NAME)
    return str(found[0].value).strip().upper() if found else ""


def _crypto(module: str) -> Any:
    try:
        return import_module(f"cryptography.{module}")
    except ModuleNotFoundError as error:
        raise MissingExtraError("cryptography", "documents") from error


@cache
def _trust() -> dict[str, Any]:
    path = Path(__file__).with_suffix(".toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))
