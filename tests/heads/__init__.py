"""Tests of socle.heads."""
