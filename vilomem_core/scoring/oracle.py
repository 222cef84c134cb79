"""A judge that knows the labels: how well consolidation does with a judge that is never wrong, or wrong at a known rate."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping

from vilomem_core.errors import ReplyUnusable, SettingsError
from vilomem_core.protocols import ChatReply, ChatRequest
from vilomem_core.types import Role, Usage


class Oracle:
    """A judge that answers from the labels, and errs with a given rate: always the same way for the same pair and seed."""

    def __init__(self, families: Mapping[str, str], error_rate: float, seed: int = 0) -> None:
        self.calls: list[str] = []
        self._families = families
        self._error_rate = error_rate
        self._seed = seed

    @property
    def name(self) -> str:
        return f"oracle:{self._error_rate:g}"

    def fresh(self) -> Oracle:
        """The same judge with no calls counted."""
        return Oracle(self._families, self._error_rate, self._seed)

    async def complete(self, request: ChatRequest) -> ChatReply:
        if request.role is not Role.MERGER:
            raise ReplyUnusable("the oracle judges pairs and writes no rules")
        left, _, right = request.case_id.partition("+")
        self.calls.append(left)
        same = self._families[left] == self._families[right]
        if random.Random(f"{self._seed}:{left}+{right}").random() < self._error_rate:
            same = not same
        return ChatReply(json.dumps({"same": same, "reason": "labels"}), self.name, usage=Usage(calls=1))

    async def aclose(self) -> None:
        """Nothing to give back."""


def error_rate(judge: str) -> float | None:
    """None for no judge. Raises ``SettingsError`` for anything but none, oracle and oracle:RATE."""
    name, _, rate = judge.partition(":")
    if name == "none" and not rate:
        return None
    try:
        value = float(rate) if rate else 0.0
    except ValueError:
        value = -1.0
    if name != "oracle" or not 0.0 <= value < 1.0:
        raise SettingsError(f"judge is {judge!r}; it must be none, oracle or oracle:ERROR_RATE, such as oracle:0.1.")
    return value
