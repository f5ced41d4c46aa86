"""What is known of a version before it is asked: its proof, its comparison with the one before, who waived what."""

from app.services.proving.encoding import finding_key
from app.services.proving.keeping import (
    ComparisonState,
    FindingNotFound,
    ProofState,
    ReasonIsMissing,
    Waiver,
    comparison_of,
    covering_of,
    is_waivable,
    proof_of,
    published_before,
    read_reason,
    request_comparison,
    request_proof,
    waive_finding,
)

__all__ = [
    "ComparisonState",
    "FindingNotFound",
    "ProofState",
    "ReasonIsMissing",
    "Waiver",
    "comparison_of",
    "covering_of",
    "finding_key",
    "is_waivable",
    "proof_of",
    "published_before",
    "read_reason",
    "request_comparison",
    "request_proof",
    "waive_finding",
]
