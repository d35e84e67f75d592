"""What all tests share: a cache of their own, a base built in milliseconds, small files of rows."""

from __future__ import annotations

import csv
import itertools
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from socle.bases import Located

# Before torch is loaded: two workers whose threads spin while they wait would stop each other.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")

_HOME_OF_THE_USER = os.environ.get("SOCLE_HOME")

_PLACES = {
    "fr": ("Ce restaurant", "La chambre", "Cet appareil", "Le film", "La livraison"),
    "en": ("This restaurant", "The room", "The camera", "The film", "Delivery"),
}
_OPINIONS = {
    ("fr", "positif"): ("est parfait", "est excellent", "nous a ravis", "dépasse nos attentes"),
    ("fr", "négatif"): ("est décevant", "est horrible", "nous a déçus", "ne vaut rien"),
    ("en", "positif"): ("is perfect", "is excellent", "delighted us", "beats our hopes"),
    ("en", "négatif"): ("is disappointing", "is horrible", "let us down", "is worth nothing"),
}
_ENDS = {
    "fr": ("du début à la fin.", "pour ce prix.", "et mes amis le disent aussi."),
    "en": ("from start to end.", "for the price.", "and my friends agree."),
}
_TOPICS = {
    "sport": ("the team won the match", "the striker scored a goal", "the race was close"),
    "money": ("the bank raised its rates", "shares fell on the market", "the budget was cut"),
    "weather": ("rain is expected", "the storm passed north", "the night will be cold"),
}
_MORE_WORDS = (
    "a an and are as at be by for from has he i in it of on she that to was were will with you we",
    "le la les un une des du de et en est il elle je tu nous vous ils elles ne pas que qui dans",
    "par pour avec sans plus moins très trop bien mal bon bonne mauvais grand petit good bad big",
)
_SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


@pytest.fixture(autouse=True, scope="session")
def _a_home_for_all(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOCLE_HOME", str(tmp_path_factory.mktemp("home")))
        yield


@pytest.fixture(autouse=True)
def _the_real_home_for_real_tests(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    if request.node.get_closest_marker("real") is None:
        return
    if _HOME_OF_THE_USER is None:
        monkeypatch.delenv("SOCLE_HOME", raising=False)
    else:
        monkeypatch.setenv("SOCLE_HOME", _HOME_OF_THE_USER)


@pytest.fixture
def fetched(request: pytest.FixtureRequest) -> Callable[[str], Located]:
    """Return a function that gives a base of this machine, for tests marked `real`.

    Where it was not fetched the test is skipped; in CI, which fetches first, it fails.
    """
    from socle.bases import finding
    from socle.errors import MissingBaseError

    if request.node.get_closest_marker("real") is None:
        pytest.fail("a test that wants a real base is marked `real`")

    def find(name: str) -> Located:
        try:
            return finding.find(name)
        except MissingBaseError as error:
            if os.environ.get("CI"):
                raise
            pytest.skip(str(error))

    return find


@pytest.fixture(scope="session")
def tiny_encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a random BERT of 2 layers and 32 dimensions, with its tokenizer.

    It knows the words of `tiny_reviews` and `tiny_multilabel` as whole pieces, all others by
    letters; its mean state is a bag of words, so a head learns from it.
    """
    import torch
    import transformers

    folder = tmp_path_factory.mktemp("bases") / "tiny-encoder"
    words = _vocabulary()
    config = transformers.BertConfig(
        vocab_size=len(words),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=128,
        initializer_range=0.2,
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = transformers.BertModel(config, add_pooling_layer=False)
    network.save_pretrained(folder)
    _save_tokenizer(folder, words)
    return folder


@pytest.fixture(scope="session")
def tiny_reviews(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a CSV of 80 French and English reviews, `positif` or `négatif`, one in 16 wrong."""
    rows = list(_reviews())
    drawn = [rows[(i * 37) % len(rows)] for i in range(80)]
    swapped = {"positif": "négatif", "négatif": "positif"}
    noisy = [(t, swapped[y] if i % 16 == 7 else y) for i, (t, y) in enumerate(drawn)]
    return _written(tmp_path_factory.mktemp("data") / "reviews.csv", noisy)


@pytest.fixture(scope="session")
def tiny_multilabel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a CSV of 63 English news with one to three of three labels, split by `|`."""
    rows = [(f"{said}.", topic) for topic, sayings in _TOPICS.items() for said in sayings]
    for one, two in itertools.permutations(_TOPICS, 2):
        pairs = itertools.product(_TOPICS[one], _TOPICS[two])
        rows += [(f"{a}, and {b}.", "|".join(sorted((one, two)))) for a, b in pairs]
    rows += [
        (". ".join(said) + ".", "|".join(sorted(_TOPICS)))
        for said in itertools.product(*_TOPICS.values())
    ]
    drawn = [rows[(i * 7) % len(rows)] for i in range(len(rows))]
    return _written(tmp_path_factory.mktemp("data") / "news.csv", drawn[:63])


def _reviews() -> Iterator[tuple[str, str]]:
    for (language, label), opinions in _OPINIONS.items():
        for place, opinion, end in itertools.product(_PLACES[language], opinions, _ENDS[language]):
            yield f"{place} {opinion} {end}", label


def _written(path: Path, rows: Iterable[tuple[str, str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["text", "label"])
        writer.writerows(rows)
    return path


def _vocabulary() -> list[str]:
    texts = [text for text, _ in _reviews()]
    texts += [said for sayings in _TOPICS.values() for said in sayings]
    letters = "abcdefghijklmnopqrstuvwxyzàâçéèêëîïôùûüœæ0123456789.,;:!?'’\"()-|/€%"
    words = [word.strip(".,").lower() for text in texts for word in text.split()]
    more = " ".join(_MORE_WORDS).split()
    pieces = [*words, *more, *letters, *(f"##{letter}" for letter in letters)]
    return [*_SPECIAL, *dict.fromkeys(pieces)]


def _save_tokenizer(folder: Path, words: list[str]) -> None:
    import transformers
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    ids = {word: i for i, word in enumerate(words)}
    made = Tokenizer(models.WordPiece(ids, unk_token="[UNK]"))
    made.normalizer = normalizers.BertNormalizer(lowercase=True, strip_accents=False)
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", ids["[CLS]"]), ("[SEP]", ids["[SEP]"])],
    )
    names = ("pad_token", "unk_token", "cls_token", "sep_token", "mask_token")
    transformers.PreTrainedTokenizerFast(
        tokenizer_object=made, model_max_length=128, **dict(zip(names, _SPECIAL, strict=True))
    ).save_pretrained(folder)
