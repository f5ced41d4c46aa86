"""Publishing a version: what is still missing, and the act."""

from __future__ import annotations

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_security import current_user
from werkzeug.wrappers import Response as Redirect

from app.models import QuestionnaireVersion
from app.services import authoring, ledgers, proving
from app.services.authoring import ChangesAreUnconfirmed, ContentHasChanged, VersionHasFindings, VersionIsUnproven
from app.web import pages
from app.web.design.views import find_version


def publish(version_id: int) -> Response | Redirect:
    """Say what publishing does and what it still needs, then freeze the draft that was read here."""
    find_version(version_id)
    session = pages.session()
    is_other = False
    if request.method == "POST":
        try:
            authoring.publish_version(session, version_id, current_user, request.form.get("seen", ""))
        except ContentHasChanged:
            is_other = True
        except (VersionIsUnproven, VersionHasFindings, ChangesAreUnconfirmed):
            # The page says which of them it is.
            pass
        else:
            flash(_("La version est publiée. Elle ne change plus."), "done")
            return redirect(url_for("design.version", version_id=version_id), 303)
    summary, model = find_version(version_id)
    state = proving.proof_of(session, version_id)
    waiting = ledgers.unconfirmed(session, version_id)
    return pages.render(
        "design/publish.html",
        status=409 if request.method == "POST" else 200,
        version=summary,
        questionnaire=model,
        state=state,
        waiting=waiting,
        old=proving.published_before(session, session.get_one(QuestionnaireVersion, version_id)),
        is_ready=state.proof is not None and not state.blocking and waiting == (),
        is_other=is_other,
    )
