"""Line items: headings, columns, rows, sums, several pages, and no headings at all."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from socle.pages import Page, Word
from socle.ranking.columns import closes
from socle.ranking.headings import is_partial, is_sum, key, kinds_of
from socle.ranking.lines import lines
from specimens import reading
from specimens.invoices import make


def _page(*rows: tuple[float, str], number: int = 1) -> Page:
    """Return a page of rows, each `(top, "x:text|x:text")`; letters are 5 wide and 10 high."""
    words: list[Word] = []
    for top, cells in rows:
        for cell in cells.split("|"):
            start, _, text = cell.partition(":")
            left = float(start)
            for word in text.split():
                right = left + 5.0 * len(word)
                words.append(Word(word, (left, top, right, top + 10), size=10))
                left = right + 3
    return Page(number, 600, 800, tuple(words), "text")


SHARED = Path(__file__).parents[3] / "shared" / "data" / "documents"
HEADER = "40:Désignation|300:Qté|380:P.U. HT|480:Total HT"


def test_rows_below_headings_are_read_and_sums_are_not() -> None:
    page = _page(
        (100, HEADER),
        (120, "40:Chaise de bureau|305:2|385:50,00|485:100,00"),
        (140, "40:Lampe|305:3|385:10,00|485:30,00"),
        (170, "380:Total HT|485:130,00"),
        (190, "380:TVA 20 %|485:26,00"),
        (210, "380:Total TTC|485:156,00"),
    )
    found = lines([page])
    assert [dict(line.values) for line in found] == [
        {"description": "Chaise de bureau", "quantity": 2.0, "unit_price": 50.0, "amount": 100.0},
        {"description": "Lampe", "quantity": 3.0, "unit_price": 10.0, "amount": 30.0},
    ]
    assert found[0].page == 1
    left, top, right, bottom = found[0].boxes[0]
    assert (left, top) == pytest.approx((40 / 600, 120 / 800))
    assert right > left
    assert bottom > top


def test_a_line_that_does_not_add_up_is_less_sure() -> None:
    def sure(amount: str) -> float:
        page = _page((100, HEADER), (120, f"40:Chaise|305:2|385:50,00|485:{amount}"))
        return lines([page])[0].confidence

    assert sure("100,00") > sure("140,00")


def test_a_description_of_several_lines_ends_where_details_begin() -> None:
    page = _page(
        (100, HEADER),
        (120, "40:Entretien annuel de la chaudière et|305:1|385:90,00|485:90,00"),
        (132, "40:des radiateurs"),
        (144, "40:N° de série : 4711"),
        (170, "40:Déplacement|305:1|385:30,00|485:30,00"),
    )
    found = [line.values["description"] for line in lines([page])]
    assert found == ["Entretien annuel de la chaudière et des radiateurs", "Déplacement"]


def test_a_table_goes_on_over_pages_and_carried_sums_are_left_out() -> None:
    first = _page(
        (100, HEADER),
        (120, "40:Chaise|305:2|385:50,00|485:100,00"),
        (150, "380:À reporter|485:100,00"),
    )
    second = _page(
        (80, HEADER),
        (100, "380:Report|485:100,00"),
        (120, "40:Lampe|305:3|385:10,00|485:30,00"),
        (150, "380:Total HT|485:130,00"),
        number=2,
    )
    found = lines([first, second])
    assert [(line.values["description"], line.page) for line in found] == [
        ("Chaise", 1),
        ("Lampe", 2),
    ]


def test_a_table_goes_on_without_headings_where_rows_add_up() -> None:
    first = _page((100, HEADER), (120, "40:Chaise|305:2|385:50,00|485:100,00"))
    second = _page(
        (80, "40:Lampe|305:3|385:10,00|485:30,00"), (120, "380:Total HT|485:130,00"), number=2
    )
    assert len(lines([first, second])) == 2


@pytest.mark.parametrize("said", ["B/F", "Balance brought forward", "Report de la page"])
def test_a_carried_sum_does_not_end_a_table(said: str) -> None:
    first = _page(
        (100, HEADER),
        (120, "40:Chaise|305:2|385:50,00|485:100,00"),
        (150, "40:À reporter|485:100,00"),
    )
    second = _page(
        (80, HEADER),
        (100, f"40:{said}|485:100,00"),
        (120, "40:Forfait|485:30,00"),
        (150, "380:Total HT|485:130,00"),
        number=2,
    )
    assert [line.values["description"] for line in lines([first, second])] == ["Chaise", "Forfait"]


def test_a_table_goes_on_above_the_headings_of_the_sums() -> None:
    first = _page((100, HEADER), (120, "40:Chaise|305:2|385:50,00|485:100,00"))
    second = _page(
        (80, "40:Lampe|305:3|385:10,00|485:30,00"),
        (120, "300:Base|380:TVA %|480:Montant TVA"),
        (140, "300:130,00|380:20,00|480:26,00"),
        number=2,
    )
    assert [line.values["description"] for line in lines([first, second])] == ["Chaise", "Lampe"]


def test_a_sum_of_a_section_does_not_end_a_table_whose_lines_are_numbered() -> None:
    page = _page(
        (90, "40:Pos|80:Bezeichnung|480:Betrag"),
        (110, "40:10|80:Gerätemiete|480:234,80"),
        (124, "40:20|80:Beratung|480:76,00"),
        (138, "80:Summe|480:310,80"),
        (152, "80:Sonstiges"),
        (166, "40:30|80:Anfahrt|480:40,00"),
        (180, "80:Summe|480:40,00"),
        (194, "80:MwSt. 19 %|480:66,65"),
    )
    assert [line.values["description"] for line in lines([page])] == [
        "Gerätemiete",
        "Beratung",
        "Anfahrt",
    ]


def test_the_last_of_two_prices_is_the_amount() -> None:
    page = _page(
        (100, "40:Qty|100:Goods|300:Cost|480:Price"),
        (120, "45:2|100:Rental|300:347.00|480:694.00"),
        (140, "45:3|100:Cleaning|300:26.00|480:78.00"),
    )
    assert [line.values["amount"] for line in lines([page])] == [694.0, 78.0]


@pytest.mark.parametrize(("first", "code"), [("Linen tablecloth", None), ("TL-2231", "TL-2231")])
def test_what_stands_above_a_description_is_its_code_if_it_looks_like_one(
    first: str, code: str | None
) -> None:
    page = _page(
        (90, "40:Item|300:Qty|380:Price|480:Amount"),
        (102, "40:Description"),
        (120, f"40:{first}|300:8|380:6.00|480:48.00"),
        (132, "40:Delivery included"),
        (150, "40:Table with four legs of old oak and three|300:1|380:9.00|480:9.00"),
    )
    line = dict(lines([page])[0].values)
    assert line.get("product_code") == code
    assert line["description"] == ("Delivery included" if code else first)


def test_codes_quantities_and_rates_are_told_from_texts_that_all_have_them() -> None:
    rows = [
        (100.0, "40:ZX-84318 Buchführung|300:100|400:19 %|480:6 295,00€"),
        (114.0, "40:AB-85986 Webhosting|300:1|400:19 %|480:270,50€"),
        (128.0, "40:K-28813 Montage Phase 2|300:4,25|400:19 %|480:735,25€"),
        (160.0, "400:Summe netto|480:7 300,75€"),
    ]
    found = [dict(line.values) for line in lines([_page(*rows)])]
    assert found[1] == {
        "description": "Webhosting",
        "product_code": "AB-85986",
        "quantity": 1.0,
        "tax_rate": 19.0,
        "amount": 270.5,
    }
    assert [line["quantity"] for line in found] == [100.0, 1.0, 4.25]
    assert [line["description"] for line in found][2] == "Montage Phase 2"


def test_hours_and_rows_of_sums_are_no_lines() -> None:
    rows = [(60.0, "40:Sat 9.00 - 12.30"), (100.0, "40:Optional extras|480:276.90")]
    rows += [(114.0, "40:Net premium|480:276.90"), (128.0, "40:Insurance tax|480:22.84")]
    assert [line.values["description"] for line in lines([_page(*rows)])] == ["Optional extras"]


def test_a_reduction_counts_where_a_list_has_no_headings() -> None:
    page = _page(
        (100, "40:10.00 Wireless keyboard each|300:99.155|380:15%|480:842.82"),
        (114, "40:100.00 Salted butter day|300:450.2191|480:45,021.91"),
    )
    found = [dict(line.values) for line in lines([page])]
    assert [line.get("unit_price") for line in found] == [99.155, 450.2191]


def test_what_a_heading_means_is_decided_by_the_arithmetic() -> None:
    page = _page(
        (100, "40:Amount|100:Product|300:Price|480:Total"),
        (120, "45:3.00|100:Hot air|300:10.00|480:30.00"),
        (140, "45:2.00|100:Ballons|300:4.50|480:9.00"),
    )
    assert [line.values.get("quantity") for line in lines([page])] == [3.0, 2.0]


def test_lines_without_headings_are_found_by_what_is_aligned() -> None:
    page = _page(
        (100, "40:Hosting of the site|300:12|380:9.50|480:114.00"),
        (120, "40:Support|300:3|380:80.00|480:240.00"),
        (160, "380:Total|480:354.00"),
    )
    found = [dict(line.values) for line in lines([page])]
    assert [line["quantity"] for line in found] == [12.0, 3.0]
    assert [line["description"] for line in found] == ["Hosting of the site", "Support"]


def test_slips_have_quantities_in_the_text_or_in_a_row_below_it() -> None:
    slip = _page(
        (100, "40:FLAT WHITE"),
        (112, "60:2 x 3.20|240:6.40"),
        (124, "40:LEMON TART"),
        (136, "60:1 x 4.10|240:4.10"),
        (150, "40:TOTAL|240:10.50"),
        (162, "40:CASH|240:20.00"),
        (174, "40:CHANGE|240:9.50"),
    )
    found = [dict(line.values) for line in lines([slip])]
    assert found[0] == {
        "description": "FLAT WHITE",
        "quantity": 2.0,
        "unit_price": 3.2,
        "amount": 6.4,
    }
    assert len(found) == 2


def test_lines_end_above_their_sum_whatever_it_is_called() -> None:
    rows = [(100.0, "40:Privathaftpflicht|480:50,00 €"), (114.0, "40:Schutzbrief|480:9,50 €")]
    rows += [(128.0, "40:Nettobeitrag|480:59,50 €"), (142.0, "40:Versicherungssteuer|480:11,31 €")]
    found = lines([_page(*rows)])
    assert [line.values["description"] for line in found] == ["Privathaftpflicht", "Schutzbrief"]
    twice = _page((100, "40:Pain|480:1,20"), (114, "40:Croissant|480:1,20"))
    assert len(lines([twice])) == 2


def test_a_letter_without_amounts_has_no_lines() -> None:
    assert lines([_page((100, "40:Dear Sir,"), (120, "40:thank you for your letter."))]) == ()
    assert lines([]) == ()


def test_sums_are_known_by_how_they_begin() -> None:
    assert is_sum("Total TTC : 12,00")
    assert is_sum("Zwischensumme")
    assert not is_sum("Totalisateur de carburant")
    assert not is_sum("Cashmere scarf")
    assert is_partial("À reporter")
    assert is_partial("Total Lot 1")
    assert not is_partial("Total TTC")
    assert not is_partial("Net à payer")
    assert not is_sum("Chaise de bureau")


def test_headings_are_known_without_accents_and_with_one_sign_misread() -> None:
    assert key("P.U. HT") == "puht"
    assert kinds_of("Quantite")[0] == "quantity"
    assert kinds_of("Bezeichnunq")[0] == "description"
    assert kinds_of("Zwiebel") == ()


def test_arithmetic_allows_for_rounded_prices_and_reductions() -> None:
    assert closes({"quantity": 3.0, "unit_price": 3.33, "amount": 10.0}) is True
    assert closes({"quantity": 2.0, "unit_price": 50.0, "amount": 90.0, "reduction": 10.0}) is True
    assert closes({"quantity": 2.0, "unit_price": 50.0, "amount": 91.0}) is False
    assert closes({"quantity": None, "unit_price": 50.0, "amount": 91.0}) is None


def test_most_lines_of_invented_layouts_are_right() -> None:
    rng = np.random.default_rng(1)
    good = total = 0
    for layout in range(50_000, 50_020):
        specimen = make(rng, layout=layout)
        truth = {(line["description"], line["amount"]) for line in specimen.truth["lines"]}
        read = lines(reading.words(specimen).pages)
        good += len(truth & {(line.values.get("description"), line.values.get("amount"))
                             for line in read})  # fmt: skip
        total += len(truth)
    assert good / total > 0.85


@pytest.mark.real
@pytest.mark.skipif(not SHARED.exists(), reason="needs the shared documents")
def test_lines_of_the_shared_invoices_whose_text_prints_what_their_xml_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "benchmarks"))
    from benchmarks.lines import printed, right

    good = total = 0
    for _, pages, truth in printed(SHARED):
        rows = [dict(line.values) for line in lines(pages)]
        good += sum(any(right(row, line, True) for row in rows) for line in truth)
        total += max(len(truth), len(rows))
    assert total > 40
    assert good >= 0.95 * total


def test_a_later_page_may_head_its_columns_in_another_way() -> None:
    specimen = make(np.random.default_rng(50_905), layout=50_905)
    found = lines(reading.words(specimen).pages)
    amounts = [line.values.get("amount") for line in found]
    known = [row["amount"] for row in specimen.truth["lines"]]
    assert sum(amount in known for amount in amounts) >= 0.8 * len(known)
