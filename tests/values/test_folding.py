"""Texts without accents."""

from socle.values.folding import unaccented


def test_accents_go_and_letters_stay() -> None:
    assert unaccented("Échéance à Noël, ß") == "Echeance a Noel, ß"
    assert unaccented("e\u0301te\u0301") == "ete"


def test_signs_stand_for_letters_only_where_that_is_asked() -> None:
    assert unaccented("nº ﬁn") == "no fin"
    assert unaccented("nº ﬁn", "NFD") == "nº ﬁn"
