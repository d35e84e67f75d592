"""Rules that give certainty: what a value must satisfy to be right. Pure functions."""
