"""Ids come from content, not from chance: running the same thing twice writes the same rows. And many of them in little memory."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import overload

from vilomem_core.types import Case, Stream

ID_HEX_DIGITS = 24  # 96 bits: a collision among 10 million rows has a probability below 1e-15
CASE_PREFIX = "case_"
KEY_BYTES = ID_HEX_DIGITS // 2


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


class CaseKeys(Sequence[str]):
    """The cases of a data set by their keys, in order, at 12 bytes each.

    A list of texts would take 86 bytes a case, most of a gigabyte for ten million.
    Slices are of the same kind. Slotted, so that an orchestrator shows it by its name and does not store it with a flow's
    parameters (Prefect refuses more than 512 kB of them).
    """

    __slots__ = ("_packed",)

    def __init__(self, keys: Iterable[str] = ()) -> None:
        """Raises ``ValueError`` for a text that is not a case key."""
        self._packed = bytearray()
        for key in keys:
            self.append(key)

    def append(self, key: str) -> None:
        packed = bytes.fromhex(key.removeprefix(CASE_PREFIX))
        if len(packed) != KEY_BYTES or key != f"{CASE_PREFIX}{packed.hex()}":
            raise ValueError(f"{key!r} is not the key of a case")
        self._packed += packed

    def __len__(self) -> int:
        return len(self._packed) // KEY_BYTES

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> CaseKeys: ...
    def __getitem__(self, index: int | slice) -> str | CaseKeys:
        if isinstance(index, int):
            return self._at(range(len(self))[index])
        places = range(len(self))[index]
        if places.step != 1:
            return CaseKeys(self._at(place) for place in places)
        some = CaseKeys()
        some._packed = self._packed[places.start * KEY_BYTES : places.stop * KEY_BYTES]
        return some

    def __iter__(self) -> Iterator[str]:
        return (self._at(place) for place in range(len(self)))

    def __eq__(self, other: object) -> bool:
        return self._packed == other._packed if isinstance(other, CaseKeys) else NotImplemented

    __hash__ = None  # type: ignore[assignment]  # it grows while a data set is read

    def __repr__(self) -> str:
        return f"<{len(self)} case keys>"

    def _at(self, place: int) -> str:
        return f"{CASE_PREFIX}{self._packed[place * KEY_BYTES : (place + 1) * KEY_BYTES].hex()}"
