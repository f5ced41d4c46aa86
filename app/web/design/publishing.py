"""Publishing a version, now or later, and retiring it: what is still missing, what the act does, the act."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_security import current_user
from werkzeug.wrappers import Response as Redirect

from app.models import QuestionnaireVersion
from app.services import authoring, ledgers, passages, proving, releasing, reviewing, rights
from app.services.authoring import (
    ChangesAreUnconfirmed,
    ContentHasChanged,
    DraftIsUnsettled,
    ReviewIsMissing,
    VersionHasFindings,
    VersionIsUnproven,
)
from app.services.releasing import MomentIsPast
from app.services.windows import TimeDoesNotExist, TimeIsMalformed, read_paris, write_paris
from app.web import pages
from app.web.design.making_forms import PublishForm
from app.web.design.views import find_version

_TOLD_BY_THE_PAGE = (
    VersionIsUnproven,
    VersionHasFindings,
    ChangesAreUnconfirmed,
    DraftIsUnsettled,
    ReviewIsMissing,
)


def publish(version_id: int) -> Response | Redirect:
    """Say what publishing does and what it still needs, then freeze the draft that was read here, or plan to."""
    find_version(version_id)
    version = pages.session().get_one(QuestionnaireVersion, version_id)
    form = PublishForm(
        message=version.message or "", at=write_paris(version.publishes_at) if version.publishes_at else ""
    )
    is_other = False
    if form.validate_on_submit():
        try:
            return _publish(version_id, form)
        except ContentHasChanged:
            is_other = True
        except _TOLD_BY_THE_PAGE:
            # The page says which of them it is.
            pass
        except (TimeIsMalformed, TimeDoesNotExist):
            form.at.errors = [_("Donnez une date et une heure, comme 2027-03-15T08:00.")]
        except MomentIsPast:
            form.at.errors = [_("Cette heure est passée. Donnez-en une à venir.")]
    status = 409 if request.method == "POST" else 200
    return pages.render("design/publish.html", status=status, form=form, is_other=is_other, **_needs(version_id))


def _publish(version_id: int, form: PublishForm) -> Redirect:
    """Do what the button asks for."""
    session, needs_review = pages.session(), pages.platform().settings.needs_review
    seen, said = request.form.get("seen", ""), form.message.data
    act = request.form.get("act", "publish")
    if act == "schedule":
        at = read_paris(form.at.data)
        releasing.schedule_version(session, current_user, version_id, at, seen, message=said, needs_review=needs_review)
        flash(_("La publication est prévue. Toute modification du brouillon l’annule."), "done")
        return redirect(url_for("design.publish", version_id=version_id), 303)
    if act == "unschedule":
        releasing.cancel_schedule(session, current_user, version_id)
        flash(_("La publication prévue est annulée."), "done")
        return redirect(url_for("design.publish", version_id=version_id), 303)
    authoring.publish_version(session, version_id, current_user, seen, message=said, needs_review=needs_review)
    flash(_("La version est publiée. Elle ne change plus."), "done")
    return redirect(url_for("design.version", version_id=version_id), 303)


def _needs(version_id: int) -> dict[str, Any]:
    """What the publication of a version still needs, and what it would do."""
    session = pages.session()
    summary, model = find_version(version_id)
    version = session.get_one(QuestionnaireVersion, version_id)
    state, waiting = proving.proof_of(session, version_id), ledgers.unconfirmed(session, version_id)
    is_settled, is_approved = authoring.is_settled(session, version_id), reviewing.is_approved(session, version)
    needs_review = pages.platform().settings.needs_review
    may_publish = rights.may(session, current_user, version.questionnaire_id, "publish")
    is_proven = state.proof is not None and not state.blocking and waiting == ()
    return {
        "version": summary,
        "questionnaire": model,
        "state": state,
        "waiting": waiting,
        "old": proving.published_before(session, version),
        "is_settled": is_settled,
        "is_approved": is_approved,
        "needs_review": needs_review,
        "may_publish": may_publish,
        "publishes_at": version.publishes_at,
        "problem": version.schedule_problem,
        "behind": [passages.fates_of(session, one, version_id) for one in passages.waves_behind(session, version_id)],
        "is_ready": is_proven and is_settled and may_publish and (is_approved or not needs_review),
    }


def retire(version_id: int) -> Response | Redirect:
    """Say what retiring a version does, then do it; or have a retired one back."""
    summary, model = find_version(version_id)
    if summary.status == "draft":
        abort(404)
    session = pages.session()
    if request.method == "POST":
        if summary.status == "retired":
            releasing.reinstate_version(session, current_user, version_id)
            flash(_("La version peut de nouveau partir sur le terrain."), "done")
        else:
            releasing.retire_version(session, current_user, version_id)
            flash(_("La version est retirée. Les vagues en cours continuent."), "done")
        return redirect(url_for("design.questionnaire", key=summary.questionnaire_key), 303)
    waves = releasing.history_of(session, [version_id])[version_id].waves
    return pages.render("design/retire.html", version=summary, questionnaire=model, waves=waves)
