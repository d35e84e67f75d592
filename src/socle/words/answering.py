"""A task whose answers are columns of words: from sentences to numbers, to answers, to scores.

Labelling and parsing are made of it; they differ in which columns there are, and in the tree.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from socle.examples import Example, Prediction, Read, Sentence
from socle.words.columns import Scored, blank, sureness
from socle.words.cutting import Cutter
from socle.words.json import described
from socle.words.scoring import WordScoring, sentence_of


@dataclass(frozen=True)
class WordAnswering(WordScoring):
    """Columns for words, and trees where `relations` has labels."""

    cutter: Cutter = field(default_factory=Cutter)
    name: str = "labelling"
    family: Literal["words"] = "words"
    several: bool = False
    stretches: int = 0

    def inputs(self, examples: Sequence[Example[Sentence]]) -> Sequence[Read]:
        """Return the sentences with their words alone."""
        return [blank(sentence_of(example)) for example in examples]

    def plain(self, inputs: Sequence[Read]) -> Sequence[str]:
        """Return the texts of sentences."""
        return [one if isinstance(one, str) else one.text for one in inputs]

    def read(self, texts: Sequence[str]) -> list[list[Read]]:
        """Return the sentences of each text, cut as the training data were."""
        return [list(sentences) for sentences in self.cutter.cut_all(texts)]

    def probabilities(self, scores: list[Scored]) -> list[Scored]:
        """Return the scores: they are log-probabilities already."""
        return scores

    def decode(self, probabilities: list[Scored]) -> list[Prediction[Sentence]]:
        """Return one prediction per sentence."""
        said = self.decide(probabilities)
        first = next(iter(self.classes), None)
        return [
            Prediction(sentence, sureness(one, first))
            for sentence, one in zip(said, probabilities, strict=True)
        ]

    def gathered(self, predictions: Sequence[Prediction[Any]]) -> Prediction[Any]:
        """Return the sentences of a text as one prediction, as sure as they are on the average."""
        sentences = tuple(one.target for one in predictions)
        weights = [max(1, len(one.target.words)) for one in predictions]
        sure = [one.probability for one in predictions]
        return Prediction(sentences, float(np.average(sure, weights=weights)) if sure else 1.0)

    def answer(self, text: str, prediction: Prediction[Any]) -> dict[str, Any]:
        """Return the JSON object of one text: tokens, their columns, spans, trees and triples."""
        target = prediction.target
        sentences = (target,) if isinstance(target, Sentence) else tuple(target or ())
        said = described(text, sentences, tuple(self.classes), bool(self.relations))
        said["probability"] = round(prediction.probability, 6)
        return said | {"abstained": True} if target is None else said

    def to_json(self) -> dict[str, Any]:
        """Return what `restored` needs."""
        return {
            "name": self.name,
            "classes": {name: list(values) for name, values in self.classes.items()},
            "relations": list(self.relations),
            "scheme": self.scheme,
            "cutter": self.cutter.to_json(),
        }

    def tensors(self) -> dict[str, NDArray[Any]]:
        """Return the arrays that `restored` needs beside the JSON."""
        return dict(self.cutter.tensors())


def restored(facts: Mapping[str, Any], tensors: Mapping[str, NDArray[Any]]) -> WordAnswering:
    """Return the task that `to_json` and `tensors` described."""
    return WordAnswering(
        classes={name: tuple(values) for name, values in facts["classes"].items()},
        relations=tuple(facts["relations"]),
        scheme=facts["scheme"],
        cutter=Cutter.restore(facts["cutter"], tensors),
        name=facts["name"],
    )
