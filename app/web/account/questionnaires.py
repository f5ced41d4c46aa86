"""Who may read, edit and publish a questionnaire, for administrators."""

from __future__ import annotations

from flask import Response, abort, flash, redirect, request, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_security import current_user
from werkzeug.wrappers import Response as Redirect

from app.services import authoring, rights, staffing
from app.web import pages


def questionnaire_rights(key: str) -> Response | Redirect:
    """Name who may what on a questionnaire, or open it to every designer again."""
    database = pages.session()
    found = next((one for one in authoring.list_questionnaires(database) if one.key == key), None)
    if found is None:
        abort(404)
    held = rights.rights_of(database, found.id)
    people = [one for one in staffing.everyone(database) if one.has_role("designer") or one.id in held]
    chosen, problem = dict(held), ""
    if request.method == "POST":
        is_open = request.form.get("act") == "open"
        given = {} if is_open else {one.id: request.form.get(f"right-{one.id}", "") for one in people}
        chosen = {user_id: right for user_id, right in given.items() if right}
        if not set(chosen.values()) <= set(rights.RIGHTS):
            abort(400)
        if chosen or is_open:
            rights.set_rights(database, current_user, found.id, chosen)
            flash(_("Les droits sont enregistrés."), "done")
            return redirect(url_for("account.questionnaire_rights", key=key), 303)
        problem = _("Nommez au moins une personne, ou ouvrez le questionnaire à toute la conception.")
    return pages.render(
        "account/rights.html",
        key=key,
        title=found.title.in_(str(get_locale())),
        people=people,
        names=right_names(),
        held=held,
        chosen=chosen,
        problem=problem,
        status=422 if problem else 200,
    )


def right_names() -> dict[str, str]:
    """Each right in words, from none to the largest."""
    return {
        "": _("Aucun droit"),
        "read": _("Lire"),
        "edit": _("Lire et modifier"),
        "publish": _("Lire, modifier, publier"),
    }
