"""The same test file through a parser of ours and through a pipeline of spaCy, in one run.

    python benchmarks/spacy_rival.py ../shared/data/parsing/ud-french-sequoia MODEL.socle \\
        --pipeline fr_core_news_sm --python /path/to/an/environment/with/spacy/bin/python

spaCy runs in an environment of its own, on the same cores, once on the treebank's own words and
once on raw text. The two take turns, so that a busy machine is busy for both.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from measure import keep, quiet, table

from socle import formats, plugins
from socle.machine import physical_cores
from socle.metrics import arcs
from socle.model import load
from socle.words import treebanks

quiet()

_TURNS = 3
_RIVAL = """
import json, sys, time
import spacy
from spacy.tokens import Doc
task = json.load(open(sys.argv[1]))
nlp = spacy.load(task["pipeline"], exclude=["ner"])
rows = {"columns": [], "seconds": []}
given = [Doc(nlp.vocab, words=words, sent_starts=[i == 0 for i in range(len(words))])
         for words in task["words"]] if task["words"] else task["texts"]
nlp(task["texts"][0])
for turn in range(task["turns"]):
    fresh = [doc.copy() for doc in given] if task["words"] else given
    began = time.perf_counter()
    docs = list(nlp.pipe(fresh, n_process=1))
    rows["seconds"].append(time.perf_counter() - began)
for doc in docs:
    sentences = [doc] if task["words"] else doc.sents
    for sent in sentences:
        first = sent[0].i
        rows["columns"].append([[t.text, t.lemma_, t.pos_, str(t.morph) or "_",
            0 if t.head.i == t.i else t.head.i - first + 1,
            "root" if t.dep_ == "ROOT" else t.dep_, bool(t.whitespace_)]
            for t in sent if task["words"] or not t.is_space])
json.dump(rows, open(sys.argv[2], "w"))
"""


def main() -> None:
    """Run both and print their scores and speeds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="folder with test.conllu")
    parser.add_argument("model", type=Path, help="folder of a parser that was adapted")
    parser.add_argument("--pipeline", default="fr_core_news_sm")
    parser.add_argument("--python", default=sys.executable, help="with spaCy and the pipeline")
    options = parser.parse_args()
    file = formats.read(options.data / "test.conllu")
    gold = treebanks.sentences(file)
    kind = plugins.load("tasks", "parsing")
    test = kind.examples(file, kind.columns(file, None, None, None))
    model = load(options.model)
    words = sum(len(one.words) for one in gold)
    rows: list[dict[str, Any]] = []
    for own in (True, False):
        texts = [one.text for one in gold] if own else treebanks.paragraphs(gold)
        given = [[word.form for word in one.words] for one in gold] if own else []
        ours = socles(model, test, texts, own)
        theirs = spacys(options, texts, given, gold)
        for name, (said, seconds) in (("socle", ours), (options.pipeline, theirs)):
            rows.append(
                {
                    "on": "own words" if own else "raw text",
                    "system": name,
                    "scores": {k: round(v, 4) for k, v in arcs.scores(gold, said).items()},
                    "words_per_second": round(words / min(seconds)),
                }
            )
    kept = {"data": options.data.name, "model": options.model.name, "rows": rows}
    keep("spacy", kept | {"threads": physical_cores()})
    shown = ("words", "sentences", "upos", "ufeats", "lemma", "uas", "las")
    lines = [
        [r["on"], r["system"], *percents(r["scores"], shown), f"{r['words_per_second']:,}"]
        for r in rows
    ]
    print(table(["", "", *shown, "words/s"], lines))


def percents(scores: dict[str, float], names: Sequence[str]) -> list[str]:
    """Return scores in percent."""
    return [f"{100 * scores[name]:.2f}" for name in names]


def socles(model: Any, test: Any, texts: list[str], own: bool) -> tuple[list[Any], list[float]]:
    """Return our sentences, and the seconds of every turn."""
    seconds, said = [], []
    for _ in range(_TURNS):
        began = time.perf_counter()
        if own:
            scores = model.predictor().scores(model.task.inputs(test.examples))
            said = model.task.decide(model.task.probabilities(scores))
        else:
            said = [one for found in model.predict(texts) for one in found.target]
        seconds.append(time.perf_counter() - began)
    return said, seconds


def spacys(
    options: argparse.Namespace, texts: list[str], words: list[list[str]], gold: list[Any]
) -> tuple[list[Any], list[float]]:
    """Return the sentences of spaCy, and the seconds of every turn.

    Given words, it answers for those of `gold`, in their order.
    """
    with tempfile.TemporaryDirectory() as folder:
        task, out = Path(folder) / "task.json", Path(folder) / "out.json"
        facts = {"pipeline": options.pipeline, "texts": texts, "words": words, "turns": _TURNS}
        task.write_text(json.dumps(facts))
        subprocess.run([options.python, "-c", _RIVAL, str(task), str(out)], check=True)
        found = json.loads(out.read_text())
        if words:
            pairs = zip(gold, found["columns"], strict=True)
            return [answered(one, rows) for one, rows in pairs], found["seconds"]
        blocks = ["\n".join(line(i, row) for i, row in enumerate(s, 1)) for s in found["columns"]]
        file = Path(folder) / "said.conllu"
        file.write_text("\n\n".join(blocks) + "\n\n", encoding="utf-8")
        return treebanks.sentences(formats.read(file)), found["seconds"]


def answered(sentence: Any, rows: list[list[Any]]) -> Any:
    """Return a sentence with the columns that spaCy gives its words."""
    words = tuple(
        replace(word, lemma=row[1] or "_", upos=row[2], feats=row[3], head=row[4], deprel=row[5])
        for word, row in zip(sentence.words, rows, strict=True)
    )
    return replace(sentence, words=words)


def line(number: int, row: list[Any]) -> str:
    """Return one word of spaCy as CoNLL-U."""
    form, lemma, upos, feats, head, deprel, space = row
    misc = "_" if space else "SpaceAfter=No"
    cells = (number, form, lemma or "_", upos or "_", "_", feats, head, deprel or "_", "_", misc)
    return "\t".join(map(str, cells))


if __name__ == "__main__":
    main()
