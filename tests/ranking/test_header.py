"""The header of whole documents, by the ranker that comes with Socle."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from socle.pages import Document, Page, Word
from socle.ranking.fitting import calibrated, examples, fit, judged, same_value
from socle.ranking.header import header
from socle.ranking.named_addresses import address_of
from socle.ranking.named_parties import names_of
from socle.ranking.ranker import Ranker, load
from socle.ranking.scoring import CLASSES, scored
from specimens import reading
from specimens.invoices import make
from specimens.varied import varied

_UNSEEN = 41_000
_MUST = ("invoice_id", "invoice_date", "total_amount", "supplier_name")


def _document(path: Path, *rows: tuple[float, str]) -> Document:
    """Return a page of rows, each `(top, "x:text|x:text")`; letters are 5 wide and 10 high."""
    words = []
    for top, cells in rows:
        for cell in cells.split("|"):
            start, _, text = cell.partition(":")
            left = float(start)
            for word in text.split():
                words.append(Word(word, (left, top, left + 5.0 * len(word), top + 10.0), size=10.0))
                left += 5.0 * len(word) + 3
    page = Page(1, 600, 800, tuple(words), "text")
    return Document(path, "application/pdf", (page,))


def _invoice(path: Path) -> Document:
    return _document(
        path,
        (40, "40:Menuiserie Vauban SARL|380:FACTURE"),
        (54, "40:12 rue des Tilleuls|380:Facture n° :|470:FA-2024-0117"),
        (68, "40:69003 Lyon|380:Date :|470:12/03/2024"),
        (82, "40:SIRET : 732 829 320 00074|380:Échéance :|470:11/04/2024"),
        (130, "330:Client :"),
        (144, "330:Boulangerie Colbert SAS"),
        (158, "330:4 place du Port"),
        (172, "330:33000 Bordeaux"),
        (230, "40:Désignation|300:Qté|380:P.U. HT|480:Total HT"),
        (250, "40:Porte en chêne|300:2|380:400,00|480:800,00"),
        (264, "40:Pose|300:1|380:200,00|480:200,00"),
        (300, "380:Total HT|480:1 000,00 €"),
        (314, "380:TVA 20 %|480:200,00 €"),
        (328, "380:Total TTC|480:1 200,00 €"),
        (360, "40:TVA intracommunautaire : FR44732829320"),
    )


def test_an_invoice(tmp_path: Path) -> None:
    made = header(_invoice(tmp_path / "a.pdf"), load())
    values = {name: field.value for name, field in made.fields.items()}
    expected = {
        "invoice_id": "FA-2024-0117",
        "invoice_date": "2024-03-12",
        "due_date": "2024-04-11",
        "net_amount": 1000.0,
        "total_tax_amount": 200.0,
        "total_amount": 1200.0,
        "amount_due": 1200.0,
        "currency": "EUR",
        "supplier_name": "Menuiserie Vauban SARL",
        "receiver_name": "Boulangerie Colbert SAS",
        "supplier_siret": "73282932000074",
        "supplier_siren": "732829320",
        "supplier_vat_id": "FR44732829320",
        "invoice_type": "invoice",
    }
    assert {name: values.get(name) for name in expected} == expected
    assert [dict(row.values) for row in made.vat] == [{"rate": 20.0, "amount": 200.0}]
    assert "amount_due" in made.implied
    total = made.fields["total_amount"]
    assert total.page == 1
    assert total.boxes[0][1] == pytest.approx(328 / 800)
    assert all(0 <= field.confidence <= 1 for field in made.fields.values())


def test_a_private_person_is_named_by_the_head_of_the_address(tmp_path: Path) -> None:
    document = _document(
        tmp_path / "a.pdf",
        (40, "400:Bei Spiel GmbH"),
        (54, "400:Ecke 12"),
        (68, "400:12345 Stadthausen"),
        (130, "40:Bei Spiel GmbH • Ecke 12 • 12345 Stadthausen"),
        (144, "40:Theodor Est"),
        (158, "40:Bahnstr. 42"),
        (172, "40:88802 Spielkreis"),
        (230, "40:Rechnung RE-2017/505"),
        (244, "40:Datum|140:09.05.2017"),
        (300, "380:Netto|480:496,00 €"),
        (314, "380:MwSt|480:75,04 €"),
        (328, "380:Gesamtbetrag|480:571,04 €"),
    )
    made = header(document, load()).fields
    assert made["supplier_name"].value == "Bei Spiel GmbH"
    assert made["receiver_name"].value == "Theodor Est"
    # The same where the ranking takes no line for the name, and hardly the street for the address.
    found = scored(document, load())
    shares = found.line_shares.copy()
    shares[:, CLASSES["lines"].index("receiver_name")] = 0.0
    street = next(line.order for line in found.lines if line.text == "Bahnstr. 42")
    shares[street, CLASSES["lines"].index("receiver_address")] = 0.4
    names = names_of(replace(found, line_shares=shares))
    assert names["supplier"].text == "Bei Spiel GmbH"
    assert names["receiver"].text == "Theodor Est"


@pytest.mark.parametrize(("label", "kept"), [("CASH RM", "CASH RM"), ("RM", "")])
def test_a_label_may_end_in_a_currency(label: str, kept: str, tmp_path: Path) -> None:
    document = _document(tmp_path / "a.pdf", (40, f"40:{label}|200:52.00"))
    found = scored(document, load()).groups["money"].members
    assert [one.left.text for one in found if one.hit.value == Decimal("52.00")] == [kept]


@pytest.mark.parametrize("label", ["Rechnungswährung", "Invoice currency", "Devise"])
def test_the_currency_of_the_invoice_and_that_of_the_books(label: str, tmp_path: Path) -> None:
    rows = [(40.0, f"40:{label}|200:: GBP"), (60.0, "40:Währung der Umsatzsteuerbuchung : EUR")]
    rows += [(200.0, "40:Total net|300:100.00"), (220.0, "40:VAT|300:20.00")]
    rows += [(240.0, "40:Total|300:120.00"), (280.0, "40:VAT in EUR|300:23.40")]
    found = header(_document(tmp_path / "a.pdf", *rows), load())
    assert found.fields["currency"].value == "GBP"


@pytest.mark.parametrize(
    "said", ["All amounts in CHF, VAT included", "Devise : CHF TTC (TVA 8,1 %)"]
)
def test_a_currency_beside_a_word_of_tax_is_that_of_the_invoice(said: str, tmp_path: Path) -> None:
    rows = [
        (40.0, f"40:{said}"),
        (200.0, "40:Total net|300:100.00"),
        (240.0, "40:Total|300:108.10"),
    ]
    found = header(_document(tmp_path / "a.pdf", *rows), load())
    assert found.fields["currency"].value == "CHF"


def test_what_is_surely_not_the_sellers_name_may_be_the_buyers(tmp_path: Path) -> None:
    """Each line is judged for itself; that both parties have a name is known to the choice."""
    lines = ["Au bon moulin", "Ma jolie boutique", "Monsieur", "Alexandre Payet", "35 rue Colbert"]
    rows = [(40.0 + 60 * (i > 0) + 14 * i, f"40:{text}") for i, text in enumerate(lines)]
    found = scored(_document(tmp_path / "a.pdf", *rows), load())
    assert [one.text for one in found.lines] == lines
    shares = np.zeros((5, len(CLASSES["lines"])), dtype=np.float32)
    seller, buyer = (CLASSES["lines"].index(f"{role}_name") for role in ("supplier", "receiver"))
    shares[:, seller] = (1.0, 0.7, 0.0, 0.05, 0.0)
    shares[:, buyer] = (0.0, 0.25, 0.0, 0.5, 0.0)
    names = names_of(replace(found, line_shares=shares))
    assert {role: name.text for role, name in names.items()} == {
        "supplier": "Au bon moulin",
        "receiver": "Ma jolie boutique",
    }
    shares[1] = 0.0
    names = names_of(replace(found, line_shares=shares))
    assert names["receiver"].text == "Monsieur Alexandre Payet"


def _named(document: Document, **shares: dict[str, float]) -> dict[str, str]:
    """Return the names of a document by given shares: of a party, {text: share}."""
    found = scored(document, load())
    made = np.zeros_like(found.line_shares)
    for role, held in shares.items():
        for line in found.lines:
            made[line.order, CLASSES["lines"].index(f"{role}_name")] = held.get(line.text, 0.0)
    names = names_of(replace(found, line_shares=made))
    return {role: name.text for role, name in names.items()}


def test_who_is_greeted_is_the_buyer(tmp_path: Path) -> None:
    document = _document(
        tmp_path / "a.pdf",
        (40, "40:Muster Versicherung AG"),
        (100, "40:Herrn|300:Versicherungsbüro"),
        (114, "40:Max Lindner|300:Ilse Brandt"),
        (128, "40:Ahornweg 11|300:Ahornweg 70"),
    )
    buyers = {"Max Lindner": 0.6, "Versicherungsbüro": 0.75}
    named = _named(document, supplier={"Muster Versicherung AG": 0.9}, receiver=buyers)
    assert named == {"supplier": "Muster Versicherung AG", "receiver": "Herrn Max Lindner"}


@pytest.mark.parametrize(
    ("head", "kept"),
    [
        ("Olives du Sud SARL", "Olives du Sud SARL"),
        ("La grange bleue", "La grange bleue"),
        ("Verger Bleu", "Odile Perrin"),
    ],
)
def test_a_company_stands_above_the_person_it_is_addressed_to(
    head: str, kept: str, tmp_path: Path
) -> None:
    rows = [(100.0, f"40:{head}"), (114.0, "40:Odile Perrin"), (128.0, "40:35 rue Colbert")]
    rows += [(142.0, "40:contact@lagrange-bleue.fr")]
    document = _document(tmp_path / "a.pdf", (40, "40:Moulin Vert SAS"), *rows)
    named = _named(document, supplier={"Moulin Vert SAS": 0.9}, receiver={"Odile Perrin": 0.5})
    assert named == {"supplier": "Moulin Vert SAS", "receiver": kept}


@pytest.mark.parametrize(
    ("left", "kept"), [(40, "MVL Lindner Mutuelle d'Aigues"), (90, "Mutuelle d'Aigues")]
)
def test_the_first_line_of_a_letter_begins_a_name_of_two_lines(
    left: int, kept: str, tmp_path: Path
) -> None:
    document = _document(
        tmp_path / "a.pdf", (40, f"{left}:MVL Lindner"), (54, "40:Mutuelle d'Aigues")
    )
    assert _named(document, supplier={"Mutuelle d'Aigues": 0.6, "MVL Lindner": 0.3}) == {
        "supplier": kept
    }


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("SUN LIM SDN BHD Co-REG:860671-D", "SUN LIM SDN BHD"),
        ("Menuiserie Vauban RCS Lyon 732 829 320", "Menuiserie Vauban"),
        ("Sun Lim (860671-D)", "Sun Lim"),
        ("Hotel Vat 69", "Hotel Vat 69"),
    ],
)
def test_a_number_of_registration_is_no_part_of_a_name(
    said: str, kept: str, tmp_path: Path
) -> None:
    document = _document(tmp_path / "a.pdf", (40, f"40:{said}"))
    assert _named(document, supplier={said: 0.9}) == {"supplier": kept}


@pytest.mark.parametrize("street", [0.9, 0.3])
def test_an_address_goes_down_to_its_town(street: float, tmp_path: Path) -> None:
    """The second time no line alone looks like one, but it stands below the name."""
    rows = ["Verger Bleu SARL", "35 rue Colbert", "Bâtiment B", "69003 Lyon", "Tél. 04 72 00 00 00"]
    document = _document(
        tmp_path / "a.pdf", *[(40.0 + 14 * i, f"40:{text}") for i, text in enumerate(rows)]
    )
    found = scored(document, load())
    shares = np.zeros_like(found.line_shares)
    classes = CLASSES["lines"]
    shares[0, classes.index("supplier_name")] = 0.9
    shares[1, classes.index("supplier_address")] = street
    shares[2, classes.index("supplier_address")] = 0.2
    found = replace(found, line_shares=shares)
    address = address_of(found, "supplier", names_of(found)["supplier"])
    assert address is not None
    assert address.text == "35 rue Colbert, Bâtiment B, 69003 Lyon"


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("92100 Boulogne-Billancourt Référence facture", "92100 Boulogne-Billancourt"),
        ("Leeds LS1 4DY Invoice number", "Leeds LS1 4DY"),
        ("69003 Lyon Cedex 03", "69003 Lyon Cedex 03"),
        ("Référence facture", "Référence facture"),
    ],
)
def test_a_label_close_behind_a_town_is_none_of_it(said: str, kept: str, tmp_path: Path) -> None:
    found = scored(_document(tmp_path / "a.pdf", (40, f"40:{said}")), load())
    assert [line.text for line in found.lines] == [kept]


@pytest.mark.parametrize(
    ("rows", "kept"),
    [
        (["40:Conditions|160:Paiement à réception"], "Paiement à réception"),
        (["40:Zahlung sofort ohne Abzug"], "sofort ohne Abzug"),
        (["40:Paiement : à réception"], "à réception"),
        (["40:Paiement à réception"], "à réception"),
    ],
)
def test_terms_begin_behind_their_label(rows: list[str], kept: str, tmp_path: Path) -> None:
    found = scored(_document(tmp_path / "a.pdf", *[(40.0, row) for row in rows]), load())
    assert [one.hit.value for one in found.groups["terms"].members][-1:] == [kept]


@pytest.mark.parametrize(
    ("row", "kept"),
    [
        ("40:IBAN :|200:DE12 1234 4321 9876 00", "DE1212344321987600"),
        ("40:Bank account: US1234567890", "US1234567890"),
        ("40:Order|200:DE12 1234 4321 9876 00", None),
    ],
)
def test_a_number_that_is_called_an_account_is_read_though_it_is_none(
    row: str, kept: str | None, tmp_path: Path
) -> None:
    found = scored(_document(tmp_path / "a.pdf", (40, row)), load()).groups["account"].members
    assert [(one.hit.value, one.hit.valid) for one in found] == ([(kept, False)] if kept else [])


def test_print_that_says_a_value_is_known(tmp_path: Path) -> None:
    made = header(_invoice(tmp_path / "a.pdf"), load())
    assert made.prints("net_amount", 1000.0)
    assert made.prints("receiver_name", "Boulangerie Colbert SAS")
    assert not made.prints("net_amount", 1001.0)


def test_an_empty_page_says_nothing(tmp_path: Path) -> None:
    made = header(_document(tmp_path / "a.pdf", (10, "10:Bonjour")), load())
    assert not set(_MUST[:3]) & set(made.fields)


@pytest.mark.parametrize("noise", [0.0, 1.0])
def test_unseen_layouts(noise: float) -> None:
    counted = Counter()
    for number in range(12):
        rng = np.random.default_rng(number)
        specimen = make(rng, layout=_UNSEEN + number)
        document = reading.words(specimen)
        if noise:
            document = reading.noisy_document(document, rng, noise)
        made = header(document, load())
        for name in _MUST:
            if name in specimen.truth:
                found = made.fields.get(name)
                right = found is not None and same_value(found.value, specimen.truth[name])
                counted[right] += 1
    assert counted[True] >= (0.85 if not noise else 0.7) * counted.total()


def test_several_networks_speak_as_one_wider_network() -> None:
    specimen = make(np.random.default_rng(3), layout=_UNSEEN)
    made = examples([(reading.words(specimen), specimen.truth)], Ranker({}))
    alone, joined = (fit(made, epochs=1, members=count).networks["date"] for count in (1, 2))
    wide = alone.weights[0].shape[1]
    assert joined.weights[0].shape[1] == 2 * wide
    np.testing.assert_allclose(joined.weights[0][:, :wide], alone.weights[0], atol=1e-6)
    np.testing.assert_allclose(joined.weights[1][:wide] * 2, alone.weights[1], atol=1e-6)
    assert not np.allclose(joined.weights[0][:, :wide], joined.weights[0][:, wide:])


def test_a_ranker_is_fitted_saved_and_read_again(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    pairs = []
    for number in range(6):
        specimen = make(rng, layout=number)
        pairs.append(varied(reading.words(specimen), specimen.truth, specimen.kind, rng))
    ranker = fit(examples(pairs, Ranker({})), epochs=2)
    seen = [one for document, truth in pairs for one in judged(header(document, ranker), truth)]
    ranker = calibrated(ranker, [*seen, ("currency", 1.0, True)])
    ranker.save(tmp_path / "mine")
    again = load(tmp_path / "mine")
    assert set(again.networks) == set(ranker.networks)
    assert again.curves == ranker.curves
    first = header(pairs[0][0], again)
    assert all(0 <= field.confidence <= 1 for field in first.fields.values())
