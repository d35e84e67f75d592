"""Pure functions that measure predictions: no model, no file, no torch."""
