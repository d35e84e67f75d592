"""Draw the sample papers: two invoices, a statement, a W-2, a passport and a ledger, all invented.

    python scripts/make_papers.py samples/papers

The generators of `specimens/` are seeded: the same call gives the same papers.
"""

from __future__ import annotations

import random
import sys
from datetime import date
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from specimens import accounts, identity, invoices, statements, taxes


def main() -> None:
    """Write them."""
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    for name, language, layout in (("facture", "fr", 40), ("invoice", "en", 43)):
        made = invoices.make(np.random.default_rng(layout), language, layout)
        (target / f"{name}.pdf").write_bytes(made.pdf)
    (target / "releve.pdf").write_bytes(statements.make(7, 0).pdf)
    (target / "w2.pdf").write_bytes(taxes.w2(np.random.default_rng(3)).save())
    draw = random.Random(11)
    person = identity.paper(draw, "TD3", date(2026, 1, 1))
    identity.picture(person, draw).convert("RGB").save(target / "passport.jpg", quality=85)
    accounts.book(5, entries=12).write(target)


if __name__ == "__main__":
    main()
