"""Documents in parts: nothing is lost, nothing is too long, and it ends."""

from __future__ import annotations

import numpy as np
import pytest

from socle.errors import PromptError
from socle.prompts.parts import parts


def words(text: str) -> int:
    return len(text.split())


def pieces_of_three(text: str) -> int:
    """Count as tokenizers of word pieces do: a word is one token for every three letters."""
    return sum(-(-len(word) // 3) for word in text.split())


def test_an_empty_text_is_one_empty_part() -> None:
    assert parts("", 5, len) == [""]


def test_a_text_that_fits_is_left_whole() -> None:
    text = "One. Two.\n\nThree."
    assert parts(text, 3, words) == [text]


def test_paragraphs_come_first() -> None:
    text = "One two three. Four five.\n\nSix seven. Eight nine.\n \nTen."
    assert parts(text, 5, words) == [
        "One two three. Four five.\n\n",
        "Six seven. Eight nine.\n \nTen.",
    ]


def test_then_sentences_and_not_abbreviations() -> None:
    text = "M. Dupont est là. « Bonjour ! » Il a vu le Dr. Martin à 3.5 km. Puis il part."
    found = parts(text, 8, words)
    assert found == [
        "M. Dupont est là. « Bonjour ! » ",
        "Il a vu le Dr. Martin à 3.5 ",
        "km. Puis il part.",
    ]
    assert parts("Всё хорошо. Мы идём домой. Завтра снова.", 5, words)[0] == (
        "Всё хорошо. Мы идём домой. "
    )
    assert parts("aaaa.  bbb cc. Dddd", 17, len) == ["aaaa.  bbb cc. ", "Dddd"]
    assert parts("我们走。他们来了。", 6, len) == ["我们走。", "他们来了。"]


def test_then_words_and_at_last_anywhere() -> None:
    assert parts("one two three four", 3, words) == ["one two three ", "four"]
    assert parts("abcdefgh", 3, len) == ["abc", "def", "gh"]


def test_a_boundary_that_leaves_a_part_half_empty_is_not_taken() -> None:
    text = "Title\n\n" + "word " * 20
    assert words(parts(text, 10, words)[0]) == 10


def test_a_character_of_many_tokens_stays() -> None:
    assert parts("ab", 1, lambda text: 5 * len(text)) == ["a", "b"]


def test_an_accent_is_not_cut_off_its_letter() -> None:
    assert parts("eeee\u0301e", 4, len) == ["eee", "e\u0301e"]


@pytest.mark.parametrize("count", [words, pieces_of_three, len, lambda text: len(text.encode())])
def test_random_texts_come_back_and_no_part_is_too_long(count: object) -> None:
    assert callable(count)
    rng = np.random.default_rng(0)
    signs = [
        "a",
        "bc",
        "dé",
        ".",
        "! ",
        " ",
        "  ",
        "\n",
        "\n\n",
        "»",
        "\r\n",
        "e\u0301",
        "語。",
        "U",
    ]
    for _ in range(150):
        text = "".join(rng.choice(signs, int(rng.integers(0, 200))))
        most = int(rng.integers(4, 40))
        found = parts(text, most, count)
        assert "".join(found) == text
        assert all(found) or found == [""]
        assert all(count(part) <= most for part in found)


def test_a_long_text_costs_few_counts() -> None:
    asked: list[int] = []

    def count(text: str) -> int:
        asked.append(len(text))
        return len(text) // 4

    text = "x" * 400_000
    assert "".join(parts(text, 500, count)) == text
    assert sum(asked) < 40 * len(text)
    assert parts(" " * 10_000, 5, words) == [" " * 10_000]


def test_no_room_is_told() -> None:
    with pytest.raises(PromptError, match="room for 0 tokens"):
        parts("a", 0, len)
