"""The public names of Python: adapt, evaluate, load, predict, from whatever holds rows."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas
import pyarrow
import pytest

import socle
from socle.events import Event, Noted, Scored, Started

QUICK = socle.Recipe(strategy="classical", effort="quick")


@pytest.fixture(scope="module")
def rows(tiny_reviews: Path) -> list[dict[str, str]]:
    with tiny_reviews.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def model(tiny_reviews: Path) -> socle.AdaptedModel:
    return socle.adapt(tiny_reviews, recipe=QUICK)


def same(model: socle.AdaptedModel, other: socle.AdaptedModel) -> bool:
    facts = [
        [one.report["metrics"], *(one.report["data"][side] for side in ("train", "test"))]
        for one in (model, other)
    ]
    return facts[0] == facts[1]


@pytest.mark.parametrize("kind", ["path", "list", "pandas", "arrow"])
def test_rows_come_from_whatever_holds_them(
    kind: str, rows: list[dict[str, str]], tiny_reviews: Path, model: socle.AdaptedModel
) -> None:
    data: Any = {
        "path": lambda: str(tiny_reviews),
        "list": lambda: rows,
        "pandas": lambda: pandas.DataFrame(rows),
        "arrow": lambda: pyarrow.Table.from_pylist(rows),
    }[kind]()
    assert same(socle.adapt(data, recipe=QUICK), model)


def test_a_frame_with_an_index_of_its_own_and_gaps(
    rows: list[dict[str, str]], model: socle.AdaptedModel
) -> None:
    frame = pandas.DataFrame([*rows, {"text": None, "label": "positif"}])
    frame.index = pandas.Index(range(500, 500 + len(frame)))
    found = socle.adapt(frame, recipe=QUICK)
    assert found.report["metrics"] == model.report["metrics"]
    assert "1 rows without text or label were left out" in found.report["notes"][0]


def test_a_model_is_the_same_after_saving_and_loading(
    model: socle.AdaptedModel, tmp_path: Path
) -> None:
    texts = ["Le film est parfait.", "La chambre est horrible.", ""]
    model.save(tmp_path / "m")
    again = socle.load(tmp_path / "m")
    assert again.predict(texts) == model.predict(texts)
    assert again.strategy == "classical"
    assert again.base_name is None
    assert again.report == json.loads(json.dumps(model.report))
    assert again.card == model.card


def test_a_prediction_says_label_probability_and_others(model: socle.AdaptedModel) -> None:
    [found] = model.predict("Le film est parfait.")  # one text is not a list of letters
    assert isinstance(found, socle.Prediction)
    assert found.target == "positif"
    assert found.alternatives[0] == ("positif", found.probability)
    assert model.predict([]) == []


def test_a_stream_of_texts_is_answered_as_it_comes(model: socle.AdaptedModel) -> None:
    taken = []

    def texts() -> Any:
        for i in range(5000):
            taken.append(i)
            yield f"Le film {i} est parfait."

    first, _ = next(model.stream(texts()))
    assert first == "Le film 0 est parfait."
    assert len(taken) <= 1024


def test_evaluate_takes_a_model_or_its_folder(
    model: socle.AdaptedModel, rows: list[dict[str, str]], tmp_path: Path
) -> None:
    model.save(tmp_path / "m")
    report = socle.evaluate(model, rows)
    other = socle.evaluate(str(tmp_path / "m"), pandas.DataFrame(rows))
    assert isinstance(report, socle.Report)
    assert report.metrics == other.metrics
    assert report.n == 80
    assert report.metrics["accuracy"] > 0.8
    assert sum(row.support for row in report.labels) == 80


def test_evaluate_takes_columns_of_other_names(
    model: socle.AdaptedModel, rows: list[dict[str, str]]
) -> None:
    renamed = [{"a": row["label"], "b": row["text"], "c": "x"} for row in rows]
    report = socle.evaluate(model, renamed, text_column="b", label_column="a")
    assert report.metrics == socle.evaluate(model, rows).metrics


def test_nothing_is_written_without_out(
    rows: list[dict[str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    socle.adapt(rows, recipe=QUICK)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_printed(
    rows: list[dict[str, str]], capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    socle.adapt(rows, recipe=QUICK, out=tmp_path / "m")
    assert capfd.readouterr() == ("", "")


def test_a_listener_hears_what_happens(rows: list[dict[str, str]]) -> None:
    heard: list[Event] = []
    socle.adapt(rows, recipe=QUICK, listen=heard.append)
    assert Noted("16 of 80 rows are set apart for the test") in heard
    assert [event.name for event in heard if isinstance(event, Scored)] == ["majority", "classical"]
    assert any(isinstance(event, Started) for event in heard)


@pytest.mark.parametrize(
    ("data", "words"),
    [([], "an empty list"), ([1, 2], "no dictionaries"), (3, "int is not a table")],
    ids=["empty", "numbers", "number"],
)
def test_what_holds_no_rows_is_refused(data: Any, words: str) -> None:
    with pytest.raises(socle.SocleError, match=words) as caught:
        socle.adapt(data, recipe=QUICK)
    assert caught.value.hint


def test_the_programs_own_settings_are_left_alone(rows: list[dict[str, str]]) -> None:
    import random

    import numpy as np

    random.seed(5)
    before = random.getstate()
    state = np.random.get_state()[1].tolist()
    socle.adapt(rows, recipe=QUICK)
    assert random.getstate() == before
    assert np.random.get_state()[1].tolist() == state


def test_every_public_name_can_be_listed_and_imported() -> None:
    code = (
        "from socle import *\nimport socle, sys\n"
        "missing = [name for name in socle.__all__ if name not in globals()]\n"
        "assert not missing, missing\n"
        "assert set(dir(socle)) == {*socle.__all__, '__version__'}\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_importing_socle_loads_no_torch() -> None:
    code = "import sys, socle; dir(socle); print('torch' in sys.modules, 'numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
