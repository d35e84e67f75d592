"""What speaks for a field of a zone."""

from __future__ import annotations

from socle.checks.mrz import Zone, formats
from socle.sources import proofs

LINES = (
    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
    "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
)
ZONE = Zone(formats()["TD3"], LINES)


def test_names_sex_and_states_have_no_check_digit() -> None:
    layout = ZONE.format
    covered = {name for name in (*layout.parts, "surname") if proofs.covered(layout, name)}
    assert covered == {"document_number", "birth_date", "expiry_date", "optional_data"}


def test_blind_characters_are_those_that_equal_weights_hide() -> None:
    assert proofs.blind(ZONE, "document_number") == "8L"
    assert proofs.blind(ZONE, "birth_date") == ""  # digits only: the position decides


def test_proofs_in_order() -> None:
    assert proofs.proof(ZONE, "surname", 0.5, True) == "agreed"
    assert proofs.proof(ZONE, "surname", 0.999, False) == "disputed"
    assert proofs.proof(ZONE, "surname", 0.999, None) == "sure"
    assert proofs.proof(ZONE, "surname", 0.98, None) == "bare"
    assert proofs.proof(ZONE, "surname", None, None) == "bare"
    assert proofs.proof(ZONE, "birth_date", 0.999, None) == "digit_sure"
    assert proofs.proof(ZONE, "birth_date", None, None) == "digit"


def test_a_failed_digit_is_no_proof() -> None:
    wrong = Zone(ZONE.format, (LINES[0], LINES[1].replace("7408122", "7408132")))
    assert proofs.proof(wrong, "birth_date", 0.999, None) == "bare"


def test_a_k_among_fillers_is_never_sure() -> None:
    lines = (LINES[0], LINES[1].replace("ZE184226B<<<<<", "<<<<<K<<<<<<<<"))
    zone = Zone(ZONE.format, lines)
    assert proofs.proof(zone, "optional_data", 0.9999, None) != "digit_sure"
