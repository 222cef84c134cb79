"""Words in common: TF-IDF cosine over groups of four letters.

Letter groups (``" ratio "`` gives `` rat``, ``rati``, ``atio``, ``tio ``) match inflected and compound words in any language
without a stemmer or a list of stop words. Each group is hashed into one of 65,536 places: about as many as an English corpus has.
Queries look up only the short list that the vectors found, so their cost does not grow with the bank.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vilomem_core.types import F32

PLACES = 1 << 16
GROUP = 4  # letters
BLOCK_DOCUMENTS = 2048  # worked on at a time, which bounds the memory of building
MAX_CHARACTERS = 20_000  # of one document; a rule with its sources has about 2,000
_NOT_WORD = re.compile(r"[\W_]+")
_SPACE, _END = ord(" "), ord("\n")
# Odd 64-bit multipliers, one for each letter of a group and one that mixes the sum; any such numbers do
_FACTORS = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93], dtype=np.uint64)
_MIX = np.uint64(0xFF51AFD7ED558CCD)


@dataclass(frozen=True, slots=True, eq=False)
class WordIndex:
    """Documents as sparse unit vectors: row i holds ``places`` and ``weights`` from ``offsets[i]`` to ``offsets[i + 1]``."""

    offsets: NDArray[np.int64]  # [documents + 1]
    places: NDArray[np.uint16]
    weights: NDArray[np.float16]
    rarity: F32  # [PLACES], the inverse document frequency

    def query(self, text: str, emphasis: str = "") -> F32:
        """f32[PLACES], a unit vector of a text for ``similarity``; groups that are also in ``emphasis`` count once more."""
        hashed, _ = _hashed((text, emphasis))
        places, counts = np.unique(hashed, return_counts=True)
        weights = _weights(counts.astype(np.float32), self.rarity[places])
        query = np.zeros(PLACES, np.float32)
        query[places] = weights / (np.linalg.norm(weights) or 1.0)
        return query

    def similarity(self, rows: NDArray[np.int64], query: F32) -> F32:
        """f32[len(rows)]: cosines of documents to a query, from 0 to 1."""
        starts, ends = self.offsets[rows], self.offsets[rows + 1]
        if not np.any(ends > starts):
            return np.zeros(len(rows), np.float32)
        places = np.concatenate([self.places[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)])
        common = np.flatnonzero((query > 0).take(places))  # few of a document's groups are the query's
        bounds = np.cumsum(ends - starts)
        owner = np.searchsorted(bounds, common, side="right")
        weights = self.weights[common + (ends - bounds)[owner]]
        return np.bincount(owner, query[places[common]] * weights, minlength=len(rows)).astype(np.float32)


def ranges(starts: NDArray[np.int64], ends: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """All numbers from each start up to its end, one range after the other, and which range each comes from."""
    lengths = ends - starts
    owner = np.repeat(np.arange(len(starts)), lengths)
    before = np.cumsum(lengths) - lengths
    return np.arange(len(owner)) - before[owner] + starts[owner], owner


def build_word_index(documents: Sequence[str]) -> WordIndex:
    """Index documents; linear in their length."""
    blocks = [_count_block(documents[start : start + BLOCK_DOCUMENTS]) for start in range(0, len(documents), BLOCK_DOCUMENTS)]
    frequency = np.zeros(PLACES, np.int64)
    for block in blocks:
        frequency += np.bincount(block[1], minlength=PLACES)
    rarity = np.log((1.0 + len(documents)) / (0.5 + frequency)).astype(np.float32)
    lengths, places, weights = [np.zeros(0, np.int64)], [np.zeros(0, np.uint16)], [np.zeros(0, np.float16)]
    for block_lengths, block_places, block_counts in blocks:
        values = _weights(block_counts, rarity[block_places])
        owner = np.repeat(np.arange(len(block_lengths)), block_lengths)
        norms = np.sqrt(np.bincount(owner, values * values, minlength=len(block_lengths)))
        lengths.append(block_lengths)
        places.append(block_places)
        weights.append((values / np.where(norms > 0, norms, 1.0)[owner]).astype(np.float16))
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(np.concatenate(lengths))])
    return WordIndex(offsets, np.concatenate(places), np.concatenate(weights), rarity)


def _count_block(documents: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.uint16], NDArray[np.float32]]:
    """How many places each document fills, which, and how often each."""
    places, owner = _hashed(documents)
    keys, counts = np.unique((owner.astype(np.uint32) << np.uint32(16)) | places, return_counts=True)
    lengths = np.bincount(keys >> np.uint32(16), minlength=len(documents)).astype(np.int64)
    return lengths, (keys & np.uint32(PLACES - 1)).astype(np.uint16), counts.astype(np.float32)


def _hashed(texts: Sequence[str]) -> tuple[NDArray[np.uint16], NDArray[np.int64]]:
    """The place of each letter group, and which text it is from."""
    words = [_NOT_WORD.sub(" ", text[:MAX_CHARACTERS].casefold()).strip() for text in texts]
    letters = np.frombuffer("".join(f" {text} \n" for text in words).encode("utf-32-le", "replace"), dtype="<u4")
    owner = np.cumsum(letters == _END)
    if len(letters) < GROUP:
        return np.zeros(0, np.uint16), np.zeros(0, np.int64)
    last = len(letters) - GROUP + 1
    ends, spaces = letters == _END, letters == _SPACE
    broken = ends[:last] | ends[1 : last + 1] | ends[2 : last + 2] | ends[3:] | spaces[1 : last + 1] | spaces[2 : last + 2]
    whole = np.flatnonzero(~broken)  # within one word of one text
    mixed = np.zeros(len(whole), np.uint64)
    for place, factor in enumerate(_FACTORS):
        mixed += letters[whole + place].astype(np.uint64) * factor
    return (mixed * _MIX >> np.uint64(48)).astype(np.uint16), owner[whole]


def _weights(counts: NDArray[np.float32], rarity: F32) -> F32:
    return ((1.0 + np.log(counts)) * rarity).astype(np.float32)
