"""Whole ways through Socle, from a file of rows to an answer."""
