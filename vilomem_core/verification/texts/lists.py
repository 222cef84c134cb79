"""Answers that are lists: what their elements are, in the form that the gold answer has."""

from __future__ import annotations

import re
from collections.abc import Sequence

from vilomem_core.verification.reply.phrases import plain

_SEPARATOR = re.compile(
    r"\s*(?:,\s*(?:and|then|or|followed by)\b|[,;、，；<>→|]|->|\s+[-–—]\s+|\n|\b(?:and then|and|then|followed by"
    r"|before)\b|和|与|以及)\s*",
    re.IGNORECASE,
)
_COMMAS = re.compile(r"\s*(?:,\s*(?:and|then)\b|[,;、，；<>→|]|->|\n)\s*", re.IGNORECASE)
_PREDICATE = re.compile(
    r"(?<=\w)\s+(?:wins|won|is|comes?|came|finish(?:es|ed)|was|goes|arriv(?:es|ed)|leads|led|follows|followed|starts|being)\b.*$",
    re.IGNORECASE,
)
_NUMBERING = re.compile(r"^\s*(?:\(?\d{1,2}[.):]|[-*•]|first|second|third|finally|next|last)\s*,?:?\s*(?=\S)", re.IGNORECASE)


def looks_like_list(gold: str) -> bool:
    """ "[2007, 2008]" or "Mercury, Mars, Earth"; one comma alone, as in "Paris, France", also counts: order is then not asked
    for.
    """
    gold = gold.strip()
    return (gold.startswith("[") and gold.endswith("]")) or (
        len(_COMMAS.split(gold)) > 1 and not re.search(r"\d,\d{3}\b|[()\\{}]", gold)
    )


def gold_elements(gold: str) -> tuple[str, ...]:
    return _cleaned(_COMMAS.split(gold.strip().strip("[]")))


def elements(text: str, expected: int) -> tuple[str, ...]:
    """The elements of ``text``. An "and" separates only where commas alone do not give ``expected`` elements ("salt and
    pepper, oil").
    """
    text = text.strip().strip("[](){}\"'").strip()
    by_commas = _cleaned(_COMMAS.split(text))
    several = any(" and " in part for part in by_commas)
    return by_commas if len(by_commas) == expected and not (several and expected > 1) else _cleaned(_SEPARATOR.split(text))


def _cleaned(parts: Sequence[str]) -> tuple[str, ...]:
    kept = (plain(_PREDICATE.sub("", _NUMBERING.sub("", part)).strip("\"'")) for part in parts)
    return tuple(part for part in kept if part)


def written_list(found: Sequence[str], gold: str) -> str:
    joined = ", ".join(found)
    return f"[{joined}]" if gold.strip().startswith("[") else joined


def descends(text: str) -> bool:
    """Its elements are joined by > only: the largest stands first."""
    return ">" in text and "<" not in text


_NUMBERED = re.compile(r"^\s*\(?\d{1,2}[.):]\s+\S")


def enumerated(text: str) -> str:
    """A numbered list of short lines at the end of ``text`` as one line with commas; other texts unchanged."""
    lines = [line for line in text.split("\n") if line.strip()]
    tail = 0
    while tail < len(lines) and _NUMBERED.match(lines[-1 - tail]) and len(lines[-1 - tail].split()) <= 6:
        tail += 1
    if tail < 2:
        return text
    return "\n".join([*lines[:-tail], ", ".join(_NUMBERING.sub("", line).strip(" .;,") for line in lines[-tail:])])
