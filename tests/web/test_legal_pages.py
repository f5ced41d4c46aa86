"""The public pages: surveys open and to come, and what the law has a site say of itself."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

TOLD = {
    "/mentions-legales": ("organisation", "address", "director", "host", "contact"),
    "/donnees-personnelles": ("contact", "address"),
    "/accessibilite": ("contact",),
}
PAGES = ("/", *TOLD)


@pytest.mark.parametrize("page", TOLD)
def test_what_nobody_has_written_is_marked(client: FlaskClient, page: str) -> None:
    missing = [name for name in TOLD[page] if name != "organisation"]
    assert client.get(page).text.count('class="todo"') == len(missing)


@pytest.mark.parametrize("page", TOLD)
def test_what_is_set_is_told(app: Flask, client: FlaskClient, page: str) -> None:
    platform = app.extensions["impact"]
    names = TOLD[page]
    written = replace(platform.settings, **{name: f"le {name} & co" for name in names})
    app.extensions["impact"] = replace(platform, settings=written)
    text = client.get(page).text
    assert 'class="todo"' not in text
    for name in names:
        assert f"le {name} &amp; co" in text


@pytest.mark.parametrize("page", PAGES)
def test_public_pages_set_no_cookie_and_lead_to_each_other(client: FlaskClient, page: str) -> None:
    for language in ("fr", "en"):
        answer = client.get(f"{page}?lang={language}")
        assert answer.status_code == 200
        assert "Set-Cookie" not in answer.headers
        assert f'<html lang="{language}">' in answer.text
        for other in PAGES:
            assert (f'href="{other}?lang={language}"' in answer.text) is (other != page)
    assert '<html lang="fr">' in client.get(f"{page}?lang=xx").text


def test_the_declaration_says_what_is_not_known_yet(client: FlaskClient) -> None:
    text = client.get("/accessibilite").text
    for said in ("non conforme", "RGAA", "4.1.2", "Défenseur des droits", "Libre réponse 71120"):
        assert said in text
