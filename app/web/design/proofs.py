"""The proof of a version: how far it is, what it found, the respondents who show it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response, abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_security import current_user
from werkzeug.wrappers import Response as Redirect

from app.services import authoring, proving, rights
from app.services.problem_messages import message
from app.services.proving import FindingNotFound, ProofState, Waiver, finding_key
from app.services.proving.saying import Journey, journey
from app.web import formats, pages
from app.web.design.forms import WaiveForm
from app.web.design.views import find_version, reading_language
from questionnaires import piping
from questionnaires.model import Questionnaire
from questionnaires.problems import Place, Severity
from questionnaires.proofs.respondents import Finding

EVERY_MILLISECONDS = 1500
GRAVITY = (Severity.BLOCKING, Severity.WARNING, Severity.INFORMATION)


@dataclass(frozen=True, slots=True)
class Where:
    """Where something is: in words, with the element to go to on the page of the version, or the page to preview."""

    words: str
    anchor: str = ""
    page: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A finding in words. `key`: see `finding_key`; `is_waivable`: a person may let it pass; `waiver`: who does."""

    key: str
    sentence: str
    severity: str
    where: Where
    journey: Journey | None
    is_waivable: bool
    waiver: Waiver | None


def proof(version_id: int) -> Response | Redirect:
    """The proof of a version; a POST asks for it."""
    summary, model = find_version(version_id)
    if request.method == "POST":
        proving.request_proof(pages.session(), pages.platform().sender, version_id)
        return redirect(url_for("design.proof", version_id=version_id), 303)
    return pages.render(
        "design/proof.html",
        version=summary,
        questionnaire=model,
        before=version_before(summary.questionnaire_key, version_id),
        **_context(version_id, model),
    )


def proof_part(version_id: int) -> Response:
    """What the proof says now: the part of the page that keeps itself fresh."""
    summary, model = find_version(version_id)
    return pages.render("design/proof_part.html", version=summary, questionnaire=model, **_context(version_id, model))


def waive(version_id: int, finding: str) -> Response | Redirect:
    """Let an undecided finding pass, with a reason, by the name of who is signed in."""
    summary, model = find_version(version_id)
    state = proving.proof_of(pages.session(), version_id)
    shown = next((one for one in found_in(state, model, reading_language(model)) if one.key == finding), None)
    if shown is None or not shown.is_waivable:
        abort(404)
    form = WaiveForm()
    if form.validate_on_submit():
        rights.require(pages.session(), current_user, summary.questionnaire_id, "edit")
        try:
            proving.waive_finding(pages.session(), current_user, version_id, finding, form.reason.data)
        except FindingNotFound:
            abort(404)
        flash(_("Le constat ne retient plus la publication. Votre nom et votre raison sont gardés."), "done")
        return redirect(url_for("design.proof", version_id=version_id), 303)
    return pages.render("design/waive.html", version=summary, questionnaire=model, form=form, found=shown)


def found_in(state: ProofState, model: Questionnaire, language: str) -> tuple[Found, ...]:
    """The findings in words, the gravest first."""
    if state.proof is None:
        return ()
    waived = {one.key: one for one in state.waivers}
    ordered = sorted(state.proof.findings, key=lambda one: GRAVITY.index(one.problem.severity))
    return tuple(_found(one, waived, model, language) for one in ordered)


def place_in_words(place: Place, model: Questionnaire, language: str) -> Where:
    """The question, else the page, that a problem is about."""
    names = {one.name for one in model.questions}
    name = (place.question or "").partition("[")[0]
    if name in names:
        text = piping.outline(model.question(name).text.in_(language), named=True)
        return Where(text, name, model.page_of(name).name)
    if place.page is not None and (base := place.page.partition(".")[0]) in {one.name for one in model.pages}:
        page = model.page(base)
        words = _("Page « %(title)s »", title=piping.outline(page.title.in_(language), named=True))
        return Where(words, page.questions[0].name if page.questions else "", base)
    return Where(place.variable or place.path or "")


def version_before(key: str, version_id: int) -> authoring.VersionSummary | None:
    """The version made before this one, of the same questionnaire."""
    found = next(one for one in authoring.list_questionnaires(pages.session()) if one.key == key)
    ids = [one.id for one in found.versions]
    older = found.versions[ids.index(version_id) + 1 :]
    return older[0] if older else None


def _found(finding: Finding, waived: Mapping[str, Waiver], model: Questionnaire, language: str) -> Found:
    key = finding_key(finding.problem)
    return Found(
        key=key,
        sentence=message(finding.problem, formats.language(), model),
        severity=finding.problem.severity.value,
        where=place_in_words(finding.problem.place, model, language),
        journey=None if finding.witness is None else journey(model, finding.witness, language),
        is_waivable=proving.is_waivable(finding),
        waiver=waived.get(key) if proving.is_waivable(finding) else None,
    )


def _context(version_id: int, model: Questionnaire) -> dict[str, Any]:
    state, language = proving.proof_of(pages.session(), version_id), reading_language(model)
    findings = found_in(state, model, language)
    covering: Sequence[Journey] = ()
    outside: list[tuple[str, Where]] = []
    if state.proof is not None:
        covering = [journey(model, one, language) for one in state.proof.covering]
        outside = [(one.reason, place_in_words(one.place, model, language)) for one in state.proof.outside]
    return {
        "state": state,
        "language": language,
        "findings": findings,
        "blocking": [one for one in findings if one.severity == Severity.BLOCKING and one.waiver is None],
        "covering": covering,
        "outside": outside,
        "is_busy": state.status in ("queued", "running"),
        "every": EVERY_MILLISECONDS,
    }
