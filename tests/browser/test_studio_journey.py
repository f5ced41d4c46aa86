"""From an empty draft to a respondent who finishes across two versions: with the mouse, then by keyboard alone."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from flask_security import hash_password
from playwright.sync_api import Browser
from sqlalchemy import select

from app.models import Response, Wave
from app.services import accounts, authoring, drafting
from app.services.drafting import checking
from app.services.proving import running
from app.services.responding import ResponseState
from questionnaires.definition.questions import QUESTIONS
from tests.browser.conftest import PASSWORD, House, serve_new
from tests.browser.hands import READY, Hands
from tests.browser.walkers import Walker
from tests.browser.windows import open_browser
from tests.factories import Field

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

DESIGNER, COLLEAGUE = "camille@example.org", "dominique@example.org"
KEY, WAVE = "vie-associative", "vie-associative-2026"
PARTS: tuple[tuple[tuple[str, str, str], ...], ...] = (
    (
        ("single", "Engagement", "Involvement"),
        ("single", "Motif", "Reason"),
        ("yes-no", "Don", "Gift"),
        ("likert", "Accord", "Agreement"),
        ("consent", "Contact", "Contact"),
    ),
    (
        ("multiple", "Causes", "Causes"),
        ("ranking", "Ordre", "Order"),
        ("number", "Heures", "Hours"),
        ("year", "Depuis", "Since"),
        ("month", "Mois", "Month"),
    ),
    (
        ("date", "Jour", "Day"),
        ("duration", "Trajet", "Journey"),
        ("score", "Satisfaction", "Satisfaction"),
        ("score-grid", "Notes", "Marks"),
        ("choice-grid", "Choix", "Choices"),
    ),
    (
        ("multiple-grid", "Plusieurs", "Several"),
        ("number-grid", "Nombres", "Numbers"),
        ("allocation", "Partage", "Sharing"),
        ("suggester", "Commune", "Town"),
        ("roster", "Membres", "Members"),
    ),
    (
        ("text", "Role", "Role"),
        ("number", "Age", "Age"),
        ("information", "Fin", "End"),
        ("score", "Confiance", "Trust"),
        ("text", "Remarque", "Remark"),
    ),
)
ROSTER, REPEATED = "membres", 4


@dataclass
class Team:
    """A designer who works, and a colleague who reviews and opens the waves."""

    house: House
    hands: Hands
    colleague: Hands
    version_id: int = 0
    elements: dict[str, int] = field(default_factory=dict)

    @property
    def base(self) -> str:
        """Address of the draft or of the version."""
        return f"{self.house.url}/design/versions/{self.version_id}"

    def check(self) -> None:
        """What the worker does after an edit: read the draft again and prove it."""
        checking.check_draft(self.house.platform.database, self.version_id)

    def open(self, at: int) -> None:
        """Stand on an element in the studio."""
        self.hands.open_studio(f"{self.base}/studio?at={at}")
        self.hands.page.locator(f"#properties #p{at}-form").wait_for()


@pytest.fixture(params=[False, True], ids=["mouse", "keyboard"])
def team(request: pytest.FixtureRequest, browser: Browser, sqlite_template: Path, tmp_path: Path) -> Iterator[Team]:
    """A platform without anything, where publication needs a second person."""
    with serve_new(sqlite_template, tmp_path, IMPACT_REVIEW="required") as house:
        with house.app.app_context():
            hashed = hash_password(PASSWORD)
        with house.platform.database.transaction() as session:
            for email, name, roles in (
                (DESIGNER, "Camille Renard", ["designer"]),
                (COLLEAGUE, "Dominique Petit", ["designer", "administrator"]),
            ):
                accounts.create_account(session, email=email, name=name, password_hash=hashed, roles=roles)
        windows = [open_browser(browser), open_browser(browser)]
        team = Team(house, *(Hands(window, request.param) for window in windows))
        team.hands.sign_in(house, DESIGNER)
        team.colleague.sign_in(house, COLLEAGUE)
        yield team
        for window in windows:
            window.page.context.close()


def begin(team: Team) -> None:
    """A questionnaire in two languages."""
    hands = team.hands
    hands.window.open(f"{team.house.url}/design/")
    hands.follow("main a[href$='/design/new']")
    hands.write("#title", "Vie associative")
    hands.write("#key", KEY)
    hands.choose("#population", "associations")
    hands.write("#languages", "fr en")
    hands.write("#version", "2026")
    hands.follow("main form button.main")
    hands.page.wait_for_function(READY)
    found = re.search(r"/versions/(\d+)/studio", hands.page.url)
    assert found
    team.version_id = int(found[1])


def build(team: Team) -> None:
    """25 questions on five pages of five parts: every type, each text in both languages."""
    hands = team.hands
    for number, questions in enumerate(PARTS):
        if number:
            add_part(hands)
        head = hands.page.locator("#canvas .part-head")
        team.elements[f"part {number}"] = int(head.get_attribute("data-element") or "0")
        page = team.elements[f"page {number}"] = page_shown(hands)
        for type_, french, english in questions:
            add(team, page, type_, french, english)


def page_shown(hands: Hands) -> int:
    """The first page of the part on the screen."""
    return int(hands.page.locator("#canvas section.sheet").first.get_attribute("data-element") or "0")


def add_part(hands: Hands) -> None:
    """Add a part, and wait until its page is on the screen instead of the part before."""
    before = page_shown(hands)
    hands.edit("#add-section")
    other = "was => +document.querySelector('#canvas section.sheet')?.dataset.element !== was"
    hands.page.wait_for_function(other, arg=before)


def add(team: Team, page: int, type_: str, french: str, english: str) -> None:
    """Add a question to a page and word it."""
    hands = team.hands
    adding = f"#e{page} details.adding"
    if hands.page.locator(f"{adding}[open]").count() == 0:
        hands.press(f"{adding} > summary")
    hands.choose(f"#e{page}-type", type_)
    element = hands.edit(f"#e{page}-add")
    hands.say(element, "text-fr", french)
    hands.say(element, "text-en", english)
    hands.page.locator(f"#e{element}-t", has_text=french).wait_for()
    team.elements[french] = element


def repeat(team: Team) -> None:
    """The last part is asked for each member of the roster."""
    hands, part = team.hands, team.elements[f"part {REPEATED}"]
    hands.press(f"#e{part}-open")
    hands.page.locator(f"#p{part}-repeat").wait_for()
    hands.choose(f"#p{part}-repeat", ROSTER)
    hands.edit(f"#p{part}-apply")


def condition(hands: Hands, id_: str, place: str, variable: str, rank: int) -> None:
    """A line of the menus: this question has its first, second… value."""
    at = f"[id='{id_}-{place}-"
    hands.choose(f"{at}variable']", variable)
    hands.page.locator(f"{at}operator']").wait_for()
    hands.choose(f"{at}operator']", "=")
    hands.page.locator(f"{at}value']").wait_for()
    offered = hands.page.locator(f"{at}value'] option").nth(rank)
    hands.choose(f"{at}value']", offered.get_attribute("value") or "")


def filters(team: Team) -> None:
    """A filter by menus that nobody can meet, a sound one, and a check that traps some."""
    hands, motif, accord = team.hands, team.elements["Motif"], team.elements["Accord"]
    team.open(motif)
    hands.follow(f"#p{motif}-when")
    condition(hands, f"r{motif}-when", "g.0", "engagement", 1)
    hands.press(f"[id='r{motif}-when-add-g']")
    condition(hands, f"r{motif}-when", "g.1", "engagement", 2)
    hands.follow(f"#r{motif}-when-save")
    team.open(accord)
    hands.follow(f"#p{accord}-when")
    condition(hands, f"r{accord}-when", "g.0", "don", 1)
    hands.follow(f"#r{accord}-when-save")
    page = team.elements["page 1"]
    team.open(page)
    hands.press(f"#e{page} details.adding > summary")
    check = team.elements["check"] = hands.edit(f"#e{page}-add-check")
    hands.choose(f"#p{check}-severity", "blocking")
    hands.edit(f"#p{check}-apply")
    hands.follow(f"#p{check}-rule")
    hands.press(f"#r{check}-rule-as-text")
    hands.page.locator(f"#r{check}-rule-text").wait_for()
    hands.write(f"#r{check}-rule-text", "engagement = 'choice_1'")
    hands.follow(f"#r{check}-rule-save")


def shown(team: Team, name: str) -> None:
    """Press « Montrer » beside an element: the preview opens on its page; then come back to the studio."""
    hands = team.hands
    hands.follow(f"#e{team.elements[name]} .find form button")
    assert "/try/" in hands.page.url
    hands.page.frame_locator("iframe").locator("main h1").wait_for()


def mend(team: Team) -> None:
    """The two problems are beside their elements, in words; each is shown, then mended."""
    hands, motif, check = team.hands, team.elements["Motif"], team.elements["check"]
    team.check()
    team.open(motif)
    assert hands.page.locator(f"#e{motif} .find strong").first.inner_text() == "À régler."
    shown(team, "Motif")
    assert hands.page.frame_locator("iframe").get_by_text("Engagement").count(), "the page where it would be asked"
    hands.follow("a[href*='/studio?page=']")
    hands.page.wait_for_function(READY)
    team.open(motif)
    hands.follow(f"#p{motif}-when")
    hands.press(f"[id='r{motif}-when-remove-g.1']")
    hands.page.locator(f"[id='r{motif}-when-g.1-variable']").wait_for(state="detached")
    hands.follow(f"#r{motif}-when-save")
    team.check()
    team.open(check)
    assert hands.page.locator(f"#e{check} .find strong").first.inner_text() == "À régler."
    shown(team, "check")
    assert hands.page.locator("section[aria-labelledby='s-answers'] dd").count(), "the answers of the witness"
    hands.follow("a[href*='/studio?page=']")
    hands.page.wait_for_function(READY)
    hands.press(f"#e{check}-open")
    hands.page.locator(f"#p{check}-severity").wait_for()
    hands.choose(f"#p{check}-severity", "warning")
    hands.edit(f"#p{check}-apply")
    team.check()
    team.open(check)
    assert hands.page.locator("#canvas .find:not(.lesser)").count() == 0


def review_and_publish(team: Team, message: str) -> None:
    """The designer asks, cannot publish alone; the colleague approves; the designer publishes."""
    hands, colleague = team.hands, team.colleague
    hands.window.open(f"{team.base}/review")
    hands.write("#request-text", "Tout est prêt, merci de relire.")
    hands.follow("button[value=request]")
    hands.window.open(f"{team.base}/publish")
    assert hands.page.locator("button[value=publish]").is_disabled(), "a designer does not publish alone"
    colleague.window.open(f"{team.base}/review")
    colleague.write("#changes-text", "Relu, rien à redire.")
    colleague.follow("button[value=approve]")
    hands.window.open(f"{team.base}/publish")
    hands.write("#message", message)
    hands.follow("button[value=publish]")
    with team.house.platform.database.reading() as session:
        assert authoring.get_version(session, team.version_id)[0].status == "published"


def open_wave(team: Team) -> Field:
    """The colleague opens a trial wave."""
    hands, url = team.colleague, team.house.url
    hands.window.open(f"{url}/fieldwork/new")
    hands.write("#name", "Vie associative, automne 2026")
    hands.write("#key", WAVE)
    hands.choose("#version", str(team.version_id))
    hands.tick("input[name=origin][value=trial]")
    hands.follow("main form button.main")
    hands.window.open(f"{url}/fieldwork/{WAVE}/open")
    hands.follow("main form button.main")
    return field_of(team)


def field_of(team: Team) -> Field:
    """The wave, on the version that it asks now."""
    database = team.house.platform.database
    with database.reading() as session:
        wave = session.scalars(select(Wave).filter_by(key=WAVE)).one()
        assert wave.status == "open"
        asked = authoring.get_version(session, wave.version_id)[1]
        return Field(database, WAVE, wave.id, wave.version_id, asked)


def looks_well(walker: Walker) -> None:
    """Nothing overflows, is too small or says an error."""
    faults = walker.window.faults(with_axe=False)
    assert not faults, "\n".join([walker.window.page.url, *faults])


def succeed(team: Team) -> int:
    """A successor with one part more, compared and confirmed; gives the version that it follows."""
    hands, old = team.hands, team.version_id
    hands.window.open(f"{team.base}/derive")
    hands.write("#version", "2027")
    hands.follow("main form button.main")
    hands.page.wait_for_function(READY)
    found = re.search(r"/versions/(\d+)/studio", hands.page.url)
    assert found
    team.version_id = int(found[1])
    add_part(hands)
    add(team, page_shown(hands), "score", "Espoir", "Hope")
    team.check()
    hands.window.open(f"{team.base}/compare/{old}")
    if hands.page.locator(".compare-state form button").count():
        hands.follow(".compare-state form button")
        running.compare_versions(team.house.platform.database, old, team.version_id)
        hands.window.open(f"{team.base}/compare/{old}")
    assert "Espoir" in hands.page.locator("main").inner_text()
    while hands.page.locator(".decision a.b", has_text="Confirmer").count():
        hands.follow(".decision a.b")
        hands.write("#reason", "Une question de plus, à la fin.")
        hands.follow("main form button.main")
    hands.window.check()
    return old


def holds_everything(team: Team) -> None:
    """The draft is sound, with its 25 questions of every type, in both languages."""
    with team.house.platform.database.reading() as session:
        asked = authoring.get_version(session, team.version_id)[1]
        assert drafting.get_draft(session, team.version_id).is_sound
    every = [one for part in PARTS for one in part]
    assert len(every) == 25
    assert {type_ for type_, _french, _english in every} == set(QUESTIONS)
    assert [(one.text.in_("fr"), one.text.in_("en")) for one in asked.questions] == [one[1:] for one in every]


def begin_answering(walker: Walker) -> ResponseState:
    """Answer two pages, and leave; gives what is kept."""
    walker.start()
    for _ in range(2):
        walker.fill(walker.window.place)
    return kept(walker, walker.token)


def kept(walker: Walker, token: str) -> ResponseState:
    """The answers under way of this token."""
    walker.robot.token = token
    state = walker.robot.state()
    assert state is not None
    return state


def pass_wave(team: Team) -> Field:
    """The colleague makes the wave pass to the new version, with the answers under way."""
    team.colleague.window.open(f"{team.house.url}/fieldwork/{WAVE}/")
    team.colleague.follow("a[href*='/pass']")
    team.colleague.tick("input[name=fate][value=move]")
    team.colleague.follow("main form button.main")
    now = field_of(team)
    assert now.version_id == team.version_id
    return now


def test_a_questionnaire_from_nothing_to_a_successor_under_way(team: Team, browser: Browser) -> None:
    begin(team)
    build(team)
    repeat(team)
    filters(team)
    mend(team)
    holds_everything(team)
    review_and_publish(team, "Première version.")
    where = open_wave(team)

    root, by_keyboard = f"{team.house.url}/r/{WAVE}/", team.hands.by_keyboard
    phones = [open_browser(browser, width=390) for _ in range(2)]
    whole = Walker(phones[0], where, root, "fr", by_keyboard, look=looks_well)
    whole.start()
    assert whole.answer_all() == "fin"
    begun = Walker(phones[1], where, root, "fr", by_keyboard, random.Random(2))
    before = begin_answering(begun)

    old = succeed(team)
    review_and_publish(team, "Une partie de plus.")
    now = pass_wave(team)
    walker = Walker(phones[1], now, root, "fr", by_keyboard, random.Random(2), look=looks_well)
    assert before.given.items() <= kept(walker, begun.token).given.items(), "nothing that was said is lost"
    phones[1].page.reload()
    assert walker.answer_all() == "fin"
    with team.house.platform.database.reading() as session:
        every = session.scalars(select(Response).filter_by(wave_id=now.wave_id))
        told = {(one.version_id, one.disposition) for one in every}
    assert told == {(old, "complete"), (team.version_id, "complete")}, "the one that was complete stays as it was"
    for window in phones:
        window.page.context.close()
