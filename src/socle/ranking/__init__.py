"""Choosing which printed value is which field: candidates, a learned ranking, a joint choice."""
