"""What one round holds fixed, for tests of the loop."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from vilomem_core.learning.plan import LoopPlan, RoleSampling
from vilomem_core.protocols import Sampling
from vilomem_core.settings.method import GateSettings, HeatmapSettings, RecallSettings, VerificationSettings

EACH = Sampling()
PLAN = LoopPlan(
    settings_digest="set_test",
    snapshot_id="",
    arm="learn",
    round=1,
    reflect=True,
    sampling=RoleSampling(EACH, EACH, EACH, EACH),
    verification=VerificationSettings(),
    gate=GateSettings(),
    recall=RecallSettings(),
    heatmap=HeatmapSettings(),
)


def plan_with(**values: Any) -> LoopPlan:
    """A learning round without memory and with default settings, but for ``values``."""
    return replace(PLAN, **values)
