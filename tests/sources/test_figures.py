"""Numbers in rows: groups, signs and marks are put together, columns are kept apart."""

from __future__ import annotations

import pytest

from socle.pages import Word
from socle.sources.figures import columns, figures_in, spelt


def words(*texts: str, gap: float = 3.0) -> list[Word]:
    """Return words in a row, a space of type apart; `|` begins a new column."""
    found, x = [], 0.0
    for text in texts:
        if text == "|":
            x += 30
            continue
        found.append(Word(text, (x, 0.0, x + 5.0 * len(text), 10.0)))
        x += 5.0 * len(text) + gap
    return found


@pytest.mark.parametrize(
    ("texts", "values"),
    [
        (("1", "234,56"), [1234.56]),
        (("12", "|", "345,00"), [12.0, 345.0]),
        (("-", "12", "500"), [-12500.0]),
        (("(1", "250)"), [-1250.0]),
        (("6,90", "%", "|", "168,08"), [6.9, 168.08]),
        (("$1,250.00",), [1250.0]),
        (("1", "845,20", "€"), [1845.2]),
        (("31/03/2024", "abc"), []),
    ],
)
def test_figures(texts: tuple[str, ...], values: list[float]) -> None:
    mark = "." if any("." in text for text in texts) else ","
    assert [f.value for f in figures_in(words(*texts), mark)] == values  # type: ignore[arg-type]


def test_decimals_and_per_cent_are_told() -> None:
    rate, price = figures_in(words("6,900", "%", "|", "15,8238"), ",")
    assert (rate.value, rate.decimals, rate.percent) == (6.9, 3, True)
    assert (price.value, price.decimals, price.percent) == (15.8238, 4, False)


def test_wide_spaces_part_numbers_unless_the_page_has_such() -> None:
    wide = words("2", "435,99", gap=8.0)
    assert [f.value for f in figures_in(wide, ",")] == [2.0, 435.99]
    assert [f.value for f in figures_in(wide, ",", space=1.0)] == [2435.99]


def test_labels_are_spelt_as_no_engine_would() -> None:
    assert spelt("CSG déductible de 1'impôt (l)") == "CSG déductible de l'impôt (I)"
    assert (
        spelt("Total des charges d\u2019exploitation (Il)")
        == "Total des charges d'exploitation (II)"
    )
    assert spelt("Tranche 1 'a' (valeur)") == "Tranche 1 'a' (valeur)"


def test_columns_hold_figures_of_any_width() -> None:
    first = figures_in(words("1", "234,56", "|", "7,00"), ",")
    second = figures_in(words("1", "234,56", "|", "7,00"), ",")
    assert len(columns([*first, *second])) == 2
