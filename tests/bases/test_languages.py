"""The base for those who choose none: English for English, the multilingual one for the rest."""

from __future__ import annotations

import pytest

from socle.bases import catalogue, finding

ENGLISH = [
    "The service was excellent and the food arrived hot.",
    "I would not recommend this hotel to anyone.",
    "When will my new card be delivered?",
    "Smith et al. (2004) have shown that this does not hold for mice (Dupont et al., 1999).",
    "On what do they base their claims?",
]
FRENCH = [
    "Le service était excellent et les plats sont arrivés chauds.",
    "Je ne recommande cet hôtel à personne.",
    "Quand vais-je recevoir ma nouvelle carte ?",
    "L'application plante dès que j'essaie de me connecter.",
    "Bibliothèque pour lire des fichiers compressés (en-têtes de développement)",
]
ENGLISH_TWEETS = [
    "im so done with this week lol #monday",
    "omg the new album is 🔥🔥 @someone",
    "cant believe they cancelled it, i want my money back!!",
]
FRENCH_TWEETS = [
    "mdr j'en peux plus de cette semaine #lundi",
    "c'est trop bien le nouvel album 🔥🔥 @quelquun",
    "jsuis dégoûtée ils ont annulé, je veux être remboursée",
]
OTHERS = {
    "Spanish": ["El servicio fue excelente pero los platos llegaron fríos.", "No lo compren."],
    "German": ["Der Service war ausgezeichnet und das Essen ist heiß gewesen.", "Ich bin müde."],
    "Italian": ["Il servizio è stato ottimo, ma la pizza non era calda.", "Che bello questo film"],
    "Russian": ["Обслуживание было отличным.", "Не рекомендую."],
    "Japanese": ["サービスは最高でした。", "おすすめしません。"],
}


@pytest.mark.parametrize("texts", [ENGLISH, ENGLISH_TWEETS, ENGLISH * 500])
def test_english(texts: list[str]) -> None:
    assert finding.default_for(texts) == "all-minilm-l6-v2"


@pytest.mark.parametrize("text", ENGLISH + ENGLISH_TWEETS[:1])
def test_one_english_sentence_is_enough(text: str) -> None:
    assert finding.default_for([text]) == "all-minilm-l6-v2"


@pytest.mark.parametrize(
    "texts",
    [FRENCH, FRENCH_TWEETS, *OTHERS.values()],
    ids=["French", "French tweets", *OTHERS],
)
def test_anything_else(texts: list[str]) -> None:
    assert finding.default_for(texts) == "multilingual-e5-small"


@pytest.mark.parametrize("text", FRENCH + FRENCH_TWEETS)
def test_one_french_sentence_is_enough(text: str) -> None:
    assert finding.default_for([text]) == "multilingual-e5-small"


def test_a_mixture_needs_the_multilingual_one() -> None:
    assert finding.default_for(ENGLISH + FRENCH) == "multilingual-e5-small"
    assert finding.default_for(ENGLISH * 200 + FRENCH * 40) == "multilingual-e5-small"


def test_a_few_stray_sentences_do_not_count() -> None:
    assert finding.default_for(ENGLISH * 20 + FRENCH[:1]) == "all-minilm-l6-v2"


@pytest.mark.parametrize("texts", [[], [""], ["42"], ["???", "12/05/2024"]])
def test_texts_that_do_not_say(texts: list[str]) -> None:
    assert finding.default_for(texts) == "multilingual-e5-small"


def test_both_defaults_have_a_record() -> None:
    for texts in (ENGLISH, FRENCH):
        assert catalogue.record(finding.default_for(texts)).sources[0].kind == "wheel"


def test_a_strategys_own_base_goes_before_if_it_is_of_the_kind() -> None:
    own = "multilingual-e5-small"
    assert finding.default_for(ENGLISH, "encoder", own) == own
    assert finding.default_for(ENGLISH, "decoder", own) == "smollm2-135m-instruct"
