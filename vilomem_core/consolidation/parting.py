"""Parts clusters whose members stand on opposite sides, whatever their similarity says.

A cluster is parted along the contrast that most of its members take sides on. A member that is silent on it goes with the side
that it is much closer to, or stays alone: nothing else tells where it belongs. A part that still holds a minimal pair is
contested: it is clustered again, ever more tightly, until the pair is apart. Being alone loses nothing: a judge model, or a
further wording, can bring a member back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vilomem_core.consolidation.contrast import CLEAR, Contrasts, contrasts, poles
from vilomem_core.consolidation.linkage import agglomerate
from vilomem_core.consolidation.twins import Wording, minimal_pair, wording
from vilomem_core.types import F32
from vilomem_core.words import tokens

SIDE_SIZE = 2  # members that each side must have: one may be a slip of the tongue
COVERAGE = 0.5  # share of a cluster that must take sides
LEAN = 0.2  # a member that names both poles goes with the one it names more; 2 against 1 mentions is 0.33
SILENT_MARGIN = 0.5  # calibrated similarity by which a silent member must be closer to one side
TIGHTER = 1.15  # by which the link grows a round while a part is contested
TIGHTEST = 3.0  # link at which a contested part dissolves: identical texts come to about 3
PAIRS_LOOKED_AT = 2016  # minimal pairs are searched among all pairs of up to 64 members, in larger clusters among neighbours


@dataclass(frozen=True, slots=True)
class Stance:
    """What parting knows of the wordings it works on: texts, ``poles`` f32[n, n_contrasts] and ``vectors`` f32[n, dim]."""

    wordings: Sequence[Wording]
    poles: F32
    vectors: F32


def stance(texts: Sequence[str], concepts: Sequence[Sequence[str]], vectors: F32) -> Stance:
    """Reads the sides of each text, its key concepts included."""
    known: Contrasts = contrasts("Topics")
    words = [tokens(text) for text in texts]
    sides = np.zeros((len(texts), len(known.names)), np.float32)
    for row, (said, names) in enumerate(zip(words, concepts, strict=True)):
        sides[row] = poles([*said, *tokens(". ".join(names))], known)
    return Stance([wording(said) for said in words], sides, vectors)


def part(members: Sequence[int], known: Stance, link: float, cohesion: float) -> list[list[int]]:
    """The parts of one cluster, each a list of rows of ``known``; most clusters come back whole."""
    twins = _twins(members, known)
    parts: list[list[int]] = []
    for group in _sides(list(members), known, twins):
        inside = set(group)
        if not any(left in inside and right in inside for left, right in twins):
            parts.append(group)
            continue
        pieces, tighter = [group], link
        while len(pieces) == 1 and tighter < TIGHTEST:
            tighter *= TIGHTER
            pieces = _clustered_again(group, known, tighter, cohesion)
        if len(pieces) == 1:
            pieces = [[member] for member in group]
        parts.extend(finer for piece in pieces for finer in part(piece, known, tighter, cohesion))
    return parts


def _clustered_again(members: Sequence[int], known: Stance, link: float, cohesion: float) -> list[list[int]]:
    rows = np.asarray(members, np.int64)
    nobody = np.zeros(0, np.int64)
    labels = agglomerate(known.vectors[rows], np.triu_indices(len(rows), 1), (nobody, nobody), link, cohesion)
    return [rows[labels == label].tolist() for label in range(int(labels.max()) + 1)]


def _sides(members: list[int], known: Stance, twins: set[tuple[int, int]]) -> list[list[int]]:
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
        opposed = {way for way in (1, -1) if any((member, other) in twins for other in clear[way])}
        if len(opposed) == 1:
            side = -opposed.pop()  # the twin of one side belongs to the other
        elif opposed:
            side = 0
        if side:
            sides[side].append(member)
        else:
            alone.append([member])
    return _sides(sides[1], known, twins) + _sides(sides[-1], known, twins) + alone


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


def _twins(members: Sequence[int], known: Stance) -> set[tuple[int, int]]:
    """Minimal pairs among the members, in both orders."""
    rows = list(members)
    if len(rows) * (len(rows) - 1) // 2 <= PAIRS_LOOKED_AT:
        pairs = [(left, right) for place, left in enumerate(rows) for right in rows[place + 1 :]]
    else:
        similarity = known.vectors[rows] @ known.vectors[rows].T
        nearest = np.argpartition(-similarity, 8, axis=1)[:, :9]
        pairs = [(rows[one], rows[other]) for one, near in enumerate(nearest) for other in near.tolist() if one < other]
    found = {(left, right) for left, right in pairs if minimal_pair(known.wordings[left], known.wordings[right])}
    return found | {(right, left) for left, right in found}
