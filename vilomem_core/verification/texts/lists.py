"""Answers that are lists: what their elements are, in the form that the gold answer has."""

from __future__ import annotations

import re
from collections.abc import Sequence

from vilomem_core.verification.reply.phrases import plain, stem, words
from vilomem_core.verification.reply.vocabulary import vocabulary

_SEPARATOR = re.compile(
    r"\s*(?:,\s*(?:and|then|or|followed by)\b|[,;、，；<>→|]|->|\s+(?:[-–—]|&)\s+|\n|\b(?:and then|and|then|followed by"
    r"|before)\b|和|与|以及)\s*",
    re.IGNORECASE,
)
_COMMAS = re.compile(r"\s*(?:,\s*(?:and|then)\b|[,;、，；<>→|]|->|\n)\s*", re.IGNORECASE)
_PREDICATE = re.compile(
    r"(?<=\w)\s+(?:wins|won|is|comes?|came|finish(?:es|ed)|was|goes|arriv(?:es|ed)|leads|led|follows|followed|starts|being)\b.*$",
    re.IGNORECASE,
)
_NUMBERING = re.compile(r"^\s*(?:\(?\d{1,2}[.):]|[-*•]|first|second|third|finally|next|last)\s*,?:?\s*(?=\S)", re.IGNORECASE)


_FUNCTION = vocabulary("in on at of by the a an is ar was wer were are be it its they both only has hav had with from to for")


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
    several = any(re.search(r"\s(?:and|&)\s", part) for part in by_commas)
    return by_commas if len(by_commas) == expected and not (several and expected > 1) else _cleaned(_SEPARATOR.split(text))


def listed_in(text: str, question: str, expected: int) -> tuple[str, ...]:
    """The list inside a sentence, before its verb or after it: "In May and June sales rose" is May, June. Empty when there is none
    of ``expected`` elements; words of the question and of grammar at its two ends are none.
    """
    parts = [part.split() for part in _SEPARATOR.split(text.strip())]
    if len(parts) != expected or not all(parts):
        return ()
    sides = [re.split(r"\b(?:is|are|was|were)\b", " ".join(part)) for part in parts]
    if all(len(side) == 2 and side[1].strip() for side in sides):  # "the top is red, the middle is yellow"
        return _cleaned([side[1] for side in sides])
    parts[-1] = parts[-1][1:] if parts[-1][0].lower() in {"the", "a", "an"} else parts[-1]
    known = {stem(word) for word in words(question)} | _FUNCTION
    marks = [[stem("".join(words(word))) in known for word in part] for part in (parts[0], parts[-1])]
    first = next((place for place in range(len(parts[0]), 0, -1) if marks[0][place - 1]), 0)
    last = next((place for place, known_word in enumerate(marks[1]) if known_word), len(parts[-1]))
    found = [" ".join(parts[0][first:]), *(" ".join(part) for part in parts[1:-1]), " ".join(parts[-1][:last])]
    return _cleaned(found) if all(found) and len(_cleaned(found)) == expected else ()


def _cleaned(parts: Sequence[str]) -> tuple[str, ...]:
    kept = (plain(_PREDICATE.sub("", _NUMBERING.sub("", part)).strip("\"'")) for part in parts)
    return tuple(part for part in kept if part)


def written_list(found: Sequence[str], gold: str) -> str:
    joined = ", ".join(found)
    return f"[{joined}]" if gold.strip().startswith("[") else joined


def descends(text: str) -> bool:
    """Its elements are joined by > only: the largest stands first."""
    return ">" in text and "<" not in text


_INLINE_NUMBER = re.compile(r"(?:^|[,;]?\s)\(?\d{1,2}\)\s+(?=\D)")
LONGEST_ITEM = 6  # words of one line of a list
_NUMBERED = re.compile(r"^\s*\(?\d{1,2}[.):]\s+\S")


def enumerated(text: str, expected: int) -> str:
    """A list of short lines at the end of ``text`` as one line with commas, if they are numbered or nothing but ``expected`` lines;
    so is "1) red 2) blue" on one line; other texts unchanged.
    """
    if "\n" not in text.strip():
        text = _INLINE_NUMBER.sub(", ", text).lstrip(", ")
        return re.sub(r";\s+", ", ", text) if text.count(";") == expected - 1 else text
    lines = [line for line in text.split("\n") if line.strip()]
    if len(lines) == expected and all(len(line.split()) <= LONGEST_ITEM for line in lines):
        return ", ".join(_NUMBERING.sub("", line).strip(" .;,") for line in lines)
    tail = 0
    while tail < len(lines) and _NUMBERED.match(lines[-1 - tail]) and len(lines[-1 - tail].split()) <= LONGEST_ITEM:
        tail += 1
    if tail < 2:
        return text
    return "\n".join([*lines[:-tail], ", ".join(_NUMBERING.sub("", line).strip(" .;,") for line in lines[-tail:])])
