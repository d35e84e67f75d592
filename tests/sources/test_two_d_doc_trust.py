"""Signatures: right, wrong, and of nobody known here."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from socle.sources.two_d_doc import parse
from socle.sources.two_d_doc_trust import CERTIFICATES, list_date, verify
from specimens.notices import Signer, head, signer
from tests.sources.test_two_d_doc import (
    ACCOUNT,
    CONTRACT,
    INVOICE,
    NOTICE,
    PAY_SLIP,
    STATEMENT,
    content,
)

# The key of the specification's examples, worked out from their signatures: several, of other
# kinds and versions, lead to this one, which shows which bytes are signed.
X = 0xA98F0D7CCD62808893BEC4D436E79D1834A1D6E001D70F1C4CDCCD9D9E2FE229
Y = 0xF7240514E8DDC0CA98D0C7440C9CC492849A0FBDA73FC392F4DA0AE07F84C23C
ON = date(2024, 5, 2)


@pytest.fixture
def specimen(tmp_path: Path) -> Path:
    """A folder with a certificate of the key of the examples."""
    key = ec.EllipticCurvePublicNumbers(X, Y, ec.SECP256R1()).public_key()

    def named(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])

    made = (
        x509.CertificateBuilder()
        .subject_name(named("0001"))
        .issuer_name(named("FR00"))
        .public_key(key)
        .serial_number(1)
        .not_valid_before(datetime(2010, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2040, 1, 1, tzinfo=UTC))
        .sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
    )
    (tmp_path / "fr00.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return tmp_path


@pytest.fixture
def folder(tmp_path: Path) -> tuple[Signer, Path]:
    """A signer, and the folder of its certificate."""
    made = signer("FR05", "AB12")
    (tmp_path / "ab12.der").write_bytes(made.certificate)
    return made, tmp_path


def _signed(by: Signer, message: str = "4163198\x1d", when: date = ON) -> bytes:
    return by.sign(head("28", when, "FR05", "AB12") + message).encode()


@pytest.mark.parametrize("example", [INVOICE, PAY_SLIP, STATEMENT, CONTRACT, ACCOUNT])
def test_examples_are_signed_by_the_test_authority(example: str, specimen: Path) -> None:
    verdict = verify(parse(content(example)), specimen)
    # Right as a signature, and yet no proof.
    assert verdict.state == "unknown"
    assert verdict.detail.startswith("Signed by FR00 0001")


def test_altered_example_is_wrong(specimen: Path) -> None:
    altered = content(STATEMENT).replace(b"4163198", b"4163199")
    assert verify(parse(altered), specimen).state == "wrong"


def test_example_without_a_certificate_is_unknown() -> None:
    verdict = verify(parse(content(NOTICE)))
    assert verdict.state == "unknown"
    assert "test authority" in verdict.detail
    assert verdict.check(("tax_number",)).passed is None


@pytest.mark.parametrize("curve", ["SECP256R1", "SECP384R1", "SECP521R1"])
def test_right_signature_is_verified_on_each_curve(curve: str, tmp_path: Path) -> None:
    by = signer("FR05", "AB12", curve)
    (tmp_path / "x.crt").write_bytes(by.certificate)
    assert verify(parse(_signed(by)), tmp_path).state == "verified"


@pytest.mark.parametrize("at", range(4, 40, 3))
def test_any_changed_character_is_noticed(at: int, folder: tuple[Signer, Path]) -> None:
    by, path = folder
    code = bytearray(_signed(by, "47300112345678948RETI\x1d"))
    code[at] = ord("7") if code[at] != ord("7") else ord("8")
    assert verify(parse(bytes(code)), path).state != "verified"


def test_signature_cut_swapped_or_missing_is_wrong(folder: tuple[Signer, Path]) -> None:
    by, path = folder
    right = _signed(by)
    body, mark, signature = right.partition(b"\x1f")
    other = _signed(by, "4199999\x1d").partition(b"\x1f")[2]
    for broken in (body, body + mark + signature[:-8], body + mark + other, body + mark + b"!!"):
        assert verify(parse(broken), path).state == "wrong"


def test_certificate_must_have_been_valid_when_it_signed(folder: tuple[Signer, Path]) -> None:
    by, path = folder
    late = verify(parse(_signed(by, when=date(2044, 1, 1))), path)
    assert late.state == "wrong"
    assert "2044-01-01" in late.detail


def test_unknown_says_whether_the_authority_is_in_the_dated_list(tmp_path: Path) -> None:
    known = verify(parse(_signed(signer("FR05", "AB12"))), tmp_path)
    stranger = signer("FR98", "AB12")
    other = verify(parse(stranger.sign(head("28", ON, "FR98", "AB12") + "4110\x1d").encode()))
    assert (known.state, other.state) == ("unknown", "unknown")
    assert "ANTS" in known.detail
    assert CERTIFICATES in known.detail
    assert "FR98 is not in the list of " + list_date().isoformat() in other.detail


def test_folder_is_named_by_the_environment(
    folder: tuple[Signer, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    by, path = folder
    (path / "rubbish.der").write_bytes(b"no certificate")
    monkeypatch.setenv(CERTIFICATES, str(path))
    assert verify(parse(_signed(by))).state == "verified"
