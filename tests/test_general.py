"""The general texts of the package: sizes, languages, and that no text is on two sides."""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from pathlib import Path

import pytest

from socle import general


def test_all_is_there_and_small() -> None:
    assert len(general.sample()) == 228
    assert len(general.replayed()) == 320
    folder = Path(general.__file__).parent
    probes = sum(path.stat().st_size for path in folder.glob("sections-*.csv"))
    assert probes < 150_000
    assert "Licence" in (folder / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("language", general.LANGUAGES)
def test_a_probe_has_six_labels_in_equal_shares(language: str) -> None:
    (probe,) = general.probes((language,))
    assert Counter(e.target for e in probe.train) == dict.fromkeys(LABELS, 40)
    assert Counter(e.target for e in probe.test) == dict.fromkeys(LABELS, 33)
    assert all(e.origin.startswith(f"{probe.name}.csv:") for e in probe.train)


LABELS = ("admin", "devel", "games", "net", "science", "sound")


def test_no_text_is_used_for_two_things() -> None:
    uses = [general.sample(), general.replayed()]
    for probe in general.probes():
        uses += [[e.text for e in probe.train], [e.text for e in probe.test]]
    for one in uses:
        assert len(set(one)) == len(one)
        assert all(text == text.strip() and len(text) >= 60 for text in one)
    for one, two in combinations(uses, 2):
        short, long = sorted((one, two), key=lambda texts: max(map(len, texts)))
        assert not [t for t in short for other in long if other.startswith(t)]


@pytest.mark.parametrize(
    ("stated", "used"),
    [
        (("en",), ("en",)),
        (("fr", "en", "de"), ("en", "fr")),
        (("multilingual",), ("en", "fr")),
        (("ja",), ("en", "fr")),
    ],
)
def test_the_languages_are_those_of_the_base(
    stated: tuple[str, ...], used: tuple[str, ...]
) -> None:
    assert general.languages_of(stated) == used
