"""Paper forms: entered twice by two people, compared, settled, sent once whatever happens."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import pytest
from sqlalchemy import func, select

from app.db import Database
from app.models import PaperForm, Response, ScreenOut, Submission, User
from app.services import paper, responding
from app.services.paper import (
    Choice,
    EntryIsOver,
    FormHasBothEntries,
    FormIsTaken,
    FormNeedsSomebodyElse,
    Unsettled,
)
from app.services.responding import Incomplete
from questionnaires.model import Absence, Answer
from tests.factories import SECRET, Field, an_account, count_rows, launch
from tests.journeys import Respondent, at_once, database_url, opened
from tests.questionnaires.builders import leaves, page, questionnaire, roster, score, single, text

INES, KARIM = "ines@exemple.fr", "karim@exemple.fr"
OUI, NON = 1, 2
ASKED = questionnaire(
    page("debut", single("majeur"), exits=(leaves("mineur", "majeur = 'non'"),)),
    page("travail", single("travaille"), score("metier", when="travaille = 'oui'")),
    page("suite", text("mot"), roster("amis")),
)
ADULT: Mapping[str, Mapping[str, Answer | None]] = {
    "debut": {"majeur": OUI},
    "travail": {"travaille": OUI, "metier": 7},
    "suite": {"mot": "Rien à dire", "amis": None},
}


@pytest.fixture
def wave(database: Database) -> Field:
    an_account(database, INES, "interviewer")
    an_account(database, KARIM, "interviewer")
    return launch(database, ASKED)


def user(session: Any, email: str) -> User:
    found: User = session.scalars(select(User).where(User.email == email)).unique().one()
    return found


def take(where: Field, number: int, who: str) -> Respondent:
    """Someone types the number of a form."""
    with where.database.transaction() as session:
        entry = paper.open_form(session, where.key, number, "fr", SECRET, {}, user(session, who))
    return Respondent(where.database, where.key, entry.token, "debut")


def copy(typed: Respondent, **changes: Mapping[str, Answer | None]) -> Respondent:
    """Type the form of an adult who works, with some changes."""
    for name, answers in (dict(ADULT) | changes).items():
        if name in typed.state.path.pages:
            assert not typed.answer(name, **answers).stays
    return typed


def finish(where: Field, typed: Respondent) -> str | Incomplete:
    with where.database.transaction() as session:
        state = responding.find_response(session, where.key, typed.token, is_locked=True)
        assert state is not None
        return paper.finish_entry(session, state, SECRET, None)


def enter(where: Field, number: int, who: str, **changes: Mapping[str, Answer | None]) -> str | Incomplete:
    return finish(where, copy(take(where, number, who), **changes))


def settle(where: Field, number: int, **choices: Choice) -> Unsettled | None:
    with where.database.transaction() as session:
        found = paper.find_settling(session, where.key, number, SECRET)
        return paper.settle_form(session, found, choices, user(session, KARIM), SECRET, None)


def form_of(where: Field, number: int) -> PaperForm:
    with where.database.reading() as session:
        return session.scalars(select(PaperForm).where(PaperForm.number == number)).one()


def sent(where: Field) -> list[Any]:
    with where.database.reading() as session:
        return list(session.scalars(select(Submission.payload)))


def dispositions(where: Field) -> list[str]:
    with where.database.reading() as session:
        return sorted(session.scalars(select(Response.disposition)))


# -- twice ----------------------------------------------------------------------------------------


def test_two_entries_that_agree_are_sent_as_one_response_on_paper(wave: Field) -> None:
    assert enter(wave, 12, INES) == "to_enter_again"
    assert dispositions(wave) == ["in_progress"], "an entry that waits is no response yet"
    assert sent(wave) == []
    assert enter(wave, 12, KARIM) == "done"
    assert dispositions(wave) == ["complete"]
    assert [one["values"]["metier"] for one in sent(wave)] == [7]
    form = form_of(wave, 12)
    assert (form.status, form.differences, form.second_id) == ("done", 0, None)
    with wave.database.reading() as session:
        assert session.scalars(select(Response.mode)).all() == ["paper"]


def test_what_was_typed_on_a_way_not_taken_makes_no_difference(wave: Field) -> None:
    enter(wave, 1, INES, travail={"travaille": NON})
    second = take(wave, 1, KARIM)
    copy(second)
    second.answer("travail", travaille=NON)
    assert second.state.given["metier"] == 7
    assert finish(wave, second) == "done"


def test_capitals_and_spaces_of_a_text_make_no_difference(wave: Field) -> None:
    enter(wave, 1, INES)
    assert enter(wave, 1, KARIM, suite={"mot": "rien  à dire", "amis": None}) == "done"
    assert sent(wave)[0]["values"]["mot"] == "Rien à dire"


def test_an_entry_is_finished_when_every_page_was_passed(wave: Field) -> None:
    typed = take(wave, 1, INES)
    typed.answer("debut", majeur=OUI)
    assert finish(wave, typed) == Incomplete("travail")
    assert form_of(wave, 1).status == "first_entry"


def test_a_form_left_blank_is_sent_as_it_is(wave: Field) -> None:
    blank = {name: dict.fromkeys(answers, None) for name, answers in ADULT.items()}
    enter(wave, 1, INES, **blank)
    assert enter(wave, 1, KARIM, **blank) == "done"
    assert set(sent(wave)[0]["absences"].values()) <= {int(Absence.SKIPPED), int(Absence.NOT_ROUTED)}


# -- who ------------------------------------------------------------------------------------------


def test_nobody_types_a_form_twice(wave: Field) -> None:
    enter(wave, 1, INES)
    with pytest.raises(FormNeedsSomebodyElse):
        take(wave, 1, INES)


def test_a_form_that_somebody_types_is_not_for_others_and_goes_on_for_them(wave: Field) -> None:
    typed = take(wave, 1, INES)
    with pytest.raises(FormIsTaken):
        take(wave, 1, KARIM)
    assert take(wave, 1, INES).token == typed.token
    copy(typed)
    finish(wave, typed)
    second = take(wave, 1, KARIM)
    assert second.state.given == {}, "blind to the first"
    assert take(wave, 1, KARIM).token == second.token


def test_a_form_that_was_entered_twice_is_not_entered_again(wave: Field) -> None:
    enter(wave, 1, INES)
    enter(wave, 1, KARIM)
    for who in (INES, KARIM):
        with pytest.raises(FormHasBothEntries) as told:
            take(wave, 1, who)
        assert told.value.status == "done"


def test_an_entry_belongs_to_whoever_types_it_until_it_is_finished(wave: Field) -> None:
    typed = copy(take(wave, 1, INES))
    with wave.database.reading() as session:
        ids = {who: user(session, who).id for who in (INES, KARIM)}
        paper.require_entry(session, typed.state.id, ids[INES])
        with pytest.raises(EntryIsOver):
            paper.require_entry(session, typed.state.id, ids[KARIM])
    finish(wave, typed)
    with wave.database.reading() as session, pytest.raises(EntryIsOver):
        paper.require_entry(session, typed.state.id, ids[INES])


def test_an_entry_is_finished_once(wave: Field) -> None:
    first = copy(take(wave, 1, INES))
    finish(wave, first)
    with pytest.raises(EntryIsOver):
        finish(wave, first)


# -- at the same moment ---------------------------------------------------------------------------


def type_number(url: str, wave_key: str, who: str) -> str:
    with opened(url) as database:
        try:
            with database.transaction() as session:
                paper.open_form(session, wave_key, 7, "fr", SECRET, {}, user(session, who))
        except FormIsTaken:
            return "taken"
        return "mine"


def finish_elsewhere(url: str, wave_key: str, token: str) -> str:
    with opened(url) as database:
        try:
            with database.transaction() as session:
                state = responding.find_response(session, wave_key, token, is_locked=True)
                return "gone" if state is None else str(paper.finish_entry(session, state, SECRET, None))
        except EntryIsOver:
            return "over"


def test_two_people_who_type_a_new_number_at_once_do_not_both_have_it(wave: Field) -> None:
    url = database_url(wave)
    found = at_once(partial(type_number, url, wave.key, INES), partial(type_number, url, wave.key, KARIM))
    assert sorted(found) == ["mine", "taken"]
    assert count_rows(wave.database, PaperForm) == count_rows(wave.database, Response) == 1


def test_a_form_finished_by_two_clicks_is_sent_once(wave: Field) -> None:
    enter(wave, 7, INES)
    second = copy(take(wave, 7, KARIM))
    click = partial(finish_elsewhere, database_url(wave), wave.key, second.token)
    found = at_once(click, click)
    assert sorted(found)[0] == "done"
    assert sorted(found)[1] in ("gone", "over")
    assert len(sent(wave)) == 1


# -- what differs ---------------------------------------------------------------------------------


def test_entries_that_differ_wait_to_be_settled_question_by_question(wave: Field) -> None:
    enter(wave, 1, INES, travail={"travaille": OUI, "metier": 3}, suite={"mot": "Rien", "amis": None})
    assert enter(wave, 1, KARIM) == "differs"
    assert sent(wave) == []
    with wave.database.reading() as session:
        assert paper.find_settling(session, wave.key, 1, SECRET).questions == ("metier", "mot")
    assert settle(wave, 1, metier="second", mot={"mot": "Rien du tout"}) is None
    assert [(one["values"]["metier"], one["values"]["mot"]) for one in sent(wave)] == [(7, "Rien du tout")]
    form = form_of(wave, 1)
    assert (form.status, form.differences, form.first_errors, form.second_errors) == ("done", 2, 2, 1)
    with wave.database.reading() as session:
        assert form.settled_by == user(session, KARIM).id
        quality = sorted(
            (one.forms, one.differences, one.errors) for one in paper.rate_operators(session, wave.wave_id)
        )
    assert quality == [(1, 2, 1), (1, 2, 2)]
    assert dispositions(wave) == ["complete"]


def test_a_question_left_unsettled_keeps_the_form(wave: Field) -> None:
    enter(wave, 1, INES, travail={"travaille": OUI, "metier": 3})
    enter(wave, 1, KARIM)
    unsettled = settle(wave, 1)
    assert unsettled is not None
    assert unsettled.questions == ("metier",)
    assert sent(wave) == []


def test_a_choice_that_leads_to_a_question_nobody_typed_asks_for_it(wave: Field) -> None:
    enter(wave, 1, INES, travail={"travaille": None, "metier": None})
    enter(wave, 1, KARIM, travail={"travaille": NON})
    unsettled = settle(wave, 1, travaille={"travaille": OUI})
    assert unsettled is not None
    assert unsettled.questions == ("metier",)
    assert settle(wave, 1, travaille={"travaille": OUI}, metier={"metier": 9}) is None
    assert sent(wave)[0]["values"]["metier"] == 9


def test_a_form_is_settled_once(wave: Field) -> None:
    enter(wave, 1, INES, travail={"travaille": OUI, "metier": 3})
    enter(wave, 1, KARIM)
    settle(wave, 1, metier="first")
    with pytest.raises(FormHasBothEntries):
        settle(wave, 1, metier="first")
    assert len(sent(wave)) == 1


def test_a_list_is_settled_with_the_words_of_its_lines(wave: Field) -> None:
    enter(wave, 1, INES, suite={"mot": None, "amis": (1, 2), "amis[1]": "Zoé", "amis[2]": "Ali"})
    enter(wave, 1, KARIM, suite={"mot": None, "amis": (1,), "amis[1]": "Zoë"})
    assert settle(wave, 1, amis="second") is None
    with wave.database.reading() as session:
        given = session.scalars(select(Response.given)).one()
    assert (given["amis"], given["amis[1]"]) == ([1], "Zoë")


# -- leaving --------------------------------------------------------------------------------------


def test_someone_outside_the_universe_is_counted_once_when_both_entries_say_so(wave: Field) -> None:
    first = take(wave, 1, INES)
    first.answer("debut", majeur=NON)
    assert first.find() is not None, "the entry waits for the other"
    assert finish(wave, first) == "to_enter_again"
    assert count_rows(wave.database, ScreenOut) == 0
    second = take(wave, 1, KARIM)
    second.answer("debut", majeur=NON)
    assert finish(wave, second) == "done"
    assert count_rows(wave.database, ScreenOut) == 1
    assert dispositions(wave) == []


def test_an_entry_is_given_up_and_typed_again(wave: Field) -> None:
    take(wave, 1, INES)
    with wave.database.transaction() as session:
        paper.discard_entry(session, wave.key, 1, user(session, KARIM))
    assert count_rows(wave.database, PaperForm) == count_rows(wave.database, Response) == 0
    enter(wave, 1, INES)
    enter(wave, 1, KARIM, travail={"travaille": OUI, "metier": 1})
    with wave.database.transaction() as session:
        paper.discard_entry(session, wave.key, 1, user(session, INES))
    assert form_of(wave, 1).status == "to_enter_again"
    assert enter(wave, 1, KARIM) == "done"
    with wave.database.transaction() as session, pytest.raises(FormHasBothEntries):
        paper.discard_entry(session, wave.key, 1, user(session, INES))


def test_forms_are_counted_and_listed_by_their_status(wave: Field) -> None:
    enter(wave, 1, INES)
    enter(wave, 2, INES)
    enter(wave, 2, KARIM)
    with wave.database.reading() as session:
        counts = paper.count_forms(session, wave.wave_id)
        assert (counts["to_enter_again"], counts["done"], counts["differs"]) == (1, 1, 0)
        assert [one.number for one in paper.list_forms(session, wave.wave_id, "done")] == [2]
        assert session.scalar(select(func.count()).select_from(PaperForm)) == 2
