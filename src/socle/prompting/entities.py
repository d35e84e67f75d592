"""Entities that a language model quotes as JSON, found again in the text, as tags of its words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from socle.bases import Located
from socle.decoders import Decoder, Style
from socle.events import Listener, Noted, silent
from socle.examples import Sentence, Span, Word, Written
from socle.learning import Fitting, known_at, present
from socle.metrics.spans import spans_of
from socle.prompting import Prompted, engines, sample, wording_for
from socle.prompting.vectors import vectors_of
from socle.prompts import Shot, Wording, selection, wordings
from socle.prompts.entities import answer_of, found, schema
from socle.prompts.parts import parts
from socle.prompts.rendering import Renderer, fitting, room_for_text
from socle.tasks import Task, WordTask
from socle.words.columns import Scored

_SHOWN = 6
_SAMPLE = {"quick": 8, "normal": 24, "thorough": 96}
_TOKENS_A_WORD = 4
_FEWEST_TOKENS = 48
_STEP = 32
_UNTOLD = 0.5
"""Probability of an answer where the engine tells none."""


@dataclass(frozen=True)
class Marker:
    """A language model with a prompt: tags of the words of sentences."""

    decoder: Decoder
    renderer: Renderer
    classes: tuple[str, ...]
    """Tags in BIO, in the order of the scores' columns."""
    held: bool
    """Whether the engine holds answers to the schema."""

    def scores(self, inputs: Sequence[Sentence], listen: Listener = silent) -> list[Scored]:
        """Return log-probabilities of the tags, a table for each sentence."""
        pieces = [(i, *piece) for i, one in enumerate(inputs) for piece in self._pieces(one.text)]
        answers = self._written([part for _, _, part in pieces], listen)
        labels, words = self.renderer.labels, self.renderer.wording.words
        spans: list[list[Span]] = [[] for _ in inputs]
        sure, refused = [1.0] * len(inputs), 0
        for (i, at, part), written in zip(pieces, answers, strict=True):
            own, wrong = found(part, written.text, labels, words)
            spans[i] += [Span(at + s.start, at + s.end, s.label) for s in own]
            told = float(np.exp(written.log_probability)) if written.log_probability else _UNTOLD
            sure[i], refused = min(sure[i], told), refused + len(wrong)
        if refused:
            listen(Noted(f"{refused} quotations that stand in no text, or have no label, refused"))
        rows = zip(inputs, spans, sure, strict=True)
        return [Scored(one, {"tag": self._table(one, own, p)}) for one, own, p in rows]

    def _pieces(self, text: str) -> list[tuple[int, str]]:
        """Return a text, in parts where it is too long to be read at once, each with its place."""
        room_for_text(self.renderer, self.decoder.context - most_tokens(""), self._count)
        cut = parts(text, self.decoder.context, self._needed)
        return [(sum(map(len, cut[:i])), part) for i, part in enumerate(cut)]

    def _written(self, texts: Sequence[str], listen: Listener) -> list[Written]:
        """Return the answers; those that may become as long as each other are written together."""
        wording = self.renderer.wording
        form = schema(self.renderer.labels, wording.words) if self.held else None
        groups: dict[int, list[int]] = {}
        for i, text in enumerate(texts):
            groups.setdefault(most_tokens(text), []).append(i)
        told: dict[int, Written] = {}
        for most, rows in sorted(groups.items()):
            style = Style(max_tokens=most, stop=self.renderer.stops, schema=form)
            prompts = [self.renderer.prompt(texts[i]) for i in rows]
            told |= zip(rows, self.decoder.write(prompts, style, listen), strict=True)
        return [told[i] for i in range(len(texts))]

    def _count(self, text: str) -> int:
        return int(self.decoder.tokens([text])[0])

    def _needed(self, text: str) -> int:
        """Return the tokens that a text, and the longest answer to it, take of the context."""
        return self._count(self.renderer.prompt(text)) + most_tokens(text)

    def _table(self, one: Sentence, spans: Sequence[Span], sure: float) -> NDArray[np.float32]:
        sure = min(max(sure, 1 / len(self.classes) + 0.01), 0.999)
        table = np.full((len(one.words), len(self.classes)), (1 - sure) / (len(self.classes) - 1))
        for row, tag in enumerate(tags_for(one.words, spans)):
            table[row, self.classes.index(tag if tag in self.classes else "O")] = sure
        return np.asarray(np.log(table), dtype=np.float32)


def most_tokens(text: str) -> int:
    """Return the most tokens of the answer to a text: of few sizes, to be written together."""
    return _STEP * -(-(_FEWEST_TOKENS + _TOKENS_A_WORD * len(text.split())) // _STEP)


def tags_for(words: Sequence[Word], spans: Sequence[Span]) -> list[str]:
    """Return the tags in BIO of words of which spans cover some, if only in part."""
    tags = ["O"] * len(words)
    for span in spans:
        inside = [i for i, w in enumerate(words) if w.start < span.end and w.end > span.start]
        for i in inside:
            tags[i] = f"{'B' if i == inside[0] else 'I'}-{span.label}"
    return tags


def learn(fitting_: Fitting, *, shots: bool) -> Prompted:
    """Choose a prompt; examples are typical of the entities in them."""
    located, recipe = present(fitting_), fitting_.recipe
    engine = engines.chosen(located, recipe, "structured")
    task = cast(WordTask, fitting_.task)
    sentences: list[Sentence] = task.encode(fitting_.train.examples)
    chosen = _chosen(fitting_, sentences) if shots and sentences else []
    wording = wording_for(fitting_, "labelling")
    examples = [_shot(sentences[i], wording) for i in chosen]
    facts: dict[str, Any] = {
        "engine": engine,
        "wording": wordings.to_facts(wording),
        "shots": [[shot.text, shot.answer] for shot in examples],
    }
    marker = restored(facts, task, located)
    rows = sample(fitting_, _SAMPLE[recipe.effort], chosen)
    some = [fitting_.train.examples[i] for i in rows]
    if not some:
        return Prompted(facts, None)
    longest = max((one.text for one in some), key=len)
    room = marker.decoder.context - most_tokens(longest)
    kept = fitting(marker.renderer, longest, room, lambda t: int(marker.decoder.tokens([t])[0]))
    if kept.left_out:
        n = len(kept.left_out)
        fitting_.listen(Noted(f"{n} examples are not shown: the context has no room for them"))
    facts["shots"] = [[shot.text, shot.answer] for shot in kept.renderer.shots]
    marker = restored(facts, task, located)
    said = task.decide(marker.scores(cast(Any, task.inputs(some)), fitting_.listen))
    counts = task.statistics(task.encode(some), said)
    return Prompted(facts, known_at(rows, counts, len(fitting_.train)))


def restored(facts: Mapping[str, Any], task: Task, located: Located) -> Marker:
    """Return what `learn` found, ready to be asked."""
    engine = str(facts["engine"])
    decoder = engines.ready(located, engine)
    shots = tuple(Shot(*pair) for pair in facts["shots"])
    classes = cast(WordTask, task).classes["tag"]
    wording = wordings.from_facts(facts["wording"])
    renderer = Renderer(wording, types_of(classes), shots, decoder.specials)
    return Marker(decoder, renderer, classes, engines.holds_schemas(engine))


def types_of(classes: Sequence[str]) -> tuple[str, ...]:
    """Return the types of entities that tags in BIO name, in their order."""
    return tuple(dict.fromkeys(tag[2:] for tag in sorted(classes) if tag[1:2] == "-"))


def _chosen(fitting_: Fitting, sentences: Sequence[Sentence]) -> list[int]:
    recipe = fitting_.recipe
    names = [tuple(sorted({span.label for span in _spans(one)})) for one in sentences]
    vectors = vectors_of([one.text for one in sentences], recipe, fitting_.listen)
    count = min(recipe.shots or _SHOWN, max(1, len(sentences) // 2))
    return selection.balanced(names, vectors, count, recipe.seed)


def _shot(sentence: Sentence, wording: Wording) -> Shot:
    return Shot(sentence.text, answer_of(sentence.text, _spans(sentence), wording.words))


def _spans(sentence: Sentence) -> list[Span]:
    words = sentence.words
    found_ = spans_of([word.tag for word in words], "bio")
    return [Span(words[a].start, words[b - 1].end, label) for a, b, label in found_]
