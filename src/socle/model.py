"""`AdaptedModel`: a base, a task and what was learnt; saved, loaded, and asked.

reviews.socle/
├── socle.json                format version, strategy, base, manifest of SHA-256
├── recipe.toml               every choice
├── task.json                 labels
├── task.safetensors          what the task has learnt itself: how texts are cut into words
├── adaptation.safetensors    what was learnt, as tensors
├── adaptation.json           what was learnt, as text and numbers
├── prompt.toml               what a language model is told, to be read, or edited for a new one
├── report.json               what was measured
└── README.md                 the model card
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from socle import __version__, plugins
from socle.bases import Located, endpoints
from socle.bases.finding import find
from socle.errors import DamagedBaseError, ModelError, ResourceError
from socle.events import Listener, Noted, silent
from socle.examples import Prediction
from socle.files import differences, folder_written_atomically, manifest_of, settle
from socle.learning import Adaptation, Predictor
from socle.prompts import wordings
from socle.recipe import Recipe, read_recipe
from socle.tasks import Task

FORMAT = 1
_ABOUT = "socle.json"
_TASK_TENSORS = "task.safetensors"
_AT_ONCE = 1024


@dataclass(frozen=True)
class AdaptedModel:
    """A base that has learnt a task."""

    task: Task
    strategy: str
    adaptation: Adaptation
    recipe: Recipe
    located: Located | None = None
    report: Mapping[str, Any] = field(default_factory=dict)
    """What the adaptation measured, as saved in report.json."""
    card: str = ""
    """The model card, Markdown."""

    @property
    def base_name(self) -> str | None:
        """Name of the base, or None for a strategy without one."""
        return self.located.base.name if self.located else None

    def predict(self, texts: Iterable[str], listen: Listener = silent) -> list[Prediction[Any]]:
        """Return one prediction per text."""
        return [prediction for _, prediction in self.stream(texts, listen)]

    def stream(
        self, texts: Iterable[str], listen: Listener = silent, abstain_below: float = 0.0
    ) -> Iterator[tuple[str, Prediction[Any]]]:
        """Yield each text with its prediction, reading ahead no more than a thousand texts.

        An answer whose probability is below `abstain_below` is not given: its target is None.
        """
        if isinstance(texts, str):
            texts = [texts]
        waiting = iter(texts)
        while some := [whole_text(text) for text in islice(waiting, _AT_ONCE)]:
            for text, found in zip(some, self.answered(some, listen), strict=True):
                sure = found.probability >= abstain_below
                yield text, found if sure else replace(found, target=None)

    def answered(self, texts: Sequence[str], listen: Listener = silent) -> list[Prediction[Any]]:
        """Return one prediction per text, all at once."""
        read = self.task.read(texts)
        inputs = [one for some in read for one in some]
        scores = self._predictor.scores(inputs, listen)
        found = iter(self.task.decode(self.task.probabilities(scores)))
        return [self.task.gathered(list(islice(found, len(some)))) for some in read]

    def threshold_for(self, precision: float) -> float:
        """Return the probability from which on answers have at least this precision, 0..1.

        It was chosen, with 95 % certainty, on training examples that the model had not seen, and
        holds for texts like them: `report["abstention"]` has a row per precision that was tried.

        Raises:
            ModelError: the model has no such table, or no threshold for so high a precision.
        """
        rows = self.report.get("abstention")
        if not rows:
            raise ModelError(
                "This model has no table of thresholds: it was made without one.",
                "Make it anew with `socle adapt`, or choose a probability with --abstain-below.",
            )
        reached = [row for row in rows if row["threshold"] is not None]
        good = [row for row in reached if row["precision"] >= precision - 1e-9]
        if not good:
            best = max((row["precision"] for row in reached), default=None)
            raise ModelError(
                f"A precision of {precision:g} cannot be promised: too few answers on held-out "
                "examples were so surely right.",
                (f"Ask for {best:g} or less" if best else "Label more examples")
                + ", or choose a probability with --abstain-below.",
            )
        return float(min(good, key=lambda row: row["precision"])["threshold"])

    def predictor(self) -> Predictor:
        """Return what gives calibrated scores."""
        return self._predictor

    @cached_property
    def _predictor(self) -> Predictor:
        option = plugins.load("strategies", self.strategy)
        restored: Predictor = option.restore(self.adaptation, self.task, self.located, self.recipe)
        return restored

    def save(self, folder: str | Path) -> Path:
        """Write the model; a folder that was there is replaced only when the new one is whole.

        Raises:
            ResourceError: the disk is full or the place cannot be written.
            ModelError: something else than a model stands there.
        """
        path = Path(folder)
        refuse_foreign(path)
        with folder_written_atomically(path) as fresh:
            self._write(fresh)
        return path

    def _write(self, folder: Path) -> None:
        from safetensors.numpy import save

        (folder / "recipe.toml").write_text(self.recipe.to_toml(), encoding="utf-8")
        tensors = {k: np.ascontiguousarray(v) for k, v in self.adaptation.tensors.items()}
        (folder / "adaptation.safetensors").write_bytes(save(tensors))
        if own := {k: np.ascontiguousarray(v) for k, v in self.task.tensors().items()}:
            (folder / _TASK_TENSORS).write_bytes(save(own))
        if told := _told(self.adaptation.facts):
            (folder / "prompt.toml").write_text(told, encoding="utf-8")
        for name, value in {
            "task": self.task.to_json(),
            "adaptation": dict(self.adaptation.facts),
            "report": dict(self.report),
        }.items():
            text = json.dumps(value, ensure_ascii=False, indent=1)
            (folder / f"{name}.json").write_text(text, encoding="utf-8")
        (folder / "README.md").write_text(self.card, encoding="utf-8")
        about = {
            "format": FORMAT,
            "socle": __version__,
            "strategy": self.strategy,
            "base": _base_to_json(self.located),
            "manifest": manifest_of(folder),
        }
        (folder / _ABOUT).write_text(json.dumps(about, indent=1), encoding="utf-8")


def load(folder: str | Path, listen: Listener = silent) -> AdaptedModel:
    """Return a saved model, every file verified.

    Args:
        folder: that `AdaptedModel.save` wrote.
        listen: hears of a server to which the texts will be sent.

    Raises:
        ModelError: not a model, damaged, or written by a newer Socle.
        MissingBaseError: its base is not on this machine; the hint says how to fetch it.
        DamagedBaseError: the base of that name has other weights than the model learnt on.
        EndpointError: its base is behind an address, and the server there does not answer.
    """
    from safetensors.numpy import load_file

    path = Path(folder)
    settle(path)
    about = _read_about(path)
    wrong = differences(path, about["manifest"])
    if wrong:
        raise ModelError(
            f"The model {path} is damaged: {'; '.join(wrong[:3])}.",
            "Copy it again from where it came, or run `socle adapt` again.",
        )
    task_facts = json.loads((path / "task.json").read_text(encoding="utf-8"))
    facts = json.loads((path / "adaptation.json").read_text(encoding="utf-8"))
    own = load_file(path / _TASK_TENSORS) if (path / _TASK_TENSORS).exists() else {}
    place = _base_from_json(about["base"])
    if place and (notice := endpoints.notice(place)):
        listen(Noted(notice))
    return AdaptedModel(
        task=plugins.load("tasks", task_facts["name"]).from_json(task_facts, own),
        strategy=about["strategy"],
        adaptation=Adaptation(load_file(path / "adaptation.safetensors"), facts),
        recipe=read_recipe(path / "recipe.toml"),
        located=place,
        report=json.loads((path / "report.json").read_text(encoding="utf-8")),
        card=(path / "README.md").read_text(encoding="utf-8"),
    )


def whole_text(text: str) -> str:
    """Return a text without half characters, which no tokenizer takes: a sign stands for them."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def refuse_foreign(path: Path) -> None:
    """Refuse to write a model over something else, or where nothing may be written.

    Raises:
        ModelError: `path` is a file, is below a file, or is a folder with content that is not a
            model.
        ResourceError: the folder that would hold it may not be written.
    """
    there = next((above for above in path.absolute().parents if above.exists()), path)
    if not there.is_dir():
        raise ModelError(f"{path} cannot be a folder: {there} is a file.", "Choose another --out.")
    if not os.access(there, os.W_OK | os.X_OK):
        raise ResourceError(
            f"Writing in {there} is not allowed.", "Choose another folder with --out."
        )
    if path.is_dir() and any(path.iterdir()) and not (path / _ABOUT).exists():
        raise ModelError(
            f"{path} is a folder with other content; it was left as it is.",
            "Choose another folder with --out.",
        )
    if path.exists() and not path.is_dir():
        raise ModelError(f"{path} is a file; it was left as it is.", "Choose another --out.")


def _read_about(path: Path) -> dict[str, Any]:
    if not path.exists():
        raise ModelError(
            f"There is no model at {path}.", "Give the folder that `socle adapt` wrote."
        )
    try:
        about: dict[str, Any] = json.loads((path / _ABOUT).read_text(encoding="utf-8"))
        version, _ = int(about["format"]), dict(about["manifest"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(
            f"{path} is not a model of Socle: its {_ABOUT} is missing or damaged.",
            "Give the folder that `socle adapt` wrote.",
        ) from error
    if version > FORMAT:
        raise ModelError(
            f"The model {path} has format {version}, this Socle reads up to {FORMAT}.",
            f"It was written by Socle {about.get('socle')}: install that version or a later one.",
        )
    return about


def _told(facts: Mapping[str, Any]) -> str:
    """Return what a language model is told as TOML; nothing where none is told anything."""
    if wording := facts.get("wording"):
        return wordings.to_toml(wordings.from_facts(wording))
    return (facts.get("manner") or {}).get("wording") or ""


def _base_to_json(located: Located | None) -> dict[str, Any] | None:
    if located is None:
        return None
    in_folder = any(source.kind == "folder" for source in located.base.sources)
    folder = str(located.folder) if in_folder else ""
    return {"name": located.base.name, "sha256": located.sha256, "folder": folder}


def _base_from_json(facts: Mapping[str, Any] | None) -> Located | None:
    if facts is None:
        return None
    located = find(Path(facts["folder"]) if facts["folder"] else facts["name"])
    if located.sha256 != facts["sha256"]:
        if endpoints.is_endpoint(facts["name"]):
            raise DamagedBaseError(
                f"The server at {facts['name']} now runs another model, or another version of it, "
                "than the one that this model was made with.",
                "Let it run the earlier one, or make the model anew with `socle adapt`.",
            )
        raise DamagedBaseError(
            f"The base {facts['name']!r} on this machine has other weights than the ones that "
            "this model learnt on.",
            f"Run: socle bases fetch {facts['name']} --force",
        )
    return located
