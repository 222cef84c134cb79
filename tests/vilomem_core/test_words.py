"""Tokens and stems."""

from __future__ import annotations

from vilomem_core.words import stem, tokens


def test_stems_join_the_forms_of_a_word():
    assert len({stem(word) for word in ("multiply", "multiplied", "multiplies")}) == 1
    assert stem("class") == "class"
    assert tokens("Don't add 3.5 cm² twice") == ["not", "add", "3.5", "cm", "squared", "twice"]
