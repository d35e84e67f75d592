"""Tests of socle.metrics."""
