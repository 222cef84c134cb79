"""The cases of a data set by their keys, in order: what a run holds of each case from its first step to its last."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import overload

from vilomem_core.ids import ID_HEX_DIGITS

PREFIX = "case_"
KEY_BYTES = ID_HEX_DIGITS // 2


class CaseKeys(Sequence[str]):
    """Case keys (``vilomem_core.ids.case_key``) at 12 bytes each; a list of texts would take 86, most of a gigabyte for ten million.

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
        packed = bytes.fromhex(key.removeprefix(PREFIX))
        if len(packed) != KEY_BYTES or key != f"{PREFIX}{packed.hex()}":
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
        return f"{PREFIX}{self._packed[place * KEY_BYTES : (place + 1) * KEY_BYTES].hex()}"
