"""Words into rows and cells, on straight and on turned pages."""

import numpy as np

from socle.pages import Word
from socle.pages.rows import rows_of, slope_of

_TEXT = [
    "Facture n° 12          12/03/2024",
    "Total HT               100,00",
    "TVA                     20,00",
]


def _words(slope: float = 0.0, jitter: float = 0.0) -> list[Word]:
    rng = np.random.default_rng(0)
    words = []
    for line, text in enumerate(_TEXT):
        at = 0
        for part in text.split():
            at = text.index(part, at)
            left, middle = 6.0 * at, 6.0 * (at + len(part) / 2)
            top = 14.0 * line + slope * middle + jitter * rng.normal()
            words.append(Word(part, (left, top, left + 6.0 * len(part), top + 10.0)))
    rng.shuffle(words)  # type: ignore[arg-type]
    return words


def test_rows_follow_the_print_and_cells_its_gaps() -> None:
    found = rows_of(_words())
    assert [row.text for row in found] == [" ".join(line.split()) for line in _TEXT]
    assert [[cell.text for cell in row.cells] for row in found] == [
        ["Facture n° 12", "12/03/2024"],
        ["Total HT", "100,00"],
        ["TVA", "20,00"],
    ]


def test_a_turned_page_gives_the_same_rows() -> None:
    for slope in (-0.1, -0.03, 0.03, 0.1):
        words = _words(slope, jitter=0.2)
        assert abs(slope_of(words) - slope) < 0.02
        assert [row.text for row in rows_of(words)] == [" ".join(line.split()) for line in _TEXT]


def test_a_tall_word_does_not_swallow_its_neighbours() -> None:
    words = [*_words(), Word("LOGO", (300.0, 0.0, 360.0, 38.0))]
    found = [row.text for row in rows_of(words)]
    assert len(found) >= 3
    assert "Total HT 100,00" in [text.replace(" LOGO", "") for text in found]


def test_no_words_no_rows() -> None:
    assert rows_of([]) == ()
    assert rows_of([Word(" ", (0.0, 0.0, 1.0, 1.0))]) == ()
