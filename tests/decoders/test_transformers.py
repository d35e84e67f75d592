"""The engine in torch: every family by its fastest exact way, in half precision, and writing."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer

from socle.bases import Located, halving
from socle.decoders import Style
from socle.decoders.transformers import OPTION, TransformersDecoder
from socle.errors import MissingExtraError, PromptError
from tests.decoders.tiny import (
    DECODERS,
    OPTIONS,
    PAIRS,
    PROMPTS,
    expected,
    network,
    save,
    save_marian,
)

Ready = Callable[[str], tuple[Located, Any]]
READINGS = dict.fromkeys(DECODERS, "tree") | {"bloom": "rows"} | dict.fromkeys(PAIRS, "rows")
NUMBER = {
    "type": "object",
    "properties": {"n": {"enum": [1, 2]}},
    "required": ["n"],
    "additionalProperties": False,
}


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Ready:
    """Return a function of a family's name that gives a base and its decoder, made once."""

    @cache
    def once(family: str) -> tuple[Located, Any]:
        folder = tmp_path_factory.mktemp("bases") / family
        located = save_marian(folder) if family == "marian" else save(family, folder)
        assert OPTION.suits(located) is None
        return located, OPTION.prepare(located, folder, "full")

    return once


@pytest.mark.parametrize("family", [*DECODERS, *PAIRS])
def test_every_family_gives_the_numbers_of_a_plain_pass(family: str, ready: Ready) -> None:
    located, decoder = ready(family)
    assert decoder.reading == READINGS[family]
    plain = expected(located, PROMPTS, OPTIONS)
    assert plain.std() > 0.1
    np.testing.assert_allclose(decoder.likelihoods(PROMPTS, OPTIONS), plain, atol=1e-4)


@pytest.mark.parametrize("reading", ["rows", "single rows"])
@pytest.mark.parametrize("family", ["gemma3", "gpt2", "bloom"])
def test_other_ways_of_reading_give_the_same(
    family: str, reading: str, ready: Ready, monkeypatch: pytest.MonkeyPatch
) -> None:
    located, decoder = ready(family)
    monkeypatch.setattr(decoder, "reading", reading)
    plain = expected(located, PROMPTS, OPTIONS)
    np.testing.assert_allclose(decoder.likelihoods(PROMPTS, OPTIONS), plain, atol=1e-4)


def test_many_small_batches_give_the_same(ready: Ready, monkeypatch: pytest.MonkeyPatch) -> None:
    located, decoder = ready("gemma3")
    monkeypatch.setattr("socle.decoders.transformers._READ", 20)
    plain = expected(located, PROMPTS, OPTIONS)
    np.testing.assert_allclose(decoder.likelihoods(PROMPTS, OPTIONS), plain, atol=1e-4)


@pytest.mark.parametrize(("failing", "left"), [("_by_tree", "rows"), ("read", "single rows")])
def test_an_architecture_that_does_not_take_a_way_is_read_in_another(
    failing: str, left: str, ready: Ready, monkeypatch: pytest.MonkeyPatch
) -> None:
    located, decoder = ready("llama")

    def refuse(*given: Any) -> Any:
        raise TypeError("no such argument")

    where: Any = TransformersDecoder if failing == "_by_tree" else "socle.bases.attention"
    if isinstance(where, str):
        monkeypatch.setattr(f"{where}.{failing}", refuse)
    else:
        monkeypatch.setattr(where, failing, refuse)
    monkeypatch.setattr(decoder, "reading", "single rows")
    decoder.settle()
    assert decoder.reading == left
    plain = expected(located, PROMPTS, OPTIONS)
    np.testing.assert_allclose(decoder.likelihoods(PROMPTS, OPTIONS), plain, atol=1e-4)


def test_a_way_that_gives_other_numbers_is_not_taken(
    ready: Ready, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, decoder = ready("llama")
    right = TransformersDecoder._by_tree
    monkeypatch.setattr(TransformersDecoder, "_by_tree", lambda *given: right(*given) + 0.01)
    monkeypatch.setattr(decoder, "reading", "single rows")
    decoder.settle()
    assert decoder.reading == "rows"


@pytest.mark.parametrize("family", [*DECODERS, *PAIRS])
def test_the_likeliest_token_follows_at_every_step(family: str, ready: Ready) -> None:
    located, decoder = ready(family)
    reader = Tokenizer.from_file(str(located.folder / "tokenizer.json"))
    found = decoder.write(PROMPTS, Style(max_tokens=8))
    for prompt, answer in zip(PROMPTS, found, strict=True):
        ids, mean = _greedy(located, reader.encode(prompt).ids, 8)
        assert answer.text == reader.decode(ids)
        assert answer.log_probability == pytest.approx(mean, abs=1e-4)


@pytest.mark.parametrize("family", ["gemma3", "gpt2", "t5"])
@pytest.mark.parametrize(
    "style",
    [
        Style(max_tokens=9, repetition_penalty=3.0, no_repeat=2),
        Style(max_tokens=9, temperature=0.9, top_p=0.8, seed=4),
        Style(max_tokens=40, schema=NUMBER),
    ],
)
def test_what_is_heard_while_writing_is_what_reading_it_again_gives(
    family: str, style: Style, ready: Ready, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, decoder = ready(family)
    heard = decoder.write(PROMPTS, style)
    written = TransformersDecoder._written
    monkeypatch.setattr(
        TransformersDecoder,
        "_written",
        lambda *given: [(ids, None) for ids, _ in written(*given)],
    )
    read = decoder.write(PROMPTS, style)
    assert [one.text for one in heard] == [one.text for one in read]
    wanted = [one.log_probability for one in read]
    assert [one.log_probability for one in heard] == pytest.approx(wanted, abs=1e-4)
    assert len(set(wanted)) > 1


@pytest.mark.parametrize("family", ["llama", "gemma3", "bloom", "t5"])
def test_half_precision_is_near(family: str, ready: Ready, tmp_path: Path) -> None:
    located, _ = ready(family)
    decoder: Any = OPTION.prepare(located, tmp_path, "full")
    halving.halve(decoder._model)
    kinds = {one.dtype for one in decoder._model.parameters()}
    assert kinds == {torch.float32, torch.bfloat16}
    plain = expected(located, PROMPTS, OPTIONS)
    found = decoder.likelihoods(PROMPTS, OPTIONS)
    assert 0 < np.abs(found - plain).max() < 0.3
    assert len(decoder.write(PROMPTS, Style(max_tokens=3))) == len(PROMPTS)


def test_half_precision_only_where_it_gains(
    ready: Ready, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    located, _ = ready("llama")
    for gains, kind in ((False, torch.float32), (True, torch.bfloat16)):
        monkeypatch.setattr(halving, "gains", lambda gains=gains: gains)
        decoder: Any = OPTION.prepare(located, tmp_path, "half")
        assert decoder._model.model.layers[0].mlp.up_proj.weight.dtype == kind


def test_int8_is_not_offered(ready: Ready, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="ctranslate2 in int8"):
        OPTION.prepare(ready("llama")[0], tmp_path, "int8")


@pytest.mark.parametrize("family", ["gemma3", "t5"])
@pytest.mark.parametrize("beams", [1, 2])
def test_a_schema_is_kept(family: str, beams: int, ready: Ready) -> None:
    style = Style(max_tokens=40, schema=NUMBER, beams=beams)
    for one in ready(family)[1].write(PROMPTS, style):
        assert json.loads(one.text)["n"] in (1, 2)


@pytest.mark.parametrize("schema", [{"type": "nonsense"}, {"$ref": "https://a.b/c"}])
def test_a_schema_that_is_none(schema: dict[str, Any], ready: Ready) -> None:
    with pytest.raises(PromptError, match="schema cannot be followed"):
        ready("llama")[1].write(PROMPTS, Style(max_tokens=9, schema=schema))


def test_a_schema_needs_its_package(ready: Ready, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "llguidance", None)
    with pytest.raises(MissingExtraError, match=r"socle\[llm\]"):
        ready("llama")[1].write(PROMPTS, Style(max_tokens=9, schema=NUMBER))


def test_a_base_without_fast_tokenizer(ready: Ready) -> None:
    _, decoder = ready("marian")
    found = decoder.likelihoods(["it is good", "bad"], OPTIONS)
    assert found.shape == (2, len(OPTIONS))
    assert (found < 0).all()
    assert decoder.tokens(["good or bad"]).tolist() > [0]
    assert [one.finish for one in decoder.write(["bad"], Style(max_tokens=4))] == ["length"]
    with pytest.raises(PromptError, match=r"no tokenizer\.json"):
        decoder.write(["bad"], Style(max_tokens=9, schema=NUMBER))


def test_what_does_not_write_is_refused(tiny_encoder: Path, ready: Ready, tmp_path: Path) -> None:
    from socle.bases import finding

    assert "encoder" in (OPTION.suits(finding.find(tiny_encoder)) or "")
    base = ready("llama")[0].base
    assert "not on this machine" in (OPTION.suits(Located(base, tmp_path, "")) or "")
    (tmp_path / "config.json").write_text('{"model_type": "oracle"}')
    assert "'oracle'" in (OPTION.suits(Located(base, tmp_path, "")) or "")


@pytest.mark.real
def test_engines_agree_on_a_real_base(fetched: Callable[[str], Located], tmp_path: Path) -> None:
    from socle.decoders.ctranslate2 import OPTION as OTHER

    located = fetched("smollm2-135m-instruct")
    told = "Is the text about sport, or about money in the bank, or the weather?\nText: "
    texts = ("The striker scored.", "Shares fell.", "Rain is expected.", "The race was close.")
    prompts = [f"{told}{text}\nTopic:" for text in texts]
    options = [" sport", " bank money", " weather in May"]
    right = OPTION.prepare(located, tmp_path, "full").likelihoods(prompts, options)
    quick = OTHER.prepare(located, tmp_path, "int8").likelihoods(prompts, options)
    # Measured on running text: 0.18 a token on the mean and 0.8 at most, so int8 costs real digits.
    tokens = np.array([1, 2, 3])
    assert (np.abs(right - quick) / tokens).mean() < 0.5
    np.testing.assert_array_equal(right.argsort(1), quick.argsort(1))
    np.testing.assert_allclose(right, expected(located, prompts, options), atol=1e-3)


def _greedy(located: Located, ids: list[int], tokens: int) -> tuple[list[int], float]:
    """Return the likeliest tokens by whole plain passes, and their mean log-probability."""
    model, answer, total = network(located.folder), [], 0.0
    config = model.config
    forced = model.generation_config.forced_bos_token_id
    first = [2 if forced else 0, *([forced] if forced else [])]
    while len(answer) < tokens and answer[-1:] != [config.eos_token_id]:
        with torch.no_grad():
            if config.is_encoder_decoder:
                given = torch.tensor([first + answer])
                logits = model(torch.tensor([ids]), decoder_input_ids=given).logits[0, -1]
            else:
                logits = model(torch.tensor([ids + answer])).logits[0, -1]
        scores = logits.log_softmax(-1)
        logits[config.pad_token_id] = -torch.inf
        answer.append(int(logits.argmax()))
        total += float(scores[answer[-1]])
    return answer, total / len(answer)
