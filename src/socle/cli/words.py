"""How answers about words are shown in the terminal, drawn, and handed to writers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from socle.examples import Sentence, Span

if TYPE_CHECKING:
    from socle.metrics.spans import Scheme
    from socle.predicting import Answered
    from socle.writers import Document


def shown(text: str, sentences: Sequence[Sentence]) -> str:
    """Return what a model of words says of a text: trees with their triples, tags, or entities."""
    from socle.words.json import located

    spans = [
        Span(place + s.start, place + s.end, s.label, s.probability)
        for place, one in located(text, sentences)
        for s in one.spans
    ]
    return _told(text, sentences, spans)


def shown_together(answered: Answered) -> str:
    """Return what several models say of a text."""
    parts = []
    sentences = [one for _, one in answered.sentences()]
    if sentences:
        parts.append(_told(answered.text, sentences, answered.spans()))
    else:
        parts.append(answered.text)
    for name, model in answered.models.items():
        if model.task.family == "texts" and name in answered.predictions:
            found = answered.predictions[name]
            label = found.target
            said = ", ".join(label) or "(none)" if isinstance(label, tuple) else label
            parts.append(f"{name}: {said} ({found.probability:.3f})")
        elif model.task.family == "generated":
            parts.append(f"{name}: {answered.predictions[name].target.text}")
    for name, relations in answered.relations.items():
        for one in relations:
            pair = (answered.text[s.start : s.end] for s in (one.first, one.second))
            parts.append(f"{name}: {one.label}({', '.join(pair)}) ({one.probability:.3f})")
    return "\n".join(parts) + "\n"


def _told(text: str, sentences: Sequence[Sentence], spans: Sequence[Span]) -> str:
    from socle.rendering.entities import entities_text

    lines = []
    entities = any(word.tag != "_" for one in sentences for word in one.words)
    if entities:
        lines.append(entities_text(text, spans))
    for one in sentences:
        if any(word.head is not None for word in one.words):
            lines += _tree(one)
        elif any(word.upos != "_" for word in one.words):
            lines.append(" ".join(f"{word.form}/{word.upos}" for word in one.words))
    return "\n".join(lines) if lines else text


def _tree(one: Sentence) -> list[str]:
    from socle.rendering.trees import tree_text
    from socle.words.triples import as_text, triples

    lines = [tree_text(one)]
    for triple in triples(one):
        said = as_text(one, triple)
        parts = [said["subject"] or "?", said["verb"], said["object"] or "?"]
        if said["negated"]:
            parts[1] = f"not {parts[1]}"
        lines.append(f"({', '.join(parts)})")
    return lines


def drawn(told: Iterable[Answered], folder: Path) -> Iterator[Answered]:
    """Yield answers as they are, and draw the tree of every sentence into a folder on the way."""
    from socle.files import write_atomically
    from socle.rendering.trees import tree_svg

    number = 0
    for answered in told:
        for _, one in answered.sentences():
            if any(word.head is not None for word in one.words):
                number += 1
                write_atomically(folder / f"{number:04d}.svg", str(tree_svg(one)))
        yield answered


def documents(
    told: Iterable[Answered], *, whole: bool, scheme: Scheme = "bio"
) -> Iterator[Document]:
    """Yield answers as writers take them.

    What models say of words stands in the sentences; `whole` gives it model by model as well.
    """
    from socle.writers import Document

    for one in told:
        answers = {
            name: said
            for name, said in one.to_json()["answers"].items()
            if whole or one.models[name].task.family != "words"
        }
        yield Document(one.text, tuple(one.sentences()), one.spans(), answers, scheme)
