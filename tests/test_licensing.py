"""What may be done with a model follows from its licences, and never from a guess."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import Any

import pytest

from socle.bases import Base, catalogue
from socle.licensing import Rights, combine, find, known, table
from socle.licensing.expressions import options

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "provenance.md"
APACHE = catalogue.record("all-minilm-l6-v2")
GEMMA = catalogue.record("gemma-3-270m")
NLLB = catalogue.record("nllb-200-600m")
RECORDS = [catalogue.record(name) for name in catalogue.names()]
WITHOUT_A_PAGE = {
    "LicenseRef-Own",
    "LicenseRef-Non-Commercial",
    "LicenseRef-Research-Only",
    "LicenseRef-Unknown",
}


def under(licence: str) -> Base:
    return dataclasses.replace(APACHE, licence=licence)


# The records


@pytest.mark.parametrize("name", list(known()))
def test_a_record_is_sound(name: str) -> None:
    record = known()[name]
    assert re.fullmatch(r"[A-Za-z0-9.-]+", name)
    assert record.commercial in ("yes", "no", "unknown")
    assert record.share_alike in ("", "weak", "strong")
    assert record.says.endswith(".")
    assert record.says.count(". ") == 0
    assert record.url.startswith("https://") != (name in WITHOUT_A_PAGE)
    assert not record.restrictions.endswith(".")
    assert {*record.becomes, *record.refuses} <= set(known())
    if record.research_only:
        assert record.commercial == "no"


def test_no_name_means_two_licences() -> None:
    seen: dict[str, str] = {}
    for record in known().values():
        for name in {record.id.casefold(), *record.aliases}:
            assert seen.setdefault(name, record.id) == record.id


@pytest.mark.parametrize("base", RECORDS, ids=lambda b: b.name)
def test_the_licence_of_every_base_is_known(base: Base) -> None:
    record = known()[base.licence]
    assert (record.commercial == "no" or bool(record.restrictions)) == bool(base.use_restrictions)


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("apache-2.0", "Apache-2.0"),
        ("APACHE 2.0", "Apache-2.0"),
        (" cc-by-nc-4.0 ", "CC-BY-NC-4.0"),
        ("CC BY-SA 4.0", "CC-BY-SA-4.0"),
        ("cc_by_4.0", "CC-BY-4.0"),
        ("llama3.2", "LicenseRef-Llama-3.2-Community"),
        ("licenseref-gemma", "LicenseRef-Gemma"),
        ("gemma", "LicenseRef-Gemma"),
        ("bigscience-bloom-rail-1.0", "LicenseRef-BigScience-BLOOM-RAIL-1.0"),
        ("openrail++", "LicenseRef-OpenRAIL-PlusPlus-M"),
        ("lgpl-lr", "LGPLLR"),
        ("Licence Ouverte 2.0", "etalab-2.0"),
        ("gpl-3.0", "GPL-3.0-only"),
        ("DFSG-free mix", "LicenseRef-DFSG-Free-Mix"),
        ("other", "LicenseRef-Unknown"),
    ],
)
def test_people_write_what_they_know(said: str, name: str) -> None:
    found = find(said)
    assert found is not None
    assert found.id == name


def test_a_stranger_is_not_guessed() -> None:
    assert find("apache-3.0") is None
    assert find("") is None
    assert find("cc") is None


# Expressions


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("MIT", [["MIT"]]),
        ("MIT OR Apache-2.0", [["MIT"], ["Apache-2.0"]]),
        ("MIT AND CC BY 4.0", [["MIT", "CC-BY-4.0"]]),
        ("MIT AND MIT", [["MIT"]]),
        ("MIT OR ISC AND CC0-1.0", [["MIT"], ["ISC", "CC0-1.0"]]),
        ("(MIT OR ISC) AND CC0-1.0", [["MIT", "CC0-1.0"], ["ISC", "CC0-1.0"]]),
        ("GPL-2.0-only WITH Classpath-exception-2.0", [["GPL-2.0-only"]]),
        ("", [["LicenseRef-Unknown"]]),
        ("Strange-1.0", [["Strange-1.0"]]),
        ("MIT OR", [["MIT OR"]]),
        ("(MIT", [["(MIT"]]),
        ("MIT)", [["MIT)"]]),
        ("AND", [["AND"]]),
    ],
)
def test_an_expression_means_what_spdx_says(said: str, expected: list[list[str]]) -> None:
    assert [[licence.id for licence in option] for option in options(said)] == expected


def test_of_a_choice_the_freest_is_taken_and_said() -> None:
    rights = combine(APACHE, "CC-BY-NC-4.0 OR GPL-3.0-only OR MIT")
    assert rights.commercial == "yes"
    assert [part.licence for part in rights.parts] == ["Apache-2.0", "MIT"]
    assert "freest choice of CC-BY-NC-4.0 OR GPL-3.0-only OR MIT" in rights.parts[1].why


def test_what_holds_at_once_adds_up() -> None:
    rights = combine(APACHE, "MIT AND CC-BY-NC-4.0")
    assert rights.commercial == "no"
    assert [part.what for part in rights.parts] == ["base", "data", "data"]


# The rules


def test_free_parts_give_a_free_result_with_attribution() -> None:
    rights = combine(APACHE, "cc-by-4.0")
    assert (rights.licence, rights.commercial) == ("Apache-2.0", "yes")
    assert rights.hub == {"license": "apache-2.0"}
    assert "Name the authors and keep the notices of CC-BY-4.0 (data)." in rights.conditions
    assert any(line.startswith("Patents, Apache-2.0 (base)") for line in rights.conditions)
    assert "if the terms of Apache-2.0 (base) and CC-BY-4.0 (data) are kept" in rights.text


@pytest.mark.parametrize(
    ("base", "data", "adaptation", "who"),
    [
        (NLLB, "mit", None, "CC-BY-NC-4.0 (base)"),
        (APACHE, "cc-by-nc-sa-4.0", None, "CC-BY-NC-SA-4.0 (data)"),
        (APACHE, "research only", None, "LicenseRef-Research-Only (data)"),
        (APACHE, "own", "CC-BY-NC-4.0", "CC-BY-NC-4.0 (adaptation)"),
        (None, "cc-by-nc-4.0", None, "CC-BY-NC-4.0 (data)"),
        (NLLB, None, None, "CC-BY-NC-4.0 (base)"),
    ],
)
def test_one_no_forbids_and_says_who(
    base: Base | None, data: str | None, adaptation: str | None, who: str
) -> None:
    rights = combine(base, data, adaptation)
    assert rights.commercial == "no"
    assert rights.text.startswith(f"It may not be used commercially: {who} forbids it")
    assert "yes" not in {part.commercial for part in rights.parts if who.startswith(part.licence)}


@pytest.mark.parametrize("data", [None, "", "unknown", "other", "Strange-1.0"])
@pytest.mark.parametrize("base", [None, APACHE, GEMMA], ids=["none", "apache", "gemma"])
def test_unknown_never_becomes_yes(base: Base | None, data: str | None) -> None:
    rights = combine(base, data)
    assert rights.commercial == "unknown"
    assert rights.text.startswith("Whether it may be used commercially is unknown: ")
    assert rights.licence in ("unknown", "other")


def test_no_combination_is_freer_than_its_parts() -> None:
    rank = {"yes": 0, "unknown": 1, "no": 2}
    for base in known():
        for data in known():
            rights = combine(under(base), data)
            parts = [rank[known()[name].commercial] for name in (base, data)]
            assert rank[rights.commercial] >= max(parts)
            assert rights.text.endswith(".")
            assert rights.licence in {*known(), "other", "unknown"} or " AND " in rights.licence
            bound = [known()[n] for n in (base, data) if known()[n].passes_on]
            if rights.licence in known():
                assert all(rights.licence in (x.id, *x.becomes) for x in bound)


def test_own_texts_add_nothing() -> None:
    rights = combine(APACHE, "own")
    assert (rights.licence, rights.commercial) == ("Apache-2.0", "yes")
    assert not any("data" in line for line in rights.conditions)
    assert combine(None, "own").text == "It may be used commercially, without conditions."


def test_an_unstated_licence_of_the_data_is_to_be_found_out() -> None:
    rights = combine(APACHE, None)
    assert rights.hub == {"license": "unknown"}
    assert "Find out the licence of the data, which was not stated." in rights.conditions
    assert rights.text.endswith(": the licence of the data was not stated.")


def test_terms_that_pass_on_give_the_result_its_licence() -> None:
    rights = combine(GEMMA, "cc-by-4.0")
    assert (rights.licence, rights.hub) == ("LicenseRef-Gemma", {"license": "gemma"})
    assert any("prohibited uses" in line for line in rights.conditions)
    assert combine(APACHE, "cc-by-sa-4.0").licence == "CC-BY-SA-4.0"
    assert combine(under("MPL-2.0"), "GPL-3.0-only").licence == "GPL-3.0-only"


def test_two_such_terms_give_no_single_licence() -> None:
    rights = combine(GEMMA, "LGPLLR")
    assert (rights.licence, rights.commercial) == ("other", "yes")
    assert rights.hub["license"] == "other"
    assert rights.hub["license_name"] == "gemma-and-lgpllr"
    assert rights.hub["license_link"] == "https://ai.google.dev/gemma/terms"


@pytest.mark.parametrize(
    ("base", "data", "said"),
    [
        ("CC-BY-SA-4.0", "ODbL-1.0", "each ask for the result to be under their own terms"),
        ("GPL-2.0-only", "GPL-3.0-only", "each ask for"),
        ("CC-BY-SA-4.0", "CC-BY-NC-SA-4.0", "each ask for"),
        ("GPL-3.0-only", "CC-BY-NC-4.0", "GPL-3.0-only (base) allows no further limits"),
        ("LicenseRef-Gemma", "CC-BY-SA-4.0", "CC-BY-SA-4.0 (data) allows no further limits"),
        ("Apache-2.0", "GPL-2.0-only", "cannot be combined"),
    ],
)
def test_what_cannot_be_kept_together_is_named(base: str, data: str, said: str) -> None:
    rights = combine(under(base), data)
    assert rights.licence == "other"
    assert rights.commercial in ("no", "unknown")
    assert any(said in line for line in rights.conditions)
    assert "contradict each other" in rights.text


@pytest.mark.parametrize(
    ("base", "data", "result"),
    [
        ("CC-BY-SA-3.0", "CC-BY-SA-4.0", "CC-BY-SA-4.0"),
        ("CC-BY-SA-4.0", "GPL-3.0-only", "GPL-3.0-only"),
        ("CC-BY-SA-4.0", "GPL-3.0-or-later", "GPL-3.0-only"),
        ("GPL-2.0-or-later", "GPL-3.0-only", "GPL-3.0-only"),
        ("GPL-3.0-only", "AGPL-3.0-only", "AGPL-3.0-only"),
        ("Apache-2.0", "GPL-3.0-only", "GPL-3.0-only"),
    ],
)
def test_share_alike_terms_that_fit_are_joined(base: str, data: str, result: str) -> None:
    rights = combine(under(base), data)
    assert (rights.licence, rights.commercial) == (result, "yes")


def test_no_derivatives_means_not_passed_on() -> None:
    rights = combine(APACHE, "cc-by-nd-4.0")
    assert rights.licence == "other"
    assert "it may not be passed on" in rights.text


def test_an_adaptation_cannot_drop_the_terms_of_its_base() -> None:
    rights = combine(GEMMA, "own", "MIT")
    assert rights.commercial == "unknown"
    assert any("MIT (adaptation) cannot replace" in line for line in rights.conditions)
    assert combine(APACHE, "own", "MIT").licence == "MIT"


def test_the_terms_of_data_are_marked_as_a_cautious_reading() -> None:
    for data in ("cc-by-4.0", "cc-by-nc-4.0", "gpl-3.0"):
        rights = combine(APACHE, data)
        assert rights.conditions[-1].startswith("Whether a model derives from the texts")
        assert rights.text.endswith("; the terms of the data are taken as binding.")
    assert "binding" not in combine(APACHE, "cc0").text


def test_its_json_has_the_keys_of_the_contract() -> None:
    found: Any = combine(NLLB, "mit").to_json()
    assert list(found) == ["licence", "commercial", "conditions", "parts", "text"]
    assert [set(part) for part in found["parts"]] == [{"what", "licence", "commercial", "why"}] * 2
    assert isinstance(found["conditions"], list)


def test_a_value_once_made_stays() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        combine(None, None).licence = "MIT"  # type: ignore[misc]
    assert isinstance(combine(None, None), Rights)


# The page


def test_the_examples_of_the_page_come_out_so() -> None:
    rows = re.findall(
        r"^\| (none|`([\w.-]+)` \(\S+\)) \| (.+) \| (\w+) \| `([^`]+)`(?:, `([^`]+)`)? \|$",
        PAGE.read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    assert len(rows) >= 8
    for _, base, data, commercial, licence, name in rows:
        told = combine(
            catalogue.record(base) if base else None, data if data != "not stated" else None
        )
        assert (told.commercial, told.hub["license"]) == (commercial, licence)
        assert told.hub.get("license_name", "") == name


def test_the_page_shows_every_licence_as_its_record_says() -> None:
    assert table() in PAGE.read_text(encoding="utf-8"), (
        "docs/provenance.md is stale: put what socle.licensing.table() gives into it"
    )
