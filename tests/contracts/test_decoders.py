"""What every engine of language models keeps: the numbers of a plain pass, order, and limits."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest

from socle import plugins
from socle.bases import Located
from socle.decoders import Decoder, DecoderEngine, Style
from socle.errors import PromptError
from socle.events import Finished, Started, Stepped
from tests.decoders.tiny import CONTEXT, OPTIONS, PROMPTS, SPECIALS, expected, save

every = pytest.mark.parametrize("name", plugins.names("decoders"))
Ready = Callable[[str], Decoder]
HOLDING = ("transformers", "llamacpp")
"""Engines that can hold an answer to a schema."""
SCHEMA = {
    "type": "object",
    "properties": {"label": {"enum": ["good", "bad"]}, "sure": {"type": "boolean"}},
    "required": ["label", "sure"],
    "additionalProperties": False,
}


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Located:
    return save("llama", tmp_path_factory.mktemp("bases") / "llama")


@pytest.fixture(scope="module")
def ready(base: Located, tmp_path_factory: pytest.TempPathFactory) -> Ready:
    """Return a function of an engine's name that prepares once, or skips the test."""

    @cache
    def once(name: str) -> Decoder:
        engine: DecoderEngine = plugins.load("decoders", name)
        reason = engine.suits(base)
        if reason is not None:
            pytest.skip(f"{name}: {reason}")
        return engine.prepare(base, tmp_path_factory.mktemp("kept") / name, "full")

    return once


@every
@pytest.mark.parametrize(
    "prompts",
    [PROMPTS, PROMPTS[:1], ["x", "is it good?", " a"], [PROMPTS[0], "bad", PROMPTS[0]]],
    ids=["beginning alike", "one", "nothing shared", "the same twice"],
)
def test_likelihoods_are_those_of_a_plain_pass(
    name: str, prompts: list[str], ready: Ready, base: Located
) -> None:
    found = ready(name).likelihoods(prompts, OPTIONS)
    plain = expected(base, prompts, OPTIONS)
    assert found.shape == plain.shape
    assert plain.std() > 0.1
    np.testing.assert_allclose(found, plain, atol=1e-4)


@every
def test_options_of_one_token_and_of_none(name: str, ready: Ready, base: Located) -> None:
    found = ready(name).likelihoods(PROMPTS, [" a", "", " b"])
    np.testing.assert_allclose(found, expected(base, PROMPTS, [" a", "", " b"]), atol=1e-4)
    assert (found[:, 1] == 0).all()


@every
def test_many_options_that_begin_alike(name: str, ready: Ready, base: Located) -> None:
    options = [f" {a} {b}" for a in ("good", "bad", "very") for b in ("film", "Label", "a", "12")]
    found = ready(name).likelihoods(PROMPTS[:2], options)
    np.testing.assert_allclose(found, expected(base, PROMPTS[:2], options), atol=1e-4)


@every
def test_a_prompt_ends_where_it_ends(name: str, ready: Ready, base: Located) -> None:
    """Together, `Labe` and `l: good` would be cut into other tokens than each by itself."""
    prompts, options = [f"{one[:-2]}" for one in PROMPTS], ["l: good", "l: bad"]
    found = ready(name).likelihoods(prompts, options)
    np.testing.assert_allclose(found, expected(base, prompts, options), atol=1e-4)


@every
def test_nothing_asked_gives_nothing(name: str, ready: Ready) -> None:
    decoder = ready(name)
    assert decoder.likelihoods([], OPTIONS).shape == (0, len(OPTIONS))
    assert decoder.likelihoods(PROMPTS, []).shape == (len(PROMPTS), 0)
    assert decoder.write([], Style()) == []


@every
def test_an_empty_prompt_is_a_beginning(name: str, ready: Ready, base: Located) -> None:
    found = ready(name).likelihoods(["", PROMPTS[0]], OPTIONS)
    np.testing.assert_allclose(found, expected(base, ["", PROMPTS[0]], OPTIONS), atol=1e-4)
    assert len(ready(name).write([""], Style(max_tokens=2))) == 1


@every
def test_a_prompt_that_does_not_fit_is_refused(name: str, ready: Ready) -> None:
    decoder = ready(name)
    long = "x" * CONTEXT
    with pytest.raises(PromptError, match=rf"Prompt 2 of 2 has \d+ tokens.*reads {CONTEXT}"):
        decoder.likelihoods(["a", long], OPTIONS)
    with pytest.raises(PromptError, match="Prompt 1 of 1"):
        decoder.write(["a"], Style(max_tokens=CONTEXT))


@every
def test_a_prompt_that_just_fits_is_read(name: str, ready: Ready, base: Located) -> None:
    decoder = ready(name)
    text = "x"
    while decoder.tokens([text + "z"])[0] + 3 <= decoder.context:
        text += "z"
    found = decoder.likelihoods([text], OPTIONS)
    np.testing.assert_allclose(found, expected(base, [text], OPTIONS), atol=1e-4)
    with pytest.raises(PromptError):
        decoder.likelihoods([text + "z"], OPTIONS)


@every
def test_tokens_and_specials(name: str, ready: Ready) -> None:
    decoder = ready(name)
    assert decoder.tokens(OPTIONS).tolist() == [1, 1, 3, 3, 1]
    assert decoder.tokens([]).tolist() == []
    assert set(decoder.specials) == set(SPECIALS)


@every
def test_answers_stand_in_the_order_of_the_prompts(name: str, ready: Ready) -> None:
    decoder, style = ready(name), Style(max_tokens=8)
    together = decoder.write(PROMPTS, style)
    assert [one.finish for one in together] == ["length"] * len(PROMPTS)
    assert len({one.text for one in together}) > 1
    alone = [decoder.write([prompt], style)[0] for prompt in PROMPTS]
    assert [one.text for one in together] == [one.text for one in alone]
    assert np.allclose([o.log_probability for o in together], [o.log_probability for o in alone])
    assert all(one.log_probability < 0 for one in together)
    turned = decoder.write(PROMPTS[::-1], style)
    assert [one.text for one in turned[::-1]] == [one.text for one in together]


@every
def test_an_answer_ends_at_a_text(name: str, ready: Ready) -> None:
    decoder = ready(name)
    whole = decoder.write(PROMPTS, Style(max_tokens=8))
    stop = whole[0].text[2:4]
    cut = decoder.write(PROMPTS, Style(max_tokens=8, stop=(stop, "never said")))
    assert (cut[0].text, cut[0].finish) == (whole[0].text.split(stop)[0], "stop")
    for one, other in zip(cut, whole, strict=True):
        assert stop not in one.text
        assert one.finish == ("stop" if stop in other.text else "length")


@every
def test_beams_end_at_a_text_too(name: str, ready: Ready) -> None:
    whole = ready(name).write(PROMPTS, Style(max_tokens=8, beams=2))
    stop = whole[0].text[1:3]
    for one in ready(name).write(PROMPTS, Style(max_tokens=8, beams=2, stop=(stop,))):
        assert stop not in one.text


@every
def test_drawing_follows_the_seed(name: str, ready: Ready) -> None:
    decoder = ready(name)
    style = Style(max_tokens=8, temperature=1.0, top_p=0.95, seed=1)
    first, again = (decoder.write(PROMPTS, style) for _ in range(2))
    other = decoder.write(PROMPTS, Style(max_tokens=8, temperature=1.0, seed=2))
    assert first == again
    assert first != other


@every
def test_beams_find_what_is_likelier(name: str, ready: Ready) -> None:
    decoder = ready(name)
    plain, beams = (decoder.write(PROMPTS, Style(max_tokens=6, beams=n)) for n in (1, 4))
    mean = [sum(one.log_probability for one in answers) for answers in (plain, beams)]
    assert mean[1] > mean[0]
    alone = [decoder.write([one], Style(max_tokens=6, beams=4))[0].text for one in PROMPTS]
    assert [one.text for one in beams] == alone


@every
def test_what_was_written_is_not_repeated(name: str, ready: Ready) -> None:
    decoder = ready(name)
    plain = decoder.write(PROMPTS, Style(max_tokens=20))
    assert any(_repeats(one.text) for one in plain)
    for style in (Style(max_tokens=20, no_repeat=2), Style(max_tokens=20, repetition_penalty=9.0)):
        found = decoder.write(PROMPTS, style)
        assert not any(_repeats(one.text) for one in found)
        # A prompt may be repeated, and its neighbours change nothing.
        assert found[1].text == decoder.write(PROMPTS[1:2], style)[0].text


@every
def test_a_schema_is_kept_or_refused(name: str, ready: Ready) -> None:
    decoder, style = ready(name), Style(max_tokens=60, schema=SCHEMA)
    if name not in HOLDING:
        with pytest.raises(PromptError) as caught:
            decoder.write(PROMPTS, style)
        assert any(other in caught.value.hint for other in HOLDING)
        return
    for one in decoder.write(PROMPTS, style):
        said = json.loads(one.text)
        assert set(said) == {"label", "sure"}
        assert said["label"] in ("good", "bad")
        assert one.finish == "stop"


@every
def test_progress_is_told(name: str, ready: Ready) -> None:
    heard: list[Any] = []
    ready(name).likelihoods(PROMPTS, OPTIONS, heard.append)
    ready(name).write(PROMPTS, Style(max_tokens=2), heard.append)
    for kind, total in ((Started, "total"), (Stepped, "done")):
        last = [getattr(one, total) for one in heard if isinstance(one, kind)]
        assert last[-1] == len(PROMPTS)
    assert sum(isinstance(one, Finished) for one in heard) == 2


def _repeats(text: str) -> bool:
    """Say whether three characters stand twice in a row."""
    return any(text[i : i + 3] == text[i + 3 : i + 6] for i in range(len(text) - 5))
