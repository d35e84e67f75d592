"""Tests of socle.training."""
