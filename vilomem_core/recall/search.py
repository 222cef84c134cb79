"""The short list: which few of all memories are worth weighing.

A large stream is searched in steps that each look closer at fewer: sign sketches of all, exact cosines of some hundreds, words and
evidence of a hundred. A small one starts with the exact cosines. In the visual stream image similarity goes first (ViLoMem,
sec. 3.3): the best pair of the case's images and a memory's example images decides which few memories the texts choose from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vilomem_core.recall.bank import I64, TEXTS_A_KIND, MemoryBank
from vilomem_core.recall.query import RecallQuery, query_vector
from vilomem_core.recall.sketch import Sketch
from vilomem_core.types import F32

SHORT_LIST = 96  # memories that are matched: two and a half times as many changed none of 300 answers (docs/recall.md)
MATCHED_EACH = 8  # but at least so many for each one wanted
PICTURES_EACH = 2  # pictures compared first for each memory wanted; more where the nearest belong to few memories
LEAST_SKETCHED = 1_000  # fewer vectors are compared exactly at once
SKETCHED_EACH = 4  # vectors that sketches let through to the exact product for each one wanted, ...
SKETCHED_LEAST = 128  # ... at least so many, because sketches tell the very nearest apart badly, ...
SKETCHED_SHARE = 0.004  # ... and the share of a very large stream


@dataclass(frozen=True, slots=True, eq=False)
class Scope:
    """What may be recalled: ``allowed`` is bool[n] (None: all rows), less the few rows in ``excluded``."""

    allowed: NDArray[np.bool_] | None
    excluded: I64

    def without(self, rows: NDArray[np.bool_]) -> Scope:
        """This scope less all rows for which ``rows``, bool[n], holds."""
        return Scope(~rows if self.allowed is None else self.allowed & ~rows, self.excluded)


@dataclass(frozen=True, slots=True, eq=False)
class ShortList:
    """Rows to be weighed, the cosines of their prototypes to the query vector, and the image cosines of those found by image."""

    rows: I64
    cosines: F32
    images: Mapping[int, float]

    def __add__(self, other: ShortList) -> ShortList:
        rows, cosines = np.concatenate([self.rows, other.rows]), np.concatenate([self.cosines, other.cosines])
        return ShortList(rows, cosines, {**self.images, **other.images})


def nearest_by_text(bank: MemoryBank, low: int, high: int, query: RecallQuery, scope: Scope, wanted: int) -> ShortList:
    """The short list for ``wanted`` memories among rows ``low`` up to ``high``: those whose lineage is nearest to what is asked."""
    count = max(SHORT_LIST, MATCHED_EACH * wanted) + len(scope.excluded)
    allowed = None if scope.allowed is None else scope.allowed[low:high]
    rows, cosines = nearest_rows(bank.prototypes, bank.text_sketch, query_vector(query), low, high, count, allowed)
    keep = top(cosines, count)
    if len(scope.excluded):
        keep = keep[~np.isin(rows[keep], scope.excluded)]
    return ShortList(rows[keep], cosines[keep], {})


def nearest_by_image(bank: MemoryBank, query: RecallQuery, count: int, scope: Scope) -> ShortList:
    """The ``count`` rows with the nearest example images, each with the cosine of its best pair, best first."""
    wanted = count + len(scope.excluded)
    pictures = None if scope.allowed is None else scope.allowed[bank.image_owner]
    most = wanted * TEXTS_A_KIND  # no memory has more images, so the best of each is among so many
    looked_at = PICTURES_EACH * wanted
    sure = False
    while not sure:
        best, sure = _nearest_rows_by_image(bank, query.image_vectors, count, looked_at, pictures, scope.excluded)
        sure = sure or looked_at >= most
        looked_at = min(most, looked_at * TEXTS_A_KIND // PICTURES_EACH)
    rows = np.array(list(best), dtype=np.int64)
    return ShortList(rows, np.vecdot(bank.prototypes[rows], query_vector(query)), best)


def _nearest_rows_by_image(
    bank: MemoryBank, images: F32, count: int, looked_at: int, pictures: NDArray[np.bool_] | None, excluded: I64
) -> tuple[dict[int, float], bool]:
    """The best rows among the ``looked_at`` nearest pictures of each image, and whether no other picture can change them."""
    owners, values, unseen = [], [], -np.inf
    for image in images:
        found, cosines = nearest_rows(bank.image_vectors, bank.image_sketch, image, 0, len(bank.image_owner), looked_at, pictures)
        keep = top(cosines, looked_at)
        owners.append(bank.image_owner[found[keep]])
        values.append(cosines[keep])
        if len(keep) == looked_at:
            unseen = max(unseen, float(values[-1].min()))
    rows, cosines = np.concatenate(owners), np.concatenate(values)
    order = np.lexsort((rows, -cosines))
    order = order[~np.isin(rows[order], excluded)] if len(excluded) else order
    best: dict[int, float] = {}
    for row, cosine in zip(rows[order].tolist(), cosines[order].tolist(), strict=True):
        best.setdefault(row, cosine)  # its best pair comes first
        if len(best) == count:
            return best, cosine > unseen  # among equals the first rows of the bank are taken, if they are seen
    return best, unseen == -np.inf


def nearest_rows(
    vectors: F32, sketch: Sketch | None, vector: F32, low: int, high: int, count: int, allowed: NDArray[np.bool_] | None
) -> tuple[I64, F32]:
    """Rows that are likely to hold the ``count`` nearest, with their exact cosines, in no order.

    ``vecdot`` takes one thread: BLAS would split these small products over threads that wait for each other on a busy machine
    (measured with six busy processes on two cores: 17 ms instead of 3 a query).
    """
    if sketch is None or high - low <= LEAST_SKETCHED:
        cosines = np.vecdot(vectors[low:high], vector)
        rows = np.arange(low, high) if allowed is None else np.flatnonzero(allowed) + low
        return rows, cosines if allowed is None else cosines[allowed]
    length = float(np.linalg.norm(vector)) or 1.0
    wanted = max(SKETCHED_EACH * count, SKETCHED_LEAST, int(SKETCHED_SHARE * (high - low)))
    rows = sketch.nearest(vector / np.float32(length), low, high, wanted, allowed)
    return rows, np.vecdot(vectors[rows], vector)


def top(values: F32, count: int) -> I64:
    """The places of the ``count`` largest values, in no order."""
    if len(values) <= count:
        return np.arange(len(values))
    return np.argpartition(values, -count)[-count:]
