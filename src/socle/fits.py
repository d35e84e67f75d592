"""Fitting candidates: in this process or in one of its own, and never twice the same.

What a fit learnt is kept by content, so that an interrupted comparison goes on where it was; a fit
that moves weights runs in a process of its own, so that its death does not take the others with it.
"""

from __future__ import annotations

import dataclasses
import json
import resource
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from socle import __version__, processes
from socle.bases import Located
from socle.contest import Entrant, Stage
from socle.errors import ResourceError, SocleError
from socle.evaluating import Answers, Measurement, counted, measured
from socle.events import Listener, silent
from socle.files import cache_folder, folder_written_atomically, settle, sha256_of_texts
from socle.gradients import GradientStrategy
from socle.learning import Adaptation, Fit, Fitting, course_of
from socle.recipe import Recipe
from socle.tasks import CountedTask
from socle.training.encoding import FULL, TextEncoder

_PROBE_TEXTS = 48
_TRAIN_TO_READ = 3.5
"""A training pass costs about this many reading passes (forward, backward, optimiser, torch)."""
_KEPT_BYTES = 4 << 30
_NOT_LEARNT_FROM = ("base", "strategy", "budget", "seeds", "price_per_hour", "data_licence")
"""Settings that change nothing of what a given strategy learns on a given base."""
LEARNT = (
    *("engine", "int8", "precision", "layers", "strength", "steps", "tokens_per_second"),
    *("scoring", "shown", "orders", "left_out"),
)
"""Facts of an adaptation that reports tell."""
_TOOK = ("seconds", "cpu_seconds", "peak_memory_mb")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Fitted:
    """What a fit learnt, and what it took."""

    fit: Fit
    seconds: float
    cpu_seconds: float
    peak_memory_mb: float
    """Of the process that fitted; 0 where others shared it."""
    remembered: bool = False
    """Whether it came from an earlier run."""


def fitted(
    stage: Stage,
    entrant: Entrant,
    *,
    listen: Listener = silent,
    run_folder: Path | None = None,
    held: NDArray[np.int64] | None = None,
) -> Fitted:
    """Fit one candidate in this process.

    Args:
        stage: the split.
        entrant: the candidate.
        listen: hears of progress.
        run_folder: where checkpoints are kept.
        held: rows that a strategy that moves weights does not learn from.
    """
    place = entrant.located if entrant.strategy.needs_base else None
    encoder = place is not None and place.base.kind == "encoder"
    wall, cpu = time.perf_counter(), time.process_time()
    fit = entrant.strategy.fit(
        Fitting(
            stage.task,
            stage.train,
            stage.recipe.for_encoders() if encoder else stage.recipe,
            place,
            listen,
            run_folder,
            stage.folds,
            held,
        )
    )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Fitted(fit, time.perf_counter() - wall, time.process_time() - cpu, peak)


def remembered(
    stage: Stage, entrant: Entrant, *, fresh: bool = False, listen: Listener = silent
) -> Fitted:
    """Fit one candidate, or return what an earlier run with the same data and choices learnt.

    A strategy that moves weights is fitted in a process of its own, and goes on from its last
    checkpoint.

    Raises:
        SocleError: the fit failed; what others learnt is kept.
    """
    folder = cache_folder("comparisons") / _key(stage, entrant)
    if fresh:
        shutil.rmtree(folder, ignore_errors=True)
    known = _recalled(folder)
    if known:
        return known
    _make_room(folder.parent)
    run_folder = folder.with_name(f".{folder.name}.run")
    if fresh:
        shutil.rmtree(run_folder, ignore_errors=True)
    if entrant.moves:
        found: Fitted = processes.apart(_in_child, stage, entrant, run_folder, listen=listen)
    else:
        found = replace(fitted(stage, entrant, listen=listen), peak_memory_mb=0.0)
    _keep(folder, found)
    shutil.rmtree(run_folder, ignore_errors=True)
    return found


def _in_child(stage: Stage, entrant: Entrant, run_folder: Path, *, listen: Listener) -> Fitted:
    return fitted(stage, entrant, listen=listen, run_folder=run_folder)


def _key(stage: Stage, entrant: Entrant) -> str:
    plain: dict[str, Any] = {
        f.name: f.default for f in dataclasses.fields(Recipe) if f.name in _NOT_LEARNT_FROM
    }
    recipe = replace(stage.recipe, **plain)
    parts = [__version__, stage.train.fingerprint, entrant.strategy.name, recipe.to_toml()]
    parts.append(entrant.located.sha256 if entrant.located else "")
    parts += [fold.tobytes().hex() for fold in stage.folds]
    parts += [Path(recipe.prompt).read_text(encoding="utf-8")] if recipe.prompt else []
    return sha256_of_texts(parts)[:24]


def _keep(folder: Path, found: Fitted) -> None:
    from safetensors.numpy import save

    tensors = {k: np.ascontiguousarray(v) for k, v in found.fit.adaptation.tensors.items()}
    facts = {"facts": dict(found.fit.adaptation.facts)}
    facts |= {name: getattr(found, name) for name in _TOOK}
    with folder_written_atomically(folder) as fresh:
        (fresh / "adaptation.safetensors").write_bytes(save(tensors))
        (fresh / "fit.json").write_text(json.dumps(facts, ensure_ascii=False), encoding="utf-8")
        if found.fit.held_out is not None:
            np.save(fresh / "held_out.npy", found.fit.held_out)


def _recalled(folder: Path) -> Fitted | None:
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    settle(folder)
    try:
        facts = json.loads((folder / "fit.json").read_text(encoding="utf-8"))
        tensors = load_file(folder / "adaptation.safetensors")
        held = np.load(folder / "held_out.npy") if (folder / "held_out.npy").exists() else None
        fit = Fit(Adaptation(tensors, facts["facts"]), held)
        seconds, cpu, peak = (float(facts[name]) for name in _TOOK)
    except (OSError, EOFError, ValueError, KeyError, TypeError, SafetensorError):
        return None
    folder.touch()
    return Fitted(fit, seconds, cpu, peak, remembered=True)


def _make_room(folder: Path) -> None:
    """Forget what was used longest ago, once there is more than a few gigabytes."""
    kept = sorted((p for p in folder.iterdir() if p.is_dir()), key=lambda p: -p.stat().st_mtime)
    total = 0
    for place in kept:
        total += sum(file.stat().st_size for file in place.rglob("*") if file.is_file())
        if total > _KEPT_BYTES:
            shutil.rmtree(place, ignore_errors=True)


def answered(stage: Stage, entrant: Entrant, found: Fitted) -> Measurement:
    """Return a candidate's answers to the test set."""
    place = entrant.located if entrant.strategy.needs_base else None
    adaptation = found.fit.adaptation
    predictor = entrant.strategy.restore(adaptation, stage.task, place, stage.recipe)
    return measured(stage.task, predictor, stage.test, entrant.strategy.name, entrant.base)


def held_out(stage: Stage, found: Fitted) -> Answers | None:
    """Return the answers to training rows by models that did not see them; None if there are none.

    `rows_held_out` tells which rows they are.
    """
    scores, rows, task = found.fit.held_out, rows_held_out(found), stage.task
    if scores is None:
        return None
    if task.family != "texts":
        return counted(cast(CountedTask, task), np.asarray(scores[rows], dtype=np.float64))
    probabilities = task.probabilities(scores[rows])
    gold = task.encode([stage.train.examples[i] for i in rows])
    return Answers(gold, probabilities, task.decide(probabilities))


def rows_held_out(found: Fitted) -> NDArray[np.int64]:
    """Return the numbers of the training rows that some model of the fit did not see, sorted."""
    scores = found.fit.held_out
    if scores is None:
        return np.zeros(0, dtype=np.int64)
    return np.flatnonzero(~np.isnan(scores).any(axis=1))


def seconds_to_write(stage: Stage, entrant: Entrant) -> float:
    """Estimate what training a language model to write takes, from a few steps of it."""
    from socle.training.generating import estimated_seconds

    strategy, place = cast(GradientStrategy, entrant.strategy), entrant.located
    return estimated_seconds(
        course_of(Fitting(stage.task, stage.train, stage.recipe, place)), strategy.move()
    )


def seconds_per_pass(stage: Stage, place: Located) -> float:
    """Estimate what one pass of training over the data takes, from reading a few texts."""
    encoder = TextEncoder(place, stage.recipe, FULL, (-1,))
    step = max(1, len(stage.train) // _PROBE_TEXTS)
    # Words cost no more than their text: the same tokens are read.
    plain = stage.task.family == "words"
    some = stage.train.examples[::step]
    texts = [one.text for one in some] if plain else stage.task.inputs(some)
    encoder.fresh(texts[:1])
    began = time.perf_counter()
    encoder.fresh(texts)
    each = (time.perf_counter() - began) / len(texts)
    return each * len(stage.train) * _TRAIN_TO_READ


def attempt(work: Callable[[], Result]) -> tuple[Result | None, str]:
    """Return what `work` gives and "", or None and why it failed; an interrupt goes on up."""
    try:
        return work(), ""
    except MemoryError:
        return None, "the memory of this machine was not enough"
    except SocleError as error:
        return None, error.message
    except Exception as error:  # a library's own kinds derive from nothing narrower
        return None, f"{type(error).__name__}: {error}"


def nothing_fitted(reasons: Sequence[str]) -> ResourceError:
    """Return the error to raise when every candidate failed or was left out."""
    told = dict.fromkeys(reason.rstrip(".") for reason in reasons if reason)
    return ResourceError(
        f"No candidate could be fitted: {'; '.join(told)}.",
        "Give more time with --effort thorough, or name cheap strategies: --strategies "
        "classical,head",
    )
