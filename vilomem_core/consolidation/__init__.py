"""Consolidation: candidates in, general rules out (ViLoMem, sec. 3.4). Entrance: `consolidate.consolidate`."""
