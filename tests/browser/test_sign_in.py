"""Every way to sign in, in a real Chromium: password, authenticator, recovery code, passkey, provider, invitation.

Each page that is met is looked at, on a phone and on a desk: nothing runs over, targets are large, axe finds nothing.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask_security import hash_password
from passlib.totp import TOTP
from playwright.sync_api import Browser, expect

from app.services import accounts
from tests.browser.conftest import House, serve_new
from tests.browser.windows import Window, open_browser
from tests.provider import CLIENT, Provider, serve_provider

pytestmark = pytest.mark.browser
PASSWORD = "une longue phrase de passe"
REFUSAL = "Adresse ou mot de passe inconnu, ou trop d’essais"
SUBMIT = "main form button.main"
CODE = "#code"


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    """The provider of the platform of these tests."""
    with serve_provider() as made:
        yield made


@pytest.fixture(scope="module")
def door(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory, provider: Provider) -> Iterator[House]:
    """A platform where administrators must have a second factor, with a provider."""
    variables = {"IMPACT_OIDC_URL": provider.url, "IMPACT_OIDC_CLIENT": CLIENT, "IMPACT_OIDC_SECRET": "secret"}
    folder = tmp_path_factory.mktemp("door")
    more = {"IMPACT_SECOND_FACTOR": "administrators", "IMPACT_OIDC_NAME": "Compte commun"}
    with serve_new(sqlite_template, folder, **variables, **more) as house:
        yield house


class Person:
    """Someone of the staff, in a browser of their own."""

    def __init__(self, door: House, window: Window) -> None:
        self.site = door.url.replace("127.0.0.1", "localhost")
        self.window, self.page = window, window.page

    def open(self, path: str) -> None:
        """Go to a page of the site and look at it."""
        self.window.open(self.site + path)
        self.look()

    def give_password(self, email: str, password: str = PASSWORD) -> None:
        """The first step."""
        self.window.open(f"{self.site}/account/login")
        self.page.fill("#email", email)
        self.page.fill("#password", password)
        self.page.locator(SUBMIT).click()

    def give_code(self, code: str) -> None:
        """The second step, or the check of a new authenticator."""
        self.page.fill(CODE, code)
        self.page.locator(SUBMIT).click()

    def look(self) -> None:
        """Nothing is wrong with the page as it stands, wide or narrow."""
        faults = self.window.faults()
        self.page.set_viewport_size({"width": 390, "height": 900})
        faults += self.window.faults(with_axe=False)
        self.page.set_viewport_size({"width": 1280, "height": 900})
        # On the pages of the staff `.bad` is the message itself, not what holds it.
        faults = [one for one in faults if not one.startswith("11.11 no message: <p")]
        assert not faults, "\n".join([self.page.url, *faults])

    def is_at(self, path: str) -> None:
        """The browser has arrived at this page."""
        self.page.wait_for_url(self.site + path)


@pytest.fixture
def person(door: House, browser: Browser) -> Iterator[Person]:
    """Someone before the door."""
    window = open_browser(browser)
    yield Person(door, window)
    window.page.context.close()


@pytest.fixture
def elsewhere(door: House, browser: Browser) -> Iterator[Person]:
    """The same or another, in another browser."""
    window = open_browser(browser)
    yield Person(door, window)
    window.page.context.close()


def hire(door: House, name: str, *roles: str) -> str:
    """Make an account; gives its address."""
    email = f"{name}@exemple.fr"
    with door.app.app_context():
        hashed = hash_password(PASSWORD)
    with door.platform.database.transaction() as session:
        accounts.create_account(session, email=email, name="Camille", password_hash=hashed, roles=roles)
    return email


def code_of(key: str, later: int = 0) -> str:
    """What an authenticator shows for a key, `later` half-minutes on."""
    return str(TOTP(key=key.replace("-", "")).generate(int(time.time()) + 30 * later).token)


def set_up(person: Person) -> tuple[str, list[str]]:
    """On the page of a new authenticator: copy its key, give its code; gives the key and the recovery codes."""
    key = person.page.locator("#key").inner_text()
    person.look()
    person.give_code("000000")
    expect(person.page.get_by_text("Ce code n’est pas le bon")).to_be_visible()
    person.look()
    person.give_code(code_of(key))
    expect(person.page.get_by_role("heading", name="Vos codes de secours")).to_be_visible()
    person.look()
    return key, person.page.locator("main li code").all_inner_texts()


def test_an_administrator_sets_up_the_second_factor_then_enters_with_it_and_with_a_recovery_code(
    door: House, person: Person, elsewhere: Person
) -> None:
    email = hire(door, "administration", "administrator")
    person.give_password(email)
    person.is_at("/account/authenticator")
    key, codes = set_up(person)
    with person.page.expect_download() as file:
        person.page.get_by_role("button", name="Télécharger").click()
    assert Path(file.value.path()).read_text("utf-8").split() == codes
    person.page.get_by_role("link", name="Continuer").click()
    person.is_at("/account/")
    person.look()

    elsewhere.give_password(email)
    elsewhere.is_at("/account/second-step")
    elsewhere.give_code("000000")
    expect(elsewhere.page.get_by_text("Ce code n’est pas le bon")).to_be_visible()
    elsewhere.look()
    elsewhere.give_code(code_of(key, 1))
    elsewhere.is_at("/account/")
    elsewhere.page.get_by_role("button", name="Fermer toutes les autres").click()
    person.page.reload()
    person.is_at("/account/login?next=/account/")
    person.give_password(email)
    person.give_code(codes[0])
    person.is_at("/account/")
    expect(person.page.get_by_text("9 codes de secours restants")).to_be_visible()


def test_a_lock_is_said_as_a_wrong_password_of_nobody_is(door: House, person: Person) -> None:
    email = hire(door, "bloque", "analyst")
    person.open("/account/login")
    for _ in range(accounts.FAILURES_BEFORE_LOCK):
        person.give_password(email, "faux")
    person.give_password(email)
    locked = person.page.locator("main").inner_text()
    assert REFUSAL in locked
    person.look()
    person.give_password("personne@exemple.fr")
    assert person.page.locator("main").inner_text() == locked


def test_a_passkey_is_added_then_opens_the_account_alone_and_as_second_factor(door: House, person: Person) -> None:
    email, page = hire(door, "cle", "analyst"), person.page
    person.window.cdp.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    person.window.cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options})

    def sign_out() -> None:
        page.locator(".me form button").click()
        page.wait_for_url(f"{person.site}/")

    person.give_password(email)
    person.open("/account/passkeys/add")
    page.fill("#name", "Portable")
    page.locator("form[data-passkey] button").click()
    expect(page.get_by_text("La clé d’accès est ajoutée.")).to_be_visible()
    person.look()
    sign_out()
    person.open("/account/passkey")
    page.locator("form[data-passkey] button").click()
    person.is_at("/account/")
    sign_out()
    person.give_password(email)
    person.is_at("/account/second-step")
    person.look()
    page.get_by_text("Utiliser une clé d’accès").click()
    page.locator("form[data-passkey] button").click()
    person.is_at("/account/")
    page.get_by_role("button", name="Retirer la clé").click()
    expect(page.get_by_text("La clé d’accès est retirée.")).to_be_visible()


def test_the_provider_opens_the_account_of_a_verified_address_and_no_other(
    door: House, person: Person, provider: Provider
) -> None:
    provider.claims = {"email": "inconnue@exemple.fr", "email_verified": True}
    person.open("/account/login?next=/analyse/")
    person.page.get_by_role("link", name="Continuer avec Compte commun").click()
    expect(person.page.get_by_text("Aucun compte ne correspond ici")).to_be_visible()
    person.look()
    provider.claims = {"email": hire(door, "commun", "analyst"), "email_verified": True}
    person.open("/account/login?next=/analyse/")
    person.page.get_by_role("link", name="Continuer avec Compte commun").click()
    person.is_at("/analyse/")


def test_a_colleague_is_invited_opens_the_account_and_signs_in(door: House, person: Person, elsewhere: Person) -> None:
    person.give_password(hire(door, "accueil", "administrator"))
    set_up(person)
    person.open("/account/people")
    person.page.fill("#email", "neuve@exemple.fr")
    person.page.locator(SUBMIT).click()
    expect(person.page.get_by_text("Choisissez au moins un rôle.")).to_be_visible()
    assert person.page.input_value("#email") == "neuve@exemple.fr"
    person.page.check("#role-analyst")
    person.page.locator(SUBMIT).click()
    link = person.page.locator("#link").inner_text()
    person.look()
    elsewhere.open(link.removeprefix(elsewhere.site))
    elsewhere.page.fill("#name", "Dominique")
    elsewhere.page.fill("#password", PASSWORD)
    elsewhere.page.fill("#again", "autre chose")
    elsewhere.page.locator(SUBMIT).click()
    expect(elsewhere.page.get_by_text("Les deux mots de passe diffèrent.")).to_be_visible()
    elsewhere.look()
    elsewhere.page.fill("#password", PASSWORD)
    elsewhere.page.fill("#again", PASSWORD)
    elsewhere.page.locator(SUBMIT).click()
    elsewhere.page.wait_for_url("**/account/login**")
    elsewhere.give_password("neuve@exemple.fr")
    elsewhere.is_at("/account/")
    elsewhere.open(link.removeprefix(elsewhere.site))
    expect(elsewhere.page.get_by_text("Cette invitation n’est plus ouverte")).to_be_visible()
    person.open("/account/people")
    person.page.get_by_role("link", name="Dominique").click()
    person.look()
    person.page.get_by_role("button", name="Fermer ce compte").click()
    elsewhere.page.goto(f"{elsewhere.site}/account/")
    elsewhere.is_at("/account/login?next=/account/")
