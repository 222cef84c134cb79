"""Consolidation: memories as a view derived from the candidate log."""
