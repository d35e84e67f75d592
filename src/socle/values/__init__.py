"""Printed values: amounts, dates and identifiers as people write them, to plain values."""
