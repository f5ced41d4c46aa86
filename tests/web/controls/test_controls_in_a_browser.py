"""Every type of question in a real browser: accessible, as wide as the window, answered with the keyboard."""

from __future__ import annotations

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser
from werkzeug.datastructures import MultiDict

from app.config import ROOT
from app.web.controls.compiled import Note, compile_question
from app.web.controls.fields import read_page
from tests.questionnaires.builders import page as page_of
from tests.questionnaires.builders import questionnaire
from tests.web.controls.samples import EVERY

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

STYLE = Path(ROOT / "app" / "web" / "respond" / "static" / "respond.css").read_text(encoding="utf-8")
WIDTHS = (360, 768, 1280)
ASKED = questionnaire(page_of("une", *(question for question, _ in EVERY)))
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SMALL = """() => [...document.querySelectorAll('label.c, label.n, label.rank, .f')]
  .filter(node => node.getBoundingClientRect().height < 40 || node.getBoundingClientRect().width < 40)
  .map(node => node.outerHTML.slice(0, 120))"""
SENT = "() => [...new FormData(document.querySelector('form')).entries()]"


def document(*, answered: bool = False, wrong: bool = False) -> str:
    """A page of every type: blank, answered, or with a problem at each answer."""
    notes = {key: Note(("Répondez à cette question.",)) for one, _ in EVERY for key in one.keys} if wrong else {}
    typed = {"commune": ("saint-denis",), "jour": ("31", "2", "2022")} if wrong else {}
    pieces: list[str] = []
    for question, given in EVERY:
        pieces += compile_question(question, "fr").fill(given if answered else {}, notes, typed)
    return (
        '<!DOCTYPE html><html lang="fr"><head><meta charset="utf-8"><title>Essai</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style></head>'
        f'<body><main><div class="wrap"><h1>Essai</h1><form novalidate>{"".join(pieces)}</form></div></main></body>'
        "</html>"
    )


@pytest.mark.full  # tests/browser/test_every_type.py looks at the same types in the pages that hold them
@pytest.mark.parametrize(
    ("state", "scheme", "width"),
    [("blank", "light", 1280), ("answered", "dark", 360), ("wrong", "light", 360), ("wrong", "dark", 768)],
)
def test_every_type_is_accessible(browser: Browser, state: str, scheme: str, width: int) -> None:
    context = browser.new_context(color_scheme=scheme, locale="fr-FR", viewport={"width": width, "height": 900})
    page = context.new_page()
    page.set_content(document(answered=state == "answered", wrong=state == "wrong"))
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": RULES}}).response["violations"]
    context.close()
    assert [(one["id"], one["nodes"][0]["html"][:160]) for one in found] == []


@pytest.mark.parametrize("state", ["answered", "wrong"])
def test_every_type_fits_the_window_and_the_finger(browser: Browser, state: str) -> None:
    context = browser.new_context(locale="fr-FR")
    page = context.new_page()
    page.set_content(document(answered=True, wrong=state == "wrong"))
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(SMALL) == [], f"targets at {width}"
    context.close()


def test_every_type_is_answered_with_the_keyboard(browser: Browser) -> None:
    context = browser.new_context(locale="fr-FR")
    page = context.new_page()
    page.set_content(document())
    page.get_by_label("Oui").first.press("Space")
    page.get_by_label("Jour", exact=True).press_sequentially("1")
    page.keyboard.press("Tab")
    page.keyboard.type("3")
    page.keyboard.press("Tab")
    page.keyboard.type("2022")
    ranks = page.get_by_role("group", name="rangs")
    for label, rank in (("a", "2"), ("b", "1"), ("c", "3")):
        ranks.get_by_label(label, exact=True).select_option(label=rank)
    page.locator("select[name='mois.m']").select_option(label="mars")
    page.locator("[name='mois.y']").fill("2022")
    page.get_by_label("heures").fill("1")
    page.get_by_label("minutes").fill("35")
    page.get_by_label("commune", exact=True).fill("rennes")
    page.get_by_label("Ligne 1").fill("Mairie")
    page.get_by_role("group", name="etat").get_by_label("c", exact=True).press("Space")
    page.get_by_label("J’accepte que ma réponse").first.press("Space")
    sent = MultiDict([tuple(pair) for pair in page.evaluate(SENT)])
    context.close()
    answers = {name: answer for name, answer in read_page(ASKED, "une", None, sent).answers.items() if answer}
    assert answers == {
        "deja": 1,
        "jour": 738215,
        "rangs": (2, 1, 3),
        "mois": 12 * 2022 + 2,
        "trajet": 95,
        "commune": "35238",
        "commune_name": "Rennes",
        "commune_department": "35",
        "commune_region": 53,
        "commune_cog": 2025,
        "partenaires": (1,),
        "partenaires[1]": "Mairie",
        "apports_etat": (3,),
        "sante_consent": 1,
    }
