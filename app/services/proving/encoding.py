"""The JSON forms of a proof and of a comparison, as rows and shipped files keep them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from questionnaires.comparison import (
    BaseStatus,
    BaseVerdict,
    Change,
    ChangeKind,
    ComparabilityClass,
    Comparison,
)
from questionnaires.model import decode_context, decode_given, encode_given
from questionnaires.problems import Place, Problem, Severity
from questionnaires.proofs.respondents import Finding, Outside, Proof, Respondent

Document = Mapping[str, Any]


def encode_proof(proof: Proof) -> dict[str, Any]:
    """The JSON form of a proof, read back by `decode_proof`."""
    return {
        "findings": [
            {"problem": encode_problem(one.problem), "witness": _encode_somebody(one.witness)} for one in proof.findings
        ],
        "outside": [{"reason": one.reason, "place": _encode_place(one.place)} for one in proof.outside],
        "covering": [encode_respondent(one) for one in proof.covering],
        "goals": proof.goals,
        "solved": proof.solved,
        "undecided": proof.undecided,
    }


def decode_proof(document: Document) -> Proof:
    """Read what `encode_proof` wrote; raises KeyError, ValueError or GivenIsMalformed on anything else."""
    return Proof(
        findings=tuple(
            Finding(_decode_problem(one["problem"]), _decode_somebody(one["witness"])) for one in document["findings"]
        ),
        outside=tuple(Outside(one["reason"], Place(**one["place"])) for one in document["outside"]),
        covering=tuple(decode_respondent(one) for one in document["covering"]),
        goals=document["goals"],
        solved=document["solved"],
        undecided=document["undecided"],
    )


def encode_respondent(respondent: Respondent) -> dict[str, Any]:
    """The JSON form of a respondent: context, given answers, the page where the answers end."""
    return {
        "context": respondent.context.encode(),
        "given": encode_given(respondent.given),
        "until": respondent.until,
    }


def decode_respondent(document: Document) -> Respondent:
    """Read what `encode_respondent` wrote."""
    return Respondent(decode_context(document["context"]), decode_given(document["given"]), document["until"])


def encode_problem(problem: Problem) -> dict[str, Any]:
    """The JSON form of a problem: code, place, severity, data."""
    return {
        "code": problem.code,
        "place": _encode_place(problem.place),
        "severity": problem.severity.value,
        "data": {name: list(one) if isinstance(one, tuple) else one for name, one in problem.data.items()},
    }


def finding_key(problem: Problem) -> str:
    """The name of a finding in one content: its code, then what tells it from others of that code."""
    told = encode_problem(problem)
    told["place"].pop("line", None)
    digest = hashlib.sha256(json.dumps(told, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
    return f"{problem.code}-{digest[:12]}"


def encode_comparison(comparison: Comparison) -> dict[str, Any]:
    """The JSON form of a comparison, read back by `decode_comparison`."""
    # Reasons are mostly changes of the list, but may be made for one variable: all are kept, once each.
    known: dict[Change, int] = {}
    for one in (*comparison.changes, *(one for group in comparison.reasons.values() for one in group)):
        known.setdefault(one, len(known))
    return {
        "questionnaire": comparison.questionnaire,
        "old": comparison.old,
        "new": comparison.new,
        "known": [asdict(one) for one in known],
        "changes": [known[one] for one in comparison.changes],
        "classes": dict(comparison.classes),
        "reasons": {name: [known[one] for one in group] for name, group in comparison.reasons.items()},
        "bases": {name: _encode_base(one) for name, one in comparison.bases.items()},
        "formerly": dict(comparison.formerly),
        "questions": dict(comparison.questions),
    }


def decode_comparison(document: Document) -> Comparison:
    """Read what `encode_comparison` wrote."""
    known = [_decode_change(one) for one in document["known"]]
    return Comparison(
        questionnaire=document["questionnaire"],
        old=document["old"],
        new=document["new"],
        changes=tuple(known[index] for index in document["changes"]),
        classes={name: ComparabilityClass(one) for name, one in document["classes"].items()},
        reasons={name: tuple(known[index] for index in group) for name, group in document["reasons"].items()},
        bases={name: _decode_base(one) for name, one in document["bases"].items()},
        formerly=document["formerly"],
        questions=document["questions"],
    )


def _encode_place(place: Place) -> dict[str, Any]:
    return {name: one for name, one in asdict(place).items() if one is not None}


def _decode_problem(document: Document) -> Problem:
    data = {name: tuple(one) if isinstance(one, list) else one for name, one in document["data"].items()}
    return Problem(document["code"], Place(**document["place"]), Severity(document["severity"]), data)


def _encode_somebody(respondent: Respondent | None) -> dict[str, Any] | None:
    return None if respondent is None else encode_respondent(respondent)


def _decode_somebody(document: Document | None) -> Respondent | None:
    return None if document is None else decode_respondent(document)


def _decode_change(document: Document) -> Change:
    fields = dict(document)
    fields["kind"], fields["class_"] = ChangeKind(fields["kind"]), ComparabilityClass(fields["class_"])
    fields["variables"] = tuple(fields["variables"])
    return Change(**fields)


def _encode_base(verdict: BaseVerdict) -> dict[str, Any]:
    return {
        "status": verdict.status.value,
        "respondent": _encode_somebody(verdict.respondent),
        "respondent_in_old": _encode_somebody(verdict.respondent_in_old),
        "asked_in": verdict.asked_in,
        "variable": verdict.variable,
        "routes": verdict.routes,
    }


def _decode_base(document: Document) -> BaseVerdict:
    return BaseVerdict(
        status=BaseStatus(document["status"]),
        respondent=_decode_somebody(document["respondent"]),
        respondent_in_old=_decode_somebody(document["respondent_in_old"]),
        asked_in=document["asked_in"],
        variable=document["variable"],
        routes=document["routes"],
    )
