"""A document longer than a base reads at once: read in windows, nothing cut in silence."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import socle
from socle.examples import Prediction
from socle.heads.pooled import kept_head
from socle.training.encoding import FULL, TextEncoder

ROOM = 8  # words in a window of 10 tokens, of which two are special
KNOWN = ("le", "film", "est", "parfait", "la", "chambre", "est", "horrible", "et", "pas", "bien")
FILLER = (
    "le",
    "la",
    "un",
    "une",
    "des",
    "du",
    "de",
    "et",
    "en",
    "il",
    "elle",
    "nous",
    "par",
    "pour",
)
GOOD = "le film est parfait et excellent du début à la fin."
BAD = "la chambre est horrible et ne vaut rien du tout."


def log_odds(found: Prediction[str]) -> float:
    chances = dict(found.alternatives)
    return math.log(chances["positif"] / chances["négatif"])


@pytest.fixture(scope="module")
def model(tiny_reviews: Path, tiny_encoder: Path) -> socle.AdaptedModel:
    """Return a head that reads as much as its base takes, in full precision."""
    recipe = socle.Recipe(
        base=str(tiny_encoder), strategy="head", effort="quick", engine="onnx", overlap=0
    )
    return socle.adapt(tiny_reviews, recipe=recipe)


@pytest.fixture(scope="module")
def narrow(tiny_reviews: Path, tiny_encoder: Path) -> socle.AdaptedModel:
    """Return a head that reads ten tokens at once."""
    recipe = socle.Recipe(
        base=str(tiny_encoder), strategy="head", effort="quick", engine="onnx", overlap=0, window=10
    )
    return socle.adapt(tiny_reviews, recipe=recipe)


@pytest.mark.parametrize("count", [9, 16, 20, 61])
def test_a_document_is_the_mean_of_its_windows_weighted_by_tokens(
    narrow: socle.AdaptedModel, count: int
) -> None:
    """Its vector is; the head brings that to length 1, as it does with a short text's."""
    words = [KNOWN[i * 5 % len(KNOWN)] for i in range(count)]
    pieces = [words[i : i + ROOM] for i in range(0, count, ROOM)]
    facts, tensors = narrow.adaptation.facts, narrow.adaptation.tensors
    assert narrow.located is not None
    encoder = TextEncoder(narrow.located, narrow.recipe, FULL, tuple(facts["layers"]))
    parts = encoder.fresh([" ".join(piece) for piece in pieces])
    weights = np.array([len(piece) + 2 for piece in pieces], dtype=np.float32)
    mean = (weights[:, None] * parts).sum(axis=0, keepdims=True) / weights.sum()
    negative, positive = kept_head(tensors, facts).scores(mean.astype(np.float32))[0]
    [whole] = narrow.predict([" ".join(words)])
    assert log_odds(whole) == pytest.approx(float(positive - negative), abs=1e-4)
    assert np.ptp(parts, axis=0).max() > 0.01, "windows that are all alike show nothing"


@pytest.fixture(scope="module")
def far() -> Callable[[str, int], str]:
    """Return a function that gives 150 words of nothing, more than a window, and then a saying."""

    def text(said: str, seed: int) -> str:
        filler = random.Random(seed).choices(FILLER, k=150)
        return " ".join([*filler, *[said] * 6])

    return text


@pytest.mark.parametrize("strategy", ["head", "lora"])
def test_words_at_the_far_end_decide(
    strategy: str, far: Callable[[str, int], str], tiny_encoder: Path
) -> None:
    rows = [
        {"text": far(said, 2 * i + (label == "bad")), "label": label}
        for i in range(30)
        for said, label in ((GOOD, "good"), (BAD, "bad"))
    ]
    recipe = socle.Recipe(
        base=str(tiny_encoder),
        strategy=strategy,
        effort="quick",
        epochs=20,
        learning_rate=1e-2,  # weights drawn at random have far to go
        precision="float32",
    )
    model = socle.adapt(rows, recipe=recipe)
    assert model.report["metrics"]["accuracy"] == 1.0
    texts = [far(said, seed) for seed in (100, 101) for said in (GOOD, BAD)]
    assert [found.target for found in model.predict(texts)] == ["good", "bad", "good", "bad"]


def test_one_word_at_the_very_end_is_read(model: socle.AdaptedModel) -> None:
    text = f"{GOOD} " * 200
    plain, more = model.predict([text, text + "horrible"])
    assert log_odds(more) < log_odds(plain)
    assert log_odds(more) == pytest.approx(log_odds(plain), abs=0.5), "one word among thousands"


def test_a_long_document_leaves_its_neighbours_alone(model: socle.AdaptedModel) -> None:
    long, short = (f"{GOOD} " * 300, GOOD)
    alone = [model.predict([text])[0] for text in (long, short)]
    together = model.predict([short, long, short])
    assert [log_odds(found) for found in together] == pytest.approx(
        [log_odds(alone[1]), log_odds(alone[0]), log_odds(alone[1])], abs=1e-4
    )
