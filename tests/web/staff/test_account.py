"""Signing in and out, one's password, the language of the pages."""

from collections.abc import Callable

import pytest
from flask import Flask

from app.services.accounts import FAILURES_BEFORE_LOCK
from tests.web.staff.members import PASSWORD, Member, hire


@pytest.fixture
def visitor(app: Flask) -> Member:
    """Someone who is not signed in."""
    return Member(app.test_client())


def test_one_signs_in_and_arrives_where_one_was_going(app: Flask, visitor: Member) -> None:
    email = hire(app, "analyst")
    asked = visitor.get("/analyse/")
    assert asked.status_code == 302
    assert asked.location == "/account/login?next=/analyse/"
    assert visitor.sign_in(email, then="?next=/analyse/").location == "/analyse/"
    assert "Choisir une vague" in visitor.read("/analyse/")


REFUSAL = "Adresse ou mot de passe inconnu, ou trop d’essais"


@pytest.mark.parametrize(("known", "password"), [(True, "un autre mot de passe"), (False, PASSWORD), (True, "")])
def test_a_refused_sign_in_does_not_tell_who_has_an_account(
    app: Flask, visitor: Member, known: bool, password: str
) -> None:
    email = hire(app, "analyst") if known else "personne@exemple.fr"
    answer = visitor.sign_in(email, password)
    assert answer.status_code == 200
    assert REFUSAL in answer.text
    assert visitor.get("/account/").status_code == 302


def test_repeated_failures_lock_the_account_for_a_while(app: Flask, visitor: Member) -> None:
    email = hire(app, "analyst")
    for _ in range(FAILURES_BEFORE_LOCK):
        visitor.sign_in(email, "faux")
    assert REFUSAL in visitor.sign_in(email).text
    assert visitor.get("/account/").status_code == 302


def test_another_spelling_of_the_address_does_not_get_round_the_lock(app: Flask, visitor: Member) -> None:
    email = hire(app, "analyst")
    other = email.replace("exemple.fr", "ｅｘｅｍｐｌｅ.fr")
    assert other != email
    for _ in range(FAILURES_BEFORE_LOCK):
        visitor.sign_in(other, "faux")
    assert REFUSAL in visitor.sign_in(email).text
    assert REFUSAL in visitor.sign_in(other).text
    assert visitor.get("/account/").status_code == 302


def test_one_signs_out_by_a_form(administrator: Member) -> None:
    assert "Se déconnecter" in administrator.read("/account/")
    assert administrator.get("/account/logout").status_code == 405
    administrator.post("/account/logout", form_at="/account/")
    assert administrator.get("/account/").status_code == 302


def test_the_account_says_who_one_is_and_what_one_may_do(someone: Callable[..., Member]) -> None:
    page = someone("designer").read("/account/")
    assert "designer@exemple.fr" in page
    assert "Conception" in page
    assert "Terrain" not in page


@pytest.mark.parametrize(
    ("present", "new", "again", "said"),
    [
        ("faux", "une autre phrase longue", "une autre phrase longue", "pas votre mot de passe actuel"),
        (PASSWORD, "court", "court", "trop court : il en faut au moins 12"),
        (PASSWORD, PASSWORD, PASSWORD, "déjà le vôtre"),
        (PASSWORD, "une autre phrase longue", "encore une autre phrase", "diffèrent"),
    ],
)
def test_a_refused_password_is_explained_in_the_language_of_the_page(
    administrator: Member, present: str, new: str, again: str, said: str
) -> None:
    answer = administrator.post("/account/password", password=present, new_password=new, new_password_confirm=again)
    assert said in answer.text.replace("\u00a0", " ")
    assert "Password" not in answer.text


def test_a_changed_password_is_the_one_that_opens(app: Flask, administrator: Member) -> None:
    new = "une toute autre phrase"
    changed = administrator.post("/account/password", password=PASSWORD, new_password=new, new_password_confirm=new)
    assert changed.location == "/account/"
    assert "Votre mot de passe est changé." in administrator.read("/account/")
    other = Member(app.test_client())
    assert other.sign_in("administrator@exemple.fr").status_code == 200
    assert other.sign_in("administrator@exemple.fr", new).location == "/account/"


def test_the_pages_speak_the_language_chosen(administrator: Member) -> None:
    assert '<html lang="fr">' in administrator.read("/account/")
    chosen = administrator.post("/account/language", form_at="/account/", language="en", next="/fieldwork/")
    assert chosen.location == "/fieldwork/"
    assert '<html lang="en">' in administrator.read("/account/")
    administrator.post("/account/language", form_at="/account/", language="klingon", next="/account/")
    assert '<html lang="en">' in administrator.read("/account/")


@pytest.mark.parametrize("target", ["https://ailleurs.example/", "//ailleurs.example", "/\\ailleurs.example", "", "x"])
def test_changing_the_language_leads_nowhere_else(administrator: Member, target: str) -> None:
    chosen = administrator.post("/account/language", form_at="/account/", language="fr", next=target)
    assert chosen.location == "/account/"
