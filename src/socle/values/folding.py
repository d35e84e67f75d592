"""Texts without their accents, as what is looked up in lists of words needs them."""

from __future__ import annotations

import unicodedata
from typing import Literal


def unaccented(text: str, form: Literal["NFD", "NFKD"] = "NFKD") -> str:
    """Return a text without accents and other combining marks.

    Args:
        text: any.
        form: NFKD also takes signs for the letters that they stand for (`º` for `o`, `ﬁ` for `fi`).

    Source: Unicode Standard Annex 15.
    """
    return "".join(c for c in unicodedata.normalize(form, text) if not unicodedata.combining(c))
