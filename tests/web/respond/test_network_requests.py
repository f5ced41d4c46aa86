"""What the script posts: it is told where to go, pages stay open, a repeated save is harmless."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient

from app.models import Response
from questionnaires.model import Absence
from tests.factories import Field
from tests.web.respond.visitors import FIRST, SECOND, Page, Visitor

SCRIPT = {"X-Comfort": "1"}
TRIALS = [6, pytest.param(40, marks=pytest.mark.full)]


def given(field: Field) -> dict[str, Any]:
    with field.database.reading() as session:
        return dict(session.query(Response).one().given)


def by_script(visitor: Visitor, shown: Page, going: str = "suite", **answers: Any) -> Page:
    """What the script posts of a page that was shown."""
    place = shown.response.request.path
    return Page(visitor.client.post(place, data=shown.hidden | {"aller": going} | answers, headers=SCRIPT))


def keep(visitor: Visitor, shown: Page, **answers: Any) -> dict[str, Any]:
    """Autosave of a page; its new base."""
    page = by_script(visitor, shown, "garder", **answers)
    assert page.status == 200, page.text
    assert json.loads(page.text)["saved"].startswith("Vos réponses sont enregistrées à chaque page. Dernier")
    base: dict[str, Any] = json.loads(page.text)["base"]
    return base


def body(shown: Page, **answers: Any) -> str:
    """What left a page and was not acknowledged."""
    return urlencode(shown.hidden | {"aller": "suite"} | answers, doseq=True)


def test_the_script_is_told_where_to_go_and_shown_what_to_put_right(visitor: Visitor) -> None:
    shown = visitor.get("profil")
    wrong = by_script(visitor, shown, age="2")
    assert (wrong.status, wrong.title[:6]) == (422, "Erreur")
    right = by_script(visitor, shown, **FIRST)
    assert (right.status, json.loads(right.text)) == (200, {"go": f"/r/{visitor.key}/avis"})
    assert "Location" not in right.response.headers
    later = by_script(visitor, visitor.get("avis"), "pause")
    assert json.loads(later.text)["go"].endswith("/pause")


def test_a_page_in_progress_is_kept_without_passing(visitor: Visitor, wave: Field) -> None:
    shown = visitor.get("profil")
    base = keep(visitor, shown, age="1", ville="n’importe")
    assert base == {"age": 1, "ville": None}
    assert given(wave) == {"age": 1}, "what is wrong or blank is left alone, and nobody leaves by an exit"
    assert visitor.get("profil").status == 200
    assert keep(visitor, visitor.get("profil"), age="2")["age"] == 2


def test_a_page_kept_knows_only_what_it_showed(visitor: Visitor, wave: Field) -> None:
    shown = visitor.get("profil")
    keep(visitor, visitor.get("profil"), ville="2")
    assert keep(visitor, shown, age="2") == {"age": 2, "ville": None}, "it does not show the other tab's answer"
    assert given(wave) == {"age": 2, "ville": 2}
    told = by_script(visitor, shown, age="2", ville="1")
    assert told.status == 409
    assert given(wave) == {"age": 2, "ville": 2}


def test_a_page_repeated_after_a_lost_answer_is_no_conflict(visitor: Visitor, wave: Field) -> None:
    visitor.answer("profil", **FIRST)
    shown = visitor.get("avis")
    by_script(visitor, shown, **SECOND)
    again = by_script(visitor, shown, **SECOND)
    assert json.loads(again.text)["go"].endswith("/fin_du_questionnaire")
    changed = by_script(visitor, shown, **(SECOND | {"utilite": "2"}))
    assert changed.status == 409, "without what left before, it looks like another tab"
    own = by_script(visitor, shown, **(SECOND | {"utilite": "2"}), essai=body(shown, **SECOND))
    assert own.status == 200
    assert given(wave)["utilite"] == 2


def test_an_answer_taken_back_while_the_network_was_lost_is_taken_back(visitor: Visitor, wave: Field) -> None:
    shown = visitor.get("profil")
    first = FIRST | {"ville": "2"}
    by_script(visitor, shown, "pause", **first)
    by_script(visitor, shown, "pause", age="2", essai=body(shown, **first))
    assert given(wave) == {"age": 2, "ville": {"absence": Absence.SKIPPED}}


@pytest.mark.parametrize(
    "tries",
    ["%", "ville=%ff%00&=&&", "x" * 200_000, "&".join(["ville=2"] * 5000), ["ville=2"] * 50, "essai=ville%3D2"],
)
def test_tries_that_are_forged_change_nothing(visitor: Visitor, wave: Field, tries: Any) -> None:
    shown = visitor.get("profil")
    page = by_script(visitor, shown, "pause", age="2", essai=tries)
    assert page.status == 200
    assert given(wave) == {"age": 2}


KINDS = {
    "different pages": (("profil", {"age": "2"}), ("avis", {"note": "3"})),
    "same page, different questions": (("avis", {"utilite": "1"}), ("avis", {"note": "3"})),
    "same question, different values": (("avis", {"note": "4"}), ("avis", {"note": "3"})),
}


@pytest.mark.parametrize("trials", TRIALS)
@pytest.mark.parametrize("kind", KINDS)
def test_two_tabs_that_keep_and_repeat_lose_nothing(client: FlaskClient, wave: Field, kind: str, trials: int) -> None:
    """Each tab keeps its page, loses the acknowledgement, and sends it with what left before."""
    (one_page, one), (other_page, other) = KINDS[kind]
    is_torn = one.keys() == other.keys()
    for trial in range(trials):
        visitor = Visitor(client, wave.key)
        assert visitor.start(commencer="nouveau").status == 303
        visitor.answer("profil", **FIRST)
        tabs = [(visitor.get(one_page), one), (visitor.get(other_page), other)]
        for shown, answers in tabs if trial % 2 else tabs[::-1]:
            by_script(visitor, shown, "garder", **(shown.filled | answers))
        ends = [
            by_script(visitor, shown, "pause", **(shown.filled | answers), essai=body(shown, **answers))
            for shown, answers in tabs
        ]
        assert [page.status for page in ends].count(409) == is_torn, "exactly the second tab is told"
        now_shown = visitor.get("avis").checked
        if is_torn:
            assert ("note", "4" if trial % 2 else "3") in now_shown
        else:
            assert all((name, value) in now_shown for name, value in (one | other).items() if name != "age")


def test_a_session_is_extended_by_its_own_page_only(visitor: Visitor) -> None:
    shown = visitor.get("profil")
    place = f"/r/{visitor.key}/suivi/session"
    assert visitor.client.post(place, data=shown.hidden, headers=SCRIPT).status_code == 204
    assert visitor.client.post(place, data={"csrf": "x"}, headers=SCRIPT).status_code == 403
    visitor.client.delete_cookie("reponse", path=f"/r/{visitor.key}/")
    assert visitor.client.post(place, data=shown.hidden, headers=SCRIPT).status_code == 403
