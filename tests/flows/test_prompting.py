"""Language models through the command: asked by instructions alone, shown examples, compared."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import socle
from socle.bases import finding, serving
from socle.prompts import wordings
from socle.trial import Trial
from tests.decoders.tiny import save
from tests.flows.running import done, refused, run
from tests.servers import FakeServer, Reply, completed, models

LABELS = "positif,négatif"
QUESTION = ["Un bon film.", "La chambre est horrible."]
PAIRS = [
    {"source": f"Le chat {i} est avec nous.", "target": f"The cat {i} is with us."}
    for i in range(36)
]
OWN = """
language = "fr"
instructions = "Dis si le texte est favorable.\\n"
example = "\\nTexte : {text}\\nAvis : {answer}\\n"
question = "\\nTexte : {text}\\nAvis :"
[words]
positif = "bon"
"négatif" = "mauvais"
"""
File = Callable[[str, str], Path]


@pytest.fixture(scope="module")
def decoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a tiny random decoder that reads 1,200 tokens."""
    folder = tmp_path_factory.mktemp("decoders") / "tiny-llama"
    save("llama", folder)
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    config["max_position_embeddings"] = 1200
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a recipe of least effort, in full precision, with short answers."""
    path = tmp_path_factory.mktemp("recipe") / "recipe.toml"
    told = {"effort": "quick", "precision": "float32", "max_tokens": 8, "epochs": 1, "budget": 600}
    path.write_text("\n".join(f"{key} = {json.dumps(value)}" for key, value in told.items()))
    return path


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pairs") / "pairs.jsonl"
    lines = (json.dumps(pair, ensure_ascii=False) for pair in PAIRS)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def usual(decoder: Path, tiny_encoder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the tiny bases the usual ones."""
    places = {"encoder": tiny_encoder, "decoder": decoder}
    monkeypatch.setattr(
        finding, "default_for", lambda texts, kind="encoder", own=None: str(places[kind])
    )


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOCLE_OFFLINE", "1")


@pytest.fixture
def file(tmp_path: Path) -> File:
    """Return a function that writes a file."""

    def write(name: str, content: str) -> Path:
        path = tmp_path / name
        path.write_text(content, encoding="utf-8")
        return path

    return write


@pytest.fixture
def uncosted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out of comparisons what starts processes: the cost of every candidate."""
    monkeypatch.setattr(Trial, "look", lambda self: None)


# Labels by name


@pytest.mark.usefixtures("usual")
def test_two_names_of_labels_are_enough_for_a_model(tmp_path: Path) -> None:
    out = tmp_path / "avis.socle"
    words = ["--strategy", "zero-shot", "--task", "classification", "--labels", LABELS]
    said = done("adapt", *words, "--out", out)
    assert "Nothing was measured" in said.err
    assert "No texts are given" in said.err
    assert f"Saved: {out}" in said.err
    answers = done("predict", out, *QUESTION, "--json").lines()
    assert [answer["text"] for answer in answers] == QUESTION
    assert {answer["label"] for answer in answers} <= set(LABELS.split(","))
    shown = done("predict", out, *QUESTION).out.splitlines()
    assert [line.split("\t")[0] for line in shown] == [answer["label"] for answer in answers]
    card = (out / "README.md").read_text(encoding="utf-8")
    assert "Labels, 2: positif, négatif." in card
    assert "Nothing: no labelled row was given." in card
    assert wordings.read(out / "prompt.toml").instructions
    model = socle.load(out)
    assert model.located is not None
    assert model.located.base.kind == "encoder"
    # Who gives a wording means it for somebody who can be told.
    prompt = ["--prompt", out / "prompt.toml"]
    done("adapt", *words, *prompt, "--out", tmp_path / "told.socle")
    told = socle.load(tmp_path / "told.socle")
    assert told.located is not None
    assert told.located.base.kind == "decoder"


def test_labels_and_texts_may_stand_in_files(decoder: Path, tmp_path: Path, file: File) -> None:
    labels = file("labels.txt", "positif\nnégatif\n")
    texts = file("texts.csv", "id,avis\n1,Le film est bon\n2,La chambre est sale\n3,Rien\n")
    words = ["--labels", labels, "--unlabelled", texts, "--text-column", "avis"]
    out = tmp_path / "m"
    report = done("adapt", *words, "--base", decoder, "--out", out, "--json").json()
    assert report["unlabelled"] == 3
    assert [row["label"] for row in report["labels"]] == ["positif", "négatif"]
    assert report["metrics"] == {}
    facts = json.loads((out / "adaptation.json").read_text(encoding="utf-8"))
    assert facts["calibration"]["bias"] != [0.0, 0.0]
    again = ["--labels", LABELS, "--unlabelled", texts, "--text-column", "avis"]
    done("adapt", *again, "--base", decoder, "--out", tmp_path / "n")
    assert socle.load(tmp_path / "n").adaptation.facts == facts


def test_a_label_with_a_comma_is_quoted(decoder: Path, tmp_path: Path) -> None:
    words = ["--labels", 'good,"neither good, nor bad"', "--base", decoder]
    report = done("adapt", *words, "--out", tmp_path / "m", "--json").json()
    assert [row["label"] for row in report["labels"]] == ["good", "neither good, nor bad"]


def test_entities_can_be_asked_for_by_name(decoder: Path, tmp_path: Path) -> None:
    words = ["--task", "labelling", "--labels", "PER,LOC", "--base", decoder]
    done("adapt", *words, "--out", tmp_path / "m")
    (answer,) = done("predict", tmp_path / "m", "Anna habite à Paris.", "--json").lines()
    assert answer["text"] == "Anna habite à Paris."
    assert {one["label"] for one in answer["spans"]} <= {"PER", "LOC"}
    assert answer["tokens"][:2] == ["Anna", "habite"]


def test_an_encoder_compares_meanings(tiny_encoder: Path, tmp_path: Path, file: File) -> None:
    texts = file("texts.txt", "Le film est parfait\nLa chambre est horrible\n")
    words = ["--labels", "parfait,horrible", "--unlabelled", texts, "--base", tiny_encoder]
    done("adapt", *words, "--out", tmp_path / "m")
    answers = done("predict", tmp_path / "m", "parfait", "horrible", "--json").lines()
    assert [answer["label"] for answer in answers] == ["parfait", "horrible"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--labels", "a,,b"], "Label 2 of 3 is empty."),
        (["--labels", "a, "], "Label 2 of 2 is empty."),
        (["--labels", "a"], "There is nothing to choose from: a."),
        (["--labels", ""], "There are no labels."),
        (["--labels", "a,b,a"], "The label 'a' is named twice."),
        (["rows.csv", "--labels", "a,b"], "DATA cannot go with --labels"),
        (["--labels", "a,b", "--shots", "3"], "--shots cannot go with --labels"),
        (["--labels", "a,b", "--strategy", "few-shot"], "--strategy few-shot needs labelled rows."),
        (["--labels", "a,b", "--task", "parsing"], "Trees cannot be asked for by name."),
        (["--labels", "a,b", "--task", "generation"], "Texts that are written have no labels."),
        (["--unlabelled", "rows.csv"], "There is nothing to learn from."),
        (["rows.csv", "--unlabelled", "rows.csv"], "--unlabelled goes with --labels."),
        ([], "There is nothing to learn from."),
    ],
)
def test_labels_that_cannot_be_asked_for_are_refused(
    words: list[str], message: str, decoder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "m"
    assert message in refused("adapt", *words, "--base", decoder, "--out", out, code=2)
    assert not out.exists()


def test_only_few_shot_shows_examples(tiny_reviews: Path, tmp_path: Path) -> None:
    words = [tiny_reviews, "--strategy", "head", "--shots", "3", "--out", tmp_path / "m"]
    assert "--shots goes with --strategy few-shot" in refused("adapt", *words, code=2)


def test_an_encoder_finds_no_entities(tiny_encoder: Path, tmp_path: Path) -> None:
    words = ["--task", "labelling", "--labels", "PER,LOC", "--base", tiny_encoder]
    said = refused("adapt", *words, "--out", tmp_path / "m", code=2)
    assert "tiny-encoder is not a decoder" in said


# What the model is told


def test_a_wording_of_the_user_is_what_the_model_is_told(
    decoder: Path, tmp_path: Path, file: File
) -> None:
    own, out = file("own.toml", OWN), tmp_path / "m"
    done("adapt", "--labels", LABELS, "--prompt", own, "--base", decoder, "--out", out)
    assert wordings.read(out / "prompt.toml") == wordings.read(own)
    model: Any = socle.load(out).predictor()
    assert model.renderer.options == (" bon", " mauvais")
    # What a model keeps can be given to another one.
    words = ["--labels", LABELS, "--prompt", out / "prompt.toml", "--base", decoder]
    done("adapt", *words, "--out", tmp_path / "n")
    assert socle.load(tmp_path / "n").adaptation.facts == socle.load(out).adaptation.facts


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot be read"),
        ("instructions = [", "cannot be read"),
        (OWN.replace("instructions", "instrucions"), "unknown key: 'instrucions'"),
        (OWN.replace("{text}", "{txt}"), "{txt}"),
        (OWN.replace("positif", "possitif"), "'possitif' under [words], which is no label"),
        (OWN.replace("mauvais", "bon"), "are both answered with 'bon'"),
        (OWN.replace("favorable", "favorable " * 400), "tokens; the model can read"),
    ],
)
def test_a_wording_that_cannot_be_used_is_refused(
    content: str | None, message: str, decoder: Path, tmp_path: Path, file: File
) -> None:
    path = tmp_path / "none.toml" if content is None else file("own.toml", content)
    words = ["--labels", LABELS, "--prompt", path, "--base", decoder, "--out", tmp_path / "m"]
    assert message in refused("adapt", *words)
    assert not (tmp_path / "m").exists()


def test_a_wording_is_refused_before_rows_are_learnt_from(
    tiny_reviews: Path, decoder: Path, tmp_path: Path
) -> None:
    words = ["--strategy", "few-shot", "--prompt", tmp_path / "none.toml", "--base", decoder]
    said = refused("adapt", tiny_reviews, *words, "--out", tmp_path / "m")
    assert "none.toml cannot be read" in said
    assert "Trying" not in said


# Examples


@pytest.mark.usefixtures("usual")
@pytest.mark.parametrize("engine", ["auto", "transformers"])
def test_examples_are_shown_and_measured_beside_rivals(
    engine: str, tiny_reviews: Path, tmp_path: Path, file: File
) -> None:
    recipe = file("recipe.toml", f'effort = "quick"\nengine = "{engine}"\n')
    words = ["--strategy", "few-shot", "--shots", "4", "--recipe", recipe]
    out = tmp_path / "m"
    report = done("adapt", tiny_reviews, *words, "--out", out, "--json").json()
    assert report["strategy"] == "few-shot"
    assert set(report["rivals"]) == {"majority", "classical", "nearest"}
    bases = {row["strategy"]: row["base"] for row in report["candidates"]}
    assert bases["few-shot"] == "tiny-llama"
    assert bases["nearest"] == "tiny-encoder"
    assert 0 <= report["metrics"]["accuracy"] <= 1
    facts = json.loads((out / "adaptation.json").read_text(encoding="utf-8"))
    assert len(facts["shots"]) == 4
    found = done("evaluate", out, tiny_reviews, "--json").json()
    assert found["n"] == 80
    assert "few-shot" in (out / "README.md").read_text(encoding="utf-8")


def test_a_rival_whose_base_is_not_here_does_not_stop_the_run(
    tiny_reviews: Path, decoder: Path, quick: Path, tmp_path: Path
) -> None:
    words = ["--strategy", "few-shot", "--shots", "2", "--base", decoder, "--recipe", quick]
    said = done("adapt", tiny_reviews, *words, "--out", tmp_path / "m", "--json")
    assert "nearest does not take part" in said.err
    assert "examples are chosen by their words" in said.err
    assert set(said.json()["rivals"]) == {"majority", "classical"}


def test_a_base_that_was_named_is_never_replaced_in_silence(
    tiny_reviews: Path, tiny_encoder: Path, tmp_path: Path
) -> None:
    words = ["--strategy", "few-shot", "--base", tiny_encoder, "--out", tmp_path / "m"]
    said = refused("adapt", tiny_reviews, *words, code=2)
    assert "tiny-encoder is not a decoder" in said


def test_a_base_that_nothing_tried_can_use_is_refused(
    tiny_reviews: Path, decoder: Path, tmp_path: Path
) -> None:
    said = refused("adapt", tiny_reviews, "--base", decoder, "--out", tmp_path / "m", code=2)
    assert "can use tiny-llama, which is of the kind decoder" in said


# Texts that are written


@pytest.mark.parametrize("strategy", ["zero-shot", "few-shot", "lora"])
def test_pairs_of_texts_are_learnt_from_and_answered(
    strategy: str, pairs: Path, decoder: Path, quick: Path, tmp_path: Path
) -> None:
    out = tmp_path / "m"
    words = ["--task", "generation", "--strategy", strategy, "--base", decoder, "--recipe", quick]
    report = done("adapt", pairs, *words, "--out", out, "--json").json()
    assert {"bleu", "chrf", "rougeL"} <= set(report["metrics"])
    assert list(report["intervals"]) == ["chrf"]
    assert set(report["rivals"]) == {"copy", "lead"}
    assert wordings.read(out / "prompt.toml").question
    answers = done("predict", out, "Le chat est là.", "", "--json").lines()
    assert [set(answer) for answer in answers] == [{"text", "output", "finish"}] * 2
    assert answers[1] == {"text": "", "output": "", "finish": "stop"}
    shown = done("predict", out, "Le chat est là.")
    assert shown.out == answers[0]["output"] + "\n"
    assert ("reached the longest length" in shown.err) == (answers[0]["finish"] == "length")
    together = done("predict", out, out, "Le chat est là.").out
    assert f"m: {answers[0]['output']}" in together
    found = done("evaluate", out, pairs, "--json").json()
    assert found["n"] == len(PAIRS)
    assert 0 <= found["metrics"]["chrf"] <= 1
    card = (out / "README.md").read_text(encoding="utf-8")
    assert "pipeline_tag: translation" in card
    assert "- type: chrf" in card
    assert "Labels" not in card.split("## Data")[0]


def test_what_was_written_is_shown_in_tables(
    pairs: Path, decoder: Path, quick: Path, tmp_path: Path
) -> None:
    out = tmp_path / "m"
    words = ["--strategy", "zero-shot", "--base", decoder, "--recipe", quick, "--out", out]
    said = done("adapt", pairs, *words)
    assert "chrF" in said.err
    assert "BLEU" in said.err
    measured = done("evaluate", out, pairs)
    assert "36 examples: chrF" in measured.err
    assert "precision" not in measured.err


def test_written_answers_stand_beside_others(
    pairs: Path, decoder: Path, quick: Path, tmp_path: Path
) -> None:
    words = ["--base", decoder, "--recipe", quick]
    done("adapt", pairs, "--strategy", "zero-shot", *words, "--out", tmp_path / "says")
    done("adapt", "--labels", LABELS, "--base", decoder, "--out", tmp_path / "feels")
    asked = [tmp_path / "says", tmp_path / "feels", "Le chat est là."]
    (found,) = done("predict", *asked, "--json").lines()
    assert set(found["answers"]["says"]) == {"output", "finish"}
    assert found["answers"]["feels"]["label"] in LABELS.split(",")


# Comparing


@pytest.mark.usefixtures("uncosted")
def test_ways_of_asking_are_compared_on_two_bases(
    tiny_reviews: Path, decoder: Path, tiny_encoder: Path, quick: Path, tmp_path: Path
) -> None:
    words = ["--strategies", "zero-shot,few-shot,head", "--bases", f"{decoder},{tiny_encoder}"]
    page, out = tmp_path / "page.html", tmp_path / "m"
    more = ["--recipe", quick, "--seeds", "1", "--report", page, "--out", out, "--json"]
    facts = done("compare", tiny_reviews, *words, *more).json()
    rows = {row["name"]: row for row in facts["candidates"]}
    measured = {name for name, row in rows.items() if "metrics" in row}
    assert measured == {
        "zero-shot · tiny-llama",
        "zero-shot · tiny-encoder",
        "few-shot · tiny-llama",
        "head · tiny-encoder",
    }
    assert "is not" in rows["few-shot · tiny-encoder"]["skipped"]
    assert "is not" in rows["head · tiny-llama"]["skipped"]
    assert "few-shot · tiny-llama" in page.read_text(encoding="utf-8")
    assert socle.load(out).strategy in ("zero-shot", "few-shot", "head")


@pytest.mark.usefixtures("uncosted")
def test_an_edited_wording_is_compared_anew(
    tiny_reviews: Path, decoder: Path, tmp_path: Path, file: File
) -> None:
    own = file("own.toml", OWN)
    told = f'effort = "quick"\nbase = {json.dumps(str(decoder))}\nprompt = {json.dumps(str(own))}\n'
    words = ["--strategies", "zero-shot", "--recipe", file("r.toml", told), "--seeds", "1"]
    words += ["--report", tmp_path / "page.html"]
    assert "kept from an earlier run" not in done("compare", tiny_reviews, *words).err
    assert "kept from an earlier run" in done("compare", tiny_reviews, *words).err
    file("own.toml", OWN.replace("favorable", "défavorable"))
    assert "kept from an earlier run" not in done("compare", tiny_reviews, *words).err


# Servers


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeServer]:
    """Return a server of this machine that is asked anew in every test, and never waited for."""
    monkeypatch.setenv("SOCLE_HOME", str(tmp_path / "home"))
    begin = serving.Server.__init__
    impatient = lambda self, address, wait=None: begin(self, address, lambda seconds: None)  # noqa: E731
    monkeypatch.setattr(serving.Server, "__init__", impatient)
    routes = {"/v1/models": models("lion", max_model_len=900), "/v1/completions": completed}
    with FakeServer(routes) as running:
        yield running


@pytest.mark.allow_hosts(["127.0.0.1"])
def test_a_server_answers_as_a_base_does(server: FakeServer, tmp_path: Path) -> None:
    out = tmp_path / "m"
    done("adapt", "--labels", LABELS, "--base", server.url, "--out", out)
    answers = done("predict", out, *QUESTION, "--json").lines()
    assert {answer["label"] for answer in answers} <= set(LABELS.split(","))
    about = json.loads((out / "socle.json").read_text(encoding="utf-8"))
    assert about["base"]["name"] == f"{server.url}#lion"
    # An answer is asked for once.
    asked = len(server.asked("/v1/completions"))
    assert done("predict", out, *QUESTION, "--json").lines() == answers
    probes = len(server.asked("/v1/completions")) - asked
    assert probes < len(QUESTION) * 2


@pytest.mark.allow_hosts(["127.0.0.1"])
def test_a_server_is_shown_examples_beside_rivals(
    server: FakeServer, tiny_reviews: Path, tmp_path: Path
) -> None:
    words = ["--strategy", "few-shot", "--shots", "2", "--effort", "quick", "--base", server.url]
    report = done("adapt", tiny_reviews, *words, "--out", tmp_path / "m", "--json").json()
    assert {"majority", "classical"} <= set(report["rivals"])
    assert report["base"] == f"{server.url}#lion"


@pytest.mark.allow_hosts(["127.0.0.1"])
def test_a_server_writes(server: FakeServer, pairs: Path, quick: Path, tmp_path: Path) -> None:
    words = ["--strategy", "few-shot", "--recipe", quick, "--base", server.url]
    report = done("adapt", pairs, *words, "--out", tmp_path / "m", "--json").json()
    assert "chrf" in report["metrics"]
    (answer,) = done("predict", tmp_path / "m", "Le chat.", "--json").lines()
    assert answer["output"]


@pytest.mark.allow_hosts(["127.0.0.1"])
def test_a_server_takes_part_in_a_comparison(
    server: FakeServer, tiny_reviews: Path, tmp_path: Path
) -> None:
    words = ["--strategies", "zero-shot,majority", "--bases", server.url]
    words += ["--effort", "quick", "--seeds", "1", "--report", str(tmp_path / "page.html")]
    facts = done("compare", tiny_reviews, *words, "--json").json()
    rows = {row["name"]: row for row in facts["candidates"]}
    assert rows["zero-shot"]["base"] == f"{server.url}#lion"
    assert rows["zero-shot"]["cost"], facts["notes"]
    assert "nothing is forgotten" in rows["zero-shot"]["forgetting"]["text"]
    assert not [note for note in facts["notes"] if "could not be measured" in note]


@pytest.mark.allow_hosts(["127.0.0.1"])
def test_a_server_that_is_down_is_told_and_nothing_is_lost(
    server: FakeServer, tiny_reviews: Path, tmp_path: Path
) -> None:
    out = tmp_path / "m"
    done("adapt", "--labels", LABELS, "--base", server.url, "--out", out)
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        down = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
    for words in (
        ["adapt", "--labels", LABELS, "--base", down, "--out", out],
        ["adapt", tiny_reviews, "--strategy", "zero-shot", "--base", down, "--out", out],
        ["compare", tiny_reviews, "--bases", down, "--report", tmp_path / "page.html"],
    ):
        assert "cannot be reached" in refused(*words)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    assert not (tmp_path / "page.html").exists()


@pytest.mark.allow_hosts(["127.0.0.1"])
def test_a_server_that_goes_down_in_the_middle_goes_on_from_there(
    server: FakeServer, tiny_reviews: Path, tmp_path: Path
) -> None:
    calls = 0

    def failing(body: dict[str, Any]) -> Any:
        nonlocal calls
        calls += 1
        return completed(body) if calls < 40 else Reply(503, b"{}")

    server.routes["/v1/completions"] = failing
    words = ["--strategy", "zero-shot", "--effort", "quick", "--base", server.url]
    said = refused("adapt", tiny_reviews, *words, "--out", tmp_path / "m")
    assert "They are kept: the same command goes on from there." in said
    assert not (tmp_path / "m").exists()
    server.routes["/v1/completions"] = completed
    done("adapt", tiny_reviews, *words, "--out", tmp_path / "m")


@pytest.mark.allow_hosts(["127.0.0.1"])
def test_a_server_with_another_model_is_told(server: FakeServer, tmp_path: Path) -> None:
    out = tmp_path / "m"
    done("adapt", "--labels", LABELS, "--base", server.url, "--out", out)
    server.routes["/v1/models"] = models("lion", max_model_len=900, root="another")
    said = refused("predict", out, "zut")
    assert f"The server at {server.url}#lion now runs another model" in said
    assert "fetch" not in said
    assert "now runs another model" in refused("evaluate", out, tmp_path / "none.csv")


@pytest.mark.usefixtures("uncosted")
@pytest.mark.allow_hosts(["127.0.0.1"])
def test_a_user_is_told_where_texts_go(
    server: FakeServer, tiny_reviews: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notice = "Texts are sent to 127.0.0.1, unencrypted."
    out = tmp_path / "m"
    adapted = ["adapt", "--labels", LABELS, "--base", server.url, "--out", out]
    assert notice not in run(*adapted).err
    monkeypatch.delenv("SOCLE_OFFLINE")
    monkeypatch.setattr(serving.Address, "is_local", property(lambda self: False))
    learnt = ["--strategy", "zero-shot", "--effort", "quick", "--base", server.url]
    compared = ["--strategies", "zero-shot", "--bases", server.url, "--effort", "quick"]
    compared += ["--seeds", "1", "--report", tmp_path / "page.html"]
    for words in (
        adapted,
        ["adapt", tiny_reviews, *learnt, "--out", tmp_path / "n"],
        ["compare", tiny_reviews, *compared],
        ["predict", out, "zut"],
        ["evaluate", out, tiny_reviews],
    ):
        assert done(*words).err.count(notice) == 1, words
