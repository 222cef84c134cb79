"""Case loops that are closed when their test ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from typing import TypeAlias

import pytest

from vilomem_core.learning.loop import CaseLoop
from vilomem_core.learning.plan import Embedders, LoopPlan, RoleModels
from vilomem_core.recall.recaller import Recaller

MakeLoop: TypeAlias = Callable[[LoopPlan, RoleModels, Embedders, Recaller | None], CaseLoop]


@pytest.fixture
def make_loop() -> Iterator[MakeLoop]:
    with ExitStack() as stack:
        yield lambda *parts: stack.enter_context(closing(CaseLoop(*parts)))
