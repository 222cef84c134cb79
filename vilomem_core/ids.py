"""Ids come from content, not from chance: running the same thing twice writes the same rows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

from vilomem_core.types import Case, Stream

ID_HEX_DIGITS = 24  # 96 bits: a collision among 10 million rows has a probability below 1e-15


def content_id(prefix: str, *parts: object) -> str:
    """``prefix_`` and a hash of the parts, which are JSON values; order and boundaries matter: "a","bc" is not "ab","c"."""
    payload = json.dumps(parts, ensure_ascii=True, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return f"{prefix}_{hashlib.blake2b(payload.encode(), digest_size=ID_HEX_DIGITS // 2).hexdigest()}"


def case_key(case: Case) -> str:
    """The identity of a case: everything that a model sees or is graded by, and its own id."""
    images = [image.sha256 for image in case.images]
    return content_id(
        "case", case.id, case.question, list(case.options), case.answer, str(case.answer_type), case.tolerance, images
    )


def question_key(question: str, image_sha256: Sequence[str]) -> str:
    """The identity of what is asked, whatever the id: self-exclusion compares it (ARCHITECTURE.md, decision 6)."""
    return content_id("q", " ".join(question.split()).casefold(), sorted(image_sha256))


def key_hash(key: str) -> int:
    """64 bits of a case key or question key: enough to compare by."""
    return int.from_bytes(hashlib.blake2b(key.encode(), digest_size=8).digest(), "little")


def attempt_id(case: str, snapshot_id: str, settings_digest: str, arm: str, round_number: int) -> str:
    """``settings_digest`` covers the solver's and critics' settings; ``arm`` is ``learn`` or an evaluation arm's name."""
    return content_id("att", case, snapshot_id, settings_digest, arm, round_number)


def candidate_id(attempt: str, stream: Stream) -> str:
    return content_id("cand", attempt, str(stream))
