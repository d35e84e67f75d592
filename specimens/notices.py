"""Invented French tax notices, with 2D-Docs signed by a key of the run."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np

from specimens.sheet import A4, Paper

AUTHORITY, SIGNER = "FR99", "TEST"
"""Of the test certificate; the authority does not exist."""
_GIVEN = ("MARIE", "PAUL", "ELODIE", "JEAN-LUC", "NOEMIE", "KARIM", "AGNES", "HUGO", "INES", "YVES")
_NAMES = ("MARTIN", "LE GOFF", "DURAND", "BENALI", "DA SILVA", "ROUX", "NGUYEN", "PETIT", "D'ARC")


@dataclass(frozen=True)
class Signer:
    """A key, made for one run, and its certificate in DER."""

    key: Any
    certificate: bytes

    def sign(self, message: str) -> str:
        """Return a message with the separator and its signature in base 32."""
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import ec, utils

        hashed = {32: hashes.SHA256(), 48: hashes.SHA384(), 66: hashes.SHA512()}
        half = (self.key.curve.key_size + 7) // 8
        pair = self.key.sign(message.encode(), ec.ECDSA(hashed[half]))
        r, s = utils.decode_dss_signature(pair)
        both = r.to_bytes(half, "big") + s.to_bytes(half, "big")
        return f"{message}\x1f{base64.b32encode(both).decode().rstrip('=')}"


def signer(authority: str = AUTHORITY, name: str = SIGNER, curve: str = "SECP256R1") -> Signer:
    """Return a new key with a certificate that names an authority and a signer."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(getattr(ec, curve)())

    def named(text: str) -> Any:
        return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])

    start = datetime(2015, 1, 1, tzinfo=UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(named(name))
        .issuer_name(named(authority))
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=365 * 20))
        .sign(key, hashes.SHA256())
    )
    return Signer(key, made.public_bytes(serialization.Encoding.DER))


def head(kind: str, signed: date, authority: str = AUTHORITY, name: str = SIGNER) -> str:
    """Return the head of a 2D-Doc of version 04."""
    days = (signed - date(2000, 1, 1)).days
    return f"DC04{authority}{name}FFFF{days:04X}{kind}01FR"


def tax_number(rng: np.random.Generator) -> str:
    """Return thirteen digits of which the last three are right."""
    ten = int(rng.integers(0, 3)) * 10**9 + int(rng.integers(0, 10**9))
    return f"{ten:010d}{ten % 511:03d}"


def tax_notice(rng: np.random.Generator, by: Signer, coded: bool = True) -> Paper:
    """Return a French notice; the layout, the wording and the persons are drawn."""
    year = int(rng.integers(2018, 2025))
    count = int(rng.integers(1, 3))
    name = str(rng.choice(_NAMES))
    people = [f"{name} {rng.choice(_GIVEN)}" for _ in range(count)]
    numbers = [tax_number(rng) for _ in people]
    income = int(rng.integers(0, 250_000))
    parts = float(rng.choice([1, 1.5, 2, 2.25, 2.5, 2.75, 3, 4]))
    on = date(year + 1, 7, 31) + timedelta(days=int(rng.integers(0, 90)))
    reference = f"{year % 100 + 1:02d}{rng.integers(10, 98)}{rng.integers(10**8, 10**9)}"
    paper = Paper(A4, str(rng.choice(["Helvetica", "Times-Roman", "Courier"])))
    paper.truth = {
        "tax_number": numbers[0],
        "notice_reference": reference,
        "income_year": year,
        "reference_income": income,
        "household_parts": parts,
        "declarants": people,
        "issue_date": on.isoformat(),
    }
    said = f"{parts:g}".replace(".", ",")
    if coded:
        kind = str(rng.choice(["04", "28"]))
        message = head(kind, on) + f"43{said}\x1d44{reference}45{year}46{people[0]}\x1d"
        message += f"4A{on:%d%m%Y}41{income}\x1d47{numbers[0]}"
        message += f"48{people[1]}\x1d49{numbers[1]}" if count > 1 else ""
        paper.code(by.sign(message), 420, 30, 130)
    spaced = _groups(numbers[0], (2, 2, 3, 3, 3)) if rng.random() < 0.6 else numbers[0]
    rows = [
        (one(rng, "Numéro fiscal (C)", "Numéro fiscal", "Votre numéro fiscal"), spaced),
        (one(rng, "Référence de l'avis", "Référence d’avis"), _groups(reference, (2, 2, 7, 2))),
        ("Revenu fiscal de référence", one(rng, f"{income:,}".replace(",", " "), str(income))),
        (one(rng, "Nombre de parts", "Nombre de part"), said if rng.random() < 0.7 else f"{said}"),
        (one(rng, "Date de mise en recouvrement", "Mise en recouvrement"), f"{on:%d/%m/%Y}"),
        *((f"Déclarant {i + 1}", person) for i, person in enumerate(people)),
    ]
    title = one(
        rng, f"sur les revenus de {year}", f"Impôt {year + 1} sur les revenus de l'année {year}"
    )
    _lay(paper, rng, f"AVIS D'IMPÔT ÉTABLI EN {year + 1}", title, rows)
    return paper


def one(rng: np.random.Generator, *options: str) -> str:
    """Return one of the texts."""
    return str(rng.choice(list(options)))


def _groups(text: str, sizes: tuple[int, ...]) -> str:
    parts, at = [], 0
    for size in sizes:
        parts.append(text[at : at + size])
        at += size
    return " ".join(parts)


def _lay(
    paper: Paper, rng: np.random.Generator, title: str, under: str, rows: list[tuple[str, str]]
) -> None:
    """Write labels and values: beside each other, under each other, or as a table."""
    paper.text(50, 60, title, 14, bold=True)
    paper.text(50, 80, under, 11)
    style = int(rng.integers(0, 3))
    order = rng.permutation(len(rows)) if style else np.arange(len(rows))
    y = 220.0
    for place, i in enumerate(order):
        label, value = rows[int(i)]
        if style == 0:
            paper.text(60, y, f"{label} : {value}", 9)
            y += 18
        elif style == 1:
            paper.text(60, y, label, 9)
            paper.right(540, y, value, 10)
            y += 22
        else:
            x = 50 + 260 * (place % 2)
            paper.frame(x, y, x + 250, y + 34)
            paper.text(x + 4, y + 11, label, 8)
            paper.text(x + 8, y + 27, value, 10)
            y += 40 * (place % 2)
    paper.text(50, 780, "Pour vos démarches, munissez-vous de votre avis d'impôt.", 7)
