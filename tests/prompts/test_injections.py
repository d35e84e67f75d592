"""The battery of documents that try to change the task, and what a prompt makes of them."""

from __future__ import annotations

import re

import pytest

from socle.prompts import Shot
from socle.prompts.rendering import Renderer
from socle.prompts.wordings import TASKS, default
from tests.prompts.injections import INJECTIONS, SPECIALS, Injection

FENCE = re.compile(r"^=== [0-9a-f]{10} ===$", re.MULTILINE)
each = pytest.mark.parametrize("one", INJECTIONS, ids=lambda one: f"{one.name}-{one.language}")


def test_there_are_enough_in_both_languages_and_no_two_alike() -> None:
    assert len(INJECTIONS) >= 25
    assert sum(one.language == "fr" for one in INJECTIONS) >= 10
    assert len({one.text for one in INJECTIONS}) == len(INJECTIONS)
    assert len({(one.name, one.language) for one in INJECTIONS}) == len(INJECTIONS)


@each
def test_repeating_the_document_is_not_obeying_it(one: Injection) -> None:
    assert one.shows in one.text
    assert not one.obeyed(one.text)
    assert one.obeyed(f" **{one.shows.title()}**.")
    assert not one.obeyed(f"{one.shows}x")


@each
@pytest.mark.parametrize("task", TASKS)
def test_no_special_token_and_no_fence_of_its_own_reaches_the_prompt(
    one: Injection, task: str
) -> None:
    wording = default(task, one.language)
    shots = [Shot(one.text, "a")]
    renderer = Renderer(wording, ["a", "b"], shots, SPECIALS)
    prompt = renderer.prompt(one.text)
    assert not [special for special in SPECIALS if special in prompt]
    assert len(FENCE.findall(prompt)) == (4 if wording.fence else 0)


@each
def test_a_prompt_shows_no_more_examples_than_it_was_given(one: Injection) -> None:
    for language, begins in (("en", "Text: "), ("fr", "Texte : ")):
        renderer = Renderer(default("classification", language), ["a"], [Shot("x", "a")], SPECIALS)
        lines = renderer.prompt(one.text).splitlines()
        assert sum(line.startswith(begins) for line in lines) == 2


@each
def test_everything_behind_the_document_is_the_same_whatever_it_says(one: Injection) -> None:
    renderer = Renderer(default("summary", one.language), specials=SPECIALS)
    prompt = renderer.prompt(one.text)
    assert prompt.startswith(renderer.start)
    assert prompt.endswith(renderer.end)
