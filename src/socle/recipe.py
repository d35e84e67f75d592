"""`Recipe`: the one configuration object, frozen and saved beside every result.

Order of truth: defaults derived from `effort` and the data -> `recipe.toml` -> flags.
"""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from socle.errors import RecipeError

EFFORTS = ("quick", "normal", "thorough")
_OF_DECODERS = ("ctranslate2-int8", "ctranslate2", "transformers-half", "transformers")
_ENGINES = ("auto", "onnx-int8", "onnx", "torch", *_OF_DECODERS)
_KINDS: Mapping[str, tuple[type | tuple[type, ...], str]] = {
    "str": (str, "a text in quotes"),
    "int": (int, "a whole number"),
    "float": ((int, float), "a number"),
}


@dataclass(frozen=True)
class Recipe:
    """Every choice that leads from rows to a model; None means "derive it"."""

    task: str | None = None
    """classification, relations, labelling, parsing or generation; recognised from the rows by
    default."""
    base: str | None = None
    strategy: str = "auto"
    effort: str = "normal"
    seed: int = 0
    text_column: str | None = None
    label_column: str | None = None
    group_column: str | None = None
    test_share: float = 0.2
    """Share of the rows held out for the test when no test file is given."""
    window: int | None = None
    """Tokens per window; a longer document is read in several. At most the base's context."""
    overlap: int = 32
    """Tokens that two neighbouring windows share."""
    epochs: int | None = None
    """Passes over the data, of the strategies that move weights."""
    learning_rate: float | None = None
    """Peak learning rate, of the strategies that move weights."""
    batch_size: int = 32
    """Documents per optimiser step."""
    layers: int | None = None
    """How many of the last layers `partial` trains, and `lora` corrects: a third, and all of them,
    by default. Models that leave the layers below alone share them when they answer together."""
    rank: int = 16
    """Rank of the LoRA matrices."""
    replay: float = 0.0
    """General texts read for each example, in 0..1, to keep what the base knew while its weights
    move."""
    precision: str = "auto"
    """auto, float32 or bfloat16, for training."""
    engine: str = "auto"
    """For inference: auto (int8 if it passes the comparison), of encoders onnx-int8, onnx or torch;
    of language models ctranslate2-int8, ctranslate2, transformers-half or transformers, which
    encoders beside them take for auto."""
    prompt: str | None = None
    """TOML file of the wording that a language model is given; one of ours by default, which every
    model keeps as prompt.toml."""
    shots: int | None = None
    """Examples that `few-shot` shows; chosen on rows that it does not show by default."""
    examples: str = "fixed"
    """Which examples `few-shot` shows: fixed ones, which are read once for all texts, or those
    similar to each text."""
    scoring: str = "auto"
    """How a language model's likelihoods become scores of labels: sum, mean (over the tokens of a
    label) or pmi (less the likelihood of the label without any text)."""
    calibration: str = "auto"
    """How these scores are corrected without labels: none, contextual, batch or prior."""
    max_tokens: int | None = None
    """Most tokens of a generated answer; from the lengths of the training answers by default."""
    beams: int = 1
    """Hypotheses that are kept while generating; 1 takes the likeliest token at every step."""
    temperature: float = 0.0
    """Of drawing while generating; 0 draws nothing."""
    budget: float | None = None
    """Seconds that `--strategy auto` may spend on candidates, and a comparison on everything; from
    the effort by default."""
    seeds: int | None = None
    """How many seeds a comparison fits every candidate with; from effort and size by default."""
    price_per_hour: float | None = None
    """What an hour of this machine costs, for the price of 1,000 documents."""
    data_licence: str | None = None
    """Licence of the labelled rows, an SPDX identifier; unknown by default."""

    def __post_init__(self) -> None:
        if self.effort not in EFFORTS:
            raise RecipeError(
                f"There is no effort called {self.effort!r}.", f"Choose among: {', '.join(EFFORTS)}"
            )
        for field in dataclasses.fields(self):
            _refuse_kind(field.name, getattr(self, field.name), str(field.type))
        checks = {
            "seed": 0 <= self.seed < 2**32,
            "test_share": 0 < self.test_share < 1,
            "window": self.window is None or self.window >= 8,
            "overlap": self.overlap >= 0,
            "epochs": self.epochs is None or self.epochs >= 1,
            "learning_rate": self.learning_rate is None or self.learning_rate > 0,
            "batch_size": self.batch_size >= 1,
            "layers": self.layers is None or self.layers >= 1,
            "rank": self.rank >= 1,
            "seeds": self.seeds is None or 1 <= self.seeds <= 100,
            "price_per_hour": self.price_per_hour is None or self.price_per_hour >= 0,
            "budget": self.budget is None or self.budget > 0,
            "replay": 0 <= self.replay <= 1,
            "precision": self.precision in ("auto", "float32", "bfloat16"),
            "engine": self.engine in _ENGINES,
            "shots": self.shots is None or self.shots >= 1,
            "examples": self.examples in ("fixed", "similar"),
            "scoring": self.scoring in ("auto", "sum", "mean", "pmi"),
            "calibration": self.calibration in ("auto", "none", "contextual", "batch", "prior"),
            "max_tokens": self.max_tokens is None or self.max_tokens >= 1,
            "beams": 1 <= self.beams <= 64,
            "temperature": 0 <= self.temperature <= 2,
        }
        for name, good in checks.items():
            if not good:
                raise RecipeError(
                    f"The setting {name} = {getattr(self, name)!r} is out of its range.",
                    "See `socle adapt --help`, and Recipe in docs/adapt.md, for what it may be.",
                )

    @property
    def seconds(self) -> float:
        """Seconds that the candidates of `auto` may take together."""
        return self.budget or {"quick": 60.0, "normal": 600.0, "thorough": 3600.0}[self.effort]

    def for_encoders(self) -> Recipe:
        """Return this recipe without an engine that runs language models only."""
        other = self.engine in _OF_DECODERS
        return dataclasses.replace(self, engine="auto") if other else self

    def changed(self, settings: Mapping[str, Any]) -> Recipe:
        """Return this recipe with other values, None meaning "as it was".

        Raises:
            RecipeError: a name is unknown (the nearest valid one is named), or a value is out of
                its range.
        """
        known = {field.name for field in dataclasses.fields(self)}
        for name in settings:
            if name not in known:
                near = get_close_matches(name, known, n=1) or sorted(known)
                raise RecipeError(
                    f"There is no setting called {name!r}.", f"Did you mean: {', '.join(near)}?"
                )
        return dataclasses.replace(self, **{k: v for k, v in settings.items() if v is not None})

    def to_toml(self) -> str:
        """Return the settings as TOML; those left to be derived are comments."""
        lines = []
        for name, value in dataclasses.asdict(self).items():
            lines.append(f"# {name} is derived" if value is None else f"{name} = {_toml(value)}")
        return "\n".join(lines) + "\n"


def read_recipe(path: Path) -> Recipe:
    """Read a recipe written by `Recipe.to_toml` or by hand.

    Raises:
        RecipeError: not there, not TOML, an unknown setting, or a value out of its range.
    """
    try:
        settings = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RecipeError(
            f"The recipe {path} cannot be read: {error}", "It must be a TOML file of settings."
        ) from error
    return Recipe().changed(settings)


def _refuse_kind(name: str, value: object, declared: str) -> None:
    """Refuse a value that is not of the field's declared kind, such as `int | None`."""
    if value is None and declared.endswith("None"):
        return
    kind, words = _KINDS[declared.split()[0]]
    if isinstance(value, bool) or not isinstance(value, kind):
        raise RecipeError(f"The setting {name} = {value!r} is not {words}.", f"Give {words}.")


def _toml(value: object) -> str:
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    return repr(value)
