"""Tests of socle.engines."""
