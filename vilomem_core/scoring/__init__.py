"""Scores on labelled corpora, one module a part."""
