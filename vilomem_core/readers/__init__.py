"""Data sets to cases: JSONL, VLMEvalKit TSV and HuggingFace-style Parquet; what is wrong with a row comes out as a problem."""

from vilomem_core.readers.problems import Problem, Severity
from vilomem_core.readers.read import CheckReport, check, read_cases
from vilomem_core.settings.tree import ReaderSettings

__all__ = ["CheckReport", "Problem", "ReaderSettings", "Severity", "check", "read_cases"]
