"""A learned ranking: small networks that say which field a candidate is, and how surely."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from socle.errors import ModelError
from socle.files import write_atomically

FORMAT = 1
_WEIGHTS, _FACTS = "header.safetensors", "header.json"
_LEAST = 1e-6


@dataclass(frozen=True)
class Network:
    """One hidden layer: features -> classes, the first of which is none of the fields.

    Attributes:
        mean, scale: of the features in training, (features,).
        weights: of the layers, (features, hidden) and (hidden, classes).
        biases: of the layers.
    """

    classes: tuple[str, ...]
    mean: NDArray[np.float32]
    scale: NDArray[np.float32]
    weights: tuple[NDArray[np.float32], ...]
    biases: tuple[NDArray[np.float32], ...]

    def probabilities(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return how likely each candidate is each class, (candidates, classes)."""
        if not len(features):
            return np.zeros((0, len(self.classes)), dtype=np.float32)
        scores = self.hidden(features) @ self.weights[-1] + self.biases[-1]
        scores -= scores.max(axis=1, keepdims=True)
        grown = np.exp(scores)
        return np.asarray(grown / grown.sum(axis=1, keepdims=True), dtype=np.float32)

    def hidden(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return what the network sees in each candidate, (candidates, hidden)."""
        at = np.clip((features - self.mean) / self.scale, -8.0, 8.0)
        for weight, bias in zip(self.weights[:-1], self.biases[:-1], strict=True):
            at = np.maximum(at @ weight + bias, 0.0)
        return np.asarray(at, dtype=np.float32)


@dataclass(frozen=True)
class Curve:
    """How often a field is right when it was chosen with a score, by steps between points.

    Attributes:
        scores: rising.
        rates: 0 to 1, rising; how often values of such scores are right.
    """

    scores: tuple[float, ...]
    rates: tuple[float, ...]

    def at(self, score: float) -> float:
        """Return how often a value of this score is right."""
        return float(np.interp(score, self.scores, self.rates))


@dataclass(frozen=True)
class Ranker:
    """Networks by family of candidates, and curves by field."""

    networks: Mapping[str, Network]
    curves: Mapping[str, Curve] = field(default_factory=dict)

    def save(self, folder: Path) -> None:
        """Write the ranker into a folder."""
        from safetensors.numpy import save

        tensors: dict[str, NDArray[np.float16]] = {}
        for name, network in self.networks.items():
            tensors[f"{name}.mean"] = network.mean.astype(np.float16)
            tensors[f"{name}.scale"] = network.scale.astype(np.float16)
            for place, (weight, bias) in enumerate(
                zip(network.weights, network.biases, strict=True)
            ):
                tensors[f"{name}.weight.{place}"] = weight.astype(np.float16)
                tensors[f"{name}.bias.{place}"] = bias.astype(np.float16)
        facts = {
            "format": FORMAT,
            "classes": {name: list(network.classes) for name, network in self.networks.items()},
            "curves": {
                name: {"scores": list(curve.scores), "rates": list(curve.rates)}
                for name, curve in self.curves.items()
            },
        }
        folder.mkdir(parents=True, exist_ok=True)
        write_atomically(folder / _WEIGHTS, save(tensors))
        write_atomically(folder / _FACTS, json.dumps(facts, indent=1).encode())


def load(folder: Path | None = None) -> Ranker:
    """Return a saved ranker; the one that comes with Socle by default.

    Raises:
        ModelError: it is missing, damaged or of another version.
    """
    return _loaded(folder or Path(__file__).parent)


@cache
def _loaded(folder: Path) -> Ranker:
    from safetensors.numpy import load as read

    try:
        facts = json.loads((folder / _FACTS).read_text(encoding="utf-8"))
        if facts["format"] != FORMAT:
            raise ModelError(
                f"The ranker in {folder} has format {facts['format']}; this Socle reads {FORMAT}.",
                "Make it again with `socle read --correct`, or use the Socle that wrote it.",
            )
        tensors = read((folder / _WEIGHTS).read_bytes())
        networks = {
            name: _network(name, classes, tensors) for name, classes in facts["classes"].items()
        }
        curves = {
            name: Curve(tuple(curve["scores"]), tuple(curve["rates"]))
            for name, curve in facts["curves"].items()
        }
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(
            f"The ranker in {folder} cannot be read: {error}.",
            "Reinstall Socle, or make the ranker again with `socle read --correct`.",
        ) from error
    except Exception as error:
        if type(error).__module__.startswith("safetensors"):
            raise ModelError(
                f"The weights of the ranker in {folder} are damaged: {error}.",
                "Reinstall Socle, or make the ranker again with `socle read --correct`.",
            ) from error
        raise
    return Ranker(networks, curves)


def _network(
    name: str, classes: Sequence[str], tensors: Mapping[str, NDArray[np.float16]]
) -> Network:
    held = {key: value.astype(np.float32) for key, value in tensors.items()}
    layers = sum(key.startswith(f"{name}.weight.") for key in held)
    return Network(
        tuple(classes),
        held[f"{name}.mean"],
        held[f"{name}.scale"],
        tuple(held[f"{name}.weight.{place}"] for place in range(layers)),
        tuple(held[f"{name}.bias.{place}"] for place in range(layers)),
    )


def logit(share: float) -> float:
    """Return the log of the odds of a probability, kept away from its ends."""
    share = min(max(share, _LEAST), 1 - _LEAST)
    return float(np.log(share / (1 - share)))
