"""2D-Docs of the specification are read right; damaged ones fail by the right error."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from socle.errors import UnreadableError
from socle.pages import Code
from socle.sources.two_d_doc import TwoDDoc, _facts, _lengths, day, is_two_d_doc, parse

# Examples of the ANTS specification, version 3.3: their authority FR00 is the test authority.
INVOICE = (
    "DC03FR000001123F1636010126FR247500010MME/SPECIMEN/NATACHA<GS>22145 AVENUE DES SPECIMENS<GS>"
    "<US>FEDMPW5SO5BNZFYP7FIQUYZFV5H3OF6QERDMOBN7BZ4CC4KVJ4XWUH6EW3CSWILAGLN4XQE6AKHX6RNOI3OXVW6X3"
    "IKJASZGL62FBUQ"
)
PAY_SLIP = (
    "DC03FR00000112511636060110M/EXEMPLE/HENRY<GS>5000000000000000510157,55200934,5531231541"
    "24F5515032012581319,24<GS>599894,3<GS><US>FCJYSMOD7KDZON5QGBKV355SCX2MDFOFU743UBYK2F3PR6D7EL"
    "6WRUUIRU5SQKYAY6OOO5NTPIDWJXSCV4X7VXBUHSUH2HVKY5GVXII"
)
CONTRACT = (
    "DC03FR000001116916361001500000000000000057150320125A1517,42<GS>61HENRY<GS>62EXEMPLE<GS><US>"
    "7OFGWXQL4ZVW4IXEHXJX7ZB5HASS6N5QLIJB3YNAGJMBTC22F2ZSGDKF32HTE6GAAZ4US4K62TX2I5BZED4SXLDHV7HF"
    "EVTDCPYXLQQ"
)
ACCOUNT = (
    "DC03FR00000112131636110130M EXEMPLE HENRY ET MME SPECIMEN NATACHA<GS>31FR7030002005500000157"
    "845Z02<GS>32CRLYFRPP<GS>36121337123038-234,78<GS><US>27SBQHRWLDWFSHQOEBCTVIZMZDHL4UF44K2R7RFSDCA"
    "GQIOAB243LPCY66ORXDN7CWHMSV6YKJE5MXN5VGEXSOSEHF2MXUOTQLNE5ZA"
)
STATEMENT = (
    "DC04FR000001FFFF226C2401FR432,75<GS>44227801234567845202146RETI PATRICK<GS>4B300420224V3542"
    "<GS>4163198<GS>47300112345678948RETI SOPHIE<GS>4907019877654324W-182<GS>4X3724<GS>"
    "<US>RKIW7GRIXOMQ422K6SLJW6MU57M2U2NHIQWXZ767XTEQURJYUCKTUHWMMUADLJGB3MEJTNGON5DFTOG6L6EJ3BAMHFTXRWR3ITDBVMY"
)
NOTICE = (
    "DC04FR000001FFFF23DC2801FR432,75<GS>44227801234567845202146RETI PATRICK<GS>4A310720224Y145 RUE"
    " JULLIARD/ZASPECIMEN/78320/LEVIS STNOM<GS>4163198<GS>47300112345678948RETISOPHIE<GS>4907019877"
    "654324V3542<GS>4W182<GS>4X3724<GS><US>6W76EBC3I2LWHBVGNNYTL34SC6V32S2GDCIQQZLZNMTKCHNVEUISJYUQ"
    "H5WE3AJJICBNG3YMQ2NXXHP5ZHVOQE332R6TUJDHNOHQ6BI"
)


def content(text: str) -> bytes:
    """Return an example as a reader of DataMatrix gives it."""
    return text.replace("<GS>", "\x1d").replace("<US>", "\x1f").replace("<RS>", "\x1e").encode()


def test_notice_of_the_specification_is_read() -> None:
    code = parse(content(NOTICE))
    assert (code.version, code.authority, code.certificate) == (4, "FR00", "0001")
    assert (code.kind, code.perimeter, code.country) == ("28", "01", "FR")
    assert code.issued is None
    assert code.signed == date(2025, 2, 18)
    assert code.named["household_parts"] == "2,75"
    assert code.named["notice_reference"] == "2278012345678"
    assert code.named["declarant_2_tax_number"] == "0701987765432"
    assert code.values["4V"] == "3542"
    assert len(code.signature) == 64
    assert code.label.startswith("Avis d'impôt")


def test_older_heads_are_shorter() -> None:
    code = parse(content(INVOICE))
    assert (code.version, code.issued) == (3, date(2012, 10, 15))
    assert code.values == {
        "26": "FR",
        "24": "75000",
        "10": "MME/SPECIMEN/NATACHA",
        "22": "145 AVENUE DES SPECIMENS",
    }
    first = parse(b"DC01FR000001123F163601" + b"26FR")
    assert (first.version, first.kind, first.perimeter, first.country) == (1, "01", "01", "FR")
    assert first.values == {"26": "FR"}


def test_fixed_lengths_need_no_separator() -> None:
    values = parse(content(PAY_SLIP)).values
    assert values["50"] == "00000000000000"
    assert (values["51"], values["52"], values["53"]) == ("0157,5", "00934,5", "1231")
    assert values["55"] == "15032012"
    assert (values["58"], values["59"]) == ("1319,24", "9894,3")


def test_account_of_the_specification_is_read() -> None:
    named = parse(content(ACCOUNT)).named
    assert named["iban"] == "FR7030002005500000157845Z02"
    assert (named["period_start"], named["period_end"]) == ("1213", "1230")
    assert named["opening_balance"] == "-234,78"


def test_value_of_the_greatest_length_may_lack_its_separator() -> None:
    name = "A" * 38
    head = "DC04FR000001FFFF23DC2801FR"
    assert parse(content(f"{head}46{name}452021")).values == {"46": name, "45": "2021"}
    assert parse(content(f"{head}46{name}<GS>452021")).values == {"46": name, "45": "2021"}
    # A newer specification may allow more: the separator says where it ends.
    assert parse(content(f"{head}46{name}??X<GS>452021")).values["46"] == f"{name}??X"


def test_cut_values_are_told() -> None:
    code = parse(content("DC04FR000001FFFF23DC2801FR46DUPONT ALEXAND<RS>452021"))
    assert code.cut == ("46",)
    assert code.values["45"] == "2021"


def test_annex_is_not_covered_by_the_signature() -> None:
    code = parse(content(NOTICE) + b"\x1d01ANNEX")
    assert code.unsigned == {"01": "ANNEX"}
    assert "01" not in code.values
    assert code.message == content(NOTICE).split(b"\x1f")[0]


@pytest.mark.parametrize("text", ["", "DC", "DC05FR000001FFFF23DC2801FR", "HELLO", "DC04FR0000"])
def test_what_is_no_two_d_doc_is_refused(text: str) -> None:
    with pytest.raises(UnreadableError):
        parse(text.encode())


def test_bad_date_in_the_head_is_refused() -> None:
    with pytest.raises(UnreadableError, match="date"):
        parse(b"DC04FR000001ZZZZ23DC2801FR")


def test_random_damage_never_raises_anything_else() -> None:
    draw = np.random.default_rng(0)
    whole = bytearray(content(NOTICE))
    for _ in range(2000):
        broken = bytearray(whole)
        for at in draw.integers(0, len(broken), 3):
            broken[at] = draw.integers(0, 256)
        try:
            code = parse(bytes(broken[: draw.integers(1, len(broken) + 1)]))
        except UnreadableError:
            continue
        assert isinstance(code, TwoDDoc)


def test_days() -> None:
    assert day("31072022") == date(2022, 7, 31)
    assert day("1636") == date(2015, 7, 27)
    assert day("32132022") is None
    assert day("soon") is None


def test_codes_are_known_by_their_head() -> None:
    assert is_two_d_doc(Code("DataMatrix", content(NOTICE), (0, 0, 1, 1)))
    assert not is_two_d_doc(Code("QRCode", b"https://example.org", (0, 0, 1, 1)))


def test_no_identifier_has_two_lengths() -> None:
    keys = [key for keys in _facts()["lengths"].values() for key in keys.split()]
    assert len(keys) == len(set(keys)) == len(_lengths())
    assert set(_facts()["names"]) <= set(keys)
