"""Entities that a model quotes: found where they stand, or refused with the reason."""

from __future__ import annotations

import json

import pytest

from socle.examples import Span
from socle.prompts.entities import Refused, answer_of, found, schema

TEXT = "Marie Curie est née à Varsovie. Curie vécut à Paris, près de l'Université de Paris."
LABELS = ("PER", "LOC", "ORG")


def answer(*pairs: tuple[str, str]) -> str:
    return json.dumps({"entities": [{"text": text, "label": label} for text, label in pairs]})


def quoted(
    said: str, text: str = TEXT, labels: tuple[str, ...] = LABELS
) -> list[tuple[str, int, str]]:
    spans, refused = found(text, said, labels)
    assert refused == []
    return [(text[span.start : span.end], span.start, span.label) for span in spans]


def reasons(said: str, text: str = TEXT) -> list[tuple[str, str]]:
    return [(one.text, one.reason) for one in found(text, said, LABELS)[1]]


def test_spans_stand_where_the_text_has_them_in_its_order() -> None:
    said = answer(("Varsovie", "LOC"), ("Marie Curie", "PER"))
    assert quoted(said) == [("Marie Curie", 0, "PER"), ("Varsovie", 22, "LOC")]


def test_a_mention_again_is_the_next_occurrence_apart_from_longer_ones() -> None:
    said = answer(("Curie", "PER"), ("Marie Curie", "PER"))
    assert quoted(said) == [("Marie Curie", 0, "PER"), ("Curie", 32, "PER")]
    text = "Paris, Paris et Paris"
    said = answer(("Paris", "LOC"), ("Paris", "ORG"), ("Paris", "PER"))
    assert quoted(said, text) == [("Paris", 0, "LOC"), ("Paris", 7, "ORG"), ("Paris", 16, "PER")]
    assert reasons(answer(*[("Paris", "LOC")] * 4), text) == [
        ("Paris", "does not stand in the text once more")
    ]


def test_where_two_overlap_the_longer_stands() -> None:
    said = answer(("de Paris", "LOC"), ("Université de Paris", "ORG"))
    spans, refused = found(TEXT, said, LABELS)
    assert [TEXT[span.start : span.end] for span in spans] == ["Université de Paris"]
    assert refused == [Refused("de Paris", "LOC", "overlaps a longer one")]


def test_whole_words_come_before_parts_of_words() -> None:
    assert quoted(answer(("art", "ORG")), "party, art") == [("art", 7, "ORG")]
    assert quoted(answer(("art", "ORG")), "party") == [("art", 1, "ORG")]
    assert quoted(answer(("北京", "LOC")), "我在北京") == [("北京", 2, "LOC")]


def test_blanks_do_not_count_and_the_span_is_that_of_the_text() -> None:
    text = "à New\n   York\u00a0City et à New York City"
    said = answer(("New York City", "LOC"), ("  New  York City ", "LOC"))
    assert quoted(said, text) == [
        ("New\n   York\u00a0City", 2, "LOC"),
        ("New York City", 24, "LOC"),
    ]
    shown = "the sign < |im_end|> here"
    assert quoted(answer(("< |im_end|>", "ORG")), shown.replace("< ", "<"))[0][1] == 9


def test_what_the_text_does_not_hold_is_refused() -> None:
    said = answer(("Londres", "LOC"), ("varsovie", "LOC"), (" ", "LOC"), ("Paris", "GPE"))
    assert reasons(said) == [
        (" ", "quotes nothing"),
        ("Paris", "has an unknown label"),
        ("varsovie", "does not stand in the text"),
        ("Londres", "does not stand in the text"),
    ]
    assert found(TEXT, said, LABELS)[0] == []


@pytest.mark.parametrize("label", ["PER", "per", " Per "])
def test_the_case_of_a_label_does_not_count(label: str) -> None:
    assert quoted(answer(("Marie", label))) == [("Marie", 0, "PER")]


def test_labels_that_differ_by_case_alone_are_kept_apart() -> None:
    labels = ("it", "IT")
    assert quoted(answer(("a", "IT")), "a", labels) == [("a", 0, "IT")]
    assert found("a", answer(("a", "It")), labels)[1][0].reason == "has an unknown label"


def test_words_stand_for_labels() -> None:
    words = {"PER": "personne"}
    spans, refused = found(TEXT, answer(("Marie", "Personne"), ("Paris", "LOC")), LABELS, words)
    assert [span.label for span in spans] == ["PER", "LOC"]
    assert refused == []
    assert found(TEXT, answer(("Marie", "PER")), LABELS, words)[0] == []


@pytest.mark.parametrize(
    "said",
    [
        'Sure! Here it is:\n```json\n{"entities": [{"text": "Paris", "label": "LOC"}]}\n```\nBye.',
        '[{"text": "Paris", "label": "LOC"}]',
        '{"text": "Paris", "label": "LOC", "score": 0.9}',
        '{"entities": [{"text": "Paris", "label": "LOC"}',
        '{"entities": [{"text": "Paris", "label": "LOC"}, ',
        'entities [1]: {"label": "LOC", "text": "Paris"} and no more',
    ],
)
def test_json_is_found_among_other_words(said: str) -> None:
    assert quoted(said) == [("Paris", 46, "LOC")]


def test_of_a_truncated_answer_whole_objects_are_kept_and_the_rest_is_told() -> None:
    whole = answer(("Marie Curie", "PER"), ("Paris", "LOC"), ("Varsovie", "LOC"))
    for cut in range(len(whole)):
        spans, refused = found(TEXT, whole[:cut], LABELS)
        n = whole[:cut].count("}")
        assert len(spans) == min(n, 3)
        inside = whole[:cut].count("{") - 1 > n
        assert bool(refused) == (inside or (0 < cut <= whole.index("[") + 1))


@pytest.mark.parametrize("said", ['{"entities": []}', "[]", "None: []", "", "  \n"])
def test_an_answer_of_no_entities_is_one(said: str) -> None:
    assert found(TEXT, said, LABELS) == ([], [])


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("There are none.", "holds no JSON"),
        ("{'text': 'Paris'}", "is no whole JSON object"),
        ('{"entities": ["Paris"]}', "is no object with text and label"),
        ('{"text": 3, "label": "LOC"}', "has no text and label"),
        ('{"text": "Paris"}', "has no text and label"),
        ('{"entities": {"LOC": ["Paris"]}}', "has no text and label"),
    ],
)
def test_what_cannot_be_read_is_told(said: str, reason: str) -> None:
    assert [one.reason for one in found(TEXT, said, LABELS)[1]] == [reason]


def test_a_deeply_nested_answer_does_not_overflow() -> None:
    spans, refused = found(TEXT, '{"a":' * 3000, LABELS)
    assert spans == []
    assert refused


def test_the_right_answer_is_read_back_as_it_was() -> None:
    spans = [Span(77, 82, "LOC"), Span(0, 11, "PER"), Span(46, 51, "LOC")]
    words = {"PER": "personne"}
    said = answer_of(TEXT, spans, words)
    assert json.loads(said)["entities"][0] == {"text": "Marie Curie", "label": "personne"}
    assert "é" in answer_of("é", [Span(0, 1, "PER")])
    assert found(TEXT, said, LABELS, words) == ([spans[1], spans[2], spans[0]], [])


def test_the_schema_allows_the_labels_alone() -> None:
    made = schema(LABELS, {"PER": "personne"})
    entity = made["properties"]["entities"]["items"]
    assert entity["properties"]["label"]["enum"] == ["personne", "LOC", "ORG"]
    assert entity["required"] == ["text", "label"]
    assert made["required"] == ["entities"]
    assert json.loads(json.dumps(made)) == made
