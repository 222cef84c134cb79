"""On which side of a contrast a text stands: series or parallel, ordered or unordered, stacked or grouped.

Sentence vectors hardly see such differences (measured on look-alike rules: within a rule no closer than across), but they are what
makes two rules different. ``contrasts.md`` lists the contrasts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

from vilomem_core.types import F32
from vilomem_core.words import NEGATIONS, stem, tokens

NEGATION_REACH = 3  # words before a term in which a negation turns it round: "do not simply divide"
CLEAR = 0.5  # three mentions of one pole against one of the other are clear, two against one are not

Term = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Contrasts:
    """``terms`` maps the first stem of a term to (term, contrast, +1 or -1); ``names`` are the lines of the list."""

    names: tuple[str, ...]
    terms: dict[str, tuple[tuple[Term, int, int], ...]]


@cache
def contrasts(section: str) -> Contrasts:
    """The contrasts of one section of ``contrasts.md``: ``Topics`` or ``Opposites``."""
    text = (files(__package__) / "contrasts.md").read_text(encoding="utf-8")
    body = text.split(f"## {section}\n", 1)[1].split("\n## ")[0].replace("|\n", "| ")
    names = tuple(line for line in body.splitlines() if "|" in line)
    terms: dict[str, list[tuple[Term, int, int]]] = {}
    for index, line in enumerate(names):
        for pole, listed in zip((1, -1), line.split("|"), strict=True):
            for phrase in listed.split(","):
                term = tuple(stem(word) for word in tokens(phrase))
                terms.setdefault(term[0], []).append((term, index, pole))
    return Contrasts(names, {first: tuple(found) for first, found in terms.items()})


def poles(words: Sequence[str], known: Contrasts) -> F32:
    """f32[n_contrasts] in [-1, 1]: mentions of the first pole less those of the second, over all mentions; 0 when silent or torn.

    A term after a negation speaks for the other pole: "not on top of each other" is side by side.
    """
    stems = [stem(word) for word in words]
    tally = np.zeros((len(known.names), 2), np.float32)
    for place, first in enumerate(stems):
        longest: dict[int, tuple[int, int]] = {}
        for term, contrast, pole in known.terms.get(first, ()):
            if tuple(stems[place : place + len(term)]) == term and len(term) > longest.get(contrast, (0, 0))[0]:
                longest[contrast] = (len(term), pole)
        if not longest:
            continue
        turned = any(word in NEGATIONS for word in words[max(0, place - NEGATION_REACH) : place])
        for contrast, (_, pole) in longest.items():
            tally[contrast, int((pole > 0) == turned)] += 1
    mentions = tally.sum(axis=1)
    scores: F32 = (tally[:, 0] - tally[:, 1]) / np.maximum(mentions, 1)
    return scores
