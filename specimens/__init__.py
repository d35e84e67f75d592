"""Invented documents with exact truth, to train and to test readers on; not part of the package.

Each module makes one family of documents from a random generator: `invoices.make(rng)`. The
structure of a page follows from a layout number alone, so that whole layouts can be held out.
"""
