"""Which cases never teach and only test."""

from __future__ import annotations

import hashlib


def is_held_out(case_key: str, fraction: float, seed: int = 0) -> bool:
    """Whether a case belongs to the held-out part: decided by its key alone, so that every run and machine agrees.

    With the same seed a larger fraction holds out the same cases and more. Cases that share a picture or a question under different
    ids have different keys: give the key of the group where a data set has such groups.
    """
    if not 0.0 <= fraction <= 1.0:
        raise ValueError(f"a fraction is between 0 and 1, not {fraction}")
    digest = hashlib.blake2b(f"{seed}\0{case_key}".encode(), digest_size=8).digest()
    return int.from_bytes(digest) < fraction * 2**64
