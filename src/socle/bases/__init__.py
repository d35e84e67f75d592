"""The catalogue of foundation models: one TOML record per base, read by one small function.

To add a base, add `<name>.toml` here. `finding` looks for its files on this machine, `fetching`
brings them, `loading` gives them to torch, and `endpoints` knows those that run on a server.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Kind = Literal["encoder", "decoder", "encoder-decoder"]
Openness = Literal["open", "restricted", "closed", "unknown"]


@dataclass(frozen=True)
class Source:
    """One place from which the files of a base can be had."""

    kind: Literal["wheel", "hub", "folder", "endpoint"]
    id: str
    """Package name, hub id, path, or address of a server."""
    revision: str = ""
    """Package version or hub commit, pinned; an empty hub revision means the newest one."""
    archives: Mapping[str, str] = field(default_factory=dict)
    """For wheels: `name==version` of every one needed -> SHA-256 of its file."""
    files: Mapping[str, str] = field(default_factory=dict)
    """Path inside the source -> SHA-256 expected, in the order that an unpacker wants them."""
    unpack: str = ""
    """How the files become ordinary ones: "" for as they are, or the name of an unpacker."""


@dataclass(frozen=True)
class Base:
    """A pretrained model that one can start from, as its record states it."""

    name: str
    kind: Kind
    title: str
    languages: tuple[str, ...]
    parameters: int
    context: int
    """Longest input in tokens, special tokens included."""
    year: int
    licence: str
    """SPDX identifier, or `LicenseRef-<name>` when it is not an open licence."""
    training_data: str
    """As the authors state it."""
    weights: Openness = "unknown"
    code: Openness = "unknown"
    data: Openness = "unknown"
    sources: tuple[Source, ...] = ()
    prefix: str = ""
    """Text that the model expects before every input."""
    use_restrictions: str = ""
    """What the licence forbids or passes on, in one sentence; empty when it is open."""
    reference: str = ""
    """The paper or page that describes it."""
    aliases: tuple[str, ...] = ()
    """Other names that people type."""
    notes: str = ""
    """What one should know before choosing it."""


@dataclass(frozen=True)
class Located:
    """A base that can be used: its files are on this machine, checked against what was fetched.

    One behind an address has no files here; see `socle.bases.endpoints`.
    """

    base: Base
    folder: Path
    """An ordinary folder in the layout of transformers: config, weights, tokenizer."""
    sha256: str
    """Of the weights: of the file, or, when there are several, of their names and SHA-256."""
