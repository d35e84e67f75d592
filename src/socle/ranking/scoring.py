"""Every candidate and every line of a document with how likely it is each field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from socle.pages import Document
from socle.ranking import party_lines
from socle.ranking.candidates import FAMILIES, Candidate, candidates
from socle.ranking.features import Parties, Surroundings
from socle.ranking.party_lines import Piece, pieces
from socle.ranking.ranker import Network, Ranker
from socle.ranking.sheet import Sheet, sheet_of

CLASSES: Mapping[str, tuple[str, ...]] = {
    "lines": party_lines.CLASSES,
    "money": (
        *("none", "net_amount", "total_tax_amount", "total_amount", "amount_due", "amount_paid"),
        *("discount", "shipping", "tip", "vat_base", "vat_amount"),
    ),
    "date": ("none", "invoice_date", "due_date", "delivery_date"),
    "reference": ("none", "invoice_id", "purchase_order"),
    "company": (
        *("none", "supplier_vat_id", "supplier_siren", "supplier_siret"),
        *("receiver_vat_id", "receiver_siren"),
    ),
    "account": ("none", "supplier_iban"),
    "phone": ("none", "supplier_phone"),
    "email": ("none", "supplier_email"),
    "terms": ("none", "payment_terms"),
}
"""By network: what a candidate may be; the first is none of them."""


@dataclass(frozen=True)
class Group:
    """Candidates of one family.

    Attributes:
        features: (candidates, features).
        shares: how likely each is each class, (candidates, classes).
    """

    classes: tuple[str, ...]
    members: Sequence[Candidate]
    features: NDArray[np.float32]
    shares: NDArray[np.float32]


@dataclass(frozen=True)
class Scored:
    """A document with the scores of all that may be a field.

    Attributes:
        lines: that may name or place a party, with their features and shares.
        groups: candidates by family.
    """

    sheet: Sheet
    lines: Sequence[Piece]
    line_features: NDArray[np.float32]
    line_shares: NDArray[np.float32]
    groups: Mapping[str, Group]


def scored(document: Document, ranker: Ranker) -> Scored:
    """Return how likely everything in a document is each field.

    A ranker that lacks a network leaves the shares of its family even; so it is while training.
    """
    sheet = sheet_of(document)
    lines = pieces(sheet)
    line_features = party_lines.features(sheet, lines)
    line_shares = _shares(ranker.networks.get("lines"), CLASSES["lines"], line_features)
    roles = np.stack([line_shares[:, 1:3].sum(axis=1), line_shares[:, 3:5].sum(axis=1)], axis=1)
    around = Surroundings(sheet, candidates(sheet), Parties(lines, roles))
    groups: dict[str, Group] = {}
    for family in FAMILIES:
        members, features = around.features(family)
        shares = _shares(ranker.networks.get(family), CLASSES[family], features)
        groups[family] = Group(CLASSES[family], members, features, shares)
    return Scored(sheet, lines, line_features, line_shares, groups)


def _shares(
    network: Network | None, classes: tuple[str, ...], features: NDArray[np.float32]
) -> NDArray[np.float32]:
    if network is None:
        return np.full((len(features), len(classes)), 1 / len(classes), dtype=np.float32)
    return network.probabilities(features)
