"""Consolidation: candidates in, general rules out (ViLoMem, sec. 3.4), derived anew from the log and never from earlier rules."""

from vilomem_core.consolidation.consolidate import consolidate
from vilomem_core.consolidation.log import GuidelineLog
from vilomem_core.consolidation.result import Consolidation
from vilomem_core.consolidation.settings import ConsolidationSettings
from vilomem_core.consolidation.usage import RecallOutcome

__all__ = ["Consolidation", "ConsolidationSettings", "GuidelineLog", "RecallOutcome", "consolidate"]
