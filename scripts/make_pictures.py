"""Draw what a terminal shows, for the first page: docs/img/adapt.svg.

    python scripts/make_pictures.py

It runs the commands for real, on a sample; the picture is what they printed.
"""

from __future__ import annotations

import io
import os
import re
import subprocess
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).parent.parent
TEXT = "Le trottoir est défoncé devant chez moi."
COMMANDS = (
    "socle adapt samples/demandes-fr.csv --effort quick --out demandes.socle",
    f'socle predict demandes.socle "{TEXT}"',
)
_WIDTH = 120
_FONTS = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)


def main() -> None:
    """Run the commands and write the picture."""
    console = Console(record=True, width=_WIDTH, file=io.StringIO())
    with tempfile.TemporaryDirectory() as place:
        (Path(place) / "samples").symlink_to(ROOT / "samples")
        for command in COMMANDS:
            console.print(Text(f"$ {command}", style="bold"))
            console.print(Text.from_ansi(printed(command, place)))
    drawn = console.export_svg(title="socle", unique_id="socle")
    # No fonts from elsewhere: a page must not call other machines to show itself.
    drawn = _FONTS.sub("", drawn).replace("Fira Code", "DejaVu Sans Mono")
    (ROOT / "docs/img/adapt.svg").write_text(drawn, encoding="utf-8")


def printed(command: str, place: str) -> str:
    """Return what a command prints, colours included."""
    done = subprocess.run(
        command,
        shell=True,
        check=True,
        cwd=place,
        env=os.environ | {"FORCE_COLOR": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return done.stdout.rstrip()


if __name__ == "__main__":
    main()
