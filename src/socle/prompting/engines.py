"""Which engine runs a language model: the fastest that can, for what it is to do."""

from __future__ import annotations

from typing import Literal, cast

from socle import plugins
from socle.bases import Located
from socle.decoders import Decoder, DecoderEngine, Precision
from socle.errors import BaseError
from socle.files import cache_folder
from socle.recipe import Recipe

Work = Literal["choosing", "writing", "structured"]
_ORDER: dict[Work, tuple[str, ...]] = {
    "choosing": ("endpoint", "transformers-half", "ctranslate2-int8"),
    "writing": ("endpoint", "ctranslate2-int8", "transformers-half"),
    "structured": ("endpoint", "transformers-half"),
}
"""The engines that are tried, best first: docs/decisions/0012-prompting.md has the figures."""


def chosen(located: Located, recipe: Recipe, work: Work) -> str:
    """Return the name of the engine for a base and what it is to do.

    Raises:
        BaseError: none can run it.
        UsageError: the recipe names one that there is not.
    """
    asked = recipe.engine != "auto"
    reasons = []
    for name in (recipe.engine,) if asked else _ORDER[work]:
        option: DecoderEngine = plugins.load("decoders", name.split("-")[0])
        reason = option.suits(located)
        if reason is None:
            return name
        reasons.append(f"{name}: {reason}")
    raise BaseError(
        f"No engine can run {located.base.name}: {'; '.join(reasons)}.",
        "Choose another base: `socle bases list --kind decoder` shows some.",
    )


def ready(located: Located, engine: str) -> Decoder:
    """Return a base on an engine, converted once and cached."""
    name, _, kind = engine.partition("-")
    precision = cast(Precision, kind or "full")
    option: DecoderEngine = plugins.load("decoders", name)
    folder = cache_folder("decoders") / located.sha256[:24]
    return option.prepare(located, folder, precision)


def holds_schemas(engine: str) -> bool:
    """Tell whether an engine can hold what is written to a JSON schema."""
    return engine.split("-")[0] in ("endpoint", "transformers")
