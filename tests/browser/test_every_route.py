"""Every page at phone and desktop width, in both languages: nothing overflows, nothing is clipped, nothing fails."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from functools import cache

import pytest
from axe_playwright_python.sync_playwright import Axe
from babel.messages.pofile import read_po
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page

from app.config import ROOT
from app.services import trial
from app.web.respond import visits
from tests.browser.conftest import CLOSED_WAVE, EMAIL, PASSWORD, REAL_WAVE, Site, sent_token, token_at
from tests.browser.windows import open_window
from tests.conftest import IS_FULL

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]

WIDTHS = (390, 1280)
DEMO = f"{trial.DEMO_KEY.format(trial.VERSION)}-1"
TRIAL = trial.TRIAL_KEY
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "RGAAv4"]
QUESTIONS = {"respond.ask", "respond.check", "respond.end", "respond.pause", "respond.contents"}
RECEIPTS = {"respond.receipt", "respond.confirm_withdrawal", "respond.gone"}
SIGN_IN = {"account.second_step", "account.ask_provider", "account.provider_answer"}
"""Steps of a sign-in, which tests/browser/test_sign_in.py goes through."""
EXPORTS = {"account.journal_csv", "account.journal_lines"}
NOT_PAGES = SIGN_IN | EXPORTS | {"security.static", "security.verify", "static", "healthz", "readyz", "respond.suggest"}
# Pages that say why one cannot go on here: what is not there, is over, or is another's.
EXPECTED = re.compile(r"status of (403|404|410)")
FILES = re.compile(r"\.(csv|html|xlsx)$")

OVERFLOWS = """() => {
  const wide = document.documentElement.scrollWidth > window.innerWidth;
  const clipped = [...document.querySelectorAll('main *')].filter(node => {
    const style = getComputedStyle(node);
    if (node.closest('.sr, .scroll, pre, svg, select') || style.display === 'inline') return false;
    const hides = style.overflowX === 'hidden' || style.overflowX === 'clip';
    return hides && node.scrollWidth > node.clientWidth + 1 && node.textContent.trim() !== '';
  }).map(node => node.outerHTML.slice(0, 120));
  return {wide, width: document.documentElement.scrollWidth, clipped};
}"""

IMPORT = 1
"""The number of the one import of the site."""


def staff_paths(site: Site) -> dict[str, list[str]]:
    """Endpoint -> its pages for the team."""
    return (
        analysis_paths()
        | design_paths(site)
        | {
            "account.home": ["/account/"],
            "account.set_up_authenticator": ["/account/authenticator"],
            "account.add_passkey": ["/account/passkeys/add"],
            "account.people": ["/account/people"],
            "account.person": ["/account/people/1"],
            "account.questionnaire_rights": ["/account/rights/impact-citoyens"],
            "account.journal": ["/account/journal"],
            "account.use_passkey": ["/account/passkey"],
            "account.accept_invitation": ["/account/invitation/rien"],
            "security.change_password": ["/account/password"],
            "fieldwork.waves": ["/fieldwork/"],
            "fieldwork.create": ["/fieldwork/new"],
            "fieldwork.wave": [f"/fieldwork/{key}/" for key in (DEMO, REAL_WAVE, CLOSED_WAVE)],
            "fieldwork.schedule": [f"/fieldwork/{REAL_WAVE}/schedule"],
            "fieldwork.codes": [f"/fieldwork/{REAL_WAVE}/codes"],
            "fieldwork.pause_wave": [f"/fieldwork/{DEMO}/pause"],
            "fieldwork.notice": [f"/fieldwork/{REAL_WAVE}/notice"],
            "fieldwork.open_wave": [f"/fieldwork/{REAL_WAVE}/open"],
            "fieldwork.close_wave": [f"/fieldwork/{DEMO}/close"],
            "interview.waves": ["/interview/"],
            "interview.telephone": [f"/interview/{TRIAL}/telephone"],
            "interview.screened_out": [f"/interview/{TRIAL}/telephone/exit/mineur"],
            "interview.forms": [f"/interview/{TRIAL}/paper"],
            "interview.settle": [f"/interview/{TRIAL}/paper/1/settle"],
            "interview.discard": [f"/interview/{TRIAL}/paper/1/discard"],
        }
    )


def design_paths(site: Site) -> dict[str, list[str]]:
    """Endpoint of the design of questionnaires -> its pages."""
    return {
        "design.questionnaires": ["/design/"],
        "design.questionnaire": ["/design/impact-citoyens/"],
        "design.version": [f"/design/versions/{site.version_id}", f"/design/versions/{site.draft_id}"],
        "design.publish": [f"/design/versions/{site.draft_id}/publish"],
        "design.retire": [f"/design/versions/{site.version_id}/retire"],
        "design.review": [f"/design/versions/{site.draft_id}/review"],
        "design.derive": [f"/design/versions/{site.version_id}/derive"],
        "design.new_questionnaire": ["/design/new"],
        "design.import_file": ["/design/import"],
        **{f"design.{name}": [] for name in ("file", "choose_versions")},
        "fieldwork.pass_wave": [],
        **{f"design.{name}": [] for name in ("show", "try_on", "try_again", "tried", "tried_state", "printed")},
        **{f"trying.{name}": [] for name in ("screen", "answer", "suggestions")},
        "design.proof": [f"/design/versions/{site.version_id}/proof", f"/design/versions/{site.draft_id}/proof"],
        "design.proof_part": [],
        "design.studio": [f"/design/versions/{site.draft_id}/studio", f"/design/versions/{site.draft_id}/studio?at=5"],
        "design.studio_find": [f"/design/versions/{site.draft_id}/studio/find?q=part"],
        "design.studio_languages": [f"/design/versions/{site.draft_id}/studio/languages"],
        "design.bank": [f"/design/versions/{site.draft_id}/studio/bank?q=partenariat"],
        "design.rule": [f"/design/versions/{site.draft_id}/studio/rule/1/when"],
        "design.studio_history": [f"/design/versions/{site.draft_id}/studio/history"],
        **{f"design.studio_{name}": [] for name in ("edit", "pulse", "paste")},
        "design.waive": [],
        "design.compare": [],
        "design.compare_part": [],
        "design.confirm": [],
        "design.codebook": ["/design/impact-citoyens/codebook"],
        "design.codebook_csv": [],
    }


def analysis_paths() -> dict[str, list[str]]:
    """Endpoint of the analysis -> its pages; parts of pages, files and acts have none of their own."""
    return wave_paths() | {
        "analyse.waves": ["/analyse/"],
        "analyse.trends_list": ["/analyse/trends"],
        "analyse.published_trend": ["/analyse/trends/published/opinion_citoyens"],
        "analyse.trend": ["/analyse/trends/impact-citoyens/utilite?origin=simulated"],
        "analyse.concept_trend": [
            "/analyse/trends/concepts/innovation_source/citoyens",
            "/analyse/trends/concepts/jouer_collectif_utility/citoyens?origin=simulated",
        ],
        "analyse.concept_trend_csv": [],
        "analyse.concept_trend_image": [],
        **{f"analyse.{kind}_{of}": [] for kind in ("trend", "published_trend") for of in ("csv", "image")},
        "analyse.concepts_register": ["/analyse/concepts"],
        "analyse.one_concept": ["/analyse/concepts/innovation_source"],
        "analyse.crossed_view": [
            "/analyse/crossed/innovation_source?first=citoyens&second=entreprises",
            "/analyse/crossed/innovation_source?origin=simulated",
        ],
        "analyse.crossed_csv": [],
        "analyse.crossed_svg": [],
        "analyse.imports": ["/analyse/imports/"],
        "analyse.new_import": ["/analyse/imports/new"],
        "analyse.one_import": [f"/analyse/imports/{IMPORT}"],
        "analyse.edit_import": [f"/analyse/imports/{IMPORT}/mapping"],
        "analyse.withdraw_import": [f"/analyse/imports/{IMPORT}/withdraw"],
        "analyse.import_part": [],
        "analyse.import_mapping": [],
        "analyse.review_import": [],
        "analyse.run_import": [],
        "analyse.remove_import": [],
        "analyse.territories": ["/analyse/territories", f"/analyse/territories?wave={DEMO}"],
        "analyse.territory_map": [
            f"/analyse/{DEMO}/territories?question=utilite",
            f"/analyse/{DEMO}/territories?question=fragilite_emploi&column=mean",
            f"/analyse/{REAL_WAVE}/territories",
        ],
        "analyse.territory": [f"/analyse/{DEMO}/territories/{region}" for region in (11, 94)],
        "analyse.territory_csv": [],
        "analyse.territory_svg": [],
    }


def wave_paths() -> dict[str, list[str]]:
    """Endpoint of the analysis of one wave -> its pages."""
    return {
        "analyse.wave": [f"/analyse/{DEMO}/", f"/analyse/{REAL_WAVE}/"],
        "analyse.table": [
            f"/analyse/{DEMO}/questions/{question}{by}"
            for question, by in (
                ("utilite", ""),
                ("utilite", "?by=region"),
                ("fragilite", ""),
                ("priorite", "?by=region"),
                ("impact_attendu", "?by=region"),
                ("heures", ""),
            )
        ],
        "analyse.live": [f"/analyse/{DEMO}/live", f"/analyse/{REAL_WAVE}/live"],
        "analyse.live_part": [],
        "analyse.method_sheet": [f"/analyse/{DEMO}/method", f"/analyse/{REAL_WAVE}/method"],
        "analyse.edit_method": [f"/analyse/{DEMO}/method/edit"],
        "analyse.recount": [],
        "analyse.weighting": [f"/analyse/{DEMO}/weighting"],
        "analyse.weightings": [f"/analyse/{DEMO}/weightings"],
        "analyse.one_weighting": [f"/analyse/{DEMO}/weightings/{number}" for number in (2, 3, 4)],
        "analyse.weighting_part": [],
        "analyse.use_weighting": [f"/analyse/{DEMO}/weightings/2/use"],
        "analyse.delete_weighting": [f"/analyse/{DEMO}/weightings/4/delete"],
        "analyse.compare_weightings": [f"/analyse/{DEMO}/weightings/compare?one=1&other=2"],
        "analyse.workspace": [
            f"/analyse/{DEMO}/workspace",
            f"/analyse/{DEMO}/workspace?question=utilite&by=region&test=both&filter=sexe+=+'femme'&condition=age",
            f"/analyse/{DEMO}/workspace?question=rien&filter=sexe+=&test=rien",
        ],
    }


def public_paths() -> dict[str, list[str]]:
    """Endpoint -> its pages for anyone."""
    return {
        "observatory.home": ["/"],
        "security.login": ["/account/login"],
        "respond.entry": [f"/r/{key}/" for key in (TRIAL, REAL_WAVE, CLOSED_WAVE)],
        "respond.data": [f"/r/{TRIAL}/donnees"],
        "respond.accessibility": [f"/r/{TRIAL}/accessibilite"],
        "respond.help_page": [f"/r/{TRIAL}/aide"],
        "respond.wait": [f"/r/{TRIAL}/file-d-attente"],
        "respond.resume_here": [f"/r/{TRIAL}/reprendre-ici"],
        "respond.resume_by_link": [f"/r/{TRIAL}/reprendre-ici/AAAA-BBBB-CCCC-DDDD"],
        "respond.invited": [f"/r/{TRIAL}/invitation/AAAA-BBBB-CCCC-DDDD"],
        "observatory.legal": ["/mentions-legales"],
        "observatory.privacy": ["/donnees-personnelles"],
        "observatory.accessibility": ["/accessibilite"],
        "respond.leave": [f"/r/{TRIAL}/sortie/mineur"],
    }


@pytest.fixture
def problems() -> list[str]:
    """What was wrong, page by page."""
    return []


@pytest.fixture(params=["fr", "en"])
def language(request: pytest.FixtureRequest) -> str:
    """The language of the browser."""
    found: str = request.param
    return found


@pytest.fixture
def context(browser: Browser, language: str) -> Iterator[BrowserContext]:
    """A browser of that language."""
    context = browser.new_context(locale="fr-FR" if language == "fr" else "en-GB")
    yield context
    context.close()


def look(page: Page, url: str, problems: list[str], language: str, has_axe: bool = True) -> None:
    """Open a page, at both widths, and note everything that is wrong with it; axe looks at the last one."""
    errors: list[str] = []
    listen = lambda message: errors.append(message.text) if message.type == "error" else None  # noqa: E731
    page.on("console", listen)
    answer = page.goto(url)
    assert answer is not None
    if answer.status >= 500:
        problems.append(f"{url} {answer.status}")
    # A phone in one language, a desk in the other: axe is the slowest of all that is done here.
    for width in WIDTHS if language == "fr" else reversed(WIDTHS):
        page.set_viewport_size({"width": width, "height": 900})
        found = page.evaluate(OVERFLOWS)
        if found["wide"] or found["clipped"]:
            problems.append(f"{url} at {width}: {found}")
    page.remove_listener("console", listen)
    problems.extend(f"{url}: {error}" for error in errors if not EXPECTED.search(error))
    if has_axe:
        problems.extend(violations(page, url))
    if language == "en":
        text = page.locator("body").inner_text()
        problems.extend(f"{url}: not translated: {msgid}" for msgid in untranslated(text))


def violations(page: Page, said: str) -> list[str]:
    """What axe finds on a page."""
    options = {"runOnly": {"type": "tag", "values": AXE_TAGS}, "resultTypes": ["violations"]}
    found = Axe().run(page, options=options).response["violations"]
    return [f"{said}: {one['id']} {one['nodes'][0]['html'][:160]}" for one in found]


def untranslated(text: str) -> list[str]:
    """French sentences of ours that stand in an English page."""
    return [msgid for msgid in french_sentences() if msgid in text]


@cache
def french_sentences() -> tuple[str, ...]:
    """Our sentences that read otherwise in English."""
    with (ROOT / "app/translations/en/LC_MESSAGES/messages.po").open("rb") as file:
        catalogue = read_po(file)
    found = [message.id for message in catalogue if isinstance(message.id, str) and len(message.id) > 12]
    return tuple(msgid for msgid in found if "%" not in msgid and catalogue[msgid].string != msgid)


def test_public_and_respondent_pages(site: Site, context: BrowserContext, language: str, problems: list[str]) -> None:
    page = context.new_page()
    for paths in public_paths().values():
        for path in paths:
            look(
                page,
                f"{site.url}{path}?lang={language}" if path.startswith("/r/") else site.url + path,
                problems,
                language,
            )
    assert not problems, "\n".join(problems)


def test_question_pages_empty_and_with_errors(
    site: Site, context: BrowserContext, language: str, problems: list[str]
) -> None:
    window = open_window(context)
    page = window.page
    page.goto(f"{site.url}/r/{TRIAL}/?lang={language}")
    window.press("main form button.b")
    look(page, page.url, problems, language)
    window.go()
    assert page.locator(".summary").count() == 1
    assert page.title().startswith(("Erreur", "Error"))
    problems += violations(page, "errors")
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("language", ["fr"])
def test_the_pages_of_a_response(site: Site, context: BrowserContext, language: str, problems: list[str]) -> None:
    page = context.new_page()
    use_token(context, site, token_at(site.platform, ""))
    for name in ("profil", "situation", "territoire", "collectif", "effets", "action", "engagement", "demain"):
        look(page, f"{site.url}/r/{TRIAL}/{name}", problems, language)
    for name in ("envoi", "pause", "les-parties"):
        look(page, f"{site.url}/r/{TRIAL}/{name}", problems, language)
    use_token(context, site, sent_token(site.platform))
    for name in ("fin", "mes-reponses", "mes-reponses/retirer", "mes-reponses/retirees"):
        look(page, f"{site.url}/r/{TRIAL}/{name}", problems, language)
    assert not problems, "\n".join(problems)


def press(page: Page, button: str) -> None:
    """Press a button and wait for the page that it leads to."""
    with page.expect_navigation():
        page.locator(button).first.click()


def use_token(context: BrowserContext, site: Site, token: str) -> None:
    """Hold another response."""
    context.clear_cookies(name="reponse")
    value = visits.seal(site.platform.settings.secret_key, token, int(time.time()))
    context.add_cookies([{"name": "reponse", "value": value, "url": f"{site.url}/r/{TRIAL}/"}])


def test_staff_pages(site: Site, context: BrowserContext, language: str, problems: list[str]) -> None:
    page = context.new_page()
    page.goto(f"{site.url}/account/login")
    page.locator("input[name=email]").fill(EMAIL)
    page.locator("input[name=password]").fill(PASSWORD)
    press(page, "main form button.b")
    for paths in staff_paths(site).values():
        for number, path in enumerate(paths):
            # The same markup in both languages, on pages that are long: once is enough outside the whole matrix;
            # and what a page shows of other data is read in one language.
            if not IS_FULL and language == "en" and number:
                continue
            has_axe = IS_FULL or (language == "fr" and number == 0)
            look(page, site.url + path, problems, language, has_axe)
    assert not problems, "\n".join(problems)


def test_every_page_is_in_these_lists(app: Flask) -> None:
    site = Site("", app.extensions["impact"], 1, 2)
    seen = set(staff_paths(site)) | set(public_paths()) | QUESTIONS | RECEIPTS | NOT_PAGES
    pages = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and not FILES.search(rule.rule)
    }
    assert pages - seen == set()
