"""Signing in through a provider of OpenID Connect: authorization code, PKCE, state and nonce.

Only an account that is there already can be opened, by the subject that was tied to it, or by a verified address the
first time. Loaded when first asked for.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
import urllib.parse
import urllib.request
from typing import Any

from flask import Response, redirect, request, session, url_for
from flask_babel import gettext as _
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from sqlalchemy import func, select
from werkzeug.wrappers import Response as Redirect

from app.db import now
from app.models import Identity, User
from app.services import audit
from app.web import pages
from app.web.account import steps

SECONDS = 10
ASKED_SECONDS = 600
MOST_BYTES = 1_000_000
ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]
MANY_FACTORS = frozenset(("mfa",))
"""What `amr` says when the provider itself asked for two factors (RFC 8176)."""


class ProviderFails(Exception):
    """The provider cannot be reached, or says what cannot be trusted."""


def ask_provider() -> Response | Redirect:
    """Leave for the provider."""
    settings = pages.platform().settings
    if not settings.oidc_url:
        return _refuse(_("Aucun fournisseur d’identité n’est réglé sur cette plateforme."), 404)
    steps.forget()
    try:
        address = str(_discover()["authorization_endpoint"])
    except (ProviderFails, KeyError):
        return _refuse(
            _("Le fournisseur d’identité ne répond pas. Réessayez, ou connectez-vous par mot de passe."), 502
        )
    asked = {name: secrets.token_urlsafe(32) for name in ("state", "nonce", "verifier")}
    session["provider"] = asked | {"next": steps.own_path(request.args.get("next", "")), "at": time.time()}
    challenge = base64.urlsafe_b64encode(hashlib.sha256(asked["verifier"].encode()).digest()).rstrip(b"=").decode()
    query = {
        "response_type": "code",
        "client_id": settings.oidc_client,
        "redirect_uri": _return_address(),
        "scope": "openid email",
        "state": asked["state"],
        "nonce": asked["nonce"],
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    return redirect(f"{address}{'&' if '?' in address else '?'}{urllib.parse.urlencode(query)}", 303)


def provider_answer() -> Response | Redirect:
    """Come back from the provider."""
    asked = session.pop("provider", None)
    given = request.args.get("state", "")
    if not asked or time.time() - asked["at"] > ASKED_SECONDS or not hmac.compare_digest(asked["state"], given):
        return _refuse(_("Cette connexion a expiré : recommencez."), 400)
    if "code" not in request.args:
        return _refuse(_("Le fournisseur d’identité n’a pas confirmé votre connexion."), 403)
    try:
        claims = _claims(request.args["code"], asked["verifier"], asked["nonce"])
    except (ProviderFails, JoseError, KeyError, ValueError):
        return _refuse(_("La réponse du fournisseur d’identité n’a pas pu être vérifiée : recommencez."), 502)
    user = _account_of(claims)
    if user is None:
        words = _(
            "Aucun compte ne correspond ici : demandez une invitation à une personne qui administre la plateforme."
        )
        return _refuse(words, 403)
    amr = claims.get("amr")
    is_strong = isinstance(amr, list) and bool(MANY_FACTORS.intersection(str(one) for one in amr))
    return steps.enter(user, "provider", asked["next"], is_strong=is_strong)


def _claims(code: str, verifier: str, nonce: str) -> dict[str, Any]:
    settings, found = pages.platform().settings, _discover()
    fields = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": _return_address(),
        "client_id": settings.oidc_client,
        "client_secret": settings.oidc_secret,
        "code_verifier": verifier,
    }
    answer = _fetch(str(found["token_endpoint"]), urllib.parse.urlencode(fields).encode())
    keys = KeySet.import_key_set(_fetch(str(found["jwks_uri"])))  # type: ignore[arg-type]
    token = jwt.decode(str(answer["id_token"]), keys, algorithms=ALGORITHMS)
    registry = jwt.JWTClaimsRegistry(
        leeway=60,
        iss={"essential": True, "value": str(found["issuer"])},
        aud={"essential": True, "value": settings.oidc_client},
        exp={"essential": True},
        sub={"essential": True},
        nonce={"essential": True, "value": nonce},
    )
    registry.validate(token.claims)
    if token.claims.get("azp", settings.oidc_client) != settings.oidc_client:
        raise ProviderFails("azp")
    return dict(token.claims)


def _account_of(claims: dict[str, Any]) -> User | None:
    """The account tied to these claims; tied now when a verified address is that of an account."""
    issuer, subject = str(claims["iss"]), str(claims["sub"])
    with pages.platform().database.transaction() as own:
        identity = own.get(Identity, (issuer, subject))
        if identity is not None:
            user = own.get(User, identity.user_id)
        elif claims.get("email_verified") is True:
            email = str(claims.get("email", "")).strip().lower()
            user = own.scalar(select(User).where(func.lower(User.email) == email))
            if user is not None and user.active:
                own.add(Identity(issuer=issuer, subject=subject, user_id=user.id, linked_at=now()))
                audit.record(own, user, "link-identity", f"user {user.id}", issuer=issuer)
        else:
            user = None
        if user is None or not user.active or (user.locked_until is not None and user.locked_until > now()):
            return None
        user.passkeys  # noqa: B018  (read while the session is there: the next step asks for them)
        return user


def _discover() -> dict[str, Any]:
    issuer = pages.platform().settings.oidc_url
    found = _fetch(f"{issuer}/.well-known/openid-configuration")
    if str(found.get("issuer", "")).rstrip("/") != issuer:
        raise ProviderFails("issuer")
    return found


def _fetch(address: str, body: bytes | None = None) -> dict[str, Any]:
    """A JSON document of the provider. Raises ProviderFails."""
    is_safe = address.startswith("https://") or not pages.platform().settings.production
    if not is_safe or not address.startswith(("https://", "http://")):
        raise ProviderFails("address")
    asked = urllib.request.Request(address, data=body, headers={"Accept": "application/json"})  # noqa: S310
    try:
        with urllib.request.urlopen(asked, timeout=SECONDS) as answer:  # noqa: S310  (the scheme is checked above)
            found = json.loads(answer.read(MOST_BYTES))
    except (OSError, ValueError) as error:
        raise ProviderFails(str(error)) from error
    if not isinstance(found, dict):
        raise ProviderFails("document")
    return found


def _return_address() -> str:
    return pages.own_address() + url_for("account.provider_answer")


def _refuse(words: str, status: int) -> Response:
    return pages.render("account/refused.html", status=status, words=words)
