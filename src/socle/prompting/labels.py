"""A label from a closed set, chosen by how likely a language model finds each behind a prompt.

A text that is longer than the model reads is answered in parts, whose scores are averaged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from socle.bases import Located
from socle.data.passages import marked
from socle.decoders import Decoder
from socle.events import Listener, Noted, silent
from socle.examples import Example, Passage, Read
from socle.learning import Fitting, known_at, present
from socle.metrics.calibration import softmax
from socle.prompting import Prompted, engines, sample, wording_for
from socle.prompting.similar import Similar
from socle.prompting.vectors import vectors_of
from socle.prompts import Shot, scoring, selection, wordings
from socle.prompts.parts import parts
from socle.prompts.rendering import Fitted, Renderer, fitting, room_for_text
from socle.prompts.scoring import Calibration, How
from socle.recipe import Recipe

Floats = NDArray[np.float64]
_CONTENT_FREE = ("", "N/A", "[...]")
_SAMPLE = {"quick": 48, "normal": 128, "thorough": 384}
"""Rows by which scores are corrected, and examples chosen."""
_ORDERS = {"quick": 3, "normal": 5, "thorough": 8}
_PER_LABEL = {"quick": (0, 2), "normal": (0, 1, 2, 4), "thorough": (0, 1, 2, 4, 8)}
"""Examples for each label that are tried. None at all are best where a model reads the language of
the texts badly: what it is shown then only leads it astray."""
_MOST_SHOWN = 48
_SIMILAR = 8
"""Examples that a text is shown with where it finds its own."""
_MOST_POOLED = 2000
_MOST_HELD = 0.5
"""Share of the rows that is shown at most: the others choose."""
_FOLDS = 5
_FEWEST_HELD = 2
"""Rows that are not shown at least: each is corrected by the others."""


@dataclass(frozen=True)
class Chooser:
    """A language model with a prompt: scores of labels for texts."""

    decoder: Decoder
    renderer: Renderer
    how: How
    calibration: Calibration | None = None
    similar: Similar | None = None
    """Examples among which each text finds its own; None where all are shown the same."""

    def raw(self, texts: Sequence[str], listen: Listener = silent) -> Floats:
        """Return scores as the model gives them, shape (n, labels)."""
        options = self.renderer.options
        longest = int(self.decoder.tokens(options).max())
        room = self.decoder.context - longest
        prompts, owners = self._prompts(texts, room)
        told = self.decoder.likelihoods(prompts, options, listen)
        without = None
        if self.how == "pmi":
            without = self.decoder.likelihoods([self.renderer.prompt("")], options)[0]
        scores = scoring.scored(told, self.how, self.decoder.tokens(options), without)
        total = np.zeros((len(texts), len(options)))
        np.add.at(total, owners, scores)
        return total / np.maximum(np.bincount(owners, minlength=len(texts)), 1)[:, None]

    def scores(self, inputs: Sequence[Read], listen: Listener = silent) -> Floats:
        """Return calibrated scores, shape (n, labels)."""
        if not len(inputs):
            return np.zeros((0, len(self.renderer.labels)))
        raw = self.raw([shown(one) for one in inputs], listen)
        return self.calibration.apply(raw) if self.calibration else raw

    def _prompts(self, texts: Sequence[str], room: int) -> tuple[list[str], NDArray[np.int64]]:
        """Return prompts that fit, and the text that each belongs to."""
        renderers = [self.renderer] * len(texts)
        if self.similar:
            renderers = self.similar.renderers(self.renderer, texts)
        whole = [one.prompt(text) for one, text in zip(renderers, texts, strict=True)]
        lengths = self.decoder.tokens(whole)
        prompts: list[str] = []
        owners: list[int] = []
        for i, (prompt, length) in enumerate(zip(whole, lengths.tolist(), strict=True)):
            pieces = [prompt]
            if length > room:
                most = room_for_text(renderers[i], room, self.count)
                pieces = [renderers[i].prompt(p) for p in parts(texts[i], most, self.count)]
            prompts += pieces
            owners += [i] * len(pieces)
        return prompts, np.array(owners, dtype=np.int64)

    def count(self, text: str) -> int:
        """Return how many tokens a text has."""
        return int(self.decoder.tokens([text])[0])


def shown(one: Read) -> str:
    """Return what a prompt shows of an input: a text, or one with its two entities marked."""
    return marked(one.text, one.spans) if isinstance(one, Passage) else str(one)


def learn(fitting_: Fitting, *, shots: bool) -> Prompted:
    """Choose a prompt and correct its scores, with examples or without."""
    located = present(fitting_)
    engine = engines.chosen(located, fitting_.recipe, "choosing")
    decoder = engines.ready(located, engine)
    wording = wording_for(fitting_, fitting_.task.name)
    renderer = Renderer(wording, fitting_.task.labels, (), decoder.specials)
    how: Any = "mean" if fitting_.recipe.scoring == "auto" else fitting_.recipe.scoring
    chooser = Chooser(decoder, renderer, how)
    found = _few_shot(fitting_, chooser) if shots else _zero_shot(fitting_, chooser)
    found.facts.update(engine=engine, scoring=how)
    return found


def restored(
    facts: Mapping[str, Any], located: Located, labels: Sequence[str], recipe: Recipe
) -> Chooser:
    """Return what `learn` found, ready to be asked."""
    decoder = engines.ready(located, str(facts["engine"]))
    wording = wordings.from_facts(facts["wording"])
    shots = tuple(Shot(*pair) for pair in facts["shots"])
    renderer = Renderer(wording, labels, shots, decoder.specials)
    kept = facts["calibration"]
    calibration = Calibration.from_json(kept) if kept else None
    similar = None
    if "pool" in facts:
        pool = [Shot(*pair) for pair in facts["pool"]]
        similar = Similar.of(pool, int(facts["shown"]), recipe)
    return Chooser(decoder, renderer, cast(How, facts["scoring"]), calibration, similar)


def _zero_shot(fitting_: Fitting, chooser: Chooser) -> Prompted:
    rows = sample(fitting_, _SAMPLE[fitting_.recipe.effort])
    texts = _texts(fitting_, rows)
    raw = chooser.raw(texts, fitting_.listen) if texts else np.zeros((0, len(fitting_.task.labels)))
    calibration = unlabelled(fitting_.recipe.calibration, chooser, raw)
    scores = calibration.apply(raw) if calibration and len(raw) else raw
    facts = _facts(chooser, calibration)
    return Prompted(facts, known_at(rows, scores, len(fitting_.train)))


def unlabelled(asked: str, chooser: Chooser, raw: Floats) -> Calibration | None:
    """Return what corrects scores by texts without labels; by empty ones where there are none."""
    name = ("prior" if len(raw) else "contextual") if asked == "auto" else asked
    if name == "none":
        return None
    if name == "contextual" or not len(raw):
        return scoring.contextual(chooser.raw(_CONTENT_FREE))
    return scoring.batch(raw) if name == "batch" else scoring.prior_matched(raw)


def _few_shot(fitting_: Fitting, chooser: Chooser) -> Prompted:
    """Choose how many examples are shown, which, and in which order, on rows not shown."""
    recipe = fitting_.recipe
    if recipe.examples == "similar":
        return _by_similarity(fitting_, chooser)
    trial = _Trial(fitting_, chooser)
    counts = [recipe.shots] if recipe.shots else trial.counts()
    best = min((trial.tried(count, 0) for count in counts), key=lambda one: one.loss)
    more = range(1, _ORDERS[recipe.effort] if best.count > 1 else 1)
    orders = [best, *(trial.tried(best.count, order) for order in more)]
    best = min(orders, key=lambda one: one.loss)
    targets = fitting_.task.encode([fitting_.train.examples[i] for i in trial.rows])
    calibration = _corrected(best.raw, targets)
    scores = _crossed(fitting_.recipe.seed, best.raw, targets)
    told = {
        "shown": len(best.renderer.shots),
        "orders": [round(one.accuracy, 4) for one in orders],
        "left_out": best.left_out,
    }
    if best.left_out:
        said = f"{best.left_out} examples are not shown: the model's context has no room for them"
        fitting_.listen(Noted(said))
    chosen = replace(chooser, renderer=best.renderer)
    held = known_at(trial.rows, scores, len(fitting_.train))
    return Prompted(_facts(chosen, calibration) | told, held)


def _by_similarity(fitting_: Fitting, chooser: Chooser) -> Prompted:
    """Let each text find its examples among the rows; those judged by find theirs elsewhere."""
    recipe = fitting_.recipe
    rows = sample(fitting_, _SAMPLE[recipe.effort])
    pooled = sample(fitting_, _MOST_POOLED)
    some = [fitting_.train.examples[i] for i in pooled]
    pool = _shots(fitting_, some)
    count = min(recipe.shots or _SIMILAR, len(pool) - 1)
    chooser = replace(chooser, similar=Similar.of(pool, count, recipe))
    targets = fitting_.task.encode([fitting_.train.examples[i] for i in rows])
    raw = chooser.raw(_texts(fitting_, rows), fitting_.listen)
    facts = _facts(chooser, _corrected(raw, targets))
    facts |= {"pool": [[shot.text, shot.answer] for shot in pool], "shown": count}
    scores = _crossed(recipe.seed, raw, targets)
    return Prompted(facts, known_at(rows, scores, len(fitting_.train)))


@dataclass(frozen=True)
class _Tried:
    """A set of examples in an order, and what the model then says of the rows not shown."""

    count: int
    renderer: Renderer
    raw: Floats
    loss: float
    accuracy: float
    left_out: int
    """Examples for which the context has no room."""


class _Trial:
    """Examples, and the rows on which they are judged."""

    def __init__(self, fitting_: Fitting, chooser: Chooser) -> None:
        self._fitting, self._chooser = fitting_, chooser
        task, examples = fitting_.task, fitting_.train.examples
        self._names = [str(example.target) for example in examples]
        vectors = vectors_of([e.text for e in examples], fitting_.recipe, fitting_.listen)
        most = min(_MOST_SHOWN, max(1, int(_MOST_HELD * len(examples))))
        most = max(most, min(len(task.labels), len(examples) - 1))
        wanted = fitting_.recipe.shots or most
        possible = len(examples) - _FEWEST_HELD
        if wanted > possible and fitting_.recipe.shots:
            said = f"{possible} examples are shown, not {wanted}: the other rows choose among them"
            fitting_.listen(Noted(said))
        self._order = selection.balanced(
            self._names, vectors, min(wanted, possible), fitting_.recipe.seed
        )
        self.rows = sample(fitting_, _SAMPLE[fitting_.recipe.effort], self._order)
        self._targets = task.encode([examples[i] for i in self.rows])
        self._texts = _texts(fitting_, self.rows)

    def counts(self) -> list[int]:
        """Return how many examples are tried."""
        each = _PER_LABEL[self._fitting.recipe.effort]
        wanted = [k * len(self._fitting.task.labels) for k in each]
        return sorted({min(count, len(self._order)) for count in wanted})

    def tried(self, count: int, order: int) -> _Tried:
        """Return what so many examples do, in an order: a number, of which each is another."""
        examples = self._fitting.train.examples
        some = [examples[i] for i in self._order[:count]]
        shots = _shots(self._fitting, some)
        in_order = selection.ordered(
            shots, "alternating" if order == 0 else "shuffled", self._fitting.recipe.seed + order
        )
        found = self._room(in_order, shots)
        renderer = found.renderer
        raw = replace(self._chooser, renderer=renderer).raw(self._texts, self._fitting.listen)
        corrected = scoring.prior_matched(raw).apply(raw)
        chosen = np.maximum(softmax(corrected)[np.arange(len(raw)), self._targets], 1e-12)
        accuracy = float((corrected.argmax(axis=1) == self._targets).mean())
        loss = float(-np.log(chosen).mean())
        return _Tried(count, renderer, raw, loss, accuracy, len(found.left_out))

    def _room(self, in_order: Sequence[Shot], useful: Sequence[Shot]) -> Fitted:
        """Return the prompt with as many examples as fit beside the longest document."""
        decoder = self._chooser.decoder
        base = self._chooser.renderer.showing(in_order)
        longest = max(self._texts, key=len)
        room = decoder.context - int(decoder.tokens(base.options).max())
        return fitting(base, longest, room, self._chooser.count, _ranks(in_order, useful))


def _ranks(in_order: Sequence[Shot], useful: Sequence[Shot]) -> list[int]:
    """Return where the examples stand in an order, the most useful first; some may be alike."""
    places: dict[Shot, list[int]] = {}
    for place, shot in enumerate(in_order):
        places.setdefault(shot, []).append(place)
    return [places[shot].pop(0) for shot in useful]


def _corrected(raw: Floats, targets: NDArray[np.int64]) -> Calibration:
    return scoring.fit_affine(raw, targets)


def _crossed(seed: int, raw: Floats, targets: NDArray[np.int64]) -> Floats:
    """Return scores of rows corrected by the others, so that they tell what unseen ones would."""
    found = np.full(raw.shape, np.nan)
    turns = np.random.default_rng(seed).permutation(len(raw)) % _FOLDS
    for turn in np.unique(turns):
        out = turns == turn
        found[out] = _corrected(raw[~out], targets[~out]).apply(raw[out])
    return found


def _texts(fitting_: Fitting, rows: NDArray[np.int64]) -> list[str]:
    return _shown(fitting_, [fitting_.train.examples[i] for i in rows])


def _shots(fitting_: Fitting, some: Sequence[Example[Any]]) -> list[Shot]:
    pairs = zip(_shown(fitting_, some), some, strict=True)
    return [Shot(text, str(one.target)) for text, one in pairs]


def _shown(fitting_: Fitting, examples: Sequence[Example[Any]]) -> list[str]:
    return [shown(one) for one in fitting_.task.inputs(examples)]


def _facts(chooser: Chooser, calibration: Calibration | None) -> dict[str, Any]:
    renderer = chooser.renderer
    return {
        "wording": wordings.to_facts(renderer.wording),
        "shots": [[shot.text, shot.answer] for shot in renderer.shots],
        "calibration": calibration.to_json() if calibration else None,
    }
