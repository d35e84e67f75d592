from socle.sources import payment

SWISS = """SPC
0200
1
CH4431999123000889012
S
Max Muster & Söhne
Musterstrasse
123
8000
Seldwyla
CH







1949.75
CHF
S
Simon Muster
Musterstrasse
1
8000
Seldwyla
CH
QRR
210000000003139471430009017
Order of 15.06.2020
EPD
//S1/10/1020\\/14/11/190512/20/1400.000-53/30/106017086/31/180508/32/7.7/40/2:10;0:30"""

EPC = """BCD
002
1
SCT
BFSWDE33BER
Wikimedia Fördergesellschaft
DE33100205000001194700
EUR123.45


Spende für Wikipedia"""


def values(content: bytes) -> dict[str, object]:
    read = payment.read(content)
    assert read is not None
    assert all(field.source == "barcode" for field in read.values())
    return {name: field.value for name, field in read.items()}


def test_swiss_bill() -> None:
    expected = {
        "supplier_iban": "CH4431999123000889012",
        "supplier_name": "Max Muster & Söhne",
        "supplier_address": "Musterstrasse 123, 8000 Seldwyla, CH",
        "supplier_postcode": "8000",
        "supplier_city": "Seldwyla",
        "supplier_country": "CH",
        "supplier_vat_id": "CHE106017086",
        "receiver_name": "Simon Muster",
        "receiver_address": "Musterstrasse 1, 8000 Seldwyla, CH",
        "receiver_postcode": "8000",
        "receiver_city": "Seldwyla",
        "receiver_country": "CH",
        "amount_due": 1949.75,
        "currency": "CHF",
        "payment_reference": "210000000003139471430009017",
        "payment_note": "Order of 15.06.2020",
        "invoice_id": "1020/14",
        "invoice_date": "2019-05-12",
        "delivery_date": "2018-05-08",
        "customer_id": "1400.000-53",
    }
    assert values(SWISS.encode()) == expected
    assert values(SWISS.replace("\n", "\r\n").encode()) == expected


def test_european_code_in_its_own_charset() -> None:
    expected = {
        "supplier_bic": "BFSWDE33BER",
        "supplier_name": "Wikimedia Fördergesellschaft",
        "supplier_iban": "DE33100205000001194700",
        "currency": "EUR",
        "amount_due": 123.45,
        "payment_reference": "Spende für Wikipedia",
    }
    assert values(EPC.encode()) == expected
    latin = EPC.replace("002\n1\n", "002\n2\n").encode("iso8859-1")
    assert values(latin) == expected


def test_czech_code() -> None:
    text = "SPD*1.0*ACC:CZ5855000000001265098001+RZBCCZPP*AM:480.50*CC:CZK*DT:20240430*X-VS:12345"
    told = values(text.encode())
    assert told["supplier_iban"] == "CZ5855000000001265098001"
    assert (told["amount_due"], told["currency"], told["due_date"]) == (480.5, "CZK", "2024-04-30")
    assert told["payment_reference"] == "12345"


def test_an_open_amount_is_left_out() -> None:
    assert "amount_due" not in values(SWISS.replace("1949.75", "").encode())
    assert "amount_due" not in values(EPC.replace("EUR123.45", "").encode())


def test_other_and_broken_codes() -> None:
    for content in (b"", b"https://example.org", b"DC04FR00", b"SPC", b"BCD", b"SPD*1.0*", b"\xff"):
        assert payment.read(content) is None
    assert payment.read(SWISS.encode()[:60]) is not None
