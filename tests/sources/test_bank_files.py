"""Bank files of every format give the same statement; what is dangerous is refused."""

from __future__ import annotations

from datetime import date

import pytest

from socle.checks.statement import Statement, closes
from socle.errors import InputError
from socle.sources.bank_files import format_of, statements_in

WANTED = [
    (date(2024, 3, 1), -12.5, "CARTE BOULANGERIE"),
    (date(2024, 3, 4), 1200.0, "VIR DUPONT & FILS"),
]
SGML = b"""OFXHEADER:100
DATA:OFXSGML
VERSION:102
ENCODING:USASCII
CHARSET:1252

<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>EUR
<BANKACCTFROM><BANKID>30002<ACCTID>00012345678<ACCTTYPE>CHECKING</BANKACCTFROM>
<BANKTRANLIST><DTSTART>20240301<DTEND>20240331
<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20240301120000[+1:CET]<TRNAMT>-12.50<FITID>1
<NAME>CARTE BOULANGERIE
<STMTTRN><TRNTYPE>CREDIT<DTPOSTED>20240304<TRNAMT>+1200,00<FITID>2
<NAME>VIR DUPONT &amp; FILS</STMTTRN>
</BANKTRANLIST><LEDGERBAL><BALAMT>1287.50<DTASOF>20240331</LEDGERBAL></STMTRS></STMTTRNRS>
</BANKMSGSRSV1></OFX>
"""
XML = b"""<?xml version="1.0" encoding="UTF-8"?><?OFX OFXHEADER="200" VERSION="220"?>
<OFX><STMTRS><CURDEF>EUR</CURDEF><BANKACCTFROM><ACCTID>00012345678</ACCTID></BANKACCTFROM>
<BANKTRANLIST><STMTTRN><DTPOSTED>20240301</DTPOSTED><TRNAMT>-12.50</TRNAMT>
<NAME>CARTE BOULANGERIE</NAME></STMTTRN><STMTTRN><DTPOSTED>20240304</DTPOSTED>
<TRNAMT>1200.00</TRNAMT><NAME>VIR DUPONT &#38; FILS</NAME></STMTTRN></BANKTRANLIST>
<LEDGERBAL><BALAMT>1287.50</BALAMT></LEDGERBAL></STMTRS></OFX>
"""
CAMT = """<?xml version="1.0"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.{}">
<BkToCstmrStmt><Stmt><FrToDt>
<FrDtTm>2024-03-01T00:00:00</FrDtTm><ToDtTm>2024-03-31T23:59:59</ToDtTm>
</FrToDt><Acct><Id><IBAN>FR1420041010050500013M02606</IBAN></Id><Ccy>EUR</Ccy></Acct>
<Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp>
<Amt Ccy="EUR">100.00</Amt><CdtDbtInd>CRDT</CdtDbtInd></Bal>
<Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp>
<Amt Ccy="EUR">1287.50</Amt><CdtDbtInd>CRDT</CdtDbtInd></Bal>
<Ntry><Amt Ccy="EUR">12.50</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts>BOOK</Sts>
<BookgDt><Dt>2024-03-01</Dt></BookgDt>
<ValDt><Dt>2024-03-02</Dt></ValDt><AddtlNtryInf>CARTE BOULANGERIE</AddtlNtryInf></Ntry>
<Ntry><Amt Ccy="EUR">1200.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>
<BookgDt><Dt>2024-03-04</Dt>
</BookgDt><NtryDtls><TxDtls>
<RmtInf><Ustrd>VIR DUPONT &amp; FILS</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>
<Ntry><Amt Ccy="EUR">5.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>PDNG</Sts></Ntry>
</Stmt></BkToCstmrStmt></Document>"""
MT940 = b""":20:STARTUMS
:25:FR1420041010050500013M02606
:28C:00001/001
:60F:C240301EUR100,00
:61:2403010301D12,50NMSCNONREF
:86:CARTE BOULANGERIE
:61:2403040304C1200,00NTRFNONREF
:86:VIR DUPONT & FILS
:62F:C240331EUR1287,50
-
"""
FRENCH = """Compte courant n° 00012345678;;;;
Solde initial;;;100,00;
Date;Date de valeur;Libellé;Débit euros;Crédit euros
01/03/2024;02/03/2024;CARTE BOULANGERIE;-12,50;
04/03/2024;04/03/2024;"VIR DUPONT & FILS";;1 200,00
Solde final;;;1 287,50;
"""
ENGLISH = """Date,Description,Amount,Balance
2024-03-04,VIR DUPONT & FILS,"1,200.00","1,287.50"
2024-03-01,CARTE BOULANGERIE,-12.50,87.50
"""
FILES = {
    "ofx": [SGML, XML],
    "camt": [CAMT.format(version).encode() for version in ("02", "04", "08")],
    "mt940": [MT940, b"{1:F01}{2:I940}{4:\r\n" + MT940.replace(b"\n", b"\r\n") + b"}"],
    "csv": [FRENCH.encode("cp1252"), FRENCH.encode("utf-8-sig"), ENGLISH.encode()],
}
EVERY = [(kind, data) for kind, files in FILES.items() for data in files]


@pytest.mark.parametrize(("kind", "data"), EVERY)
def test_movements_of_every_format(kind: str, data: bytes) -> None:
    assert format_of(data) == kind
    (found,) = statements_in(data)
    assert [(m.date, m.amount, m.description) for m in found.movements] == WANTED


@pytest.mark.parametrize("data", [FILES["camt"][0], MT940, FRENCH.encode()])
def test_balances_close(data: bytes) -> None:
    (found,) = statements_in(data)
    assert closes(found).passed is True


def test_heads_and_value_dates() -> None:
    (found,) = statements_in(FILES["camt"][2])
    assert found.heads == {"iban": "FR1420041010050500013M02606", "currency": "EUR"}
    assert (found.start, found.end) == (date(2024, 3, 1), date(2024, 3, 31))
    assert found.movements[0].value_date == date(2024, 3, 2)
    (found,) = statements_in(SGML)
    assert found.heads == {"account_number": "00012345678", "currency": "EUR"}
    assert found.closing == 1287.5


def test_months_first_where_no_day_can_be_a_month() -> None:
    text = "Date,Description,Amount\n03/01/2024,a,1.00\n03/25/2024,b,2.00\n"
    (found,) = statements_in(text.encode())
    assert [m.date for m in found.movements] == [date(2024, 3, 1), date(2024, 3, 25)]


def test_messages_of_one_account_are_joined() -> None:
    second = MT940.replace(b"60F:C240301EUR100,00", b"60F:C240331EUR1287,50")
    found: list[Statement] = statements_in(MT940 + second)
    assert [len(one.movements) for one in found] == [4]
    assert found[0].opening == 100.0


@pytest.mark.parametrize(
    "data",
    [
        b'<?xml version="1.0"?><!DOCTYPE OFX [<!ENTITY a "b">]><OFX><STMTRS></STMTRS></OFX>',
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><BkToCstmrStmt>&x;</BkToCstmrStmt>',
        b"<BkToCstmrStmt><Stmt>",
        b"OFXHEADER:100\n<OFX></OFX>",
        b":20:X\n:25:1\n:28C:1\n:60F:nonsense\n",
        b"nothing of this kind",
    ],
)
def test_damaged_and_dangerous_files_are_refused(data: bytes) -> None:
    with pytest.raises(InputError):
        statements_in(data)
