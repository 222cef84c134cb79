"""The memories of one snapshot in columns: all that recall needs, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from vilomem_core.recall.calibration import Calibration
from vilomem_core.recall.sketch import Sketch
from vilomem_core.recall.words import WordIndex
from vilomem_core.types import F32, Stream

I32: TypeAlias = NDArray[np.int32]
I64: TypeAlias = NDArray[np.int64]
U8: TypeAlias = NDArray[np.uint8]
U64: TypeAlias = NDArray[np.uint64]

STREAMS = (Stream.VISUAL, Stream.LOGIC)  # a stream's code is its place here; a bank's rows are in this order


class TextKind(IntEnum):
    """What a text of a memory is; a memory's texts lie in this order."""

    RULE = 0
    MEMBER = 1
    QUESTION = 2
    CONCEPTS = 3


@dataclass(frozen=True, slots=True)
class Fingerprints:
    """Which embedders made a bank's vectors."""

    text: str
    image: str


@dataclass(frozen=True, slots=True, eq=False)
class MemoryBank:
    """n memories, all visual ones first, each a row; their texts and images lie beside them, sorted by row.

    Arrays may be mapped from files. All vectors are of unit length or zero.
    """

    snapshot_id: str
    fingerprints: Fingerprints
    calibration: Calibration
    memory_ids: Sequence[str]
    streams: U8  # [n], codes as in STREAMS
    rules: Sequence[str]
    subjects: Sequence[str]
    key_concepts: Sequence[Sequence[str]]
    prototypes: F32  # [n, text_dim]: the middle of all that is known of a memory
    cohesion: F32  # [n]: the length of the mean that each prototype is the direction of; 1 when all its texts are the same
    words: WordIndex  # of n documents
    text_owner: I32  # [e]: the row of each text's memory
    text_kind: U8  # [e]
    texts: Sequence[str]  # e of them; for readers, recall does not look at them
    text_vectors: F32  # [e, text_dim]
    image_owner: I32  # [m]: visual memories only
    image_vectors: F32  # [m, image_dim]
    source_keys: U64  # [s], sorted: hashes of case keys and question keys in the lineage
    source_owner: I32  # [s]
    text_sketch: Sketch | None  # of the prototypes; None in a small bank, which is searched whole
    image_sketch: Sketch | None  # of the image vectors

    def __len__(self) -> int:
        return len(self.streams)
