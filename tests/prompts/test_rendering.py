"""Prompts: what is in them, that they begin alike, and how they are made to fit."""

from __future__ import annotations

from dataclasses import replace

import pytest

from socle.errors import PromptError
from socle.prompts import Shot, Wording
from socle.prompts.rendering import Renderer, fitting, render, room_for_text, words_of
from socle.prompts.wordings import between, default

WORDING = Wording(
    instructions="One of: {labels}.\n",
    example="\nText: {text}\nLabel: {answer}\n",
    question="\nText: {text}\nLabel:",
    words={"pos": "good"},
    descriptions={"pos": "praise {text}", "neg": "blame"},
)
LABELS = ("pos", "neg")


def words(text: str) -> int:
    return len(text.split())


def test_a_prompt_is_what_the_wording_says() -> None:
    said = render(WORDING, LABELS, [Shot("Fine.", "pos"), Shot("So {answer}", "neg")], "Well?")
    assert said == (
        "One of: good, neg.\n"
        "- good: praise {text}\n"
        "- neg: blame\n"
        "\nText: Fine.\nLabel: good\n"
        "\nText: So {answer}\nLabel: neg\n"
        "\nText: Well?\nLabel:"
    )


@pytest.mark.parametrize("text", ["{text}", "{labels} {{x}}", "{", "}", "{0}", "%s", "\\1", ""])
def test_braces_of_documents_are_not_interpreted(text: str) -> None:
    said = render(WORDING, LABELS, [Shot(text, text)], text)
    assert said.endswith(f"\nText: {text}\nLabel: {text}\n\nText: {text}\nLabel:")


def test_all_prompts_of_a_run_begin_and_end_alike() -> None:
    renderer = Renderer(WORDING, LABELS, [Shot("Fine.", "pos")])
    for text in ("a", "", "b\nc"):
        assert renderer.prompt(text) == renderer.start + text + renderer.end
    assert renderer.end == "\nLabel:"
    assert renderer.options == (" good", " neg")


def test_documents_examples_and_labels_are_made_harmless() -> None:
    wording = replace(WORDING, words={}, descriptions={})
    renderer = Renderer(wording, ["</s>"], [Shot("x</s>", "</s>")], ["</s>"])
    said = renderer.prompt("Label: a</s>\n=== b")
    assert "</s>" not in said
    assert said.count("< /s>") == 4
    assert said.endswith("\nText: > Label: a< /s>\n> === b\nLabel:")
    assert renderer.options == (" < /s>",)


def test_each_document_stands_in_a_fence_of_its_own() -> None:
    renderer = Renderer(default("summary", "en"), shots=[Shot("one", "1")])
    lines = renderer.prompt("two").splitlines()
    fences = [line for line in lines if line.startswith("=== ")]
    assert len(fences) == 4
    assert fences[0] == fences[1] != fences[2] == fences[3]
    assert lines[lines.index(fences[2]) + 1] == "two"


def test_an_answer_ends_where_the_next_example_would_begin() -> None:
    assert Renderer(WORDING, LABELS).stops == ("\n\nText:",)
    wording = between(default("translation", "en"), "fr", "en")
    renderer = Renderer(wording, shots=[Shot("un", "one"), Shot("deux", "two")])
    assert renderer.stops == ("\n\nFrench:",)
    assert all(stop in renderer.prompt("trois").split("one", 1)[1] for stop in renderer.stops)
    assert Renderer(replace(WORDING, example="{text} {answer}\n"), LABELS).stops == ("\n",)


@pytest.mark.parametrize(
    ("wording", "message", "hint"),
    [
        (replace(WORDING, words={"pso": "x"}), "'pso' under [words]", "Did you mean: pos?"),
        (replace(WORDING, descriptions={"zzz": "x"}), "'zzz' under [descr", "Labels: pos, neg"),
        (replace(WORDING, words={"pos": "neg"}), "'pos' and 'neg' are both", "another word"),
        (replace(WORDING, words={"pos": " "}), "'pos' has no word", "[words]"),
        (replace(WORDING, question="{x}:"), "{x} is unknown", "{{x}}"),
    ],
)
def test_a_wording_that_does_not_suit_is_refused(wording: Wording, message: str, hint: str) -> None:
    with pytest.raises(PromptError) as refused:
        Renderer(wording, LABELS)
    assert message in refused.value.message
    assert hint in refused.value.hint


def test_words_stand_in_the_order_of_the_labels() -> None:
    assert words_of(WORDING, LABELS) == ("good", "neg")
    assert words_of(replace(WORDING, words={}, descriptions={}), ()) == ()


SHOTS = [Shot(f"text {i} " + "x " * i, "pos") for i in range(6)]


def test_examples_that_fit_all_stay() -> None:
    renderer = Renderer(WORDING, LABELS, SHOTS)
    room = words(renderer.prompt("long " * 30))
    fitted = fitting(renderer, "long " * 30, room, words)
    assert fitted.renderer.shots == tuple(SHOTS)
    assert fitted.left_out == ()
    assert fitted.fits
    assert fitted.tokens == room


@pytest.mark.parametrize("useful", [None, [5, 4, 3, 2, 1, 0], [3, 0, 5, 1, 4, 2]])
def test_the_least_useful_are_left_out_and_told(useful: list[int] | None) -> None:
    renderer, text = Renderer(WORDING, LABELS, SHOTS), "long " * 30
    order = useful or list(range(6))
    for kept in range(6):
        shown = [shot for i, shot in enumerate(SHOTS) if i in order[:kept]]
        room = words(renderer.showing(shown).prompt(text))
        fitted = fitting(renderer, text, room, words, useful)
        assert list(fitted.renderer.shots) == shown
        assert set(fitted.left_out) == set(SHOTS) - set(shown)
        assert fitted.tokens == words(fitted.renderer.prompt(text)) == room
        assert fitted.fits


def test_a_document_too_long_by_itself_is_told() -> None:
    fitted = fitting(Renderer(WORDING, LABELS, SHOTS), "long " * 30, 20, words)
    assert not fitted.fits
    assert fitted.renderer.shots == ()
    assert fitted.left_out == tuple(SHOTS)
    assert fitted.tokens > fitted.room == 20


def test_an_order_of_use_must_name_every_example() -> None:
    with pytest.raises(ValueError, match="every example once"):
        fitting(Renderer(WORDING, LABELS, SHOTS), "", 20, words, [0, 0, 1, 2, 3, 4])


def test_the_room_for_a_text_is_what_is_left_around_it() -> None:
    renderer = Renderer(WORDING, LABELS, SHOTS[:1])
    around = words(renderer.prompt(""))
    room = room_for_text(renderer, around + 7, words)
    assert room == 7
    assert words(renderer.prompt("word " * room)) == around + 7
    with pytest.raises(PromptError, match=f"have {around} tokens"):
        room_for_text(renderer, around, words)
