"""What the script adds beside the questions: nothing typed is lost, what is posted is what is shown."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Locator, Page, expect

from questionnaires.model import Required
from tests.factories import Field, launch
from tests.questionnaires.builders import (
    allocation,
    asking_words,
    choices,
    date,
    multiple,
    multiple_grid,
    number,
    page,
    questionnaire,
    ranking,
    roster,
    single,
    suggester,
    text,
    words,
)
from tests.serving import serve
from tests.web.respond.test_answering import given
from tests.web.respond.visitors import arrive

pytestmark = pytest.mark.browser

FREE = {"required": Required.NO}
COMFORT = questionnaire(
    page(
        "ici",
        multiple(
            "soucis",
            choices=asking_words(choices("emploi", "climat", "logement", "autre", "aucun", exclusive="aucun"), "autre"),
            maximum=2,
            no_opinion=True,
            **FREE,
        ),
        single("aide", choices=asking_words(choices("amis", "autre"), "autre"), **FREE),
        multiple_grid("apports", "etat", "region", no_opinion=True, **FREE),
        number("prix", no_opinion=True, **FREE),
        date("jour", refusal=True, **FREE),
        allocation("parts", "un", "deux", "trois", decimals=1, total=1000, unit=words("%"), **FREE),
        text("recit", long=True, maximum=60, **FREE),
        ranking("rangs", "a", "b", "c", "d", top=3, no_opinion=True, **FREE),
        suggester("commune", refusal=True, **FREE),
        roster("lieux", maximum=3, no_opinion=True, **FREE),
    ),
    page("apres", single("fin", "oui", "non")),
)


@pytest.fixture
def field(app: Flask) -> Field:
    """An open wave of that questionnaire."""
    return launch(app.extensions["impact"].database, COMFORT)


@pytest.fixture
def site(app: Flask, field: Field) -> Iterator[str]:
    """Address of the wave on a loopback port."""
    with serve(app) as root:
        yield f"{root}/r/{field.key}/"


@pytest.fixture
def shown(browser: Browser, site: str) -> Iterator[Page]:
    """The page of controls on a phone."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="fr-FR")
    one = context.new_page()
    one.set_default_timeout(5_000)
    one.goto(site)
    one.get_by_role("button", name="Commencer").click()
    one.wait_for_url("**/ici*")
    yield one
    context.close()


def ask(page: Page, name: str) -> Locator:
    return page.locator(f"#q-{name}")


def sent(page: Page, name: str) -> list[str]:
    """What the form posts under a name."""
    found: list[str] = page.evaluate(
        "name => new FormData(document.getElementById('page')).getAll(name).filter(Boolean)", name
    )
    return found


def go_on(page: Page) -> None:
    page.locator(".go").get_by_role("button", name="Continuer").click()
    page.wait_for_url("**/apres*")


def test_an_exclusive_choice_and_the_others_untick_each_other(shown: Page) -> None:
    worries = ask(shown, "soucis")
    worries.get_by_label("emploi").check()
    worries.get_by_label("aucun").check()
    assert sent(shown, "soucis") == ["5"]
    worries.get_by_label("climat").check()
    assert sent(shown, "soucis") == ["2"]
    expect(shown.locator("#said")).to_contain_text("Décoché\u00a0: aucun.")
    worries.get_by_label("Je ne me prononce pas").check()
    assert sent(shown, "soucis") == ["nsp"]
    row = ask(shown, "apports").get_by_role("group", name="etat")
    row.get_by_label("b", exact=True).check()
    row.locator("[value=nsp]").check()
    assert sent(shown, "apports_etat") == ["nsp"]
    row.get_by_label("c", exact=True).check()
    assert sent(shown, "apports_etat") == ["3"]


def test_an_absence_gives_back_what_it_emptied(shown: Page) -> None:
    for part, value in zip(("Jour", "Mois", "Année"), ("1", "3", "2022"), strict=True):
        ask(shown, "jour").get_by_label(part).fill(value)
    refuse = ask(shown, "jour").get_by_label("Je ne souhaite pas répondre")
    refuse.check()
    assert sent(shown, "jour.y") == []
    refuse.uncheck()
    assert (sent(shown, "jour.d"), sent(shown, "jour.y")) == (["1"], ["2022"])
    ask(shown, "prix").get_by_label("Je ne me prononce pas").check()
    ask(shown, "prix").get_by_role("textbox").press_sequentially("12")
    assert sent(shown, "prix") == ["12"]
    ask(shown, "lieux").get_by_role("textbox").first.fill("Mairie")
    ask(shown, "lieux").get_by_label("Je ne me prononce pas").check()
    assert sent(shown, "lieux[1]") == []
    ask(shown, "lieux").get_by_role("textbox").nth(1).fill("Gare")
    assert (sent(shown, "lieux"), sent(shown, "lieux[1]")) == ([], ["Mairie"])


@pytest.mark.full
def test_words_beside_a_choice_choose_it(shown: Page, field: Field) -> None:
    ask(shown, "soucis").get_by_label("emploi").check()
    ask(shown, "soucis").get_by_label("Précisez").fill("Bruit")
    assert sent(shown, "soucis") == ["1", "4"]
    ask(shown, "aide").get_by_label("amis").check()
    ask(shown, "aide").get_by_label("Précisez").fill("Voisins")
    assert sent(shown, "aide") == ["1"], "another answer stays, as on the server"
    go_on(shown)
    assert given(field)["soucis"] == [1, 4]


@pytest.mark.full
def test_the_choices_left_are_told_and_none_is_disabled(shown: Page) -> None:
    worries, left = ask(shown, "soucis"), ask(shown, "soucis").locator(".left")
    place = "node => [node.getBoundingClientRect().top + scrollY, node.offsetHeight]"
    before = worries.evaluate(place)
    worries.get_by_label("emploi").check()
    expect(left).to_have_text("Réponses encore possibles\u00a0: 1.")
    worries.get_by_label("climat").check()
    expect(left).to_contain_text("le maximum")
    worries.get_by_label("logement").check()
    expect(left).to_have_text("Réponses en trop\u00a0: 1. Gardez-en 2 au plus.")
    assert worries.evaluate(place) == before, "nothing has moved"


def test_a_total_is_exact_in_both_notations(shown: Page) -> None:
    total, inputs = ask(shown, "parts").locator("output"), ask(shown, "parts").get_by_role("textbox")
    assert total.get_attribute("aria-live") == "polite"
    inputs.nth(0).fill("33,3")
    inputs.nth(1).fill("33.3")
    expect(total).to_have_text("Total\u00a0: 66,6\u00a0%. Il reste 33,4\u00a0% à répartir.")
    inputs.nth(2).fill("33,4")
    expect(total).to_have_text("Total\u00a0: 100\u00a0%. Le compte est juste.")
    inputs.nth(2).fill("40")
    expect(total).to_have_text("Total\u00a0: 106,6\u00a0%. Il y a 6,6\u00a0% de trop.")
    inputs.nth(2).fill("beaucoup")
    expect(total).to_be_empty()


def test_a_long_text_tells_what_remains_and_cuts_nothing(shown: Page) -> None:
    area, left = ask(shown, "recit").get_by_role("textbox"), shown.locator("#recit-m")
    area.fill("Ensemble")
    expect(left).to_have_text("Caractères restants\u00a0: 52.")
    expect(shown.locator("#said")).to_have_count(0)
    area.fill("a" * 45)
    expect(shown.locator("#said")).to_have_text("Caractères restants\u00a0: 15.")
    area.fill("e\u0301" * 70)
    expect(left).to_have_text("Caractères en trop\u00a0: 10. Raccourcissez votre texte.")
    assert len(area.input_value()) == 140


def test_a_ranking_is_made_with_the_keyboard(shown: Page, field: Field) -> None:
    ranks = ask(shown, "rangs")
    for choice in ("c", "a", "d"):
        ranks.get_by_role(
            "button", name=f"Classer « {choice} »".replace("« ", "«\u00a0").replace(" »", "\u00a0»")
        ).press("Enter")
    assert shown.evaluate("document.activeElement.closest('.rank').innerText").startswith("3")
    expect(shown.locator("#said")).to_contain_text("«\u00a0d\u00a0»\u00a0: rang 3 sur 3.")
    ranks.get_by_role("button", name="Monter «\u00a0d").press("Enter")
    assert shown.evaluate("document.activeElement.getAttribute('aria-label')").startswith("Monter «\u00a0d")
    shown.keyboard.press("Enter")
    assert shown.evaluate("document.activeElement.getAttribute('aria-label')").startswith("Descendre «\u00a0d")
    ranks.get_by_role("button", name="Classer «\u00a0b").press("Enter")
    expect(shown.locator("#said")).to_contain_text("Les 3 rangs sont donnés")
    assert sorted(sent(shown, "rangs")) == ["1:3", "3:2", "4:1"]
    ranks.get_by_label("Je ne me prononce pas").check()
    assert sent(shown, "rangs") == ["nsp"]
    ranks.get_by_label("Je ne me prononce pas").uncheck()
    ranks.get_by_role("button", name="Ne plus classer «\u00a0a").press("Enter")
    ranks.get_by_role("button", name="Classer «\u00a0b").press("Enter")
    go_on(shown)
    assert given(field)["rangs"] == [4, 3, 2]


@pytest.mark.full
def test_a_ranking_is_made_by_dragging(shown: Page) -> None:
    ranks = ask(shown, "rangs")
    for choice in ("a", "b", "c"):
        ranks.get_by_role("button", name=f"Classer «\u00a0{choice}").click()
    last, first = ranks.locator(".place").nth(2).bounding_box(), ranks.locator(".place").first.bounding_box()
    assert last is not None
    assert first is not None
    shown.mouse.move(last["x"] + 5, last["y"] + 5)
    shown.mouse.down()
    shown.mouse.move(first["x"] + 5, first["y"] + 20, steps=5)
    shown.mouse.move(first["x"] + 5, first["y"] - 5, steps=5)
    shown.mouse.up()
    assert sorted(sent(shown, "rangs")) == ["1:2", "2:3", "3:1"]
    assert ranks.locator(".rank").first.inner_text().startswith("1")


def test_a_place_is_chosen_among_those_proposed(shown: Page, field: Field) -> None:
    typed = shown.get_by_role("combobox", name="commune")
    typed.press_sequentially("renn")
    expect(shown.get_by_role("option").first).to_contain_text("Rennes (35)")
    typed.press("ArrowDown")
    assert typed.get_attribute("aria-activedescendant") == shown.get_by_role("option").first.get_attribute("id")
    typed.press("Enter")
    assert shown.url.partition("?")[0].endswith("/ici"), "Enter chooses, and sends nothing"
    expect(shown.get_by_role("option")).to_have_count(0)
    assert sent(shown, "commune") == ["Rennes (35)", "#35238"]
    typed.press("Backspace")
    expect(shown.get_by_role("option").first).to_be_visible()
    assert sent(shown, "commune") == ["Rennes (35"], "words typed anew are newer than what was chosen"
    typed.press("Escape")
    expect(shown.get_by_role("option")).to_have_count(0)
    go_on(shown)
    assert given(field)["commune"] == "35238"


@pytest.mark.full
def test_without_network_nothing_is_proposed_and_words_do(shown: Page, field: Field) -> None:
    shown.route("**/suggestions/**", lambda route: route.abort())
    errors: list[str] = []
    shown.on("pageerror", lambda error: errors.append(str(error)))
    shown.get_by_role("combobox", name="commune").press_sequentially("rennes")
    go_on(shown)
    assert (given(field)["commune"], errors) == ("35238", [])


def test_the_controls_are_accessible_with_the_script(shown: Page) -> None:
    ask(shown, "rangs").get_by_role("button", name="Classer «\u00a0b").click()
    ask(shown, "soucis").get_by_label("emploi").check()
    shown.get_by_role("combobox", name="commune").press_sequentially("renn")
    expect(shown.get_by_role("option").first).to_be_visible()
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    found = Axe().run(shown, options={"runOnly": {"type": "tag", "values": tags}}).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"][:160]) for one in found] == []
    small = shown.evaluate(
        "() => [...document.querySelectorAll('.rank button:not([hidden]), .options li')].filter(node => {"
        " const box = node.getBoundingClientRect(); return box.height && (box.height < 44 || box.width < 44) })"
        ".map(node => node.outerHTML)"
    )
    assert small == []


def test_suggestions_are_for_questions_that_have_some(client: FlaskClient, field: Field) -> None:
    someone = arrive(client, field)
    found = someone.client.get(f"/r/{field.key}/suggestions/commune?q=rennes")
    places, many = found.get_json(), someone.client.get(f"/r/{field.key}/suggestions/commune?q=s").get_json()
    assert places[0] == {"code": "35238", "label": "Rennes (35)", "more": places[0]["more"]}
    assert len(many) == 10
    assert found.headers["Cache-Control"].startswith("private")
    assert someone.client.get(f"/r/{field.key}/suggestions/prix?q=rennes").status_code == 404
    assert someone.client.get(f"/r/{field.key}/suggestions/ailleurs?q=rennes").status_code == 404
