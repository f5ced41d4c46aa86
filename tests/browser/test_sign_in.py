"""Signing in with a passkey, in a real Chromium with an authenticator of its own."""

from __future__ import annotations

import pytest
from flask_security import hash_password
from playwright.sync_api import Browser, expect

from app.services import accounts
from tests.browser.conftest import House

pytestmark = pytest.mark.browser
PASSWORD = "une longue phrase de passe"
EMAIL = "cle@exemple.fr"


def test_a_passkey_is_added_then_opens_the_account_alone_and_as_second_factor(house: House, browser: Browser) -> None:
    with house.app.app_context():
        hashed = hash_password(PASSWORD)
    with house.platform.database.transaction() as session:
        accounts.create_account(session, email=EMAIL, name="Camille", password_hash=hashed, roles=["analyst"])
    site = house.url.replace("127.0.0.1", "localhost")
    context = browser.new_context(locale="fr-FR")
    page = context.new_page()
    device = context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    device.send("WebAuthn.addVirtualAuthenticator", {"options": options})

    def give_password() -> None:
        page.goto(f"{site}/account/login")
        page.fill("#email", EMAIL)
        page.fill("#password", PASSWORD)
        page.locator("main form button").first.click()

    def sign_out() -> None:
        page.locator(".me form button").click()
        page.goto(f"{site}/account/login")

    give_password()
    page.goto(f"{site}/account/passkeys/add")
    page.fill("#name", "Portable")
    page.locator("form[data-passkey] button").click()
    expect(page.get_by_text("La clé d’accès est ajoutée.")).to_be_visible()
    sign_out()
    page.get_by_text("Se connecter avec une clé d’accès").click()
    page.locator("form[data-passkey] button").click()
    page.wait_for_url(f"{site}/account/")
    sign_out()
    give_password()
    assert page.url.endswith("/account/second-step")
    page.get_by_text("Utiliser une clé d’accès").click()
    page.locator("form[data-passkey] button").click()
    page.wait_for_url(f"{site}/account/")
    page.get_by_role("button", name="Retirer la clé").click()
    expect(page.get_by_text("La clé d’accès est retirée.")).to_be_visible()
    context.close()
