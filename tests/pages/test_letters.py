"""Letters into words: spaces, jumps, guessed spaces, lines, print that runs upwards."""

from __future__ import annotations

from socle.pages.letters import Letter, plain, words_among


def _set(text: str, left: float = 0.0, top: float = 0.0, guessed: str = "~") -> list[Letter]:
    """Return letters of 5 x 10; `guessed` stands for a space that nobody wrote."""
    letters = []
    for sign in text:
        if sign == guessed:
            letters.append(Letter(" ", (0, 0, 0, 0), guessed=True))
            continue
        letters.append(Letter(sign, (left, top, left + 5, top + 10)))
        left += 5
    return letters


def _said(letters: list[Letter]) -> list[str]:
    return ["".join(letters[i].text for i in word) for word in words_among(letters)]


def test_spaces_and_ends_of_lines_part_words() -> None:
    assert _said(_set("ab cd\nef")) == ["ab", "cd", "ef"]


def test_a_jump_parts_words_without_a_space() -> None:
    assert _said(_set("ab") + _set("cd", left=80)) == ["ab", "cd"]
    assert _said(_set("ab", left=80) + _set("cd")) == ["ab", "cd"]
    assert _said(_set("ab") + _set("cd", left=10, top=12)) == ["ab", "cd"]
    assert _said(_set("ab") + _set("cd", left=10)) == ["abcd"]


def test_a_guessed_space_counts_where_there_is_a_gap() -> None:
    assert _said(_set("1~234")) == ["1234"]
    assert _said([*_set("1~"), *_set("234", left=7)]) == ["1", "234"]


def test_letters_too_small_to_see_are_left_out() -> None:
    dust = Letter("x", (5, 5, 5.1, 5.1))
    assert _said([*_set("ab"), dust, *_set("cd", left=10)]) == ["abcd"]


def test_print_that_runs_upwards_is_one_word() -> None:
    upwards = [
        Letter(s, (0, 50 - 5 * i, 10, 55 - 5 * i), upright=True) for i, s in enumerate("abc")
    ]
    assert _said([*upwards, *_set("d", left=10, top=40)]) == ["abc", "d"]


def test_ligatures_and_hyphens_are_plain() -> None:
    assert plain("ﬁn‑1 −5 Ⅳ ½") == "fin-1 -5 IV 1⁄2"
    assert plain("plain-1") == "plain-1"
