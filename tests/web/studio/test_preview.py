"""The interactive preview: a version answered page by page, as by a respondent, on answers that count nowhere."""

from __future__ import annotations

import datetime as dt
import html
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from app.db import now
from app.models import Preview, QuestionnaireVersion, Response, Submission
from app.services import authoring, drafting, previewing
from app.services.proving import finding_key, keeping
from app.services.remembering import Remembered
from questionnaires import definition, editing
from questionnaires.model import Context, Questionnaire
from questionnaires.problems import Place, Problem, Severity
from questionnaires.proofs.respondents import Finding, Proof, Respondent
from tests.questionnaires.builders import (
    experiment,
    leaves,
    must_hold,
    number,
    page,
    questionnaire,
    roster,
    section,
    single,
    words,
)
from tests.web.staff.members import Member, plain

PAGES = questionnaire(
    page("profil", single("engage", "oui", "non"), exits=(leaves("dehors", "engage = 'non'"),)),
    page("suite", number("heures"), checks=(must_hold("peu", "heures < 24", "heures"),)),
    page("longs", number("annees"), when="heures > 10"),
    page("bilan", single("avis", "bon", "mauvais")),
    experiments=(experiment("ton", "court", "long"),),
)
LISTED = replace(
    questionnaire(page("liste", roster("noms"))),
    sections=(
        section("qui", page("liste", roster("noms"))),
        section("chacun", page("detail", number("cout")), repeat="noms"),
    ),
)
TRAP = Problem("exclusive-alone", Place(page="suite", question="heures"), Severity.WARNING)
WITNESS = Respondent(Context(arms={"ton": "long"}), {"engage": 1, "heures": 23}, until="suite")
ITEM_TRAP = Problem("exclusive-alone", Place(page="detail.2", question="cout[2]"), Severity.WARNING)
ITEM_WITNESS = Respondent(Context(), {"noms": (1, 2), "noms[1]": "Un", "noms[2]": "Deux", "cout[1]": 5, "cout[2]": 77})
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
FRAME = re.compile(r'<iframe[^>]* src="([^"]+)"[^>]* width="(\d+)"')


@dataclass(frozen=True)
class Trying:
    """A version, somebody who tries it, and the page where they are."""

    app: Flask
    who: Member
    version_id: int

    def show(self, **fields: str) -> str:
        """Post « Montrer »; gives the address of the frame."""
        base = f"/design/versions/{self.version_id}"
        sent = self.who.post(f"{base}/show", form_at=base, **fields)
        assert sent.status_code == 303, sent.status_code
        return sent.location

    def screen(self, frame: str) -> str:
        """The address of the page in a frame."""
        found = FRAME.search(self.who.get(frame).text)
        assert found
        return found[1]

    def answer(self, screen: str, going: str = "suite", script: bool = False, **fields: str) -> TestResponse:
        """Fill the page in the frame, then press a button."""
        shown = self.who.get(screen).text
        token, base = TOKEN.search(shown), re.search(r'name="base" value="([^"]*)"', shown)
        assert token
        assert base
        seen = {"vus": re.findall(r'name="vus" value="([^"]*)"', shown)}
        sent = {"csrf_token": token[1], "base": html.unescape(base[1]), "aller": going, **seen, **fields}
        return self.who.client.post(screen, data=sent, headers={"X-Comfort": "1"} if script else {})


def prove(app: Flask, version_id: int, *findings: Finding) -> None:
    with app.extensions["impact"].database.transaction() as session:
        content_hash = session.get_one(QuestionnaireVersion, version_id).content_hash
        covering = tuple(one.witness for one in findings if one.witness is not None)
        keeping.keep_proof(session, content_hash, Proof(findings, (), covering, goals=1, solved=0, undecided=0))


def keep(app: Flask, asked: Questionnaire) -> int:
    with app.extensions["impact"].database.transaction() as session:
        return authoring.import_version(session, definition.write(asked)).id


@pytest.fixture
def trying(app: Flask, someone: Callable[..., Member], monkeypatch: pytest.MonkeyPatch) -> Trying:
    """A draft that its designer tries; its proof found one trap."""
    monkeypatch.setattr(keeping, "proofs", Remembered(16))
    version_id = keep(app, PAGES)
    prove(app, version_id, Finding(TRAP, WITNESS))
    return Trying(app, someone("designer"), version_id)


def test_montrer_opens_the_failing_page_with_the_answers_of_the_witness(trying: Trying) -> None:
    frame = trying.show(finding=finding_key(TRAP), lang="fr")
    assert frame.endswith("/suite")
    shown = trying.who.get(trying.screen(frame)).text
    assert 'name="heures"' in shown
    assert 'value="23"' in shown
    panel = trying.who.read(frame)
    assert "Essai" in panel
    assert "long" in panel  # the group that the witness was drawn into


def test_a_preview_is_answered_page_by_page_and_routed_as_a_response(trying: Trying) -> None:
    screen = trying.screen(trying.show())
    assert screen.endswith("/profil")
    sent = trying.answer(screen, engage="1")
    assert sent.status_code == 303
    assert sent.location.endswith("/suite")
    again = trying.answer(sent.location, heures="30")
    assert again.status_code == 422
    assert "peu" in again.text
    assert 'value="30"' in again.text
    after = trying.answer(sent.location, heures="12").location
    assert after.endswith("/longs")  # asked of those above ten hours
    assert trying.answer(after, going="retour").location.endswith("/suite")
    end = trying.answer(trying.answer(after, annees="3").location, avis="1").location
    assert "Fin du questionnaire" in trying.who.read(end)


def test_what_is_required_is_asked_for_in_the_words_of_respondents(trying: Trying) -> None:
    screen = trying.screen(trying.show())
    blank = trying.answer(screen)
    assert blank.status_code == 422
    assert "réponse est à revoir" in plain(blank.text)


def test_an_exit_is_shown_with_its_words(trying: Trying) -> None:
    left = trying.answer(trying.screen(trying.show()), engage="2").location
    assert "/sortie-dehors" in left
    assert PAGES.exit("dehors").title.in_("fr") in trying.who.read(left)


def test_the_panel_says_where_one_is_what_is_known_and_why_a_page_is_skipped(trying: Trying) -> None:
    frame = trying.show(finding=finding_key(TRAP))
    panel = trying.who.read(frame)
    assert "Ensuite : longs" in panel
    trying.answer(trying.screen(frame), heures="2")
    state = trying.who.read(frame + "/state")
    assert "Hors du parcours." in state
    assert "heures" in state
    assert "question non posée" in state.lower()  # why `annees` has no value


def test_a_page_off_the_path_is_shown_whole_and_said_to_be_off(trying: Trying) -> None:
    frame = trying.show(page="longs")
    assert frame.endswith("/longs")
    assert "n’est pas sur le parcours" in trying.who.read(frame)
    assert 'name="annees"' in trying.who.get(trying.screen(frame)).text


def test_the_script_keeps_and_goes_as_on_the_pages_of_respondents(trying: Trying) -> None:
    screen = trying.screen(trying.show())
    assert json.loads(trying.answer(screen, going="garder", script=True, engage="1").text)["base"]["engage"] == 1
    assert json.loads(trying.answer(screen, script=True, engage="1").text)["go"].endswith("/suite")


def test_starting_again_forgets_the_answers_and_another_context_changes_the_words(trying: Trying) -> None:
    frame = trying.show(finding=finding_key(TRAP))
    base = frame.rpartition("/")[0]
    changed = trying.who.post(
        f"{base}/again", form_at=frame, change="1", mode="telephone", seed="7", **{"arm-ton": "court"}
    )
    shown = trying.who.read(changed.location)
    assert re.search(r'value="telephone" selected', shown)
    assert re.search(r'value="court" selected', shown)
    again = trying.who.post(f"{base}/again", form_at=frame)
    assert again.location.endswith("/profil")
    assert "Aucune pour l’instant." in trying.who.read(again.location)


@pytest.mark.parametrize("width", ["390", "768", "1280"])
def test_the_frame_takes_the_width_that_is_chosen_and_stands_in_no_other_page(trying: Trying, width: str) -> None:
    frame = trying.show()
    outer = trying.who.get(f"{frame}?width={width}")
    found = FRAME.search(outer.text)
    assert found
    assert found[2] == width
    assert "frame-src 'self'" in outer.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in outer.headers["Content-Security-Policy"]
    assert "frame-ancestors 'self'" in trying.who.get(found[1]).headers["Content-Security-Policy"]


def test_the_answers_of_an_item_are_those_of_the_witness(app: Flask, trying: Trying) -> None:
    version_id = keep(app, LISTED)
    prove(app, version_id, Finding(ITEM_TRAP, ITEM_WITNESS))
    listed = Trying(app, trying.who, version_id)
    frame = listed.show(finding=finding_key(ITEM_TRAP))
    assert frame.endswith("/detail.2")
    assert 'value="77"' in listed.who.get(listed.screen(frame)).text


def test_nothing_of_a_preview_is_a_response_and_nobody_else_opens_it(
    trying: Trying, someone: Callable[..., Member]
) -> None:
    frame = trying.show()
    trying.answer(trying.screen(frame), engage="1")
    with trying.app.extensions["impact"].database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Response)) == 0
        assert session.scalar(select(func.count()).select_from(Submission)) == 0
        assert session.scalar(select(Preview.origin)) == "trial"
    other = someone("administrator")
    assert other.get(frame).status_code == 404
    assert someone("analyst").get(frame).status_code == 403


def test_a_preview_is_swept_a_week_after_its_last_page(trying: Trying) -> None:
    frame = trying.show()
    database = trying.app.extensions["impact"].database
    with database.transaction() as session:
        assert previewing.sweep_previews(session) == 0
        session.execute(update(Preview).values(updated_at=now() - dt.timedelta(days=8)))
        assert previewing.sweep_previews(session) == 1
    assert trying.who.get(frame).status_code == 404


def test_a_token_is_needed_to_answer(trying: Trying) -> None:
    screen = trying.screen(trying.show())
    assert trying.who.client.post(screen, data={"engage": "1"}).status_code == 400


def test_markup_in_a_text_is_shown_as_text(app: Flask, trying: Trying) -> None:
    hostile = "<script>alert(1)</script>\"'><b>"
    asked = questionnaire(page("profil", replace(single("engage", "oui", "non"), text=words(hostile))))
    other = Trying(app, trying.who, keep(app, replace(asked, name="autre")))
    frame = other.show()
    for address in (frame, other.screen(frame)):
        assert "<script>alert" not in other.who.get(address).text


def test_a_draft_that_cannot_be_read_is_tried_as_it_last_could_be(trying: Trying) -> None:
    with trying.app.extensions["impact"].database.transaction() as session:
        document = drafting.get_draft(session, trying.version_id).document
        element = editing.place_of(document, Place(question="heures")).element
        drafting.edit(
            session, None, None, trying.version_id, (editing.Put(element, "type", None, "number"),), {"act": "put"}
        )
    frame = trying.show(page="suite")
    panel = trying.who.read(frame)
    assert "voici sa dernière version lisible" in panel
    assert 'name="heures"' in trying.who.get(trying.screen(frame)).text


def test_montrer_opens_the_page_of_an_element_and_keeps_the_answers(trying: Trying) -> None:
    first = trying.show(finding=finding_key(TRAP))
    with trying.app.extensions["impact"].database.reading() as session:
        document = drafting.get_draft(session, trying.version_id).document
    element = editing.place_of(document, Place(question="annees")).element
    again = trying.show(at=str(element))
    assert again == first.replace("/suite", "/longs")
