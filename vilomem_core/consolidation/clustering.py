"""Which wordings state the same rule, as far as it can be told without a model."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vilomem_core.consolidation.linkage import agglomerate
from vilomem_core.consolidation.neighbours import I64, neighbour_pairs
from vilomem_core.consolidation.parting import part, stance
from vilomem_core.consolidation.settings import ConsolidationSettings
from vilomem_core.consolidation.wordings import Wordings, signatures

NEIGHBOURS = 32  # a vector: a cluster needs a path of neighbours, not all its pairs
LEXICAL_ROOM = 0.2  # that shared words may add to a pair's similarity


def cluster(
    wordings: Wordings, chosen: Sequence[int], forbidden: Sequence[tuple[int, int]], settings: ConsolidationSettings
) -> list[list[int]]:
    """Groups of ``chosen`` (numbers of wordings), each sorted; ``forbidden`` pairs end in different groups.

    The result is a function of the set of wordings: their order plays no part.
    """
    rows = sorted(chosen)
    vectors = signatures(wordings, rows)
    place = {row: index for index, row in enumerate(rows)}
    apart = [(place[left], place[right]) for left, right in forbidden if left in place and right in place]
    pairs = neighbour_pairs(wordings.fused[np.asarray(rows, np.int64)], NEIGHBOURS, settings.link - LEXICAL_ROOM)
    labels = agglomerate(vectors, pairs, _columns(apart), settings.link, settings.cohesion)
    order = np.argsort(labels, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(labels[order])) + 1) if len(order) else []
    known = stance([wordings.texts[row] for row in rows], [wordings.concepts[row] for row in rows], vectors)
    pieces = (piece for group in groups for piece in part(group.tolist(), known, settings.link, settings.cohesion))
    return [sorted(rows[member] for member in piece) for piece in pieces]


def _columns(pairs: Sequence[tuple[int, int]]) -> tuple[I64, I64]:
    columns = np.asarray(pairs, np.int64).reshape(-1, 2)
    return columns[:, 0], columns[:, 1]
