"""Answers of a language model: prompts, parts of long texts, lengths; the model is a stand-in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from socle.decoders import Style
from socle.errors import PromptError
from socle.events import Event, Finished, Listener, Started, Stepped, silent
from socle.examples import Written
from socle.prompts import Shot, Wording, wordings
from socle.recipe import Recipe
from socle.training.writing import (
    Lengths,
    Manner,
    Writer,
    lengths_of,
    told,
    usual_lengths,
    usual_style,
    wished,
)

WORDING = Wording("Shout.\n", "{text} ={answer}\n\n", "{text} =")
FENCED = replace(WORDING, fence="Between two lines.\n", question="{text}\n=")


class Shouter:
    """Answers with the document of a prompt in capitals, word by word a token."""

    specials = ("<end>",)

    def __init__(self, context: int = 1000) -> None:
        self.context = context
        self.calls: list[tuple[list[str], Style]] = []

    def tokens(self, texts: Sequence[str]) -> NDArray[np.int64]:
        """Return how many words each text has."""
        return np.array([len(text.split()) for text in texts], dtype=np.int64)

    def likelihoods(self, prompts: Any, options: Any, listen: Listener = silent) -> Any:
        """Nothing asks for them."""
        raise NotImplementedError

    def write(
        self, prompts: Sequence[str], style: Style, listen: Listener = silent
    ) -> list[Written]:
        """Shout."""
        self.calls.append((list(prompts), style))
        listen(Started("Decoding", len(prompts)))
        found = []
        for i, prompt in enumerate(prompts):
            size = int(self.tokens([prompt])[0])
            assert size + style.max_tokens <= self.context
            words = prompt.removesuffix("=").split("\n")[-1].split()
            text = " " + " ".join(words[: style.max_tokens]).upper() + "\n"
            finish = "stop" if len(words) <= style.max_tokens else "length"
            found.append(Written(text, finish, -1.0 * len(words)))  # type: ignore[arg-type]
            listen(Stepped("Decoding", i + 1))
        listen(Finished("Decoding", 0.0))
        return found


def manner(kind: str = "translation", **changes: Any) -> Manner:
    lengths = Lengths(1.0, 8) if kind == "translation" else Lengths(0.0, 8)
    return replace(Manner(kind, Style(), lengths, WORDING), **changes)


def test_answers_come_in_the_order_of_the_texts() -> None:
    texts = ["a b", "one two three four five six seven eight nine ten", "", "c", " \n"]
    found = Writer(Shouter(), manner()).scores(texts)
    assert [one.text for one in found] == [texts[0].upper(), texts[1].upper(), "", "C", ""]
    assert {one.finish for one in found} == {"stop"}
    assert found[0].log_probability == -2.0


def test_nothing_is_asked_of_the_model_for_blank_texts() -> None:
    shouter = Shouter()
    assert Writer(shouter, manner()).scores(["", "  "]) == [Written("", "stop")] * 2
    assert Writer(shouter, manner()).scores([]) == []
    assert shouter.calls == []


def test_longer_texts_may_have_longer_answers() -> None:
    shouter = Shouter()
    Writer(shouter, manner()).scores(["a b", " ".join("abcdefghijklmnopq"), "c"])
    assert [(len(prompts), style.max_tokens) for prompts, style in shouter.calls] == [
        (2, 8),
        (1, 32),
    ]


def test_the_longest_answer_that_a_recipe_asks_for_is_never_passed() -> None:
    shouter = Shouter()
    asked = wished(manner(), Recipe(max_tokens=5, beams=3, seed=7))
    (found,) = Writer(shouter, asked).scores([" ".join("abcdefghijklmnopq")])
    assert (found.text, found.finish) == ("A B C D E", "length")
    ((_, style),) = shouter.calls
    assert (style.max_tokens, style.beams, style.seed) == (5, 3, 7)


def test_a_translation_keeps_what_stood_between_its_parts() -> None:
    text = "One two three. Four five six.\n\nSeven eight nine.   Ten eleven twelve."
    lengths = Lengths(1.0, 4, longest=3)
    (found,) = Writer(Shouter(), manner(lengths=lengths)).scores([text])
    assert found.text == text.upper()
    assert found.finish == "parts"


def test_the_summaries_of_parts_follow_one_another() -> None:
    text = "One two three. Four five six.\n\nSeven eight nine."
    asked = manner("summary", lengths=Lengths(0.0, 3, longest=3))
    (found,) = Writer(Shouter(), asked).scores([text])
    assert found == Written("ONE TWO THREE. FOUR FIVE SIX. SEVEN EIGHT NINE.", "parts", -3.0)


def test_what_does_not_fit_the_context_is_read_in_parts() -> None:
    text = " ".join(f"w{i}" for i in range(60))
    shouter = Shouter(context=30)
    (found,) = Writer(shouter, manner()).scores([text])
    assert found.text == text.upper()
    assert found.finish == "parts"
    assert sum(len(prompts) for prompts, _ in shouter.calls) > 3


def test_a_part_that_was_cut_short_is_told() -> None:
    text = "one two three four five six seven eight nine ten eleven twelve. Yes."
    asked = manner("summary", lengths=Lengths(0.0, 8, longest=12))
    (found,) = Writer(Shouter(), asked).scores([text])
    assert found.finish == "length"
    assert found.text.startswith("ONE TWO")
    assert found.text.endswith("YES.")


def test_instructions_that_leave_no_room_are_refused() -> None:
    shots = tuple(Shot(f"text {i}", "answer") for i in range(20))
    with pytest.raises(PromptError, match="around a text"):
        Writer(Shouter(context=40), manner(shots=shots)).scores(["a"])


def test_prompts_hold_instructions_examples_and_a_harmless_document() -> None:
    shouter = Shouter()
    asked = manner(wording=FENCED, shots=(Shot("a", "A"),))
    Writer(shouter, asked).scores(["do <end> it"])
    ((prompt,), _) = shouter.calls[0]
    assert prompt.startswith("Shout.\nBetween two lines.\n===")
    assert "do < end> it" in prompt
    assert prompt.endswith("===\n=")


def test_an_encoder_decoder_reads_the_bare_text_behind_its_prefix() -> None:
    shouter = Shouter(context=10)
    asked = manner(wording=None, prefix="translate: ")
    assert Writer(shouter, asked).prompt("x <end>") == "translate: x <end>"
    # Source and answer are counted apart: both may be nearly as long as the context.
    assert Writer(Shouter(), asked)._needed(" ".join("abcdefghi")) == 10


def test_progress_is_that_of_one_job() -> None:
    heard: list[Event] = []
    Writer(Shouter(), manner()).scores(["a", " ".join("abcdefghijklmnopq"), "c"], heard.append)
    assert heard[0] == Started("Writing", 3)
    assert isinstance(heard[-1], Finished)
    assert {event.job for event in heard if isinstance(event, Stepped)} == {"Writing"}
    steps = [event.done for event in heard if isinstance(event, Stepped)]
    assert steps == sorted(steps)
    assert steps[-1] == 3


def test_lengths_follow_the_answers_that_are_known() -> None:
    sources, targets = np.array([10, 20, 40, 100]), np.array([12, 24, 48, 120])
    found = lengths_of("translation", sources, targets)
    assert found.most(100) >= 120
    assert found.most(100) <= 200
    assert found.longest == 100
    short = lengths_of("summary", sources * 10, targets)
    assert short.most(10) == short.most(1000) >= 110
    assert short.longest == 0
    nothing = np.zeros(0, dtype=np.int64)
    assert lengths_of("summary", nothing, nothing) == usual_lengths("summary")


@pytest.mark.parametrize("kind", ["translation", "summary"])
def test_a_manner_survives_json(kind: str) -> None:
    wording = wordings.default(kind, "fr")
    one = told(kind, wording, [Shot("a", "b")], usual_lengths(kind))
    assert Manner.from_json(one.to_json()) == one
    assert one.style.stop
    bare = Manner(kind, usual_style(kind), usual_lengths(kind), prefix="x: ")
    assert Manner.from_json(bare.to_json()) == bare
