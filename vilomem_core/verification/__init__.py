"""Verification: does a reply commit to the gold answer? Extraction and comparison are apart."""

from vilomem_core.verification.comparison import compare
from vilomem_core.verification.extraction import extract
from vilomem_core.verification.records import Comparison, Extraction
from vilomem_core.verification.settings import VerificationSettings
from vilomem_core.verification.verify import verify, verify_with_judge

__all__ = ["Comparison", "Extraction", "VerificationSettings", "compare", "extract", "verify", "verify_with_judge"]
