"""Splits clusters whose members stand on opposite sides, whatever their similarity says.

Sentence vectors hardly see the difference between series and parallel, ordered and unordered, stacked and grouped (measured on
look-alike rules: within a rule no closer than across), but it is what makes two rules different. Two things show it:

- a contrast (``contrasts.md`` lists them) of which texts name opposite poles. A cluster is split along the contrast that most of its
  members take sides on. A member that is silent on it goes with the side that it is much closer to, or stays alone.
- a minimal pair: two guidelines in nearly the same words that differ in an opposite. "… on the circle, its measure is half the arc" and
  "… at the centre, its measure equals the arc" are closer to each other than to any other wording of their rules. A cluster that holds
  such a pair is clustered again, ever more tightly, until the pair is apart.

Being alone loses nothing: a judge model, or a further wording, can bring a member back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache
from importlib.resources import files

import numpy as np

from vilomem_core.consolidation.linkage import agglomerate
from vilomem_core.types import F32
from vilomem_core.words import NEGATIONS, stem, tokens

SIDE_SIZE = 2  # members that each side must have: one may be a slip
COVERAGE = 0.5  # share of a cluster that must take sides
LEAN = 0.2  # a member that names both poles goes with the one it names more; 2 against 1 mentions is 0.33
SILENT_MARGIN = 0.5  # calibrated similarity by which a silent member must be closer to one side
TIGHTER = 1.15  # by which the link grows a round while a part holds a minimal pair
TIGHTEST = 3.0  # link at which such a part falls into single members: identical texts come to about 3
MAX_PAIRS = 2016  # minimal pairs are searched among all pairs of up to 64 members, in larger clusters among neighbours

RUN_WORDS = 3  # words in a row that count as shared wording; shorter runs are chance
# of all words: look-alike rules share 0.40 or more, wordings of one rule 0.34 or less (measured on labelled rules)
SHARED_SHARE = 0.4
MAX_WORDS = 200  # words of a text, twice what the gate lets in: comparing is quadratic
LONG_RUN = 8  # words in a row: no two wordings of one rule shared more than 6, however long they are

NEGATION_REACH = 3  # words before a term in which a negation turns it round: "do not simply divide"
CLEAR = 0.5  # three mentions of one pole against one of the other are clear, two against one are not

Term = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stance:
    """Which sides wordings take: their words, ``poles`` f32[n, n_contrasts] and ``vectors`` f32[n, dim]."""

    wordings: Sequence[WordSequence]
    poles: F32
    vectors: F32


def stance(texts: Sequence[str], concepts: Sequence[Sequence[str]], vectors: F32) -> Stance:
    """Reads the sides of each text, its key concepts included."""
    known: Contrasts = contrasts("Topics")
    words = [tokens(text) for text in texts]
    sides = np.zeros((len(texts), len(known.names)), np.float32)
    for row, (said, names) in enumerate(zip(words, concepts, strict=True)):
        sides[row] = poles([*said, *tokens(". ".join(names))], known)
    return Stance([word_sequence(said) for said in words], sides, vectors)


def split_opposites(members: Sequence[int], known: Stance, link: float, cohesion: float) -> list[list[int]]:
    """The parts of one cluster, each a list of rows of ``known``; most clusters come back whole."""
    minimal_pairs = _minimal_pairs(members, known)
    parts: list[list[int]] = []
    for group in _sides(list(members), known, minimal_pairs):
        inside = set(group)
        if not any(left in inside and right in inside for left, right in minimal_pairs):
            parts.append(group)
            continue
        pieces, tighter = [group], link
        while len(pieces) == 1 and tighter < TIGHTEST:
            tighter *= TIGHTER
            pieces = _clustered_again(group, known, tighter, cohesion)
        if len(pieces) == 1:
            pieces = [[member] for member in group]
        parts.extend(finer for piece in pieces for finer in split_opposites(piece, known, tighter, cohesion))
    return parts


def _clustered_again(members: Sequence[int], known: Stance, link: float, cohesion: float) -> list[list[int]]:
    rows = np.asarray(members, np.int64)
    nobody = np.zeros(0, np.int64)
    labels = agglomerate(known.vectors[rows], np.triu_indices(len(rows), 1), (nobody, nobody), link, cohesion)
    return [rows[labels == label].tolist() for label in range(int(labels.max()) + 1)]


def _sides(members: list[int], known: Stance, minimal_pairs: set[tuple[int, int]]) -> list[list[int]]:
    contrast = _dividing_contrast(members, known)
    if contrast is None:
        return [members]
    score = known.poles[:, contrast]
    sides = {1: [m for m in members if score[m] >= CLEAR], -1: [m for m in members if score[m] <= -CLEAR]}
    means = {side: known.vectors[clear].mean(axis=0) for side, clear in sides.items()}
    clear = {side: set(group) for side, group in sides.items()}
    alone = []
    for member in members:
        if abs(score[member]) >= CLEAR:
            continue
        side = _side(float(score[member]), float(known.vectors[member] @ (means[1] - means[-1])))
        opposed = {way for way in (1, -1) if any((member, other) in minimal_pairs for other in clear[way])}
        if len(opposed) == 1:
            side = -opposed.pop()  # a minimal pair with one side: it belongs to the other
        elif opposed:
            side = 0
        if side:
            sides[side].append(member)
        else:
            alone.append([member])
    return _sides(sides[1], known, minimal_pairs) + _sides(sides[-1], known, minimal_pairs) + alone


def _dividing_contrast(members: Sequence[int], known: Stance) -> int | None:
    """The contrast with the most followers on its weaker side, if enough members take sides."""
    if len(members) < 2 * SIDE_SIZE:
        return None
    scores = known.poles[list(members)]
    one, other = (scores >= CLEAR).sum(axis=0), (scores <= -CLEAR).sum(axis=0)
    weaker, both = np.minimum(one, other), one + other
    rank = np.where((weaker >= SIDE_SIZE) & (both >= COVERAGE * len(members)), weaker * (len(members) + 1) + both, 0)
    return int(rank.argmax()) if rank.any() else None


def _side(lean: float, closer: float) -> int:
    """1, -1, or 0 for neither: by what the member names, or, where it names neither pole, by what it is closer to."""
    if abs(lean) > LEAN:
        return 1 if lean > 0 else -1
    if lean == 0 and abs(closer) >= SILENT_MARGIN:
        return 1 if closer > 0 else -1
    return 0


def _minimal_pairs(members: Sequence[int], known: Stance) -> set[tuple[int, int]]:
    """Minimal pairs among the members, in both orders."""
    rows = list(members)
    if len(rows) * (len(rows) - 1) // 2 <= MAX_PAIRS:
        pairs = [(left, right) for place, left in enumerate(rows) for right in rows[place + 1 :]]
    else:
        similarity = known.vectors[rows] @ known.vectors[rows].T
        nearest = np.argpartition(-similarity, 8, axis=1)[:, :9]
        pairs = [(rows[one], rows[other]) for one, near in enumerate(nearest) for other in near.tolist() if one < other]
    found = {(left, right) for left, right in pairs if minimal_pair(known.wordings[left], known.wordings[right])}
    return found | {(right, left) for left, right in found}


@dataclass(frozen=True, slots=True)
class WordSequence:
    """A text as it is compared: its words in order, and all ``RUN_WORDS`` words in a row."""

    words: tuple[str, ...]
    runs: frozenset[tuple[str, ...]]


def word_sequence(words: Sequence[str]) -> WordSequence:
    """Prepares a text, given as its words, for comparison with many others."""
    words = words[:MAX_WORDS]
    return WordSequence(tuple(words), frozenset(zip(*(words[start:] for start in range(RUN_WORDS)), strict=False)))


def minimal_pair(left: WordSequence, right: WordSequence) -> bool:
    """Do the two texts run in parallel and differ in an opposite (or a "not") in the same place?"""
    a, b = left.words, right.words
    wanted = SHARED_SHARE * (len(a) + len(b)) / 2
    # a block of n shared words holds n - 2 runs of three: fewer common runs than this rule both ways of sharing out
    # (which holds where one of them repeats no run)
    once = len(left.runs) >= len(a) - RUN_WORDS + 1 or len(right.runs) >= len(b) - RUN_WORDS + 1
    if once and len(left.runs & right.runs) < min(wanted / RUN_WORDS, LONG_RUN - RUN_WORDS + 1):
        return False
    blocks = [block for block in SequenceMatcher(None, a, b, autojunk=False).get_matching_blocks() if block.size >= RUN_WORDS]
    if sum(block.size for block in blocks) < wanted and max((block.size for block in blocks), default=0) < LONG_RUN:
        return False
    start_a = start_b = 0
    for block in [*blocks, None]:
        end_a, end_b = (block.a, block.b) if block else (len(a), len(b))
        if _opposed(a[start_a:end_a], b[start_b:end_b]):
            return True
        if block:
            start_a, start_b = block.a + block.size, block.b + block.size
    return False


def _opposed(left: Sequence[str], right: Sequence[str]) -> bool:
    """Do two stretches in the same place hold opposite poles, or does one of them negate?"""
    if len(NEGATIONS & set(left)) != len(NEGATIONS & set(right)):
        return True
    return bool(_named(left) & {(contrast, -pole) for contrast, pole in _named(right)})


def _named(words: Sequence[str]) -> set[tuple[int, int]]:
    """(contrast, pole) of each term in ``words`` that the opposites or the topics list; poles that are both named cancel out."""
    stems = [stem(word) for word in words]
    found: set[tuple[int, int]] = set()
    for offset, section in ((0, "Opposites"), (10_000, "Topics")):
        terms = contrasts(section).terms
        for place, first in enumerate(stems):
            for term, contrast, pole in terms.get(first, ()):
                if tuple(stems[place : place + len(term)]) == term:
                    found.add((offset + contrast, pole))
    return {(contrast, pole) for contrast, pole in found if (contrast, -pole) not in found}


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
    """f32[n_contrasts] in [-1, 1]: mentions of the first pole less those of the second, over all mentions; 0 when neither or both alike are named.

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
