"""The second step of a sign-in, and the pages where one sets up an authenticator and recovery codes."""

from __future__ import annotations

import io

import segno
from flask import Response, flash, redirect, request, session, url_for
from flask_babel import gettext as _
from flask_security import current_user
from markupsafe import Markup
from werkzeug.wrappers import Response as Redirect

from app.models import User
from app.services import second_factor, sign_ins
from app.web import pages
from app.web.account import steps


def second_step() -> Response | Redirect:
    """The code of the authenticator, or a recovery code."""
    half = steps.half_way()
    if half is None:
        steps.forget()
        return redirect(url_for("security.login"), 303)
    user, means, target = half
    is_wrong = False
    if request.method == "POST":
        with pages.platform().database.transaction() as own:
            is_right = second_factor.accept_code(own, _key(), user.id, request.form.get("code", "")[:40])
        if is_right:
            return steps.finish(user, means, target, is_strong=True)
        is_wrong = True
    return pages.render(
        "account/second_step.html",
        is_wrong=is_wrong,
        has_authenticator=user.totp_secret is not None,
        has_passkey=bool(user.passkeys),
        has_codes=bool(user.recovery_codes),
    )


def set_up_authenticator() -> Response | Redirect:
    """Show a secret, then keep it once a code shows that the authenticator has it.

    Also between the two steps of a sign-in, for an account that must have a second factor and has none.
    """
    user, is_entering = _who()
    if user is None:
        return redirect(url_for("security.login"), 303)
    is_wrong = False
    if request.method == "POST" and "secret" in session:
        with pages.platform().database.transaction() as own:
            sealed, code = session["secret"], request.form.get("code", "")[:12]
            is_wrong = not second_factor.set_authenticator(own, _key(), user.id, sealed, code)
            codes = [] if is_wrong else second_factor.make_recovery_codes(own, _key(), user.id)
        if not is_wrong:
            return _welcome(user, codes, is_entering)
    elif "secret" not in session:
        session["secret"] = second_factor.new_secret(_key())
    key, uri = second_factor.secret_to_show(_key(), session["secret"], user.email)
    template = "account/set_up_door.html" if is_entering else "account/set_up.html"
    return pages.render(template, key=key, qr=_drawing(uri), is_wrong=is_wrong)


def remove_authenticator() -> Redirect:
    """Do without the authenticator, unless it is the only second factor of somebody who must have one."""
    is_required = second_factor.is_required(pages.platform().settings, current_user)
    if is_required and not current_user.passkeys:
        flash(_("Votre compte doit garder un second facteur : ajoutez d’abord une clé d’accès."), "problem")
    else:
        with pages.platform().database.transaction() as own:
            second_factor.remove_authenticator(own, current_user.id)
        flash(_("L’application d’authentification est retirée."), "done")
    return redirect(url_for("account.home"), 303)


def new_codes() -> Response:
    """New recovery codes, shown this once."""
    with pages.platform().database.transaction() as own:
        codes = second_factor.make_recovery_codes(own, _key(), current_user.id)
    return pages.render("account/codes.html", codes=codes)


def codes_file() -> Response:
    """The codes that the page before shows, as a text file: the form sends them back, nothing else knows them."""
    text = request.form.get("codes", "")[:400]
    return pages.attachment(text + "\n", "text/plain; charset=utf-8", "codes-de-secours.txt")


def _who() -> tuple[User | None, bool]:
    """Whose authenticator it is, and whether that person is still entering."""
    if current_user.is_authenticated:
        return current_user, False
    half = steps.half_way()
    if half is None or second_factor.has_one(half[0]):
        return None, True  # the second step of an account that has one is to use it
    return half[0], True


def _welcome(user: User, codes: list[str], is_entering: bool) -> Response:
    """The codes, to be kept; who was entering is signed in, and goes on from there."""
    target = url_for("account.home")
    if is_entering:
        half = steps.half_way()
        target = half[2] if half else target
        steps.finish(user, half[1] if half else "password", target, is_strong=True)
    else:
        session.pop("secret", None)
        session["strong"] = True
        with pages.platform().database.transaction() as own:
            sign_ins.end(own, user, user.id, but=session.get("sign_in", ""))
    return pages.render("account/codes.html", codes=codes, target=target)


def _drawing(uri: str) -> Markup:
    """The QR code of an address, as SVG: made here of squares alone, it holds no text of anybody."""
    file = io.BytesIO()
    segno.make(uri, error="m").save(file, kind="svg", scale=4, xmldecl=False, svgns=False, nl=False, omitsize=False)
    return Markup(file.getvalue().decode())  # noqa: S704  (drawn by segno)


def _key() -> str:
    return pages.platform().settings.secret_key
