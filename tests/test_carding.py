"""The model card says what was measured, what is unknown, and what may be done with the model."""

from __future__ import annotations

import dataclasses
from itertools import pairwise
from typing import Any

import pytest
from huggingface_hub import ModelCard

import socle
from socle.bases import Base, Source, catalogue
from socle.carding import card, card_of_export
from socle.carding.front import apart, dataset_id, to_yaml
from socle.licensing import combine

REPORT: dict[str, Any] = {
    "task": "classification",
    "base": "multilingual-e5-small",
    "strategy": "head",
    "n_train": 160,
    "n_test": 40,
    "metrics": {"accuracy": 0.9, "macro_f1": 0.8911, "ece": 0.0321},
    "intervals": {"accuracy": (0.769, 0.9604)},
    "candidates": [
        {
            "strategy": "majority",
            "metrics": {"accuracy": 0.5, "macro_f1": 0.3333},
            "documents_per_second": 99999.6,
        },
        {"strategy": "full", "skipped": "it would take 3 h"},
        {
            "strategy": "head",
            "base": "multilingual-e5-small",
            "metrics": {"accuracy": 0.9, "macro_f1": 0.8911},
            "interval": (0.769, 0.9604),
            "documents_per_second": 812.3,
        },
    ],
    "verdict": {"text": "Use `head`: accuracy 0.900."},
    "seconds": {"total": 12.5, "train": 3.25},
    "labels": [{"label": "négatif", "precision": 1.0, "recall": 0.5, "f1": 0.667, "support": 12}],
    "data": {"train": "aa11", "test": "bb22"},
    "learnt": {"engine": "onnx-int8", "layers": [-2]},
    "notes": ["3 rows without a label were left out"],
}
E5 = catalogue.record("multilingual-e5-small")
GEMMA = catalogue.record("gemma-3-270m")
NASTY = "été: \"le-mieux\" #1 \\ 'x' \t{a}\n---\n- b\u2028\x7f\x85 😀.csv"


def parsed(text: str) -> ModelCard:
    """Return a card as the hub reads it; a head that is not valid raises."""
    found = ModelCard(text)
    assert "\n---\n" not in found.text
    return found


def head_of(text: str) -> dict[str, Any]:
    found: dict[str, Any] = parsed(text).data.to_dict()
    return found


# The head


def test_the_hub_reads_the_head() -> None:
    head = head_of(card(REPORT, E5, rights=combine(E5, "cc-by-4.0"), data_name="reviews.csv"))
    assert head["license"] == "mit"
    assert head["language"] == ["multilingual"]
    assert head["base_model"] == "intfloat/multilingual-e5-small"
    assert head["base_model_relation"] == "adapter"
    assert head["pipeline_tag"] == "text-classification"
    assert head["library_name"] == "socle"
    assert head["tags"] == ["socle", "text-classification", "head"]
    assert head["metrics"] == ["accuracy", "f1"]
    assert "datasets" not in head


def test_the_hub_reads_the_results() -> None:
    results = parsed(card(REPORT, E5, data_name="reviews.csv")).data.eval_results
    assert {(r.metric_name, r.metric_type, r.metric_value) for r in results} == {
        ("Accuracy", "accuracy", 0.9),
        ("Macro-F1", "f1", 0.8911),
    }
    first = results[0]
    assert (first.task_type, first.dataset_name, first.dataset_type, first.dataset_split) == (
        "text-classification",
        "reviews.csv",
        "reviews.csv",
        "test",
    )
    assert first.dataset_args == {"fingerprint": "bb22"}


def test_what_is_unknown_is_left_out_of_the_head_or_said_to_be() -> None:
    head = head_of(card({**REPORT, "strategy": "classical", "base": None}, None))
    assert {"language", "base_model", "base_model_relation", "datasets"} & set(head) == set()
    assert head["license"] == "unknown"
    (index,) = head["model-index"]
    assert index["name"] == "classical"
    assert index["results"][0]["dataset"]["name"] == "unknown"


def test_another_licence_has_a_name_and_a_link() -> None:
    head = head_of(card(REPORT, GEMMA, rights=combine(GEMMA, "LGPLLR")))
    assert head["license"] == "other"
    assert head["license_name"] == "gemma-and-lgpllr"
    assert head["license_link"] == "https://ai.google.dev/gemma/terms"


def test_the_licence_of_the_data_in_the_report_counts() -> None:
    report = {**REPORT, "data": {**REPORT["data"], "licence": "CC-BY-NC-4.0", "name": "a.csv"}}
    text = card(report, E5)
    assert head_of(text)["license"] == "cc-by-nc-4.0"
    assert "It may not be used commercially: CC-BY-NC-4.0 (data) forbids it" in text
    assert "Name: a.csv. Licence: CC-BY-NC-4.0." in text


def test_the_rights_in_the_report_count() -> None:
    rights = combine(E5, "CC-BY-SA-4.0", "CC-BY-SA-4.0")
    text = card({**REPORT, "licence": rights.to_json()}, E5)
    assert text == card(REPORT, E5, rights=rights)
    assert head_of(text)["license"] == "cc-by-sa-4.0"
    assert card({**REPORT, "licence": combine(E5, None).to_json()}, E5) == card(REPORT, E5)


@pytest.mark.parametrize("name", [NASTY, "no", "a: b", "1e5", "null", "- x", "%a", "@b", "é", ""])
def test_any_name_of_the_data_comes_back_whole(name: str) -> None:
    (result,) = head_of(card(REPORT, E5, data_name=name))["model-index"][0]["results"]
    assert result["dataset"]["name"] == (name or "unknown")


def test_half_a_character_does_not_break_the_head() -> None:
    (result,) = head_of(card(REPORT, E5, data_name="a\ud800b"))["model-index"][0]["results"]
    assert result["dataset"]["name"] == "a\ufffdb"


@pytest.mark.parametrize("value", [0.0, 1.0, 0.00001, 1 / 3, 0.999999, 7, True, "no", "Norway"])
def test_a_value_is_read_as_what_it_was(value: object) -> None:
    read = ModelCard(to_yaml({"value": value})).data.to_dict()["value"]
    assert type(read) is type(value)
    assert read == (pytest.approx(value, abs=1e-6) if isinstance(value, float) else value)


def test_languages_that_yaml_would_misread_are_kept() -> None:
    base = dataclasses.replace(E5, languages=("no", "fr", "unknown"))
    assert head_of(card(REPORT, base))["language"] == ["no", "fr"]


def test_a_figure_that_is_none_has_no_result() -> None:
    metrics = {"accuracy": 0.9, "macro_f1": float("nan")}
    (result,) = head_of(card({**REPORT, "metrics": metrics}, E5))["model-index"][0]["results"]
    assert [metric["type"] for metric in result["metrics"]] == ["accuracy"]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("PolyAI/banking77", "PolyAI/banking77"),
        ("hf://datasets/PolyAI/banking77/train.csv", "PolyAI/banking77"),
        ("https://huggingface.co/datasets/PolyAI/banking77", "PolyAI/banking77"),
        ("data/reviews.csv", None),
        ("tests/data", None),
        ("/data/reviews", None),
        ("reviews", None),
    ],
)
def test_only_a_data_set_of_the_hub_is_one(
    name: str, found: str | None, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.chdir(request.config.rootpath)
    assert dataset_id(name) == found
    assert head_of(card(REPORT, E5, data_name=name)).get("datasets") == (found and [found])


# The text


def test_it_says_what_was_measured_and_on_what() -> None:
    text = card(REPORT, None)
    assert "Strategy: head. Base: none." in text
    assert "On 40 examples that it never saw, after learning from 160" in text
    assert "| accuracy | 0.900 | 0.769 to 0.960 |" in text
    assert "| macro-F1 | 0.891 | unknown |" in text
    assert "| expected calibration error | 0.032 | unknown |" in text
    assert "Use `head`: accuracy 0.900." in text
    assert "| négatif | 1.000 | 0.500 | 0.667 | 12 |" in text
    assert "It rests on no base" in text


def test_the_rivals_stand_beside_it_and_those_left_out_have_a_reason() -> None:
    text = card(REPORT, None)
    assert "| majority | none | 0.500 | unknown | 0.333 | 100000 |" in text
    assert "| head | multilingual-e5-small | 0.900 | 0.769 to 0.960 | 0.891 | 812 |" in text
    assert "| full |" not in text
    assert "- full: it would take 3 h" in text


def test_data_settings_and_cost_are_told() -> None:
    recipe = socle.Recipe(effort="quick", seed=3)
    text = card(REPORT, E5, recipe=recipe, sha256="cafe")
    assert "| training | 160 | `aa11` |" in text
    assert "| test | 40 | `bb22` |" in text
    assert "Name: unknown. Licence: unknown." in text
    assert "| `effort` | quick |" in text
    assert "| `seed` | 3 |" in text
    assert "| `engine` | onnx-int8 |" in text
    assert "| seconds of the whole run | 12.5 |" in text
    assert "| SHA-256 of its weights | `cafe` |" in text


def test_limits_are_those_of_the_run() -> None:
    text = card(REPORT, E5)
    assert "one split with 40 test rows, which is few" in text
    assert "19.1 points wide" in text
    assert "Fewer than 20 test examples, so figures that say little: négatif." in text
    assert "Languages of the base: multilingual. The language of the data: unknown." in text
    assert f"- {E5.notes}" in text
    assert "- 3 rows without a label were left out" in text
    told = {"text": "With 40 test rows, differences below 0.2 stay unseen."}
    assert f"- {told['text']}" in card({**REPORT, "detectable": told}, E5)
    more = {**REPORT, "seeds": [0, 1, 2], "n_test": 400}
    assert "one test set of 400 rows, with 3 seeds" in card(more, E5)


def test_what_was_not_measured_has_no_section() -> None:
    text = card(REPORT, E5)
    assert "## Calibration" not in text
    assert "## Abstention" not in text


def test_cost_calibration_and_abstention_are_told_where_measured() -> None:
    own = {
        "name": "head",
        "strategy": "head",
        "metrics": REPORT["metrics"],
        "cost": {"latency_p50_ms": 4.25, "energy_mode": "estimated", "price_per_1000": None},
        "calibration": {
            "ece": 0.03,
            "bins": [
                {"low": 0.9, "high": 1.0, "confidence": 0.95, "accuracy": 0.9, "count": 30},
                {"low": 0.8, "high": 0.9, "confidence": None, "accuracy": None, "count": 0},
            ],
        },
        "abstention": [
            {"precision": 0.95, "threshold": 0.81, "coverage": 0.63, "lower": 0.93},
            {"precision": 0.99, "threshold": None, "coverage": None, "lower": None},
        ],
        "settings": {"epochs": 2},
        "intervals": {"macro_f1": [0.75, 0.95]},
    }
    text = card({**REPORT, "candidates": [own]}, E5)
    assert "| milliseconds for one document, median | 4.25 |" in text
    assert "| how the energy was found | estimated |" in text
    assert "price" not in text
    assert "| 0.90 to 1.00 | 30 | 0.950 | 0.900 |" in text
    assert "| 0.80 to 0.90 |" not in text
    assert "| 0.950 | 0.810 | 0.630 | 0.930 |" in text
    assert "| 0.990 | not reachable |  |  |" in text
    assert "| `epochs` | 2 |" in text
    assert "| macro-F1 | 0.891 | 0.750 to 0.950 |" in text


@pytest.mark.parametrize("name", ["multilingual-e5-small", "gemma-3-270m"])
def test_the_licence_and_the_origin_of_the_base_go_with_it(name: str) -> None:
    base = catalogue.record(name)
    text = card(REPORT, base)
    assert f"Base: {name}." in text
    assert f"| licence | {base.licence} |" in text
    assert base.training_data in text
    assert f"weights {base.weights}" in text
    assert base.use_restrictions in text
    assert combine(base, None).text in text
    assert "no legal advice" in text


def test_the_use_restrictions_of_gemma_are_not_empty() -> None:
    assert len(GEMMA.use_restrictions) > 20


def test_a_base_of_which_little_is_known_is_told_as_such() -> None:
    base = Base(
        name="mine",
        kind="encoder",
        title="mine",
        languages=("unknown",),
        parameters=0,
        context=128,
        year=0,
        licence="unknown",
        training_data="unknown",
        sources=(Source("folder", "/somewhere"),),
    )
    text = card(REPORT, base)
    head = head_of(text)
    assert head["license"] == "unknown"
    assert "base_model" not in head
    assert "/somewhere" not in text
    assert "| base | mine (`mine`), year unknown |" in text
    assert "| parameters | unknown |" in text


@pytest.mark.parametrize("label", ["a|b", "a\nb", "<b>", "`x`", "[a](b)", "\\|", "---"])
def test_labels_and_reasons_cannot_break_the_page(label: str) -> None:
    row = {**REPORT["labels"][0], "label": label}
    left = {"strategy": "full", "skipped": f"because {label}"}
    report = {**REPORT, "labels": [row], "candidates": [left]}
    text = card(report, E5, data_name=label)
    (line,) = [line for line in text.splitlines() if line.endswith("| 12 |")]
    assert line.replace("\\\\", "").replace("\\|", "").count("|") == 6
    assert "<b>" not in apart(text)[1].replace("\\<b\\>", "")


def test_every_table_has_the_columns_of_its_head() -> None:
    lines = card(REPORT, E5).splitlines()
    for above, line in pairwise(lines):
        if above.startswith("|") and line.startswith("|"):
            assert above.count("|") == line.count("|")


# Of an export


@pytest.mark.parametrize(("to", "library"), [("huggingface", "transformers"), ("onnx", "onnx")])
def test_an_export_has_one_head_and_the_card_below(to: str, library: str) -> None:
    inner = card(REPORT, E5, rights=combine(E5, "cc-by-sa-4.0"), data_name=NASTY)
    text = card_of_export(to, E5, 256, inner)
    head = head_of(text)
    assert head["library_name"] == library
    assert head["base_model_relation"] == "finetune"
    assert head["license"] == "cc-by-sa-4.0"
    assert head["model-index"] == head_of(inner)["model-index"]
    assert apart(inner)[1].strip() in text
    assert "under the licence MIT" in text
    assert "more\nthan 256 tokens" in text or "more than 256 tokens" in text
    assert "WINDOW" not in text
    assert "CONTEXT" not in text
    assert text.startswith("---\nlicense: ")


def test_an_export_of_a_card_from_before_heads_gets_one() -> None:
    text = card_of_export("onnx", GEMMA, 256, "# Adapted model\n\nOld.\n")
    head = head_of(text)
    assert (head["license"], head["license_name"]) == ("other", "gemma")
    assert head["base_model"] == "google/gemma-3-270m"
    assert text.endswith("# Adapted model\n\nOld.\n")
    assert GEMMA.use_restrictions in text


def test_an_export_states_the_licence_that_its_card_did_not_know() -> None:
    inner = card(REPORT, dataclasses.replace(E5, licence="unknown"))
    head = head_of(card_of_export("onnx", GEMMA, 256, inner))
    assert head["license"] == "other"
    assert head["license_name"] == "gemma"


# Texts that are written, and models of which nothing was measured


@pytest.mark.parametrize(
    ("metric", "pipeline", "name"),
    [("chrf", "translation", "chrF"), ("rougeL", "summarization", "ROUGE-L")],
)
def test_what_writes_is_called_by_what_it_is_measured_by(
    metric: str, pipeline: str, name: str
) -> None:
    metrics = {"bleu": 0.1, "chrf": 0.4, "rouge1": 0.5, "rougeL": 0.3}
    row = {"strategy": "few-shot", "base": "gemma-3-270m", "metrics": metrics}
    written = {"task": "generation", "strategy": "few-shot", "metrics": metrics, "labels": []}
    written |= {"intervals": {metric: (0.2, 0.5)}, "candidates": [row | {"interval": (0.2, 0.5)}]}
    text = card(REPORT | written, GEMMA)
    head = head_of(text)
    assert head["pipeline_tag"] == pipeline
    assert head["metrics"] == ["chrf", "bleu", "rouge"]
    assert head["base_model_relation"] == "adapter"
    assert f"| {name} | {metrics[metric]:.3f} | 0.200 to 0.500 |" in text
    assert f"The 95 % interval of the {name} is 30.0 points wide." in text
    assert "Labels" not in text.split("## Data")[0]


def test_a_card_of_labels_by_name_says_that_nothing_was_measured() -> None:
    labels = [{"label": "positif"}, {"label": "négatif"}]
    named = {"n_train": 0, "n_test": 0, "metrics": {}, "candidates": [], "labels": labels}
    text = card(REPORT | named | {"strategy": "zero-shot", "intervals": {}}, E5)
    assert "Labels, 2: positif, négatif." in text
    assert "Nothing: no labelled row was given." in text
    assert "metrics" not in head_of(text)
