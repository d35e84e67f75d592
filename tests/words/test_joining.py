"""Tokens become natural text, and are found again in one; their offsets are exact."""

import random

import pytest

from socle.words.joining import joined, placed


@pytest.mark.parametrize(
    "text",
    [
        "Hello , world !|Hello, world!",
        "( a ) [ b ] { c }|(a) [b] {c}",
        "It 's 50 % of John 's ; is n't it ?|It's 50% of John's; isn't it?",
        "We 've , they 'll , I 'm , you 're , he 'd|We've, they'll, I'm, you're, he'd",
        "It ’s n’t|It’sn’t",
        "l' eau , d’ abord , qu' il , aujourd' hui|l'eau, d’abord, qu'il, aujourd'hui",
        "L' an , jusqu' en , QU' ON|L'an, jusqu'en, QU'ON",
        "va -t-il ? est -ce cet homme -là|va-t-il? est-ce cet homme-là",
        'He said " yes " and " no " .|He said "yes" and "no".',
        "“ yes ” and ‘ no ’|“yes” and ‘no’",
        "`` yes ''|``yes''",
        "« oui »|« oui »",
        "the dogs ' tails|the dogs ' tails",
        "a ' quoted ' word|a 'quoted' word",
        "goin' home|goin' home",
        "What ?! So ... well … .|What?! So... well….",
        "T - cell / B|T - cell / B",
        ":) ok|:) ok",
        "word|word",
    ],
)
def test_the_text_is_natural_and_each_token_stands_where_said(text: str) -> None:
    spaced, expected = text.split("|")
    tokens = spaced.split(" ")
    found, places = joined(tokens)
    assert found == expected
    assert [found[start:end] for start, end in places] == tokens


def test_offsets_are_exact_for_any_tokens() -> None:
    rng = random.Random(0)
    some = ["a", "l'", "'", '"', "(", ")", ",", "n't", "10 000", "…", "``", "-ce", "%", "é"]
    for _ in range(300):
        tokens = [rng.choice(some) for _ in range(rng.randrange(12))]
        text, places = joined(tokens)
        assert [text[start:end] for start, end in places] == tokens
        assert placed(text, tokens) == places
        assert text == text.strip()


def test_no_tokens_make_no_text() -> None:
    assert joined([]) == ("", [])


def test_tokens_are_found_in_a_text_with_any_whitespace() -> None:
    assert placed(" Il\u00a0va\n au lac.", ["Il", "va", "au", "lac", "."]) == [
        *((1, 3), (4, 6), (8, 10), (11, 14), (14, 15))
    ]
    assert placed("10 000 €", ["10 000", "€"]) == [(0, 6), (7, 8)]
    assert placed("  ", []) == []


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Il va", ["Il", "vont"]),
        ("Il va bien", ["Il", "va"]),
        ("Il va", ["va", "Il"]),
        ("Il ne va", ["Il", "va"]),
        ("Il", ["Il", "va"]),
    ],
)
def test_tokens_that_are_not_the_whole_text_do_not_fit(text: str, tokens: list[str]) -> None:
    assert placed(text, tokens) is None
