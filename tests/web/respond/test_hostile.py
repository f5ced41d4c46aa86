"""Whatever is posted: a page in the reader's language, never a fault of ours, and the response as it was."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.factories import Field
from tests.web.respond.test_answering import given as stored
from tests.web.respond.visitors import FIRST, SECOND, Page, Visitor, answer_all


@pytest.mark.parametrize("token", ["", "0" * 64, "é", "\udc80"[:0] + "x" * 10_000, None])
def test_without_its_token_a_page_is_shown_again_as_typed_and_nothing_is_saved(
    visitor: Visitor, wave: Field, token: str | None
) -> None:
    page = visitor.get("profil")
    data: dict[str, Any] = {**page.hidden, **FIRST, "aller": "suite"}
    del data["csrf"]
    if token is not None:
        data["csrf"] = token
    again = Page(visitor.client.post(f"/r/{wave.key}/profil", data=data))
    assert again.status == 403
    assert again.checked == {("age", "2"), ("ville", "1")}
    assert "pas encore enregistrées" in again.text
    assert stored(wave) == {}
    assert visitor.place(visitor.post(again, **FIRST)) == "avis", "and the page goes on"


def test_without_its_token_nothing_is_sent(visitor: Visitor, wave: Field) -> None:
    answer_all(visitor)
    refused = Page(visitor.client.post(f"/r/{wave.key}/envoi", data={"aller": "suite"}))
    assert refused.status == 403
    assert "pas encore envoyées" in refused.text
    assert visitor.get("fin").status == 303


def test_the_token_of_another_response_is_refused(visitor: Visitor, wave: Field) -> None:
    mine = visitor.get("profil")
    visitor.start(commencer="nouveau")
    assert visitor.post(mine, **FIRST).status == 403


def test_a_page_too_large_is_refused(visitor: Visitor, wave: Field) -> None:
    page = visitor.get("profil")
    refused = visitor.post(page, age="1" * 10_000_000)
    assert refused.status == 413
    assert "trop volumineux" in refused.text
    assert stored(wave) == {}


@pytest.mark.parametrize("place", ["inconnue", "profil/plus", "langue", "sortie"])
def test_a_page_that_is_not_there(visitor: Visitor, place: str) -> None:
    assert visitor.get(place).status in (404, 405)


@pytest.mark.parametrize(
    "base",
    [
        "",
        "null",
        "[]",
        "{",
        "1",
        '{"age": [[]]}',
        '{"age": {"absence": 99}}',
        "[" * 100_000,
        '{"x": "\\ud800"}',
        "9" * 5000,
    ],
)
def test_a_malformed_base_is_as_none(visitor: Visitor, base: str) -> None:
    page = visitor.get("profil")
    answer = visitor.post(page, base=base, **FIRST)
    assert visitor.place(answer) == "avis"


def test_answers_of_other_pages_are_not_taken(visitor: Visitor, wave: Field) -> None:
    page = visitor.get("profil")
    base = json.dumps(json.loads(page.hidden["base"][0]) | {"note": None, "inconnu": 1})
    visitor.post(page, base=base, note="3", inconnu="1", **FIRST)
    assert set(stored(wave)) == {"age", "ville"}


def test_a_warning_accepted_in_advance_does_not_let_a_required_answer_pass(visitor: Visitor) -> None:
    page = visitor.get("profil")
    assert visitor.post(page, vus=["answer-required:age:age:", "suite:answer-required:age:age:"]).status == 422


def test_bytes_that_are_no_text_are_read_as_something(visitor: Visitor, wave: Field) -> None:
    visitor.answer("profil", **FIRST)
    visitor.answer("avis", **SECOND)
    page = visitor.get("fin_du_questionnaire")
    csrf = page.hidden["csrf"][0].encode()
    answer = visitor.client.post(
        f"/r/{wave.key}/fin_du_questionnaire",
        data=b"heures=3&mot=%ff%00%c3%28%ed%a0%80&csrf=" + csrf,
        content_type="application/x-www-form-urlencoded",
    )
    assert answer.status_code == 303
    assert "\x00" not in str(stored(wave)["mot"])


JUNK = st.text(max_size=30)
POSTED = st.dictionaries(
    st.one_of(st.sampled_from([*FIRST, *SECOND, "base", "vus", "aller", "csrf", "langue", "de"]), JUNK),
    st.lists(st.one_of(JUNK, st.sampled_from(["1", "2", "nsp", "retour", "pause", "langue-fr", "{}"])), max_size=3),
    max_size=12,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(posted=POSTED, place=st.sampled_from(["profil", "avis", "fin_du_questionnaire", "envoi", "langue", ""]))
def test_nothing_that_is_posted_breaks_a_page(visitor: Visitor, posted: dict[str, list[str]], place: str) -> None:
    csrf = visitor.get("profil").hidden.get("csrf", [""])
    answer = visitor.client.post(f"/r/{visitor.key}/{place}", data={"csrf": csrf} | posted)
    assert answer.status_code < 500


def test_markup_that_was_typed_is_never_markup(visitor: Visitor) -> None:
    nasty = '</textarea><script>alert("x")</script>'
    visitor.answer("profil", **FIRST)
    visitor.answer("avis", **SECOND)
    refused = visitor.answer("fin_du_questionnaire", heures=nasty, mot=nasty)
    assert refused.runs_only_our_script
    visitor.post(refused, heures="3", mot=nasty)
    for place in ("envoi", "fin_du_questionnaire"):
        assert visitor.get(place).runs_only_our_script
        assert "&lt;script&gt;" in visitor.get(place).text
