"""Folders of `datasets.save_to_disk`: one data set, several splits, class names."""

import json
from pathlib import Path

import pyarrow as pa
import pytest

from socle import formats
from socle.errors import UnreadableError

from .test_contract import write_folder

ROWS = [{"text": "a", "label": 1}, {"text": "b", "label": 0}]


def splits_at(path: Path, names: list[str]) -> Path:
    for name in names:
        write_folder(path / name, ROWS)
    (path / "dataset_dict.json").write_text(json.dumps({"splits": list(names)}))
    return path


def test_class_names(tmp_path: Path) -> None:
    write_folder(tmp_path / "d", ROWS)
    features = {"features": {"label": {"names": ["bad", "good"], "_type": "ClassLabel"}}}
    (tmp_path / "d" / "dataset_info.json").write_text(json.dumps(features))
    assert list(formats.read(tmp_path / "d").columns["label"]) == ["good", "bad"]


def test_of_several_splits_train_is_read_and_the_others_named(tmp_path: Path) -> None:
    table = formats.read(splits_at(tmp_path / "d", ["test", "train"]))
    assert len(table) == 2
    assert str(tmp_path / "d" / "test") in table.notes[0]


def test_without_train_the_splits_are_listed(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="no split called train, but: dev, test"):
        formats.read(splits_at(tmp_path / "d", ["dev", "test"]))
    assert len(formats.read(splits_at(tmp_path / "e", ["dev"]))) == 2


def test_the_file_layout_of_arrow_is_read_too(tmp_path: Path) -> None:
    write_folder(tmp_path / "d", ROWS)
    table = pa.Table.from_pylist(ROWS)
    with pa.ipc.new_file(str(tmp_path / "d" / "data-00000-of-00001.arrow"), table.schema) as file:
        file.write_table(table)
    assert len(formats.read(tmp_path / "d")) == 2


def test_a_selection_of_rows_is_refused(tmp_path: Path) -> None:
    write_folder(tmp_path / "d", ROWS)
    state = {"_data_files": [], "_indices_data_files": [{"filename": "i.arrow"}]}
    (tmp_path / "d" / "state.json").write_text(json.dumps(state))
    with pytest.raises(UnreadableError, match="selection of rows") as caught:
        formats.read(tmp_path / "d")
    assert "flatten_indices" in caught.value.hint


@pytest.mark.parametrize("state", ["[]", "{}", "not json", '{"_data_files": [{"filename": "x"}]}'])
def test_a_damaged_record(tmp_path: Path, state: str) -> None:
    write_folder(tmp_path / "d", ROWS)
    (tmp_path / "d" / "state.json").write_text(state)
    with pytest.raises(UnreadableError):
        formats.read(tmp_path / "d")


@pytest.mark.filterwarnings("ignore")
def test_what_the_package_itself_writes(tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    features = datasets.Features(
        {"text": datasets.Value("string"), "label": datasets.ClassLabel(names=["bad", "good"])}
    )
    whole = datasets.Dataset.from_list(ROWS, features=features)
    datasets.disable_progress_bars()
    datasets.DatasetDict({"train": whole, "test": whole}).save_to_disk(str(tmp_path / "d"))
    whole.to_parquet(str(tmp_path / "d.parquet"))
    for path in (tmp_path / "d", tmp_path / "d" / "test", tmp_path / "d.parquet"):
        assert list(formats.read(path).columns["label"]) == ["good", "bad"]
