"""One's account, and the language of the pages. Signing in and out are Flask-Security's own views."""

from __future__ import annotations

from flask import Blueprint, Response, get_flashed_messages, redirect, request, session
from flask.blueprints import BlueprintSetupState
from flask_security import current_user
from flask_security.core import FormInfo
from werkzeug.wrappers import Response as Redirect

from app.web import pages
from app.web.account.passwords import ChangePasswordForm

LANGUAGES = ("fr", "en")

blueprint = Blueprint("account", __name__, url_prefix="/account", template_folder="templates")


@blueprint.record_once
def _use_own_forms(state: BlueprintSetupState) -> None:
    state.app.extensions["security"].set_form_info("change_password_form", FormInfo(cls=ChangePasswordForm))


@blueprint.get("/")
@pages.requires("administrator", "designer", "analyst", "interviewer")
def home() -> Response:
    """Who is signed in, what they may do, their password."""
    # Flask-Security announces a changed password in its own words; the page says it in ours.
    was_changed = bool(get_flashed_messages(category_filter=["success"]))
    return pages.render("account/home.html", roles=[role.name for role in current_user.roles], was_changed=was_changed)


@blueprint.post("/language")
@pages.public
def choose_language() -> Redirect:
    """Remember the language of the pages for this session."""
    chosen = request.form.get("language", "")
    if chosen in LANGUAGES:
        session["language"] = chosen
    return redirect(_own_path(request.form.get("next", "")), 303)


def _own_path(target: str) -> str:
    """A path of this site, never another site: anything else leads to the account."""
    is_path = target.startswith("/") and not target.startswith(("//", "/\\")) and target.isprintable()
    return target if is_path else "/account/"
