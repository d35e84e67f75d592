"""From text to words and back, and what a tree of them says; no torch, no network."""
