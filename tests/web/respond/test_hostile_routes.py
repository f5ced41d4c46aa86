"""Every route of a respondent, those of tomorrow included, under everything that no page of ours sends."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.conftest import IS_FULL
from tests.factories import launch
from tests.web.respond.hostile import (
    BODIES,
    COOKIES,
    FORM,
    HEAVY,
    LANGUAGE,
    METHODS,
    WORDS,
    Target,
    cycle_words,
    expect_an_honest_page,
    expect_valid,
    fill_address,
    open_target,
    send,
)


@pytest.fixture
def target(database_url: str, tmp_path: Path) -> Iterator[Target]:
    """On each of both databases: they do not stumble over the same bytes."""
    target = open_target(database_url, tmp_path)
    yield target
    target.wave.database.close()


def test_every_route_stands_every_body_and_keeps_the_response(target: Target) -> None:
    visitor = target.someone()
    cookie = visitor.client.get_cookie("reponse", path=f"/r/{target.wave.key}/")
    assert cookie is not None
    token, before = target.token(visitor), target.everything()
    heavy = itertools.cycle(HEAVY)
    for rule in target.rules("POST"):
        address = fill_address(rule, target.wave.key, cycle_words())
        for name in BODIES if IS_FULL else ({*BODIES} - {*HEAVY}) | {next(heavy)}:
            answer = send(visitor.client, address, *BODIES[name])
            expect_an_honest_page(answer, (address, name))
            if name == "ten million bytes":
                assert answer.status_code in (403, 404, 413), (address, answer.status_code)
    assert target.everything()[: len(before)] == before, "none of these had a token"
    expect_valid(target.state(token), "after everything")
    # The entry takes anyone who asks for another questionnaire: the cookie is then that of another response.
    own = target.app.test_client(use_cookies=False).get(
        f"/r/{target.wave.key}/avis", headers={"Cookie": f"reponse={cookie.value}"}
    )
    assert own.status_code == 200, "and the person goes on"


def test_every_address_is_answered(target: Target) -> None:
    visitor = target.someone()
    before = target.everything()
    queries = itertools.cycle(("", "?lang=%ff&q=%00&de=..%2f&revoir&fixe=%00&start=99999999999999999999999"))
    for rule in target.rules("GET"):
        for place in range(len(WORDS)) if rule.arguments - {"wave"} else (0, 1):
            address = fill_address(rule, target.wave.key, cycle_words(place)) + next(queries)
            expect_an_honest_page(visitor.client.get(address, headers={"Accept-Language": LANGUAGE}), address)
    for word in WORDS:
        answer = visitor.client.get(f"/r/{word}/", headers={"Accept-Language": LANGUAGE})
        expect_an_honest_page(answer, word)
        assert answer.status_code in (404, 308), word
    assert target.everything() == before, "reading writes nothing"


def test_odd_methods_are_refused(target: Target) -> None:
    visitor = target.someone()
    before, methods = target.everything(), itertools.cycle(METHODS)
    for rule in target.rules():
        address = fill_address(rule, target.wave.key, cycle_words())
        for method in METHODS if IS_FULL else itertools.islice(methods, 2):
            answer = send(visitor.client, address, b"csrf=1", FORM, method)
            expect_an_honest_page(answer, (method, address))
            assert method in ("HEAD", "OPTIONS") or answer.status_code in (404, 405), (method, address)
    assert target.everything() == before


def test_forged_cookies_open_nothing(target: Target) -> None:
    victim = target.someone()
    token, before = target.token(victim), target.everything()
    forged = [*COOKIES, token[:-1] + ("A" if token[-1] != "A" else "B"), f"{token}.x.y", f"{token}.9999999999.AAAA"]
    cookies, client = itertools.cycle(forged), target.app.test_client(use_cookies=False)
    for rule in target.rules():
        address = fill_address(rule, target.wave.key, cycle_words())
        for method in {"GET", "POST"} & set(rule.methods or ()):
            for value in forged if IS_FULL else itertools.islice(cookies, 2):
                headers = {"Cookie": f"reponse={value}; attente={value}"}
                answer = send(client, address, b"csrf=1&aller=suite", FORM, method, **headers)
                expect_an_honest_page(answer, (method, address, value))
    assert target.everything()[: len(before)] == before


def test_the_cookie_of_one_wave_opens_no_other(target: Target) -> None:
    other = launch(target.wave.database, replace(target.wave.questionnaire, name="autre"), key="autre")
    victim = target.someone()
    cookie = victim.client.get_cookie("reponse", path=f"/r/{target.wave.key}/")
    assert cookie is not None
    thief = target.app.test_client(use_cookies=False)
    headers = {"Cookie": f"reponse={cookie.value}", "Accept-Language": LANGUAGE}
    for place in ("profil", "envoi", "fin", "pause"):
        assert thief.get(f"/r/{other.key}/{place}", headers=headers).status_code == 403, place


def test_huge_headers_are_harmless(target: Target) -> None:
    for name in ("Cookie", "Accept-Language", "Referer", "Origin", "User-Agent", "X-Comfort", "X-Forwarded-For"):
        client = target.app.test_client(use_cookies=False)
        answer = client.get(f"/r/{target.wave.key}/avis", headers={name: "a=b;,q=" * 20_000})
        assert answer.status_code < 500, name


def test_a_form_of_another_site_starts_nothing(target: Target) -> None:
    before = target.everything()
    for origin in ("https://evil.example", "null", "http://%00", "http://localhost.evil.example"):
        answer = send(target.app.test_client(), f"/r/{target.wave.key}/", b"langue=en", FORM, Origin=origin)
        assert answer.status_code == 403, origin
    assert target.everything() == before
