"""Conditions among the answers of one page: decided in the browser, and by the server alike."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from questionnaires.model import Required
from tests.factories import Field, launch
from tests.questionnaires.builders import (
    asking_words,
    choice_grid,
    choices,
    multiple,
    number,
    offered_if,
    page,
    questionnaire,
    ranking,
    rows,
    single,
    suggester,
    text,
)
from tests.serving import serve
from tests.web.respond.test_answering import given
from tests.web.respond.visitors import arrive

pytestmark = pytest.mark.browser

OPENING = questionnaire(
    page("avant", single("profil", "elu", "citoyen")),
    page(
        "ici",
        single("membre", "oui", "non"),
        single("role", choices=asking_words(choices("chef", "autre"), "autre"), when="membre = 'oui'"),
        text("titre", when="role = 'chef' and profil = 'elu'"),
        number("annees", decimals=1, maximum=500, required=Required.NO),
        multiple("pourquoi", choices=offered_if(choices("jeune", "ancien"), ancien="annees >= 10")),
        choice_grid("liens", rows=offered_if(rows("etat", "chef"), chef="role = 'chef'"), required=Required.NO),
        ranking("envies", "a", "b", "c", when="membre = 'non'", required=Required.NO),
        suggester("lieu", required=Required.NO),
        single("tard", "oui", "non", when="answered(lieu)"),
    ),
    page("apres", single("fin", "oui", "non")),
)
"""A page whose questions, choice and row depend on its own answers; the last one on a place."""


@pytest.fixture
def field(app: Flask) -> Field:
    """An open wave of that questionnaire."""
    return launch(app.extensions["impact"].database, OPENING)


@pytest.fixture
def site(app: Flask, field: Field) -> Iterator[str]:
    """Address of the wave on a loopback port."""
    with serve(app) as root:
        yield f"{root}/r/{field.key}/"


@pytest.fixture
def open_page(browser: Browser, site: str) -> Iterator[Callable[..., Page]]:
    """Open the page of conditions, with or without JavaScript."""
    contexts = []

    def open_it(has_script: bool = True, profile: str = "elu") -> Page:
        context = browser.new_context(
            viewport={"width": 390, "height": 844}, java_script_enabled=has_script, locale="fr-FR"
        )
        contexts.append(context)
        one = context.new_page()
        one.set_default_timeout(5_000)
        one.goto(site)
        one.get_by_role("button", name="Commencer").click()
        one.get_by_text(profile, exact=True).click()
        go_on(one)
        one.wait_for_url("**/ici*")
        return one

    yield open_it
    for context in contexts:
        context.close()


def go_on(page: Page) -> None:
    page.locator(".go").get_by_role("button", name="Continuer").click()


def question(page: Page, name: str):  # type: ignore[no-untyped-def]
    return page.locator(f"#q-{name}")


def base_of(page: Page) -> dict[str, object]:
    found: dict[str, object] = json.loads(page.locator("input[name=base]").input_value())
    return found


def test_a_question_opens_and_closes_as_its_condition_does(open_page: Callable[..., Page], field: Field) -> None:
    shown = open_page()
    expect(question(shown, "role")).to_have_count(0)
    assert "role" not in base_of(shown)
    question(shown, "membre").get_by_label("oui").check()
    expect(question(shown, "role")).to_be_visible()
    assert base_of(shown)["role"] is None
    assert shown.evaluate("document.activeElement.value") == "1", "the focus has not moved"
    question(shown, "role").get_by_label("chef").check()
    question(shown, "titre").get_by_role("textbox").fill("Présidente")
    question(shown, "membre").get_by_label("non").check()
    expect(question(shown, "role")).to_have_count(0)
    expect(question(shown, "titre")).to_have_count(0)
    question(shown, "membre").get_by_label("oui").check()
    expect(question(shown, "role").get_by_label("chef")).to_be_checked()
    assert question(shown, "titre").get_by_role("textbox").input_value() == "Présidente", "what was typed is kept"
    question(shown, "pourquoi").get_by_label("jeune").check()
    go_on(shown)
    shown.wait_for_url("**/apres*")
    stored = given(field)
    assert (stored["membre"], stored["role"], stored["titre"]) == (1, 1, "Présidente")


def test_what_is_hidden_again_is_not_posted(open_page: Callable[..., Page], field: Field) -> None:
    shown = open_page()
    question(shown, "membre").get_by_label("oui").check()
    question(shown, "role").get_by_label("chef").check()
    question(shown, "membre").get_by_label("non").check()
    question(shown, "pourquoi").get_by_label("jeune").check()
    go_on(shown)
    shown.wait_for_url("**/apres*")
    assert given(field)["membre"] == 2
    assert "role" not in given(field)


def a_question_left_blank_once_shown_is_asked_for(open_page: Callable[..., Page]) -> None:
    shown = open_page()
    question(shown, "membre").get_by_label("oui").check()
    question(shown, "pourquoi").get_by_label("jeune").check()
    go_on(shown)
    expect(shown.locator(".summary a")).to_have_count(1)
    expect(question(shown, "role").locator(".err")).to_be_visible()
    question(shown, "role").get_by_label("chef").check()
    expect(question(shown, "titre")).to_be_visible()


def choices_and_rows_follow_what_is_typed(open_page: Callable[..., Page]) -> None:
    shown = open_page(profile="citoyen")
    expect(question(shown, "pourquoi").get_by_label("ancien")).to_have_count(0)
    question(shown, "annees").get_by_role("textbox").press_sequentially("9,9")
    expect(question(shown, "pourquoi").get_by_label("ancien")).to_have_count(0)
    for years in ("10", "1\u202f0.0", "50"):
        question(shown, "annees").get_by_role("textbox").fill(years)
        expect(question(shown, "pourquoi").get_by_label("ancien")).to_be_visible()
    question(shown, "annees").get_by_role("textbox").fill("50,1")
    expect(question(shown, "pourquoi").get_by_label("ancien")).to_have_count(0)
    question(shown, "membre").get_by_label("oui").check()
    question(shown, "role").get_by_label("chef").check()
    expect(question(shown, "titre")).to_have_count(0)  # asked of others, by an answer of the page before
    assert base_of(shown)["liens_chef"] is None
    question(shown, "role").get_by_label("autre").check()
    assert "liens_chef" not in base_of(shown)


def what_the_browser_cannot_tell_is_left_to_the_server(open_page: Callable[..., Page]) -> None:
    shown = open_page()
    question(shown, "membre").get_by_label("non").check()
    question(shown, "lieu").locator("#lieu-1").fill("Rennes")
    question(shown, "pourquoi").get_by_label("jeune").check()
    expect(question(shown, "tard")).to_have_count(0)
    go_on(shown)
    expect(question(shown, "tard")).to_be_visible()


def a_ranking_that_opens_has_its_buttons(open_page: Callable[..., Page]) -> None:
    shown = open_page()
    question(shown, "membre").get_by_label("non").check()
    question(shown, "envies").get_by_role("button", name="Classer « b »").click()
    assert question(shown, "envies").locator("select").first.input_value() == "2:1"


def test_the_browser_decides_what_it_can(open_page: Callable[..., Page]) -> None:
    a_question_left_blank_once_shown_is_asked_for(open_page)
    choices_and_rows_follow_what_is_typed(open_page)
    what_the_browser_cannot_tell_is_left_to_the_server(open_page)
    a_ranking_that_opens_has_its_buttons(open_page)


def test_without_javascript_the_server_opens_the_same_questions(open_page: Callable[..., Page], field: Field) -> None:
    shown = open_page(has_script=False)
    shown.locator("input[name=membre][value='1']").check()
    shown.locator("input[name=pourquoi][value='1']").check()
    go_on(shown)
    expect(question(shown, "role")).to_be_visible()
    expect(shown.locator(".err")).to_have_count(0)  # nobody had seen it
    shown.locator("input[name=role][value='1']").check()
    go_on(shown)
    shown.locator("input[name=titre]").fill("Présidente")
    go_on(shown)
    shown.wait_for_url("**/apres*")
    stored = given(field)
    assert (stored["membre"], stored["role"], stored["titre"]) == (1, 1, "Présidente")


def test_a_page_without_such_conditions_carries_nothing(client, field: Field) -> None:  # type: ignore[no-untyped-def]
    someone = arrive(client, field)
    assert "data-conditions" not in someone.get("avant").text
    someone.answer("avant", profil="1")
    assert "data-conditions" in someone.get("ici").text
