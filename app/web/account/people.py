"""The accounts of the staff, for administrators; and the page behind the link of an invitation."""

from __future__ import annotations

from email_validator import EmailNotValidError, validate_email
from flask import Response, abort, current_app, flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_security import current_user, hash_password
from werkzeug.wrappers import Response as Redirect

from app.models import User
from app.models.accounts import ROLES
from app.services import accounts, second_factor, sign_ins, staffing
from app.web import pages
from app.web.account import steps


def people() -> Response:
    """All accounts, the invitations that stand; a form to invite a colleague."""
    database, problem, link = pages.session(), "", ""
    email, roles = request.form.get("email", "").strip(), request.form.getlist("roles")
    if request.method == "POST":
        try:
            address = validate_email(email, check_deliverability=False, test_environment=True).normalized
            code = staffing.invite(database, current_user, address, roles)
            link = pages.own_address() + url_for("account.accept_invitation", code=code)
        except EmailNotValidError:
            problem = _("Cette adresse n’est pas complète : écrivez-la comme nom@exemple.fr.")
        except accounts.AccountExists:
            problem = _("Cette adresse a déjà un compte : retrouvez-le dans la liste.")
        except accounts.RoleIsUnknown:
            problem = _("Choisissez au moins un rôle.")
    database.flush()
    return pages.render(
        "account/people.html",
        people=staffing.everyone(database),
        invitations=staffing.invitations(database),
        all_roles=list(ROLES),
        problem=problem,
        link=link,
        email="" if link else email,
        chosen=[] if link else roles,
        status=422 if problem else 200,
    )


def person(user_id: int) -> Response | Redirect:
    """One account: roles, closing, second factor, sessions."""
    database = pages.session()
    user = database.get(User, user_id)
    if user is None:
        abort(404)
    if request.method == "POST":
        said, is_done = _act(user_id, request.form.get("act", ""))
        flash(said, "done" if is_done else "problem")
        return redirect(url_for("account.person", user_id=user_id), 303)
    return pages.render(
        "account/person.html",
        person=user,
        all_roles=list(ROLES),
        sessions=sign_ins.current(database, user_id),
        has_factor=second_factor.has_one(user),
    )


def withdraw_invitation(invitation_id: int) -> Redirect:
    """Have the link of an invitation open nothing any more."""
    staffing.withdraw_invitation(pages.session(), current_user, invitation_id)
    return redirect(url_for("account.people"), 303)


def accept_invitation(code: str) -> Response | Redirect:
    """Choose a name and a password; the account is then there to be signed in to."""
    database, least = pages.session(), int(current_app.config["SECURITY_PASSWORD_LENGTH_MIN"])
    try:
        invited = staffing.find_invitation(database, code)
    except staffing.InvitationIsOver:
        return pages.render("account/invitation_over.html", status=410)
    name, password = request.form.get("name", "").strip()[:120], request.form.get("password", "")
    problems: dict[str, str] = {}
    if request.method == "POST":
        if not name:
            problems["name"] = _("Écrivez votre nom.")
        if len(password) < least:
            problems["password"] = _(
                "Ce mot de passe est trop court : il en faut au moins %(minimum)s caractères.", minimum=least
            )
        elif password != request.form.get("again", ""):
            problems["again"] = _("Les deux mots de passe diffèrent.")
        if not problems:
            user = staffing.accept_invitation(database, code, name, hash_password(password))
            flash(_("Votre compte est ouvert : connectez-vous."), "done")
            steps.leave()
            return redirect(url_for("security.login", email=user.email), 303)
    return pages.render(
        "account/invitation.html", email=invited.email, name=name, problems=problems, status=422 if problems else 200
    )


def _act(user_id: int, act: str) -> tuple[str, bool]:
    """Do what a button of the page asks; gives what to say, and whether it was done."""
    database = pages.session()
    try:
        if act == "roles":
            staffing.set_roles(database, current_user, user_id, request.form.getlist("roles"))
            return _("Les rôles sont changés."), True
        if act in ("close", "open"):
            staffing.set_active(database, current_user, user_id, act == "open")
            return _("Le compte est fermé.") if act == "close" else _("Le compte est rouvert."), True
        if act == "factor":
            staffing.reset_second_factor(database, current_user, user_id, request.form.get("reason", ""))
            return _("Le second facteur est retiré, et les sessions sont fermées."), True
        if act == "sessions":
            staffing.end_sessions(database, current_user, user_id)
            return _("Les sessions de ce compte sont fermées."), True
    except staffing.LastAdministrator:
        return _("C’est le dernier compte d’administration : donnez d’abord ce rôle à quelqu’un d’autre."), False
    except staffing.ReasonIsMissing:
        return _("Dites pourquoi : le motif est gardé dans le journal."), False
    except accounts.RoleIsUnknown:
        return _("Choisissez des rôles de la liste."), False
    abort(400)
