"""The bar code of American and Canadian licences."""

from __future__ import annotations

from socle.sources.aamva import parse

US = (
    "@\n\x1e\rANSI 636000090002DL00410278ZV03190008DLDAQT64-235 789\nDCSSAMPLE\nDDEN\nDACMICHAEL\n"
    "DADJOHN\nDBD06062019\nDBB06051986\nDBA12102034\nDBC1\nDAG2300 WEST BROAD STREET\n"
    "DAIRICHMOND\nDAJVA\nDAK232690000  \nDCGUSA\rZVZVA01\r"
)
CANADA = (
    "@\n\x1e\rANSI 636028090002DL00310200ZB02310030DLDAQ1234567\nDCSTREMBLAY\nDACÉLODIE\nDADNONE\n"
    "DBB19860605\nDBA20301210\nDBC2\nDAG1 RUE X\nDAIMONTREAL\nDAJQC\nDAKH2X 1Y4\nDCGCAN\r"
)


def test_an_american_licence() -> None:
    card = parse(US.encode("latin-1"))
    assert card is not None
    assert card.kind == "driving_licence"
    assert card.issuer == "636000"
    assert card.values == {
        "document_number": "T64235789",
        "surname": "SAMPLE",
        "given_names": "MICHAEL JOHN",
        "birth_date": "1986-06-05",
        "expiry_date": "2034-12-10",
        "issue_date": "2019-06-06",
        "sex": "M",
        "address": "2300 WEST BROAD STREET, RICHMOND, VA 23269",
        "issuing_state": "USA",
    }


def test_a_canadian_licence_has_the_year_first() -> None:
    card = parse(CANADA.encode("latin-1"))
    assert card is not None
    assert card.values["birth_date"] == "1986-06-05"
    assert card.values["issuing_state"] == "CAN"
    assert card.values["given_names"] == "ÉLODIE"
    assert card.values["sex"] == "F"


def test_the_first_version_has_one_name() -> None:
    text = "@\n\x1e\rAAMVA6360020102DL00390188DLDAAPUBLIC,JOHN,Q\nDAQS1234567\nDBB19700102\nDBCM\n"
    card = parse(text.encode())
    assert card is not None
    assert card.values["surname"] == "PUBLIC"
    assert card.values["given_names"] == "JOHN Q"
    assert card.values["birth_date"] == "1970-01-02"


def test_an_identity_card_is_no_licence() -> None:
    text = US.replace("DL0041", "ID0041").replace("DLDAQ", "IDDAQ")
    card = parse(text.encode("latin-1"))
    assert card is not None
    assert card.kind == "identity_card"
    assert card.values["document_number"] == "T64235789"


def test_other_codes_are_refused() -> None:
    assert parse(b"https://example.org") is None
    assert parse(b"") is None
    assert parse(b"@\n\x1e\rANSI 636000090002DL") is None


def test_nonsense_dates_are_left_out() -> None:
    card = parse(US.replace("DBB06051986", "DBB99991986").encode("latin-1"))
    assert card is not None
    assert "birth_date" not in card.values
