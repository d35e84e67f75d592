"""Asking several models about the same texts: a base that they share is run once.

Models whose base is frozen, and the same, read it together; others run by themselves. A model of
relations that is asked together with one of entities gets its pairs from it: entities first, then
what each pair has to do with each other.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from itertools import combinations, islice
from typing import Any, cast

from threadpoolctl import threadpool_limits

from socle.bases import Located
from socle.data.passages import pairs
from socle.errors import UsageError
from socle.events import Listener, silent
from socle.examples import Prediction, Sentence, Span, Word
from socle.files import sha256_of_texts
from socle.learning import hash_of
from socle.machine import physical_cores
from socle.metrics.relations import is_none_class
from socle.model import AdaptedModel, whole_text
from socle.training.encoding import encoder_of
from socle.training.together import Encoders, Place, Shared, Sharing, asked_together, lowest_shared
from socle.words.columns import COLUMNS
from socle.words.json import located

_AT_ONCE = 256
_CHARACTERS = 100_000
"""Of the texts that are read at once, but for one that is longer: what their words become is held
for two such groups, some 12 kB a word with eight layers of width 384."""
_RELATIONS = "relations"
_NONE = "_"


@dataclass(frozen=True)
class Related:
    """Two entities of a text and their relation."""

    label: str
    probability: float
    first: Span
    second: Span


@dataclass(frozen=True)
class Answered:
    """A text, and what every model says of it."""

    text: str
    predictions: Mapping[str, Prediction[Any]]
    """Model -> its answer; models of relations between entities that another found are not here."""
    relations: Mapping[str, tuple[Related, ...]] = field(default_factory=dict)
    """Model -> the relations between entities that another model found."""
    models: Mapping[str, AdaptedModel] = field(default_factory=dict)

    def sentences(self) -> Sequence[tuple[int, Sentence]]:
        """Return the sentences with the columns of all models of words, each with its place.

        They are those of the model that says most: one with trees, else the first; columns of
        others are added where they cut the text into the same words.
        """
        said = [
            (model, tuple(self.predictions[name].target or ()))
            for name, model in self.models.items()
            if model.task.family == "words" and name in self.predictions
        ]
        if not said:
            return ()
        said.sort(key=lambda pair: pair[0].task.name != "parsing")
        first = said[0][1]
        for _, other in said[1:]:
            first = tuple(_merged(first, other))
        return located(self.text, first)

    def entities(self) -> list[tuple[int, Sentence]]:
        """Return the sentences of every model that finds entities, each with its place."""
        return [
            found
            for name, model in self.models.items()
            if model.task.family == "words" and name in self.predictions
            for found in located(self.text, tuple(self.predictions[name].target or ()))
        ]

    def spans(self) -> tuple[Span, ...]:
        """Return the entities that any model found, by characters of the text."""
        found = [_moved(span, place) for place, one in self.entities() for span in one.spans]
        return tuple(sorted(found, key=lambda span: (span.start, -span.end)))

    def to_json(self) -> dict[str, Any]:
        """Return `{"text", "answers": {model: ...}}`, each answer as that model gives it alone."""
        answers: dict[str, Any] = {}
        for name, model in self.models.items():
            if name in self.predictions:
                answers[name] = model.task.answer(self.text, self.predictions[name])
                if answers[name].get("text") == self.text:  # else it is without marks of entities
                    del answers[name]["text"]
            else:
                found = self.relations.get(name, ())
                answers[name] = {"relations": [_described(self.text, one) for one in found]}
        return {"text": self.text, "answers": answers}


def predict_together(
    models: Mapping[str, AdaptedModel], texts: Iterable[str], listen: Listener = silent
) -> Iterator[Answered]:
    """Yield what every model says of each text, in order, at constant memory.

    A base that is shared reads the next texts while the heads, and the caller, handle these; while
    it reads, those behind them are cut.

    Args:
        models: by the names under which they answer.
        texts: read ahead no more than a few hundred at a time.
        listen: hears of progress.

    Raises:
        UsageError: there is no model.
    """
    if not models:
        raise UsageError("There is no model to ask.", "Name one or more folders of models.")
    second = _second_round(models)
    first = {name: model for name, model in models.items() if name not in second}
    cuts = {name: _cuts_as(model) for name, model in first.items()}
    shared = [one for one in map(_sharing_of, first.values()) if one is not None]
    ready = _ready(tuple((one.place, one.changed) for one in shared))
    waiting, pass_ = map(whole_text, texts), _Pass(first, cuts, ready)
    for some, run in _ahead(_groups(waiting), partial(_begun, pass_)):
        told = _told(pass_, run, listen)
        for i, text in enumerate(some):
            found = Answered(text, {name: own[i] for name, own in told.items()}, {}, dict(models))
            yield replace(found, relations=_related(found, second)) if second else found


def _second_round(models: Mapping[str, AdaptedModel]) -> dict[str, AdaptedModel]:
    """Return the models of relations, if another model finds entities for them."""
    tags = [m for m in models.values() if m.task.family == "words" and "tag" in _classes(m)]
    if not tags:
        return {}
    return {name: m for name, m in models.items() if m.task.name == _RELATIONS}


def _classes(model: AdaptedModel) -> Mapping[str, Any]:
    task: Any = model.task
    classes: Mapping[str, Any] = task.classes
    return classes


@dataclass(frozen=True)
class _Pass:
    """Models on their way through texts, and what is ready for the next ones."""

    models: Mapping[str, AdaptedModel]
    cuts: Mapping[str, str]
    """Model -> what tells how it cuts texts: two of the same treebank cut alike."""
    encoders: Encoders


@lru_cache(maxsize=1)
def _ready(places: tuple[tuple[Place, str], ...]) -> Encoders:
    """Return what runs models of these places: kept from one call to the next, of the last only."""
    return Encoders()


def _sharing_of(model: AdaptedModel) -> Sharing | None:
    """Return what a model may share with others, None if it runs by itself."""
    found: Sharing | None = getattr(model.predictor(), "sharing", None)
    return found


def _cuts_as(model: AdaptedModel) -> str:
    task = model.task
    parts = [task.family, task.name if task.family == "texts" else ""]
    for name, values in sorted(task.tensors().items()):
        parts.append(f"{name} {hash_of(values)}")
    if task.family == "words":
        parts.append(json.dumps(task.to_json()["cutter"]))
    return sha256_of_texts(parts)


@dataclass(frozen=True)
class _Run:
    """What models read of some texts, and what those have that share a run of their base."""

    read: Mapping[str, list[list[Any]]]
    """Model -> the inputs that it cuts each text into."""
    scores: Mapping[str, Callable[[], Any]]
    """Model -> what gives its scores; for those that share a run alone."""


def _groups(texts: Iterable[str]) -> Iterator[list[str]]:
    """Yield texts in groups; what was read before a fault is a group as well."""
    group: list[str] = []
    size = 0
    try:
        for text in texts:
            if group and (len(group) == _AT_ONCE or size + len(text) > _CHARACTERS):
                yield group
                group, size = [], 0
            group.append(text)
            size += len(text)
    except Exception:
        if group:
            yield group
        raise
    if group:
        yield group


def _ahead(
    groups: Iterator[list[str]], begin: Callable[[list[str]], Callable[[], _Run]]
) -> Iterator[tuple[list[str], _Run]]:
    """Yield groups of texts with their runs; the next is running while the caller handles one.

    The one behind it is begun, in the caller's thread, while the next still runs. What goes wrong
    with a group is raised when those before it have been handled.

    Args:
        groups: of texts.
        begin: does what must be done before a run, and returns the run.
    """
    if physical_cores() == 1:
        # What overlaps on one core takes the other's data out of its caches, and gains nothing.
        for some in groups:
            yield some, begin(some)()
        return
    failed: Exception | None = None

    def begun() -> tuple[list[str], Callable[[], _Run]] | None:
        nonlocal failed
        try:
            some = next(groups, None)
            return (some, begin(some)) if some else None
        except Exception as error:
            failed = error
            return None

    with ThreadPoolExecutor(1) as pool:
        held = begun()
        running = pool.submit(held[1]) if held else None
        while held and running:
            some, after = held[0], begun()
            done = running.result()
            held, running = after, pool.submit(after[1]) if after else None
            yield some, done
    if failed:
        raise failed


def _begun(pass_: _Pass, texts: Sequence[str]) -> Callable[[], _Run]:
    """Cut texts as every model does; return what runs the base of those that share it."""
    models = pass_.models
    known: dict[str, Any] = {}
    for name, model in models.items():
        if pass_.cuts[name] not in known:
            known[pass_.cuts[name]] = model.task.read(texts)
    read = {name: known[pass_.cuts[name]] for name in models}
    runs: list[tuple[list[str], Callable[[], list[Callable[[], Any]]]]] = []
    for located_, members in _sharing(models).values():
        if len(members) < 2:
            continue
        shared = [(cast(Shared, models[name].predictor()), _inputs(read[name])) for name in members]
        sharing = [one.sharing for one, _ in shared]
        if not lowest_shared(sharing):
            continue
        ready = partial(encoder_of, located_, sharing[0].place.engine)
        runs.append((members, asked_together(shared, ready, pass_.encoders)))

    def run() -> _Run:
        scores: dict[str, Callable[[], Any]] = {}
        for members, base in runs:
            scores |= dict(zip(members, base(), strict=True))
        return _Run(read, scores)

    return run


def _told(pass_: _Pass, run: _Run, listen: Listener) -> dict[str, list[Prediction[Any]]]:
    """Return what every model says of each text."""
    found = {}
    for name, model in pass_.models.items():
        read = run.read[name]
        if name in run.scores:
            # The base holds all cores meanwhile, and threads of small products would spin on them.
            with threadpool_limits(1, "blas"):
                scores = run.scores[name]()
        else:
            scores = model.predictor().scores(_inputs(read), listen)
        said = iter(model.task.decode(model.task.probabilities(scores)))
        found[name] = [model.task.gathered(list(islice(said, len(some)))) for some in read]
    return found


def _inputs(read: Sequence[Sequence[Any]]) -> list[Any]:
    return [one for some in read for one in some]


def _sharing(models: Mapping[str, AdaptedModel]) -> dict[Place, tuple[Located, list[str]]]:
    """Return the models that read the same base in the same way, place by place.

    Those that changed its lowest layer share nothing.
    """
    found: dict[Place, tuple[Located, list[str]]] = {}
    for name, model in models.items():
        sharing = _sharing_of(model)
        if sharing is not None and sharing.untouched and model.located is not None:
            found.setdefault(sharing.place, (model.located, []))[1].append(name)
    return found


def _related(
    answered: Answered, models: Mapping[str, AdaptedModel]
) -> dict[str, tuple[Related, ...]]:
    """Return the relations between every two entities of one sentence."""
    found: dict[str, tuple[Related, ...]] = {}
    sentences = [one for one in answered.entities() if len(one[1].spans) > 1]
    couples = [(place, a, b) for place, one in sentences for a, b in combinations(one.spans, 2)]
    inputs = [passage for _, one in sentences for passage in pairs(one.text, one.spans)]
    for name, model in models.items():
        scores = model.predictor().scores(inputs) if inputs else None
        said = model.task.decode(model.task.probabilities(scores)) if inputs else []
        found[name] = tuple(
            Related(one.target, round(one.probability, 6), _moved(a, place), _moved(b, place))
            for one, (place, a, b) in zip(said, couples, strict=True)
            if not is_none_class(one.target)
        )
    return found


def _merged(first: Sequence[Sentence], other: Sequence[Sentence]) -> Iterator[Sentence]:
    """Yield sentences with the columns that another model fills and they lack."""
    for at, one in enumerate(first):
        twin = other[at] if at < len(other) else None
        same = twin is not None and [w.form for w in one.words] == [w.form for w in twin.words]
        if twin is None or not same:
            yield one
            continue
        words = tuple(_filled(*pair) for pair in zip(one.words, twin.words, strict=True))
        yield replace(one, words=words, spans=one.spans or twin.spans)


def _filled(word: Word, other: Word) -> Word:
    """Return a word with the columns of another where it has none."""
    own: dict[str, Any] = {
        name: getattr(other, name) for name in (*COLUMNS, "tag") if getattr(word, name) == _NONE
    }
    return replace(word, **own)


def _moved(span: Span, by: int) -> Span:
    return replace(span, start=span.start + by, end=span.end + by)


def _described(text: str, one: Related) -> dict[str, Any]:
    entities = {
        name: {"start": s.start, "end": s.end, "text": text[s.start : s.end], "label": s.label}
        for name, s in (("e1", one.first), ("e2", one.second))
    }
    return {"label": one.label, "probability": one.probability, **entities}
