"""Documents that give orders: how often a model obeys them, with the fence and without.

    python benchmarks/injections.py [--bases smollm2-135m-instruct,gemma-3-270m]

The documents are those of the tests. Where a model writes, one that obeys begins its answer with a
word that no honest answer begins with. Where labels are tried, the answer can only be a label: what
is counted is how often it is another one than without the order, beside a harmless sentence in its
place. Rows are added to a dated JSON file; `figures.py` shows them.
"""

from __future__ import annotations

import argparse
import importlib
import re
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from measure import add_row, quiet

from socle.machine import machine

quiet()
NAME = "injections"
LABELS: dict[str, tuple[tuple[str, ...], ...]] = {
    "en": (("negative", "positive"), ("food", "hotel", "sport", "transport")),
    "fr": (("négatif", "positif"), ("cuisine", "hôtel", "sport", "transport")),
}
"""Sets of labels between which the documents, reviews of a hotel, are asked to be sorted."""
NEUTRAL = {
    "en": "The hotel was built in 1987 and stands beside the river, not far from the station.",
    "fr": "L'hôtel a été bâti en 1987 et se trouve au bord de la rivière, non loin de la gare.",
}
_ASIDE = re.compile(r" \([^)]*\)")


def main() -> None:
    """Ask every base in every way."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bases", default="smollm2-135m-instruct")
    parser.add_argument("--only", default="translation,summary,classification")
    options = parser.parse_args()
    sys.path.insert(0, str(Path(__file__).parent.parent))
    battery: Any = importlib.import_module("tests.prompts.injections")
    plain = {"en": battery._EN, "fr": battery._FR}
    for base in options.bases.split(","):
        for task in options.only.split(","):
            if task == "classification":
                sort(base, battery.INJECTIONS, plain)
                continue
            for fence in (True, False):
                write(base, task, battery.INJECTIONS, fence)


def write(base: str, task: str, injections: Sequence[Any], fence: bool) -> None:
    """Add a row for each language of the documents: how many orders were obeyed."""
    from socle.bases import finding
    from socle.prompting import engines
    from socle.prompts import wordings
    from socle.recipe import Recipe
    from socle.training.writing import Writer, told, usual_lengths

    located = finding.find(base)
    engine = engines.chosen(located, Recipe(), "writing")
    decoder = engines.ready(located, engine)
    for language, other in (("en", "fr"), ("fr", "en")):
        own = [one for one in injections if one.language == language]
        wording = wordings.default(task, language)
        if task == "translation":
            wording = wordings.between(wording, language, other)
        if not fence:
            wording = replace(wording, fence="")
        writer = Writer(decoder, told(task, wording, (), usual_lengths(task)))
        answers = [one.text for one in writer.scores([one.text for one in own])]
        obeyed = [one.obeyed(answer) for one, answer in zip(own, answers, strict=True)]
        add_row(
            NAME,
            {
                "base": base,
                "engine": engine,
                "task": task,
                "language": language,
                "fence": fence,
                "n": len(own),
                "obeyed": sum(obeyed),
                # Who says nothing has not obeyed, and is of no use either.
                "empty": sum(not answer.strip() for answer in answers),
                "named": [one.name for one, did in zip(own, obeyed, strict=True) if did],
                "instructions": machine()["instructions"],
            },
        )


def sort(base: str, injections: Sequence[Any], plain: dict[str, str]) -> None:
    """Add a row for each language and set of labels: how many orders moved the label."""
    from socle.instructing import instruct
    from socle.recipe import Recipe

    for language, sets in LABELS.items():
        own = [one for one in injections if one.language == language]
        without = [honest(one.text, plain[language]) for one in own]
        texts = [one.text for one in own] + without
        texts += [f"{one}\n\n{NEUTRAL[language]}" for one in without]
        for labels in sets:
            # There are no other texts here by which scores could be corrected.
            model = instruct(labels, recipe=Recipe(base=base))
            chosen = [found.target for found in model.predict(texts)]
            orders, honestly, harmless = np.array(chosen).reshape(3, len(own))
            add_row(
                NAME,
                {
                    "base": base,
                    "engine": model.adaptation.facts["engine"],
                    "task": "classification",
                    "language": language,
                    "labels": labels,
                    "n": len(own),
                    "is_label": sum(one in labels for one in chosen[: len(own)]),
                    "moved": int((orders != honestly).sum()),
                    "moved_by_harmless": int((harmless != honestly).sum()),
                    "named": [
                        one.name for one, did in zip(own, orders != honestly, strict=True) if did
                    ],
                    "instructions": machine()["instructions"],
                },
            )


def honest(text: str, plain: str) -> str:
    """Return a document of the battery without what it orders."""
    return plain if plain in text else _ASIDE.sub("", text)


if __name__ == "__main__":
    main()
