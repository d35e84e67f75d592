"""The engine CTranslate2: every family that it converts, once, and what it would get wrong."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from socle.bases import Located, converting, finding
from socle.decoders import Style
from socle.decoders.ctranslate2 import OPTION
from socle.decoders.transformers import OPTION as TORCH
from socle.errors import BaseError, MissingExtraError, PromptError
from tests.decoders.tiny import DECODERS, OPTIONS, PAIRS, PROMPTS, expected, save, save_marian

WIDE = 100
Ready = Callable[[str], tuple[Located, Any]]


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Ready:
    """Return a function of a family's name that gives a base and its decoder, made once."""

    @cache
    def once(family: str) -> tuple[Located, Any]:
        folder = tmp_path_factory.mktemp("bases") / family
        located = save_marian(folder) if family == "marian" else save(family, folder, WIDE)
        assert OPTION.suits(located) is None
        return located, OPTION.prepare(located, folder.parent / "kept", "full")

    return once


@pytest.mark.parametrize("family", [*DECODERS, *PAIRS])
def test_every_family_gives_the_numbers_of_a_plain_pass(family: str, ready: Ready) -> None:
    located, decoder = ready(family)
    plain = expected(located, PROMPTS, OPTIONS)
    np.testing.assert_allclose(decoder.likelihoods(PROMPTS, OPTIONS), plain, atol=1e-4)


@pytest.mark.parametrize("family", [*DECODERS, *PAIRS, "marian"])
def test_answers_are_those_of_torch(family: str, ready: Ready, tmp_path: Path) -> None:
    located, decoder = ready(family)
    torch = TORCH.prepare(located, tmp_path, "full")
    style = Style(max_tokens=8)
    prompts = ["it is good", "the film was bad"] if family == "marian" else PROMPTS
    right, found = torch.write(prompts, style), decoder.write(prompts, style)
    assert [one.text for one in found] == [one.text for one in right]
    assert [one.finish for one in found] == [one.finish for one in right]
    # Torch counts padding among what could have been written, CTranslate2 leaves it out.
    means = [[one.log_probability for one in answers] for answers in (found, right)]
    np.testing.assert_allclose(*means, atol=0.05)


def test_marian_gives_the_numbers_of_torch(ready: Ready, tmp_path: Path) -> None:
    located, decoder = ready("marian")
    torch = TORCH.prepare(located, tmp_path, "full")
    prompts = ["it is good", "the film was bad"]
    found, right = (one.likelihoods(prompts, OPTIONS) for one in (decoder, torch))
    np.testing.assert_allclose(found, right, atol=1e-4)


def test_few_tokens_in_memory_give_the_same(ready: Ready, monkeypatch: pytest.MonkeyPatch) -> None:
    """Prompts in batches of one, their branches too, and beginnings that are given up again."""
    located, decoder = ready("llama")
    monkeypatch.setattr("socle.decoders.ctranslate2._KEPT", 50)
    for prompts in (PROMPTS, [f"Other.{one}" for one in PROMPTS], PROMPTS):
        plain = expected(located, prompts, OPTIONS)
        np.testing.assert_allclose(decoder.likelihoods(prompts, OPTIONS), plain, atol=1e-4)
        assert len(decoder._kept) == 1


def test_int8_is_near(ready: Ready) -> None:
    located, decoder = ready("llama")
    quick = OPTION.prepare(located, decoder._folder.parent, "int8")
    right, found = (one.likelihoods(PROMPTS, OPTIONS) for one in (decoder, quick))
    assert 0 < np.abs(right - found).max() < 0.5


def test_a_base_is_converted_once(
    ready: Ready, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    located, _ = ready("llama")
    OPTION.prepare(located, tmp_path, "int8")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["int8"]
    monkeypatch.setattr(converting, "_converter", lambda: pytest.fail("converted again"))
    OPTION.prepare(located, tmp_path, "int8")


def test_a_conversion_that_fails_leaves_nothing(
    ready: Ready, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(file: Path) -> None:
        raise ValueError("no such layer")

    monkeypatch.setattr(converting, "_complete", fail)
    with pytest.raises(BaseError, match="no such layer"):
        OPTION.prepare(ready("llama")[0], tmp_path, "int8")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("family", ["gemma3", "mistral"])
def test_what_a_window_does_not_see_at_once_is_refused(family: str, tmp_path: Path) -> None:
    located = save(family, tmp_path / family, 30)
    decoder = OPTION.prepare(located, tmp_path, "full")
    assert decoder.context == 30 - 1
    with pytest.raises(PromptError, match="reads 30"):
        decoder.likelihoods(PROMPTS, OPTIONS)


def test_half_precision_is_not_offered(ready: Ready, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="full precision or int8"):
        OPTION.prepare(ready("llama")[0], tmp_path, "half")


def test_a_schema_is_refused_with_engines_that_keep_it(ready: Ready) -> None:
    with pytest.raises(PromptError, match="JSON schema") as caught:
        ready("llama")[1].write(PROMPTS, Style(schema={"type": "object"}))
    assert "transformers" in caught.value.hint


def test_what_cannot_run_is_refused(
    ready: Ready, tiny_encoder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    located, _ = ready("llama")
    assert "encoder" in (OPTION.suits(finding.find(tiny_encoder)) or "")
    assert "not on this machine" in (OPTION.suits(Located(located.base, tmp_path, "")) or "")
    (tmp_path / "config.json").write_text('{"model_type": "olmo"}')
    assert "'olmo'" in (OPTION.suits(Located(located.base, tmp_path, "")) or "")
    (tmp_path / "config.json").write_text('{"model_type": "oracle"}')
    assert "config cannot be read" in (OPTION.suits(Located(located.base, tmp_path, "")) or "")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert "socle[llm]" in (OPTION.suits(located) or "")
    with pytest.raises(MissingExtraError, match=r"socle\[llm\]"):
        OPTION.prepare(located, tmp_path, "int8")


@pytest.mark.parametrize("family", ["gemma3", "gpt-neox"])
def test_positions_that_would_be_misread_are_refused(
    family: str, ready: Ready, tmp_path: Path
) -> None:
    located, _ = ready(family)
    config = json.loads((located.folder / "config.json").read_text())
    rope = config["rope_parameters"]
    rope.get("full_attention", rope)["rope_theta"] = 5.0
    (tmp_path / "config.json").write_text(json.dumps(config))
    reason = OPTION.suits(Located(located.base, tmp_path, ""))
    assert reason is not None
    assert "rotary positions" in reason
