"""Batteries: every option of a folder, ours or a stranger's, keeps what its contract says."""
