"""Tests of socle.tasks."""
