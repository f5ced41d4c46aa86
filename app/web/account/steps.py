"""The steps of signing in: who one says one is, then a second factor, then a session of one's own.

Between the two steps nobody is signed in: the cookie holds which account the first step proved, for ten minutes.
What these pages write has a short transaction of its own: their counts stay whatever comes after.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from flask import Flask, Response, current_app, redirect, request, session, url_for
from flask_security import current_user
from flask_security.utils import login_user, logout_user
from werkzeug.wrappers import Response as Redirect

from app.db import READ_ONLY, now
from app.models import User
from app.services import second_factor, sign_ins
from app.web import pages
from app.web.account.login import LoginForm

HALF_SECONDS = 600
FRESH_SECONDS = 1800
"""How long after a sign-in or a password one may change what opens the account."""
OPEN = ("public", "respondent")
P = ParamSpec("P")
R = TypeVar("R")


def own_path(target: str) -> str:
    """A path of this site, never another site: anything else leads to the account."""
    is_path = target.startswith("/") and not target.startswith(("//", "/\\")) and target.isprintable()
    return target if is_path else "/account/"


def sign_in() -> Response | Redirect:
    """The first step, by address and password."""
    target = own_path(request.args.get("next", ""))
    if current_user.is_authenticated:
        return redirect(target)
    form = LoginForm()
    if request.method == "POST":
        forget()  # a sign-in that was left half-way does not go on beside this one
        if form.validate_on_submit():
            account: Any = form.user
            return enter(account, "password", target)
    settings = pages.platform().settings
    provider = (settings.oidc_name or settings.oidc_url) if settings.oidc_url else ""
    return pages.render("security/login_user.html", login_user_form=form, provider=provider, target=target)


def sign_out() -> Redirect:
    """End the session of this browser."""
    if current_user.is_authenticated:
        found = sign_ins.find(pages.session(), session.get("sign_in", ""))
        if found is not None:
            sign_ins.end(pages.session(), current_user, found.user_id, only=found.id)
    leave()
    return redirect("/")


def enter(user: User, means: str, target: str, is_strong: bool = False) -> Redirect:
    """What follows a right first step; `is_strong`: it was worth two factors."""
    settings = pages.platform().settings
    has_one = second_factor.has_one(user)
    if is_strong or not (has_one or second_factor.is_required(settings, user)):
        return finish(user, means, target, is_strong)
    session["half"] = {"user": user.fs_uniquifier, "means": means, "next": target, "at": time.time()}
    return redirect(url_for("account.second_step" if has_one else "account.set_up_authenticator"), 303)


def half_way() -> tuple[User, str, str] | None:
    """Account, means and target of the sign-in that awaits its second step in this browser; None without any."""
    half = session.get("half")
    if not isinstance(half, dict) or time.time() - float(half["at"]) > HALF_SECONDS:
        return None
    user: User | None = current_app.extensions["security"].datastore.find_user(fs_uniquifier=half["user"])
    return (user, half["means"], half["next"]) if user is not None and user.active else None


def forget() -> None:
    """Drop a sign-in that is half-way."""
    for key in ("half", "secret", "challenge", "provider"):
        session.pop(key, None)


def finish(user: User, means: str, target: str, is_strong: bool) -> Redirect:
    """Sign in: a session that owes nothing to what the browser held before."""
    language = session.get("language") or user.language
    session.clear()
    with pages.platform().database.transaction() as own:
        key = sign_ins.start(own, user, means, request.user_agent.string)
    login_user(user, remember=False)
    session["sign_in"], session["strong"] = key, is_strong
    if language:
        session["language"] = language
    return redirect(target, 303)


def leave() -> None:
    """Sign out of this browser, keeping only the language."""
    language = session.get("language")
    logout_user()
    session.clear()
    if language:
        session["language"] = language


def fresh(view: Callable[P, R]) -> Callable[P, R | Redirect]:
    """Someone who proved not long ago who they are; others give their password again first."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R | Redirect:
        if time.time() - float(session.get("fs_paa", 0)) > FRESH_SECONDS:
            back = request.path if request.method in pages.SAFE_METHODS else url_for("account.home")
            return redirect(url_for("security.verify", next=back), 303)
        return view(*args, **kwargs)

    return guarded


def install(app: Flask) -> None:
    """Put our two views in the place of Flask-Security's, and look at the session before each page of the staff."""
    for endpoint, view in (("security.login", sign_in), ("security.logout", sign_out)):
        app.view_functions[endpoint] = view
    app.before_request(_check_session)


def _check_session() -> Any:
    """Sign out whoever's session was ended elsewhere, or has no second factor where one is required."""
    view = current_app.view_functions.get(request.endpoint or "")
    if getattr(view, pages.PERMISSION, "public") in OPEN or "_user_id" not in session:
        return None
    if not current_user.is_authenticated:
        return None
    known = pages.session()
    found = sign_ins.find(known, session.get("sign_in", ""))
    must = second_factor.is_required(pages.platform().settings, current_user) and not session.get("strong")
    if found is None or found.user_id != current_user.id or must:
        leave()
        return None
    if now() - found.seen_at > sign_ins.SEEN_EVERY:
        if known.info.get(READ_ONLY):
            with pages.platform().database.transaction() as own:
                sign_ins.note_seen(own, found.id)
        else:
            sign_ins.note_seen(known, found.id)
    return None
