"""The routes of accounts. Signing in and out stand in the place of Flask-Security's own views."""

from __future__ import annotations

from flask import Blueprint, Response, get_flashed_messages, redirect, request, session
from flask.blueprints import BlueprintSetupState
from flask_security import current_user
from flask_security.core import FormInfo
from werkzeug.wrappers import Response as Redirect

from app.services import accounts, second_factor, sign_ins
from app.web import pages
from app.web.account import factors, journal, people, questionnaires, steps
from app.web.account.passwords import ChangePasswordForm

LANGUAGES = ("fr", "en")

blueprint = Blueprint("account", __name__, url_prefix="/account", template_folder="templates")
_staff = pages.requires("administrator", "designer", "analyst", "interviewer")
_administrator = pages.requires("administrator")


@blueprint.record_once
def _install(state: BlueprintSetupState) -> None:
    state.app.extensions["security"].set_form_info("change_password_form", FormInfo(cls=ChangePasswordForm))


@blueprint.get("/")
@_staff
def home() -> Response:
    """Who is signed in, what they may do, what opens their account and from where it is open."""
    # Flask-Security announces a changed password in its own words; the page says it in ours.
    was_changed = bool(get_flashed_messages(category_filter=["success"]))
    alive = sign_ins.current(pages.session(), current_user.id)
    key = session.get("sign_in", "")
    return pages.render(
        "account/home.html",
        roles=[role.name for role in current_user.roles],
        was_changed=was_changed,
        sessions=[(one, sign_ins.key_is_of(one, key)) for one in alive],
        codes_left=len(current_user.recovery_codes or []),
        is_required=second_factor.is_required(pages.platform().settings, current_user),
    )


@blueprint.post("/language")
@pages.public
def choose_language() -> Redirect:
    """Remember the language of the pages for this session, and for the account of who is signed in."""
    chosen = request.form.get("language", "")
    if chosen in LANGUAGES:
        session["language"] = chosen
        if current_user.is_authenticated:
            accounts.hold(pages.session(), current_user.id).language = chosen
    return redirect(steps.own_path(request.form.get("next", "")), 303)


@blueprint.post("/sessions/<int:sign_in_id>/end")
@_staff
def end_session(sign_in_id: int) -> Redirect:
    """End one session of one's own."""
    sign_ins.end(pages.session(), current_user, current_user.id, only=sign_in_id)
    return redirect("/account/#sessions", 303)


@blueprint.post("/sessions/end")
@_staff
def end_other_sessions() -> Redirect:
    """End every session of one's own but this one."""
    sign_ins.end(pages.session(), current_user, current_user.id, but=session.get("sign_in", ""))
    return redirect("/account/#sessions", 303)


both = ["GET", "POST"]
lazy = pages.lazy
for rule, own, methods in (
    ("/second-step", pages.public(factors.second_step), both),
    ("/authenticator", pages.public(factors.set_up_authenticator), both),
    ("/authenticator/remove", _staff(steps.fresh(factors.remove_authenticator)), ["POST"]),
    ("/codes", _staff(steps.fresh(factors.new_codes)), ["POST"]),
    ("/codes.txt", pages.public(factors.codes_file), ["POST"]),
    ("/passkey", pages.public(lazy("app.web.account.passkeys.use_passkey")), both),
    ("/passkeys/add", _staff(steps.fresh(lazy("app.web.account.passkeys.add_passkey"))), both),
    (
        "/passkeys/<int:passkey_id>/remove",
        _staff(steps.fresh(lazy("app.web.account.passkeys.remove_passkey"))),
        ["POST"],
    ),
    ("/provider", pages.public(lazy("app.web.account.provider.ask_provider")), ["GET"]),
    ("/provider/answer", pages.public(lazy("app.web.account.provider.provider_answer")), ["GET"]),
    ("/invitation/<code>", pages.public(people.accept_invitation), both),
    ("/people", _administrator(people.people), both),
    ("/people/<int:user_id>", _administrator(people.person), both),
    ("/people/invitations/<int:invitation_id>/withdraw", _administrator(people.withdraw_invitation), ["POST"]),
    ("/rights/<key>", _administrator(questionnaires.questionnaire_rights), both),
    ("/journal", _administrator(journal.journal), ["GET"]),
    ("/journal.csv", _administrator(journal.journal_csv), ["GET"]),
    ("/journal.jsonl", _administrator(journal.journal_lines), ["GET"]),
):
    blueprint.add_url_rule(rule, view_func=own, methods=methods)
