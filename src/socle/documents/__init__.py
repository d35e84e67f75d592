"""A file -> a `Document`: one opener for each family of formats.

Nothing here trusts the file. Openers run in a guarded process; what they count, they count before
they decode.
"""
