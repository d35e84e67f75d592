"""Models that cost a moment, for the tests of the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.flows.running import done


@pytest.fixture(scope="session")
def model(tiny_reviews: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a saved model that answers `positif` or `négatif`."""
    out = tmp_path_factory.mktemp("cli") / "reviews.socle"
    done("adapt", tiny_reviews, "--strategy", "classical", "--out", out)
    return out


@pytest.fixture(scope="session")
def topics(tiny_multilabel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a saved model that answers with several of three labels."""
    out = tmp_path_factory.mktemp("cli") / "news.socle"
    done("adapt", tiny_multilabel, "--strategy", "classical", "--out", out)
    return out
