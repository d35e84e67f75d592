"""Strategies by themselves; what all keep stands in tests/contracts."""
