"""Zones among the words of a page: locating, fitting, typing, repair."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from socle.checks.mrz import Zone, failing, formats
from socle.pages import Page, Word
from socle.pages.rows import rows
from socle.sources.mrz import Sighting, Strip, fitted, renamed, repair, sightings, strip_of, typed

TD3 = (
    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
    "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
)
TD1 = (
    "I<UTOD231458907<<<<<<<<<<<<<<<",
    "7408122F1204159UTO<<<<<<<<<<<6",
    "ERIKSSON<<ANNA<MARIA<<<<<<<<<<",
)


def page(lines: Sequence[str], tilt: float = 0.0, before: Sequence[str] = ("UTOPIA",)) -> Page:
    words = []
    for i, line in enumerate((*before, *lines)):
        left = 20.0
        for part in line.split():
            wide = 14.0 * len(part)
            top = 100 + 40 * i + tilt * (left + wide / 2)
            words.append(Word(part, (left, top, left + wide, top + 24), 0.99, 24))
            left += wide + 12
    return Page(1, 700, 600, tuple(words), "ocr")


def seen(one: Page, printed: Sequence[str] = ()) -> Sighting | None:
    found = sightings(one, rows(one), printed)
    return found[0] if found else None


@pytest.mark.parametrize("lines", [TD3, TD1])
@pytest.mark.parametrize("tilt", [0.0, 0.05, -0.05])
def test_a_zone_is_found_on_a_turned_page(lines: tuple[str, ...], tilt: float) -> None:
    found = seen(page(lines, tilt))
    assert found is not None
    assert found.zone.lines == lines
    assert found.replaced == found.stretched == ()
    assert len(found.boxes) == len(lines)


def test_print_is_no_zone() -> None:
    assert seen(page(["THIS IS A LONG LINE OF PRINT IN CAPITALS", "AND ANOTHER ONE BELOW"])) is None
    assert seen(page(["if a < b and c << d then return the value", "x <<<<<<<<<<<<<<<< y"])) is None


def test_what_the_position_settles_is_put_right() -> None:
    first = TD3[0].replace("UTO", "UT0").replace("ERIKSSON", "ER1KSS0N")
    dirty = (first, TD3[1].replace("7408122", "74O8I2Z"))
    found = seen(page(dirty))
    assert found is not None
    assert found.zone.lines == TD3
    assert found.replaced == ()


def test_foreign_letters_spaces_and_lost_fillers_are_put_right() -> None:
    dirty = (TD3[0].replace("A", "Α").replace("<<<<", "<< <", 1), TD3[1].replace("E", "Ｅ"))
    dirty = (dirty[0][:-2], dirty[1])
    found = seen(page(dirty))
    assert found is not None
    assert found.zone.lines == TD3
    assert found.stretched == (0,)


def test_the_longest_run_of_fillers_gives_and_takes() -> None:
    box = (0.0, 0.0, 1.0, 1.0)
    assert fitted(Strip("AB<<CD<<<<", (), box), 8) == Strip("AB<<CD<<", (), box)
    assert fitted(Strip("AB<<CD", (0.9,) * 6, box), 8) == Strip("AB<<<<CD", (0.9,) * 8, box)
    assert fitted(Strip("AB<CD", (), box), 8) is None
    assert fitted(Strip("AB<<CD", (), box), 30) is None


def test_letters_and_digits_by_position() -> None:
    layout = formats()["TD3"]
    assert typed("P<UT0", 0, layout) == "P<UTO"
    assert typed("L8989O2C3SUTO74O8122", 1, layout) == "L8989O2C35UTO7408122"


def test_one_replacement_under_check_digits() -> None:
    zone = Zone(formats()["TD3"], (TD3[0], TD3[1].replace("L898902C3", "L8989O2C3")))
    fixed, places = repair(zone, ((), ()), ())
    assert fixed.lines == TD3
    assert places == ((1, 5),)


def test_no_replacement_where_the_engine_was_sure() -> None:
    zone = Zone(formats()["TD3"], (TD3[0], TD3[1].replace("L898902C3", "LB98902C3")))
    sure = ((0.999,) * 44, (0.999,) * 44)
    assert repair(zone, sure, ()) == (zone, ())
    doubtful = (sure[0], (0.999, 0.6, *sure[1][2:]))
    assert repair(zone, doubtful, ())[0].lines == TD3


def test_two_replacements_need_a_second_source() -> None:
    wrong = TD3[1].replace("L898902C3", "LB989O2C3")
    zone = Zone(formats()["TD3"], (TD3[0], wrong))
    assert failing(zone)
    assert repair(zone, ((), ()), ())[0].lines != TD3
    fixed, places = repair(zone, ((), ()), {"L898902C3"})
    assert fixed.lines == TD3
    assert len(places) == 2


def test_a_number_that_print_confirms_is_left_alone() -> None:
    wrong = Zone(formats()["TD3"], (TD3[0], TD3[1].replace("C36UTO", "C37UTO")))
    assert repair(wrong, ((), ()), {"L898902C3"}) == (wrong, ())


def test_a_text_layer_is_never_repaired() -> None:
    one = page((TD3[0], TD3[1].replace("L898902C3", "L8989O2C3")))
    text = Page(1, one.width, one.height, one.words, "text")
    found = seen(text)
    assert found is not None
    assert found.replaced == ()
    assert failing(found.zone)
    assert found.source == "text"


def test_probabilities_follow_the_characters() -> None:
    sure = tuple(0.5 + i / 100 for i in range(44))
    words = tuple(
        Word(line, (10, 100 + 40 * i, 640, 124 + 40 * i), 0.9, 24, sure)
        for i, line in enumerate(TD3)
    )
    found = seen(Page(1, 700, 600, words, "ocr"))
    assert found is not None
    assert found.doubt([(1, 3), (0, 7)]) == pytest.approx(0.53)
    assert seen(page(TD3)).doubt([(1, 3)]) is None  # type: ignore[union-attr]


def test_small_letters_are_no_part_of_a_strip() -> None:
    words = [Word("signature", (0, 0, 80, 20)), Word(TD3[0], (90, 0, 700, 20))]
    strip = strip_of(words)
    assert strip is not None
    assert strip.text == TD3[0]


def test_names_can_be_put_in_as_far_as_there_is_room() -> None:
    found = seen(page(TD3))
    assert found is not None
    other = renamed(found, {"surname": "ERIKSSON", "given_names": "ANNNA MARIA"})
    assert other is not None
    assert other.zone.lines[0] == "P<UTOERIKSSON<<ANNNA<MARIA".ljust(44, "<")
    assert renamed(found, {"surname": "E" * 30, "given_names": "A" * 30}) is None
