"""The tests of Socle, in the shape of `src`; what they share is in `conftest`."""
