"""Signing in through a provider of OpenID Connect."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask

from tests.provider import CLIENT, Provider, serve_provider
from tests.web.staff.members import Member, hire


@pytest.fixture
def provider(app: Flask) -> Iterator[Provider]:
    """A provider, set as that of the platform."""
    with serve_provider() as made:
        settings = app.extensions["impact"].settings
        for name, value in (("oidc_url", made.url), ("oidc_client", CLIENT), ("oidc_secret", "secret")):
            object.__setattr__(settings, name, value)
        yield made


def come_back(provider: Provider, visitor: Member, **changed: str) -> Any:
    """Leave for the provider and come back from it."""
    left = visitor.get("/account/provider")
    provider.asked = {name: values[0] for name, values in parse_qs(urlsplit(left.location).query).items()}
    state = changed.get("state", provider.asked["state"])
    return visitor.get(f"/account/provider/answer?code=c&state={state}")


def test_a_verified_address_opens_its_account_and_the_subject_opens_it_later(app: Flask, provider: Provider) -> None:
    email = hire(app, "analyst")
    provider.claims = {"email": email, "email_verified": True}
    visitor = Member(app.test_client())
    assert come_back(provider, visitor).location == "/account/"
    assert visitor.get("/account/").status_code == 200
    provider.claims = {}
    assert come_back(provider, Member(app.test_client())).location == "/account/"


@pytest.mark.parametrize(
    "claims",
    [
        {"email": "analyst@exemple.fr", "email_verified": False},
        {"email": "inconnu@exemple.fr", "email_verified": True},
        {"email": "analyst@exemple.fr", "email_verified": True, "nonce": "autre"},
        {"email": "analyst@exemple.fr", "email_verified": True, "aud": "autre"},
        {"email": "analyst@exemple.fr", "email_verified": True, "iss": "https://autre.example"},
        {"email": "analyst@exemple.fr", "email_verified": True, "exp": 1},
    ],
)
def test_what_is_not_proven_opens_nothing(app: Flask, provider: Provider, claims: dict[str, Any]) -> None:
    hire(app, "analyst")
    provider.claims = claims
    visitor = Member(app.test_client())
    assert come_back(provider, visitor).status_code in (403, 502)
    assert visitor.get("/account/").status_code == 302


def test_another_state_opens_nothing(app: Flask, provider: Provider) -> None:
    provider.claims = {"email": hire(app, "analyst"), "email_verified": True}
    assert come_back(provider, Member(app.test_client()), state="autre").status_code == 400


def test_an_administrator_meets_the_second_factor_unless_the_provider_asked_for_two(
    app: Flask, provider: Provider
) -> None:
    object.__setattr__(app.extensions["impact"].settings, "second_factor", "administrators")
    provider.claims = {"email": hire(app, "administrator"), "email_verified": True}
    assert come_back(provider, Member(app.test_client())).location == "/account/authenticator"
    provider.claims["amr"] = ["pwd", "mfa"]
    assert come_back(provider, Member(app.test_client())).location == "/account/"
