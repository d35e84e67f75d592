"""Socle: adapt open foundation models to your texts on a plain CPU, and know if it was worth it."""

from __future__ import annotations

__version__ = "0.1.0"
