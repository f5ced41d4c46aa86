"""Passkeys: one is added from the account, then opens it alone, or stands as its second factor.

Loaded when first asked for: the library is large.
"""

from __future__ import annotations

import hashlib
import hmac
import time

import webauthn
from flask import Response, flash, redirect, request, session, url_for
from flask_babel import gettext as _
from flask_security import current_user
from sqlalchemy import select
from sqlalchemy.orm import Session
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, options_to_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from werkzeug.wrappers import Response as Redirect

from app.db import now
from app.models import Passkey, User
from app.services import accounts, audit, second_factor
from app.web import pages
from app.web.account import steps

CHALLENGE_SECONDS = 300
LONGEST_NAME = 64
LONGEST_ANSWER = 20_000


def add_passkey() -> Response | Redirect:
    """Add a passkey to one's account."""
    if request.method == "POST":
        if _keep(request.form.get("name", "").strip()[:LONGEST_NAME] or _("Clé d’accès")):
            session["strong"] = True
            flash(_("La clé d’accès est ajoutée."), "done")
            return redirect(url_for("account.home"), 303)
        flash(_("La clé d’accès n’a pas pu être ajoutée : recommencez."), "problem")
        return redirect(url_for("account.add_passkey"), 303)
    options = webauthn.generate_registration_options(
        rp_id=_site(),
        rp_name=pages.platform().settings.organisation,
        user_name=current_user.email,
        user_id=_handle(current_user),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.PREFERRED
        ),
        exclude_credentials=_descriptors(current_user),
    )
    _remember(options.challenge)
    return pages.render("account/add_passkey.html", options=options_to_json(options))


def remove_passkey(passkey_id: int) -> Redirect:
    """Remove a passkey of one's own, unless it is the only second factor of somebody who must have one."""
    is_required = second_factor.is_required(pages.platform().settings, current_user)
    with pages.platform().database.transaction() as own:
        user = accounts.hold(own, current_user.id)
        found = next((one for one in user.passkeys if one.id == passkey_id), None)
        is_last = len(user.passkeys) == 1 and user.totp_secret is None
        if found is not None and is_last and is_required:
            flash(_("Votre compte doit garder un second facteur : ajoutez-en d’abord un autre."), "problem")
        elif found is not None:
            user.passkeys.remove(found)
            audit.record(own, user, "remove-passkey", f"user {user.id}")
            flash(_("La clé d’accès est retirée."), "done")
    return redirect(url_for("account.home"), 303)


def use_passkey() -> Response | Redirect:
    """Sign in with a passkey: as the first step, where it proves the person too, or as the second."""
    half = steps.half_way()
    target = half[2] if half else steps.own_path(request.args.get("next", ""))
    if request.method == "POST":
        opened = _open(half[0] if half else None)
        if opened is not None:
            means = half[1] if half else "passkey"
            return steps.finish(opened, means, target, is_strong=True)
        flash(_("Cette clé d’accès n’ouvre pas de compte ici, ou il y a eu trop d’essais."), "problem")
        return redirect(url_for("account.use_passkey", next=target), 303)
    needed = UserVerificationRequirement.PREFERRED if half else UserVerificationRequirement.REQUIRED
    options = webauthn.generate_authentication_options(
        rp_id=_site(), user_verification=needed, allow_credentials=_descriptors(half[0]) if half else []
    )
    _remember(options.challenge)
    return pages.render("account/use_passkey.html", options=options_to_json(options), is_second=half is not None)


def _keep(name: str) -> bool:
    challenge = _recall()
    try:
        found = webauthn.verify_registration_response(
            credential=request.form.get("credential", "")[:LONGEST_ANSWER],
            expected_challenge=challenge,
            expected_rp_id=_site(),
            expected_origin=request.host_url.rstrip("/"),
        )
    except (WebAuthnException, ValueError, KeyError, TypeError):
        return False
    with pages.platform().database.transaction() as own:
        user, at = accounts.hold(own, current_user.id), now()
        if _find(own, found.credential_id) is not None:
            return False
        user.passkeys.append(
            Passkey(
                credential_id=found.credential_id,
                public_key=found.credential_public_key,
                sign_count=found.sign_count,
                name=name,
                created_at=at,
                used_at=at,
            )
        )
        audit.record(own, user, "add-passkey", f"user {user.id}")
    return True


def _open(expected: User | None) -> User | None:
    """The account that the passkey sent opens; `expected`: the one whose second step it is."""
    credential, challenge = request.form.get("credential", "")[:LONGEST_ANSWER], _recall()
    with pages.platform().database.transaction() as own:
        try:
            raw_id = webauthn.helpers.parse_authentication_credential_json(credential).raw_id
        except (WebAuthnException, ValueError, KeyError, TypeError):
            return None
        passkey = _find(own, raw_id)
        if passkey is None or (expected is not None and passkey.user_id != expected.id):
            return None
        user = accounts.hold(own, passkey.user_id)
        if not user.active or (user.locked_until is not None and user.locked_until > now()):
            return None
        try:
            seen = webauthn.verify_authentication_response(
                credential=credential,
                expected_challenge=challenge,
                expected_rp_id=_site(),
                expected_origin=request.host_url.rstrip("/"),
                credential_public_key=passkey.public_key,
                credential_current_sign_count=passkey.sign_count,
                require_user_verification=expected is None,
            )
        except (WebAuthnException, ValueError, KeyError, TypeError):
            accounts.count_failure(own, user)
            return None
        passkey.sign_count, passkey.used_at, user.failed_logins = seen.new_sign_count, now(), 0
        return user


def _find(database: Session, credential_id: bytes) -> Passkey | None:
    return database.scalar(select(Passkey).where(Passkey.credential_id == credential_id))


def _descriptors(user: User) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=one.credential_id) for one in user.passkeys]


def _site() -> str:
    return request.host.split(":")[0]


def _handle(user: User) -> bytes:
    """How a device names the account: nothing that says who it is."""
    key = pages.platform().settings.secret_key.encode()
    return hmac.new(key, f"passkeys:{user.id}".encode(), hashlib.sha256).digest()


def _remember(challenge: bytes) -> None:
    session["challenge"] = [bytes_to_base64url(challenge), time.time()]


def _recall() -> bytes:
    """The challenge that the page before gave, once, for five minutes; else one that nothing answers."""
    text, at = session.pop("challenge", None) or ("", 0.0)
    return base64url_to_bytes(text) if time.time() - at < CHALLENGE_SECONDS else b"\0"
