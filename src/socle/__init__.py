"""Socle: adapt open foundation models to your texts on a plain CPU, and know if it was worth it.

    import socle
    model = socle.adapt("reviews.csv")
    model.predict(["The zip broke on the first day."])

The names below are all that a program needs. Each is loaded on first use, so that `import socle`
costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from socle import bases
    from socle.adapting import adapt
    from socle.comparing import compare
    from socle.data.dataset import Dataset
    from socle.errors import SocleError
    from socle.evaluating import evaluate
    from socle.examples import Example, Prediction
    from socle.model import AdaptedModel, load
    from socle.recipe import Recipe
    from socle.report import Report

__version__ = "0.1.0"

__all__ = [
    "AdaptedModel",
    "Dataset",
    "Example",
    "Prediction",
    "Recipe",
    "Report",
    "SocleError",
    "adapt",
    "bases",
    "compare",
    "evaluate",
    "load",
]

_HOMES = {
    "AdaptedModel": "socle.model",
    "Dataset": "socle.data.dataset",
    "Example": "socle.examples",
    "Prediction": "socle.examples",
    "Recipe": "socle.recipe",
    "Report": "socle.report",
    "SocleError": "socle.errors",
    "adapt": "socle.adapting",
    "compare": "socle.comparing",
    "evaluate": "socle.evaluating",
    "load": "socle.model",
}


def __getattr__(name: str) -> Any:
    if name == "bases":
        return importlib.import_module("socle.bases")
    if name not in _HOMES:
        raise AttributeError(f"module 'socle' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
