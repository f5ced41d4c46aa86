"""What is wrong with a draft, beside the element that it is about: in words, with an example and what shows it."""

from __future__ import annotations

import collections
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from app.services import proving
from app.services.drafting import Draft
from app.services.problem_messages import message
from app.services.proving import ProofState, finding_key
from app.services.proving.saying import Journey, journey
from app.web import formats
from questionnaires import editing
from questionnaires.editing import Document
from questionnaires.model import Questionnaire
from questionnaires.problems import Problem, Severity
from questionnaires.proofs.respondents import Finding

MOST_STEPS = 3
"""Answers that an example names: the last ones, which lead to what it shows."""
_GRAVITY = (Severity.BLOCKING, Severity.WARNING, Severity.INFORMATION)


@dataclass(frozen=True, slots=True)
class Shown:
    """A problem beside its element.

    `field`: the property that it is about, empty for the whole element. `example`: somebody who shows it, in words;
    empty without one. `show`: where the form of « Montrer » is posted, with `finding` = `key`, or `at` = `element`
    where `has_witness` is false. `is_waived`: a person lets it pass.
    """

    element: int
    field: str
    sentence: str
    severity: str
    example: str
    key: str
    show: str
    has_witness: bool = False
    is_waived: bool = False

    @property
    def is_blocking(self) -> bool:
        """Whether it keeps the version from being published."""
        return self.severity == Severity.BLOCKING and not self.is_waived


@dataclass(frozen=True, slots=True)
class Languages:
    """How far the texts are in a language: those written, of those to be written."""

    code: str
    done: int
    total: int

    @property
    def words(self) -> str:
        """« fr complet », « en 9 sur 11 »."""
        if self.done >= self.total:
            return str(_("%(language)s complet", language=self.code))
        return str(_("%(language)s %(done)s sur %(total)s", language=self.code, done=self.done, total=self.total))


@dataclass(frozen=True, slots=True)
class Standing:
    """What the status bar says. `check`: `done`, `pending` or `failed`; `seconds`: from the last edit to its proof."""

    check: str
    blocking: int
    warnings: int
    seconds: float | None
    pages: int
    questions: int
    minutes: int
    languages: tuple[Languages, ...]

    @property
    def words(self) -> str:
        """The check in one sentence."""
        if self.check == "failed":
            return str(_("La vérification s’est interrompue. Elle reprendra à la prochaine modification."))
        if self.check == "pending":
            return str(_("Vérification en cours"))
        if self.blocking:
            return str(ngettext("%(num)s problème à régler", "%(num)s problèmes à régler", self.blocking))
        return str(_("Rien ne retient la publication"))


def problems_by_element(
    draft: Draft, language: str, state: ProofState, model: Questionnaire
) -> Mapping[int, tuple[Shown, ...]]:
    """Every problem of a draft by the element that it is about, the gravest first; 0 is the questionnaire itself.

    What keeps the document from being read or checked, and what the proof found in its last content that could be
    proven: `standing` tells whether that is the content of now. `language`: one of the version, for its own texts.
    `state`: the proof of that content, `model`: what it says.
    """
    document, version_id = draft.document, draft.version_id
    found = [_static(version_id, document, problem) for problem in draft.problems]
    if state.proof is not None and not any(one.is_blocking for one in draft.problems):
        waived = {one.key for one in state.waivers}
        teller = _Teller(version_id, document, model, language if language in model.languages else "", waived)
        found += [teller.tell(one) for one in state.proof.findings]
    grouped: dict[int, list[Shown]] = {}
    for one in sorted(found, key=lambda one: _GRAVITY.index(Severity(one.severity))):
        grouped.setdefault(one.element, []).append(one)
    return {element: tuple(every) for element, every in grouped.items()}


def standing(
    draft: Draft, problems: Mapping[int, Sequence[Shown]], state: ProofState, model: Questionnaire
) -> Standing:
    """The status bar of a draft: how far its check is, how many problems, what it is made of."""
    every = [one for group in problems.values() for one in group]
    kinds = collections.Counter(node.kind for node in draft.document.nodes.values())
    return Standing(
        check=_check(draft, state),
        blocking=sum(one.is_blocking for one in every),
        warnings=sum(one.severity == Severity.WARNING for one in every),
        seconds=_seconds(draft, state),
        pages=kinds["page"],
        questions=kinds["question"],
        minutes=model.minutes,
        languages=_languages(draft.document),
    )


def _check(draft: Draft, state: ProofState) -> str:
    """How far the check of this very document is."""
    if draft.checked < draft.revision:
        return "pending"
    if any(one.is_blocking for one in draft.problems) or state.status == "done":
        return "done"
    return "failed" if state.status == "failed" else "pending"


def _seconds(draft: Draft, state: ProofState) -> float | None:
    """From the last edit to its proof; None for a content that was proven before that edit."""
    changed, made = draft.updated_at, state.made_at
    return None if changed is None or made is None or made < changed else (made - changed).total_seconds()


class _Teller:
    """Puts the findings of a proof into words."""

    def __init__(
        self, version_id: int, document: Document, model: Questionnaire, language: str, waived: Collection[str]
    ) -> None:
        self.version_id, self.document, self.model = version_id, document, model
        self.language, self.waived = language or model.first_language, waived

    def tell(self, finding: Finding) -> Shown:
        """A finding beside its element."""
        key, witness = finding_key(finding.problem), finding.witness
        spot = editing.place_of(self.document, finding.problem.place)
        return Shown(
            element=spot.element,
            field=spot.key,
            sentence=message(finding.problem, formats.language(), self.model),
            severity=finding.problem.severity.value,
            example="" if witness is None else example(journey(self.model, witness, self.language)),
            key=key,
            show=url_for("design.show", version_id=self.version_id),
            has_witness=witness is not None,
            is_waived=key in self.waived and proving.is_waivable(finding),
        )


def example(told: Journey) -> str:
    """Somebody in one line: what is known of them, then their last answers."""
    known = [f"{label} = {value}" for label, value in told.known]
    answered = [one for one in told.steps if one.answer]
    said = [
        _(
            "%(question)s → %(answer)s",
            question=f"{one.question} ({one.row})" if one.row else one.question,
            answer=one.answer,
        )
        for one in answered[-MOST_STEPS:]
    ]
    more = ["…"] if len(answered) > MOST_STEPS else []
    return " · ".join((*known, *more, *said))


def _static(version_id: int, document: Document, problem: Problem) -> Shown:
    """A problem of the document itself."""
    spot = editing.place_of(document, problem.place)
    return Shown(
        element=spot.element,
        field=spot.key,
        sentence=message(problem, formats.language()),
        severity=problem.severity.value,
        example="",
        key=finding_key(problem),
        show=url_for("design.show", version_id=version_id),
    )


def _languages(document: Document) -> tuple[Languages, ...]:
    """How far each language of the document is."""
    declared = document.root.get("languages")
    codes = [str(one) for one in declared] if isinstance(declared, list | tuple) else []
    written = [document.nodes[spot.element].tree[spot.key] for spot in editing.texts(document)]
    return tuple(
        Languages(code, sum(bool(str(one.get(code, "")).strip()) for one in written), len(written)) for code in codes
    )
