"""Word lists, written as text."""

from __future__ import annotations


def vocabulary(*lines: str) -> frozenset[str]:
    """The words of ``lines``, which are separated by blanks."""
    return frozenset(word for line in lines for word in line.split())
