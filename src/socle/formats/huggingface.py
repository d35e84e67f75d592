"""Folders that `datasets.save_to_disk` wrote, read without that package."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from socle.errors import UnreadableError
from socle.formats import FOLDER, Table, from_arrow

_SPLITS = "dataset_dict.json"
_STATE = "state.json"


class HuggingFace:
    """The option: a folder with one data set, or with one subfolder per split."""

    suffixes = (FOLDER,)

    def read(self, path: Path) -> Table:
        """Read a data set; of several splits, the one called `train`.

        Raises:
            UnreadableError: the folder holds no data set, or a damaged one.
        """
        if (path / _SPLITS).is_file():
            return _read_split(path)
        if not (path / _STATE).is_file():
            rows = sorted(p.name for p in path.iterdir() if p.is_file() and p.name[0] != ".")
            shown = f" It holds {', '.join(rows[:5])}." if rows else " It is empty."
            raise UnreadableError(
                f"{path} is a folder, but not one that datasets.save_to_disk wrote.",
                "Give one file of rows." + shown,
            )
        return _read_one(path)


def _read_split(path: Path) -> Table:
    splits = _json(path / _SPLITS).get("splits")
    if not isinstance(splits, list) or not splits:
        raise UnreadableError(f"{path / _SPLITS} names no splits.", "Save the data set again.")
    chosen = "train" if "train" in splits else splits[0]
    if chosen != "train" and len(splits) > 1:
        raise UnreadableError(
            f"{path} has no split called train, but: {', '.join(map(str, splits))}.",
            f"Give the folder of one of them, such as {path / str(splits[0])}.",
        )
    table = _read_one(path / str(chosen))
    others = [str(path / str(name)) for name in splits if name != chosen]
    notes = (f"{path.name}: read the split {chosen}; not read: {', '.join(others)}",)
    return Table(path, table.columns, table.lines, table.notes + (notes if others else ()))


def _read_one(path: Path) -> Table:
    import pyarrow as pa

    state = _json(path / _STATE)
    if state.get("_indices_data_files"):
        raise UnreadableError(
            f"{path} holds a selection of rows of another data set.",
            "Call flatten_indices() before save_to_disk().",
        )
    info = _json(path / "dataset_info.json") if (path / "dataset_info.json").is_file() else {}
    try:
        files = [path / str(entry["filename"]) for entry in state["_data_files"]]
        table = pa.concat_tables([_arrow(file) for file in files])
        return from_arrow(table, path, info.get("features"))
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError) as error:
        raise UnreadableError(
            f"{path} is a damaged or incomplete data set: {error}", "Save or copy it again."
        ) from error


def _arrow(file: Path) -> Any:
    import pyarrow as pa

    raw = pa.BufferReader(file.read_bytes())
    try:
        return pa.ipc.open_stream(raw).read_all()
    except pa.ArrowInvalid:
        return pa.ipc.open_file(raw).read_all()


def _json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise UnreadableError(f"{path} is damaged: {error}", "Save the data set again.") from error
    if not isinstance(found, dict):
        raise UnreadableError(f"{path} is not the record of a data set.", "Save it again.")
    return found


OPTION = HuggingFace()
