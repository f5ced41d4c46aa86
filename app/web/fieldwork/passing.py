"""A wave passes to a later version: what becomes of each response, said before; imported when first asked for."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, request
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_security import current_user
from werkzeug.wrappers import Response as Redirect

from app.models import Passage, Wave
from app.services import fieldwork, passages
from app.web import pages
from app.web.fieldwork.views import back, find_wave


def standing(wave: Wave) -> dict[str, Any]:
    """For the page of a wave: how many answers each version has, and the versions that it may pass to."""
    session = pages.session()
    return {"shares": passages.shares_of(session, wave.id), "successors": passages.successors(session, wave)}


def pass_wave(key: str, version_id: int) -> Response | Redirect:
    """Say what becomes of each response when the wave asks a later version, then pass to it."""
    found, error = find_wave(key), ""
    if version_id not in {one.id for one in passages.successors(pages.session(), found)}:
        abort(404)
    if request.method == "POST":
        fate = "move" if request.form.get("fate") == "move" else "finish"
        try:
            made = passages.pass_wave(
                pages.session(), current_user, key, version_id, fate, request.form.get("seen", type=int)
            )
            return back(found, _say_passed(made))
        except passages.MovingIsUnsafe:
            error = _("Les réponses en cours ne peuvent pas passer à cette version. Elles terminent sur la leur.")
        except passages.CountsHaveChanged:
            error = _("La vague a changé de version depuis que vous avez ouvert cette page. Relisez-la.")
        except passages.WeightingDoesNotFit:
            error = _("Le redressement de la vague ne convient pas à cette version. Changez-le d’abord.")
    return pages.render(
        "fieldwork/pass.html",
        status=409 if error else 200,
        wave=found,
        state=fieldwork.status_now(found),
        fates=passages.fates_of(pages.session(), found, version_id),
        error=error,
    )


def _say_passed(made: Passage) -> str:
    said: str = _("La vague passe à la nouvelle version.")
    if made.moved:
        said += " " + ngettext("%(num)s réponse en cours y passe.", "%(num)s réponses en cours y passent.", made.moved)
    if made.kept:
        said += " " + ngettext(
            "%(num)s réponse en cours termine sur sa version.",
            "%(num)s réponses en cours terminent sur leur version.",
            made.kept,
        )
    return said
