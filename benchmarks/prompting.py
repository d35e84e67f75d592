"""Prompts of language models: speed beside `generate`, calibration, and orders of examples.

    python benchmarks/prompting.py ../shared/data/classification sst2 sib200-fr [--only orders]

speed: a few-shot model, which tries all labels behind prompts whose beginning is read once, against
`generate` of transformers with the same weights, precision, prompts and threads, turn by turn.
calibration: zero-shot by every way to score and to correct scores; the model is asked each prompt
once, and what corrects is found on unlabelled texts of the train file.
orders: the same examples in several orders on the same test rows, corrected and not.
Rows are added to a dated JSON file; `figures.py` shows them.
"""

from __future__ import annotations

import argparse
import base64
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple, get_args

import numpy as np
from few_labels import Draw, drawn
from measure import add_row, quiet, rows
from numpy.typing import NDArray

from socle.errors import PromptError
from socle.events import Listener, silent
from socle.machine import machine, physical_cores

quiet()
NAME = "prompting"
CALIBRATIONS = ("none", "contextual", "batch", "prior")
_BATCH = 8
_CORRECTING = 128
"""Labelled texts that are not shown, by which scores are corrected, as effort normal takes."""
Bits = NDArray[np.bool_]


class Case(NamedTuple):
    """A set, and what is asked about it."""

    name: str
    draw: Draw
    unlabelled: list[str]
    task: Any
    fitting: Any
    engine: str


def main() -> None:
    """Measure what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="folder that holds the sets")
    parser.add_argument("sets", nargs="+")
    parser.add_argument("--base", help="a language model; the default one by default")
    parser.add_argument("--effort", default="normal")
    parser.add_argument("--only", default="speed,calibration,orders")
    parser.add_argument("--size", type=int, default=32, help="labelled texts of each label")
    parser.add_argument("--test-rows", type=int, default=400)
    parser.add_argument("--speed-rows", type=int, default=64, help="of these, for the speed")
    parser.add_argument("--unlabelled", type=int, default=128, help="texts of the train file")
    parser.add_argument("--orders", type=int, default=6)
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    kinds = options.only.split(",")
    for name in options.sets:
        case = case_of(options, name)
        if "calibration" in kinds:
            calibrated(case)
        if "speed" in kinds or "orders" in kinds:
            chooser = few_shot(case)
            if "speed" in kinds:
                speed(case, chooser, options.speed_rows, options.rounds)
            if "orders" in kinds:
                orders(case, chooser, options.orders)


def case_of(options: argparse.Namespace, name: str) -> Case:
    """Return a set with its labelled rows, unlabelled texts, task, base and engine."""
    from socle import plugins
    from socle.bases import finding
    from socle.data.dataset import Dataset
    from socle.examples import Example
    from socle.learning import Fitting
    from socle.prompting import engines
    from socle.recipe import Recipe

    draw = drawn(options.data / name, options.size, 0, options.test_rows)
    everything, _ = rows(options.data / name, "train")
    few = min(options.unlabelled, len(everything))
    chosen = np.sort(np.random.default_rng(0).choice(len(everything), few, replace=False))
    pairs = zip(draw.texts, draw.labels, strict=True)
    train = Dataset(tuple(Example(text, label) for text, label in pairs))
    task = plugins.load("tasks", "classification").learn(train)
    base = options.base or finding.default_for(draw.texts, "decoder")
    located = finding.find(base)
    recipe = Recipe(
        task="classification", strategy="few-shot", effort=options.effort, base=located.base.name
    )
    engine = engines.chosen(located, recipe, "choosing")
    fitting = Fitting(task, train, recipe, located)
    return Case(name, draw, [everything[i] for i in chosen], task, fitting, engine)


def few_shot(case: Case) -> Any:
    """Return a fitted few-shot model, a `socle.prompting.labels.Chooser`."""
    from socle import plugins

    option = plugins.load("strategies", "few-shot")
    fit = option.fit(case.fitting)
    fitting = case.fitting
    return option.restore(fit.adaptation, fitting.task, fitting.located, fitting.recipe)


def speed(case: Case, chooser: Any, most: int, rounds: int) -> None:
    """Add a row: documents per second of both, and how often they answer alike."""
    decoder, renderer = chooser.decoder, chooser.renderer
    longest = int(decoder.tokens(renderer.options).max())
    prompts = [renderer.prompt(text) for text in case.draw.test_texts]
    fits = np.flatnonzero(decoder.tokens(prompts) <= decoder.context - longest)
    # From all over the file: one may be sorted by label.
    fits = fits[np.linspace(0, len(fits) - 1, min(most, len(fits))).astype(np.int64)]
    texts = [case.draw.test_texts[i] for i in fits]
    asked = [prompts[i] for i in fits]
    gold = np.array([case.task.labels.index(case.draw.test_labels[i]) for i in fits])
    precision = precision_of(decoder)
    write = generating(case.fitting.located.folder, precision, longest)
    arms: dict[str, Callable[[slice], Any]] = {
        "socle": lambda some: chooser.scores(texts[some]),
        "generate, one at a time": lambda some: write(asked[some], 1),
        f"generate, batches of {_BATCH}": lambda some: write(asked[some], _BATCH),
    }
    seconds: dict[str, list[float]] = {name: [] for name in arms}
    found: dict[str, Any] = {}
    for arm in arms.values():
        arm(slice(2))
    for _ in range(rounds):
        for name, arm in arms.items():
            began = time.perf_counter()
            found[name] = arm(slice(None))
            seconds[name].append(time.perf_counter() - began)
    speeds = {name: len(texts) / min(values) for name, values in seconds.items()}
    rival = max((name for name in arms if name != "socle"), key=lambda name: speeds[name])
    written = np.array([label_of(answer, renderer.words) for answer in found[rival]])
    ours = found["socle"].argmax(axis=1)
    plain = replace(chooser, how="sum", calibration=None).scores(texts).argmax(axis=1)
    add_row(
        NAME,
        about(case, "speed")
        | {
            "engine": case.engine,
            "precision": precision,
            "n_test": len(texts),
            "shots": len(renderer.shots),
            "labels": len(renderer.labels),
            "prompt_tokens": round(float(decoder.tokens(asked).mean())),
            "answer_tokens": longest,
            "documents_per_second": {name: round(value, 2) for name, value in speeds.items()},
            "rounds": {name: [round(v, 2) for v in some] for name, some in seconds.items()},
            "to_best": round(speeds["socle"] / speeds[rival], 2),
            "agreement": share(written == ours),
            "agreement_uncalibrated": share(written == plain),
            "no_label": share(written < 0),
            "accuracy": {"socle": share(ours == gold), "generate": share(written == gold)},
        },
    )


def precision_of(decoder: Any) -> str:
    """Return the precision in which an engine of torch multiplies."""
    import torch

    kinds = {one.dtype for one in decoder._model.parameters()}
    return "bfloat16" if torch.bfloat16 in kinds else "float32"


def generating(folder: Path, precision: str, most: int) -> Callable[[list[str], int], list[str]]:
    """Return what people do: tokenize, `generate` greedily, decode what is new."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    torch.set_num_threads(physical_cores())
    reader: Any = AutoTokenizer.from_pretrained(folder, padding_side="left")
    if reader.pad_token is None:
        reader.pad_token = reader.eos_token
    model: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=getattr(torch, precision))
    model.eval()

    def write(prompts: list[str], at_once: int) -> list[str]:
        answers: list[str] = []
        for k in range(0, len(prompts), at_once):
            given = reader(prompts[k : k + at_once], return_tensors="pt", padding=True)
            ids, mask = given["input_ids"], given["attention_mask"]
            with torch.inference_mode():
                out = model.generate(
                    input_ids=ids,
                    attention_mask=mask,
                    max_new_tokens=most,
                    do_sample=False,
                    pad_token_id=reader.pad_token_id,
                )
            answers += reader.batch_decode(out[:, ids.shape[1] :], skip_special_tokens=True)
        return answers

    return write


def label_of(answer: str, words: Sequence[str]) -> int:
    """Return the number of the longest word with which an answer begins, -1 for none."""
    said = answer.strip().casefold()
    found = [i for i, word in enumerate(words) if said.startswith(word.casefold())]
    return max(found, key=lambda i: len(words[i]), default=-1)


class Once:
    """A decoder that is asked about each prompt once, whatever is then made of it."""

    def __init__(self, decoder: Any) -> None:
        self._decoder = decoder
        self._told: dict[tuple[str, tuple[str, ...]], NDArray[np.float64]] = {}
        self.context: int = decoder.context
        self.specials: tuple[str, ...] = decoder.specials

    def tokens(self, texts: Sequence[str]) -> Any:
        """Return how many tokens each text has."""
        return self._decoder.tokens(texts)

    def likelihoods(
        self, prompts: Sequence[str], options: Sequence[str], listen: Listener = silent
    ) -> NDArray[np.float64]:
        """Return likelihoods of options, (prompts, options)."""
        known = tuple(options)
        new = [one for one in dict.fromkeys(prompts) if (one, known) not in self._told]
        if new:
            found = self._decoder.likelihoods(new, options, listen)
            self._told |= {(one, known): row for one, row in zip(new, found, strict=True)}
        return np.array([self._told[one, known] for one in prompts])


def calibrated(case: Case) -> None:
    """Add a row for every way to score and to correct, without examples."""
    from socle.prompting import engines, labels, wording_for
    from socle.prompts.rendering import Renderer
    from socle.prompts.scoring import How

    decoder: Any = Once(engines.ready(case.fitting.located, case.engine))
    wording = wording_for(case.fitting, case.task.name)
    renderer = Renderer(wording, case.task.labels, (), decoder.specials)
    gold = np.array(case.draw.test_labels)
    for how in get_args(How):
        chooser = labels.Chooser(decoder, renderer, how)
        free, raw = chooser.raw(case.unlabelled), chooser.raw(case.draw.test_texts)
        for name in CALIBRATIONS:
            row = about(case, "calibration") | {
                "scoring": how,
                "calibration": name,
                "n_test": len(gold),
                "n_unlabelled": len(free),
                "commonest": share(gold == max(set(gold), key=list(gold).count)),
            }
            try:
                # What the product does, not a copy of it.
                found = labels.unlabelled(name, chooser, free)
            except PromptError as error:
                add_row(NAME, row | {"accuracy": None, "refused": str(error)})
                continue
            scores = found.apply(raw) if found else raw
            right = np.array(case.task.labels)[scores.argmax(axis=1)] == gold
            add_row(NAME, row | {"accuracy": share(right), "right": bits(right)})


def orders(case: Case, chooser: Any, count: int) -> None:
    """Add a row: accuracy with the same examples in several orders, the chosen one first.

    Uncorrected, corrected by texts without labels, and by labelled ones that are not shown.
    """
    from socle.prompts import scoring, selection

    shots = chooser.renderer.shots
    shown = {shot.text for shot in shots}
    pairs = zip(case.draw.texts, case.draw.labels, strict=True)
    others = [(text, label) for text, label in pairs if text not in shown]
    order = np.random.default_rng(0).permutation(len(others))[:_CORRECTING]
    texts = [others[i][0] for i in order]
    targets = np.array([case.task.labels.index(others[i][1]) for i in order])
    free = [text for text in case.unlabelled if text not in shown]
    gold, names = np.array(case.draw.test_labels), np.array(case.task.labels)
    found: dict[str, list[float]] = {"none": [], "prior": [], "labelled": []}
    for number in range(count):
        turned = selection.ordered(shots, "shuffled", number) if number else shots
        asked = replace(chooser, renderer=chooser.renderer.showing(turned), calibration=None)
        raw = asked.raw(case.draw.test_texts)
        by_prior = scoring.prior_matched(asked.raw(free))
        by_labels = scoring.fit_affine(asked.raw(texts), targets)
        scores = {"none": raw, "prior": by_prior.apply(raw), "labelled": by_labels.apply(raw)}
        for name, some in scores.items():
            found[name].append(share(names[some.argmax(axis=1)] == gold))
    add_row(
        NAME,
        about(case, "orders")
        | {
            "scoring": chooser.how,
            "shots": len(shots),
            "n_test": len(gold),
            "n_unlabelled": len(free),
            "n_labelled": len(texts),
            "accuracy": found,
        },
    )


def about(case: Case, kind: str) -> dict[str, Any]:
    """Return what every row begins with."""
    return {
        "kind": kind,
        "set": case.name,
        "base": case.fitting.located.base.name,
        "effort": case.fitting.recipe.effort,
        "threads": physical_cores(),
        "instructions": machine()["instructions"],
    }


def share(right: Bits) -> float:
    """Return the share of what is true."""
    return round(float(np.mean(right)), 4)


def bits(right: Bits) -> str:
    """Return what is right, row by row, in few characters."""
    return base64.b64encode(np.packbits(right).tobytes()).decode()


if __name__ == "__main__":
    main()
