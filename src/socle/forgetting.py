"""What an adaptation did to its base: what the base could do before, measured again after.

Three measures on general texts, each with the untouched base and with the adapted one: the loss at
guessing hidden tokens, small labelled tasks (probes), and how far the states of each layer moved.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from socle import general, plugins
from socle.bases import Located
from socle.errors import RowsError
from socle.events import Finished, Listener, Started, Stepped, silent
from socle.general import Probe
from socle.gradients import GradientStrategy
from socle.metrics import drift
from socle.model import AdaptedModel
from socle.training import probing
from socle.training.probing import ProbeResult

if TYPE_CHECKING:
    from torch import nn

    from socle.training.readout import Readout
    from socle.training.states import Hidden, Plain

_JOB = "Measuring what was forgotten"
_FEWEST_TEXTS = 8
_COPIES, _QUICK_COPIES = 5, 3
_LANGUAGE_COPIES = 2


@dataclass(frozen=True)
class Loss:
    """A mean log-loss in nats on hidden or following tokens; lower is better."""

    kind: str
    """masked, causal, or readout."""
    before: float
    after: float
    refitted: float | None = None
    """Of a readout fitted anew on the adapted states."""
    chance: float | None = None
    """Of a readout that does not look at the text."""


@dataclass(frozen=True)
class Drift:
    """How alike the states of one layer are before and after."""

    layer: int
    """From 1, the lowest."""
    similarity: float
    """Linear CKA, in 0..1; blind to a rotation."""
    cosine: float
    """Mean cosine of each state with itself before; sees a rotation."""


@dataclass(frozen=True)
class Forgetting:
    """What an adaptation did to its base."""

    text: str
    loss: Loss | None = None
    probes: tuple[ProbeResult, ...] = ()
    drift: tuple[Drift, ...] = ()
    seconds: float = 0.0
    skipped: bool = False
    """True where there was nothing to forget."""

    def to_json(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        found: dict[str, Any] = {"text": self.text}
        if self.loss:
            key = "readout_loss" if self.loss.kind == "readout" else "loss"
            named = ("kind", "before", "after", "refitted", "chance")
            found[key] = {
                name: value for name in named if (value := getattr(self.loss, name)) is not None
            }
        found["probes"] = [probe.to_json() for probe in self.probes]
        found["drift"] = [vars(layer) for layer in self.drift]
        return found


def forgetting(
    model: AdaptedModel,
    *,
    sample: Sequence[str] | None = None,
    probes: Sequence[str | Path | Probe] | None = None,
    listen: Listener = silent,
    quick: bool = False,
) -> Forgetting | None:
    """Measure what the base of a model could do before and can do after.

    Args:
        model: an adapted model.
        sample: general texts to measure the loss and the drift on; those of the package, in the
            languages of the base, by default.
        probes: files of labelled rows, of which a half is learnt from and a half tested, or
            `Probe`s; those of the package by default.
        listen: hears of progress.
        quick: measure on about a third; the figures are less sure.

    Returns:
        None for a model without base, or of a strategy that does not say what it moves.

    Raises:
        RowsError: `sample` has fewer than eight texts, or a file of probes cannot be used.
    """
    option = plugins.load("strategies", model.strategy)
    if model.located is None:
        return None
    if not isinstance(option, GradientStrategy):
        return None if option.moves else _untouched(model.located)
    if not option.move().from_probe:
        text = "Not measured: it starts from random weights and never had what the base knows."
        return Forgetting(text, skipped=True)
    from socle.bases import loading

    began = time.perf_counter()
    stage = _Stage.prepared(model.located, sample, probes, quick)
    listen(Started(_JOB, 2))
    before = _snapshot(stage, loading.load_encoder(model.located))
    listen(Stepped(_JOB, 1, "before"))
    after = _snapshot(stage, option.encoder(model.adaptation, model.located, model.recipe))
    listen(Stepped(_JOB, 2, "after"))
    found = _compared(stage, before, after, time.perf_counter() - began)
    listen(Finished(_JOB, found.seconds))
    return found


def _untouched(located: Located) -> Forgetting:
    from socle.bases import endpoints, loading

    # A server does not tell how deep its model is.
    far = endpoints.is_endpoint(located.base.name)
    layers = range(1, 1 if far else loading.depth(located) + 1)
    return Forgetting(
        "The base was not moved: by construction nothing is forgotten.",
        drift=tuple(Drift(layer, 1.0, 1.0) for layer in layers),
    )


@dataclass(frozen=True)
class _Stage:
    """What is measured on, the same before and after."""

    located: Located
    plain: Plain
    copies: Hidden | None
    language: nn.Module | None
    probes: tuple[probing.Ready, ...]

    @staticmethod
    def prepared(
        located: Located,
        sample: Sequence[str] | None,
        probes: Sequence[str | Path | Probe] | None,
        quick: bool,
    ) -> _Stage:
        from socle.training import language, states

        languages = general.languages_of(located.base.languages)
        texts = general.sample(languages) if sample is None else list(sample)
        texts = texts[::2] if quick and len(texts) >= 4 * _FEWEST_TEXTS else texts
        plain = states.read(located, texts)
        if len(plain.ids) < _FEWEST_TEXTS:
            raise RowsError(
                f"The general sample has {len(plain.ids)} texts with words in them; at least "
                f"{_FEWEST_TEXTS} are needed.",
                "Give more texts, or none to take those of the package.",
            )
        model = language.language_model(located)
        copies = None
        if plain.mask is not None:
            wanted = _QUICK_COPIES if quick else _COPIES
            copies = states.hidden(plain, plain.mask, _LANGUAGE_COPIES if model else wanted)
        given = general.probes(languages) if probes is None else probes
        tried = tuple(probing.ready(located, probe, quick) for probe in given)
        return _Stage(located, plain, copies, model, tried)


@dataclass(frozen=True)
class _Snapshot:
    """What one network makes of it all."""

    layers: list[NDArray[np.float32]]
    hidden: NDArray[np.float32] | None
    loss: float | None
    features: list[NDArray[np.float32]]


def _snapshot(stage: _Stage, network: nn.Module) -> _Snapshot:
    from socle.training import language, states

    loss, hidden = None, None
    if stage.language is not None:
        language.put_into(stage.language, network)
        if stage.located.base.kind == "decoder":
            loss = language.causal_loss(stage.language, stage.plain)
        elif stage.copies is not None:
            loss = language.masked_loss(stage.language, stage.copies)
    elif stage.copies is not None:
        hidden = states.hidden_states(network, stage.copies)
    layers = states.states_by_layer(network, stage.plain)
    features = [states.mean_states(network, probe.windows.ids) for probe in stage.probes]
    return _Snapshot(layers, hidden, loss, features)


def _compared(stage: _Stage, before: _Snapshot, after: _Snapshot, seconds: float) -> Forgetting:
    loss = _loss(stage, before, after)
    probes = tuple(
        probing.result(probe, *features)
        for probe, *features in zip(stage.probes, before.features, after.features, strict=True)
    )
    moved = tuple(
        Drift(i, drift.linear_cka(*pair), drift.mean_cosine(*pair))
        for i, pair in enumerate(zip(before.layers, after.layers, strict=True), 1)
    )
    return Forgetting(_text(loss, probes, moved), loss, probes, moved, seconds)


def _loss(stage: _Stage, before: _Snapshot, after: _Snapshot) -> Loss | None:
    from socle.training.readout import fit_readout

    if before.loss is not None and after.loss is not None:
        kind = "causal" if stage.located.base.kind == "decoder" else "masked"
        return Loss(kind, before.loss, after.loss)
    if stage.copies is None or before.hidden is None or after.hidden is None:
        return None
    answers, n = stage.copies.answers, len(stage.plain.ids)
    half = np.random.default_rng(0).permutation(n) < n / 2
    learn = half[stage.copies.texts]
    old: Readout | None = fit_readout(before.hidden, answers, learn)
    new: Readout | None = fit_readout(after.hidden, answers, learn)
    if old is None or new is None:
        return None
    unseen = answers[~learn]
    first, then = before.hidden[~learn], after.hidden[~learn]
    ours, again = old.loss(first, unseen), new.loss(then, unseen)
    return Loss("readout", ours, old.loss(then, unseen), again, old.chance)


def _text(loss: Loss | None, probes: Sequence[ProbeResult], moved: Sequence[Drift]) -> str:
    parts = []
    if loss and loss.kind == "readout":
        parts.append(
            f"The readout loss on general texts went from {loss.before:.2f} to {loss.after:.2f}; "
            f"a readout fitted anew has {loss.refitted:.2f}, chance {loss.chance:.2f}."
        )
    elif loss:
        parts.append(
            f"The {loss.kind} language loss on general texts went from {loss.before:.2f} to "
            f"{loss.after:.2f}."
        )
    parts += [probe.text for probe in probes]
    if moved:
        parts.append(f"The states of the last layer are {moved[-1].similarity:.2f} alike (CKA).")
    return " ".join(parts)
