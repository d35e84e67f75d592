"""Tasks of words and relations, through the command: adapted, measured, asked, and drawn."""

from __future__ import annotations

import json
import tracemalloc
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

import socle
from socle import model, predicting
from tests.flows import sentences
from tests.flows.conftest import Files, Models
from tests.flows.running import done, refused

TREES = "La fille invite la tante. Le médecin regarde souvent la reine.\n\nLe élève aide la fille."
NAMES = "Léa reste à Nîmes . 😀 Anna va à La Rochelle . É\u0301ric habite à Lyon ."
MARKED = "<e1>Éric</e1> est né à <e2>Nîmes</e2> 😀 hier."
BOTH = "Léa travaille à Nîmes . Anna est né à La Rochelle hier ."
PRIMARY = {"parsing": "las", "tagging": "upos", "entities": "f1", "relations": "accuracy"}
TASKS = {"parsing": "parsing", "relations": "relations"}


def answers(*words: str | Path) -> list[dict[str, Any]]:
    return done("predict", *words, "--json").lines()


# What is learnt


@pytest.mark.parametrize("name", PRIMARY)
def test_the_task_is_recognised_and_learnt_by_counting(models: Models, name: str) -> None:
    report = json.loads((models[name] / "report.json").read_text(encoding="utf-8"))
    assert report["task"] == TASKS.get(name, "labelling")
    assert next(iter(report["intervals"])) == PRIMARY[name]
    assert report["metrics"][PRIMARY[name]] > 0.95
    assert report["rivals"]["majority"][PRIMARY[name]] < 0.5
    assert report["verdict"]["winner"] == "classical"


@pytest.mark.parametrize("name", PRIMARY)
def test_majority_answers_in_the_shape_of_the_others(
    models: Models, files: Files, tmp_path: Path, name: str
) -> None:
    out = tmp_path / "m"
    done("adapt", files[name], "--strategy", "majority", "--out", out)
    text = MARKED if name == "relations" else TREES
    [found], [wanted] = answers(out, text), answers(models[name], text)
    assert list(found) == list(wanted)
    assert found.get("tokens") == wanted.get("tokens")


@pytest.mark.parametrize(
    ("name", "strategy"),
    [("parsing", "head"), ("tagging", "full"), ("relations", "head"), ("relations", "full")],
)
def test_a_base_learns_in_one_pass_more_than_nothing(
    files: Files, short: list[str], tmp_path: Path, name: str, strategy: str
) -> None:
    out, data = tmp_path / "m", files[name]
    found = done("adapt", data, "--strategy", strategy, *short, "--out", out, "--json").json()
    own, rival = found["metrics"], found["rivals"]["majority"]
    assert (found["strategy"], found["base"]) == (strategy, "tiny-encoder")
    assert own[PRIMARY[name]] > rival[PRIMARY[name]]
    assert socle.load(out).strategy == strategy
    again = done("evaluate", out, data, "--json").json()
    assert again["n"] == found["n_train"] + found["n_test"]
    assert again["metrics"].keys() == own.keys()
    assert again["metrics"][PRIMARY[name]] > rival[PRIMARY[name]]
    text = MARKED if name == "relations" else TREES
    assert answers(out, text)[0].keys() >= {"text", "probability"}


def test_the_words_to_ask_a_new_model_can_be_typed_as_they_are(
    files: Files, tmp_path: Path
) -> None:
    for name in ("relations", "tagging"):
        words = ["--strategy", "majority", "--out", tmp_path / name]
        said = done("adapt", files[name], *words).err
        asked = "".join(said[said.index("Ask it: socle predict") :].splitlines())
        text = asked[asked.index('"') + 1 : -1]
        assert answers(tmp_path / name, text)[0]["text"]


def test_entities_are_learnt_the_same_from_every_scheme(models: Models, tmp_path: Path) -> None:
    schemes = {"iob1": sentences.as_iob1, "bioes": sentences.as_bioes}
    texts = []
    for name, spelt in schemes.items():
        data = sentences.conll(tmp_path / f"{name}.conll", sentences.entities(), spelt)
        texts.append(data.read_text(encoding="utf-8"))
        done("adapt", data, "--strategy", "classical", "--out", tmp_path / name)
        for file in ("adaptation.safetensors", "adaptation.json", "task.json"):
            own, wanted = (model / file for model in (tmp_path / name, models["entities"]))
            assert own.read_bytes() == wanted.read_bytes(), (name, file)
    assert "I-PER\nHugo\tB-PER" in texts[0]
    assert "S-LOC" in texts[1]


@pytest.mark.parametrize("name", PRIMARY)
def test_evaluate_gives_the_metric_with_its_interval(
    models: Models, files: Files, name: str
) -> None:
    found = done("evaluate", models[name], files[name], "--json").json()
    low, high = found["intervals"][PRIMARY[name]]
    assert low <= found["metrics"][PRIMARY[name]] <= high
    assert found["n"] == (100 if name == "relations" else 60)
    shown = done("evaluate", models[name], files[name]).err
    assert {"las": "LAS", "f1": "F1"}.get(PRIMARY[name], "") in shown


def test_a_treebank_is_also_scored_on_its_raw_text(models: Models, files: Files) -> None:
    found = done("evaluate", models["parsing"], files["parsing"], "--json").json()
    assert {"words", "sentences", "upos", "las"} <= found["raw"].keys()
    assert 0.5 < found["raw"]["words"] <= 1
    assert found["raw"]["las"] <= found["metrics"]["las"] + 1e-9
    assert "raw" not in done("evaluate", models["entities"], files["entities"], "--json").json()
    assert "On raw text" in done("evaluate", models["parsing"], files["parsing"]).err


def test_a_scheme_of_tags_can_be_asked_for(models: Models) -> None:
    words = ("predict", models["entities"], NAMES, "--format", "conll", "--scheme")
    assert "S-LOC" in done(*words, "bioes").out
    assert refused(*words, "bieos", code=2)


def test_a_test_file_with_labels_of_its_own_is_noted_and_counts(
    files: Files, tmp_path: Path
) -> None:
    changed = files["parsing"].read_text(encoding="utf-8").replace("\tobj\t", "\tiobj\t", 3)
    test = tmp_path / "test.conllu"
    test.write_text(changed, encoding="utf-8")
    words = ["--test", test, "--strategy", "classical", "--out", tmp_path / "m", "--json"]
    found = done("adapt", files["parsing"], *words).json()
    assert "1 labels that training never saw count as errors: deprel 'iobj'" in found["notes"]
    assert found["metrics"]["uas"] == 1 > found["metrics"]["las"] > 0.98
    said = done("evaluate", tmp_path / "m", test, "--json").json()
    assert said["metrics"]["las"] == found["metrics"]["las"]
    assert any("'iobj'" in note for note in said["notes"])


# What is answered


def test_a_parser_answers_with_trees_over_the_whole_text(models: Models) -> None:
    [found] = answers(models["parsing"], TREES)
    assert {"tokens", "upos", "heads", "deprels", "triples"} <= found.keys()
    assert "tags" not in found
    assert len(found["tokens"]) == len(found["heads"]) == len(found["deprels"]) == 19
    assert found["sentences"] == [[0, 6], [6, 13], [13, 19]]
    for token, (start, end) in zip(found["tokens"], found["offsets"], strict=True):
        assert TREES[start:end] == token
    assert found["heads"][:9] == [2, 3, 0, 5, 3, 3, 8, 9, 0]
    assert [found["heads"][start:end].count(0) for start, end in found["sentences"]] == [1, 1, 1]
    said = [(t["subject"], t["verb"], t["object"]) for t in found["triples"]]
    assert said == [
        ("fille", "inviter", "tante"),
        ("médecin", "regarder", "reine"),
        ("élève", "aider", "fille"),
    ]


def test_entities_are_places_in_the_given_text(models: Models) -> None:
    [found] = answers(models["entities"], NAMES)
    assert {"tokens", "tags", "spans"} <= found.keys()
    assert "heads" not in found
    assert len(found["tokens"]) == len(found["tags"])
    for span in found["spans"]:
        assert set(span) == {"start", "end", "label", "text", "probability"}
        assert NAMES[span["start"] : span["end"]] == span["text"]
        assert 0 < span["probability"] <= 1
    told = [(span["text"], span["label"]) for span in found["spans"]]
    assert ("Nîmes", "LOC") in told
    assert ("La Rochelle", "LOC") in told
    assert ("Lyon", "LOC") in told


def test_a_relation_is_told_with_its_entities_in_the_text_without_marks(models: Models) -> None:
    [found] = answers(models["relations"], MARKED)
    assert found["text"] == "Éric est né à Nîmes 😀 hier."
    [one] = found["relations"]
    assert (one["label"], one["e1"]["text"], one["e2"]["text"]) == (
        "born-in(e1,e2)",
        "Éric",
        "Nîmes",
    )
    for entity in (one["e1"], one["e2"]):
        assert found["text"][entity["start"] : entity["end"]] == entity["text"]
    [none] = answers(models["relations"], "<e1>Léa</e1> parle de <e2>Paris</e2>.")
    assert (none["label"], none["relations"]) == ("Other", [])
    [same] = done("predict", models["relations"], MARKED, "--format", "jsonl").lines()
    [answer] = same["answers"].values()
    assert answer["relations"] == [one]
    assert answer["text"] == found["text"], "places would be those of another text"


@pytest.mark.parametrize("name", ["parsing", "tagging", "entities"])
@pytest.mark.parametrize("text", ["", "   ", "\n\n", "😀", "…"])
def test_a_text_of_next_to_nothing_gets_an_answer(models: Models, name: str, text: str) -> None:
    [found] = answers(models[name], text)
    assert found["text"] == text
    assert len(found["tokens"]) == bool(text.strip())


def test_for_people_a_parser_draws_and_says_who_does_what(models: Models) -> None:
    said = done("predict", models["parsing"], "La fille invite la tante.").out
    assert said.splitlines()[0].split()[-3:] == ["La", "DET", "det"]
    assert "─ invite" in said
    assert "(fille, inviter, tante)" in said
    tags = done("predict", models["tagging"], "La fille invite la tante.").out
    assert tags == "La/DET fille/NOUN invite/VERB la/DET tante/NOUN ./PUNCT\n"
    entities = done("predict", models["entities"], "Léa reste à La Rochelle .").out
    assert entities.strip() == "[Léa PER] reste à [La Rochelle LOC] ."


def test_every_sentence_becomes_a_drawing(models: Models, tmp_path: Path) -> None:
    said = done("predict", models["parsing"], TREES, "--svg", tmp_path / "trees")
    drawn = sorted((tmp_path / "trees").iterdir())
    assert [path.name for path in drawn] == ["0001.svg", "0002.svg", "0003.svg"]
    for path, word in zip(drawn, ("tante", "médecin", "élève"), strict=True):
        root = ElementTree.fromstring(path.read_text(encoding="utf-8"))
        assert root.tag.endswith("svg")
        assert word in "".join(root.itertext())
    assert str(tmp_path / "trees") in said.err
    assert "(fille, inviter, tante)" in said.out


@pytest.mark.parametrize("name", ["jsonl", "conllu", "conll", "displacy"])
def test_formats_of_text_are_printed_as_they_are_written(
    models: Models, tmp_path: Path, name: str
) -> None:
    words = ["predict", models["parsing"], TREES, "", "--format", name]
    printed = done(*words).out
    out = tmp_path / "out"
    assert done(*words, "--out", out).out == ""
    assert out.read_text(encoding="utf-8") == printed
    assert printed.count("médecin") >= 1


def test_brat_is_written_with_the_places_of_the_entities(models: Models, tmp_path: Path) -> None:
    words = ["predict", models["entities"], NAMES, "--format", "brat", "--out", tmp_path / "out"]
    said = done(*words)
    written = {path.suffix: path for path in tmp_path.rglob("*") if path.is_file()}
    assert str(tmp_path / "out") in said.err
    text = written[".txt"].read_text(encoding="utf-8")
    for line in written[".ann"].read_text(encoding="utf-8").splitlines():
        _, (_, start, end), told = (part.split(" ", 2) for part in line.split("\t"))
        assert text[int(start) : int(end)] == " ".join(told)


def test_docbin_is_written_or_says_what_it_lacks(models: Models, tmp_path: Path) -> None:
    out = tmp_path / "out.spacy"
    words = ["predict", models["entities"], NAMES, "--format", "docbin", "--out", out]
    if find_spec("spacy") is None:
        assert "socle[spacy]" in refused(*words)
        assert not out.exists()
    else:
        done(*words)
        assert out.stat().st_size > 0


def test_what_a_parser_writes_can_be_learnt_from_again(models: Models, tmp_path: Path) -> None:
    texts = tmp_path / "texts.txt"
    lines = [" ".join(form for form, *_ in one) for one in sentences.trees(30, seed=3)]
    texts.write_text("\n".join(lines), encoding="utf-8")
    again = tmp_path / "again.conllu"
    words = ["--file", texts, "--format", "conllu", "--out", again]
    done("predict", models["parsing"], *words)
    found = done("evaluate", models["parsing"], again, "--json").json()
    assert (found["n"], found["metrics"]["las"]) == (30, 1.0)


# Several at once


def test_several_models_answer_as_one_by_one(models: Models) -> None:
    names = ["entities", "tagging", "parsing"]
    texts = [TREES, NAMES, ""]
    together = answers(*(models[name] for name in names), *texts)
    for name in names:
        for found, alone in zip(together, answers(models[name], *texts), strict=True):
            assert found["text"] == alone.pop("text")
            assert found["answers"][name] == alone


def test_relations_are_told_between_the_entities_that_another_model_finds(models: Models) -> None:
    pair = models["entities"], models["relations"]
    [found] = answers(*pair, BOTH)
    told = found["answers"]["relations"]["relations"]
    said = {(one["e1"]["text"], one["label"], one["e2"]["text"]) for one in told}
    assert said == {
        ("Léa", "works-in(e1,e2)", "Nîmes"),
        ("Anna", "born-in(e1,e2)", "La Rochelle"),
    }
    for one in told:
        for entity in (one["e1"], one["e2"]):
            assert BOTH[entity["start"] : entity["end"]] == entity["text"]
    shown = done("predict", *pair, BOTH).out
    assert "[Léa PER]" in shown
    assert "relations: born-in(e1,e2)(Anna, La Rochelle)" in shown


@pytest.mark.parametrize("names", [["entities"], ["tagging", "entities"]])
def test_a_large_file_streams_in_its_order(
    models: Models, tmp_path: Path, names: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model, "_AT_ONCE", 16)
    monkeypatch.setattr(predicting, "_AT_ONCE", 16)
    path, out = tmp_path / "texts.txt", tmp_path / "answers.jsonl"

    def peak(count: int) -> int:
        path.write_text("".join(f"Léa reste à Lyon {i} .\n" for i in range(count)))
        tracemalloc.start()
        done("predict", *(models[name] for name in names), "--file", path, "--out", out)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        lines = out.read_text(encoding="utf-8").splitlines()
        told = [json.loads(line)["text"].split()[-2] for line in lines]
        assert told == [str(i) for i in range(count)]
        return most

    peak(4)
    few, many = peak(16), peak(320)
    assert many < 1.3 * few, (few, many)
