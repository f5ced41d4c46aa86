"""A wave passes to a successor while people answer: none loses an answer, two measures are never added up."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from app.db import Database
from app.models import AuditEvent, Passage, Response, User, Wave
from app.services import fieldwork, passages, responding, snapshots, tallies
from app.services.folding import fold_wave
from app.services.passages import CountsHaveChanged, MovingIsUnsafe, SuccessorIsImpossible
from questionnaires import routing
from questionnaires.comparison.comparing import compare
from questionnaires.model import Given, LocalText
from tests.factories import SECRET, Field, an_account, launch, payload, send_many, storage_in
from tests.questionnaires.builders import ONLINE
from tests.successors import FIRST, OTHERS, SAFE, publish_successor


def begin(field: Field, **answers: object) -> str:
    """Somebody begins and answers the first page; gives their token."""
    with field.database.transaction() as session:
        started = responding.start_response(session, field.key, "fr", SECRET)
        responding.save_page(session, field.key, started.token, "profil", answers, {}, passing=True)  # type: ignore[arg-type]
    return started.token


def pass_to(field: Field, version_id: int, fate: str, seen: int | None = None) -> Passage:
    with field.database.transaction() as session:
        actor = session.scalars(select(User)).unique().first()
        return passages.pass_wave(session, actor, field.key, version_id, fate, seen)


@pytest.fixture
def field(database: Database) -> Field:
    an_account(database)
    return launch(database, FIRST)


def test_those_in_progress_go_on_with_the_successor_and_lose_nothing(field: Field) -> None:
    token = begin(field, engage=1, region=2)
    send_many(field, [payload(FIRST, engage=1, region=1, envie=7, confiance=5)], 1)
    new_id = publish_successor(field.database, SAFE)
    with field.database.reading() as session:
        before = responding.find_response(session, field.key, token)
        wave = fieldwork.get_wave(session, field.key)
        fates = passages.fates_of(session, wave, new_id)
    assert before is not None
    assert fates.is_safe
    assert (fates.complete, fates.in_progress) == (1, 1)
    passage = pass_to(field, new_id, "move", field.version_id)
    assert (passage.moved, passage.kept) == (1, 0)
    with field.database.reading() as session:
        after = responding.find_response(session, field.key, token)
        sent = session.scalars(select(Response).where(Response.disposition == "complete")).one()
        acts = session.scalars(select(AuditEvent.action)).all()
    assert after is not None
    assert (after.version_id, after.given, after.revision) == (new_id, before.given, before.revision + 1)
    assert sent.version_id == field.version_id
    assert "pass-wave" in acts


def test_a_page_shown_before_the_passage_is_still_taken(field: Field) -> None:
    token = begin(field, engage=1, region=2)
    pass_to(field, publish_successor(field.database, SAFE), "move")
    shown = {"envie": None, "confiance": None}
    with field.database.transaction() as session:
        saved = responding.save_page(
            session, field.key, token, "suite", {"envie": 8, "confiance": 4}, shown, passing=True
        )
    # What was typed is kept; the question that came with the successor is then asked.
    assert saved.state.given["envie"] == 8
    assert saved.state.given["confiance"] == 4
    assert "espoir" not in saved.state.given
    assert saved.next_page == "suite" or saved.problems


def test_those_in_progress_finish_on_their_version_and_who_comes_later_starts_on_the_successor(field: Field) -> None:
    token = begin(field, engage=1, region=2)
    new_id = publish_successor(field.database, OTHERS)
    assert pass_to(field, new_id, "finish").kept == 1
    later = begin(field, engage=1, region=1)
    with field.database.transaction() as session:
        saved = responding.save_page(session, field.key, token, "suite", {"envie": 8, "confiance": 4}, {}, passing=True)
        assert saved.state.version_id == field.version_id
        responding.submit_response(session, field.key, token, SECRET, None)
        newer = responding.find_response(session, field.key, later)
    assert newer is not None
    assert newer.version_id == new_id


def test_nobody_is_moved_where_others_are_asked(field: Field) -> None:
    new_id = publish_successor(field.database, OTHERS)
    with pytest.raises(MovingIsUnsafe):
        pass_to(field, new_id, "move")
    with field.database.reading() as session:
        assert session.scalars(select(Wave.version_id)).one() == field.version_id
        assert session.scalars(select(Passage)).all() == []


def test_a_passage_read_about_another_version_is_refused(field: Field) -> None:
    new_id = publish_successor(field.database, SAFE)
    with pytest.raises(CountsHaveChanged):
        pass_to(field, new_id, "finish", new_id)
    pass_to(field, new_id, "finish", field.version_id)
    with pytest.raises(SuccessorIsImpossible):
        pass_to(field, field.version_id, "finish")


def test_a_paper_form_and_a_correction_stay_on_their_version(field: Field) -> None:
    begin(field, engage=1, region=2)
    begin(field, engage=2, region=2)
    with field.database.transaction() as session:
        ids = session.scalars(select(Response.id).order_by(Response.id)).all()
        session.execute(update(Response).where(Response.id == ids[0]).values(mode="paper"))
    passage = pass_to(field, publish_successor(field.database, SAFE), "move")
    assert (passage.moved, passage.kept) == (1, 1)


def test_two_versions_of_a_wave_are_counted_together_only_where_they_measure_the_same(
    field: Field, tmp_path: Path
) -> None:
    send_many(field, [payload(FIRST, engage=1, region=1, envie=7, confiance=5)], 6)
    new_id = publish_successor(field.database, OTHERS)
    pass_to(field, new_id, "finish")
    newer = replace(field, version_id=new_id, questionnaire=OTHERS)
    send_many(newer, [payload(OTHERS, engage=2, region=2, envie=3, confiance=9)], 4)
    storage = storage_in(tmp_path)
    while fold_wave(field.database, storage, None, field.wave_id):
        pass
    with field.database.reading() as session:
        inputs = tallies.read_inputs(session, field.wave_id)
        columns = tallies.read_wave_columns(storage, inputs, ["confiance", "envie"])
    joined = inputs.joined[field.version_id]
    assert "envie" in joined.apart
    assert sorted(columns["confiance"].tolist()) == [5] * 6 + [9] * 4
    # Others were asked it: their answers are not added up with those of the successor.
    assert sorted(columns["envie"].tolist()) == [-3] * 6 + [3] * 4
    # The tally of the segments is that of a recount of the submissions, row by row.
    assert snapshots.verify_wave(field.database, storage, field.wave_id).n == 10


WORDED = replace(
    SAFE,
    sections=tuple(
        replace(
            section,
            pages=tuple(
                replace(
                    one,
                    questions=tuple(
                        replace(asked, text=LocalText({"fr": f"Autrement : {asked.name} ?"})) for asked in one.questions
                    ),
                )
                for one in section.pages
            ),
        )
        for section in SAFE.sections
    ),
)
PAIRS = [(FIRST, new, passages.obstacles(compare(FIRST, new), FIRST, new)) for new in (SAFE, WORDED, OTHERS)]
answers_of = st.fixed_dictionaries(
    {},
    optional={
        "engage": st.sampled_from([1, 2, -4]),
        "region": st.sampled_from([1, 2, -4]),
        "envie": st.integers(0, 10),
        "confiance": st.integers(0, 10),
    },
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.differing_executors], deadline=None)
@given(answers_of)
def test_moving_loses_no_answer_and_keeps_every_effective_one(given: Given) -> None:
    for old, new, obstacles in PAIRS:
        if obstacles:
            continue
        before, after = routing.path(old, ONLINE, given), routing.path(new, ONLINE, given)
        assert {name: after.effective.get(name) for name in before.effective} == dict(before.effective)
        assert passages.keeps_answers(old, new, ONLINE, given)


def test_what_is_safe() -> None:
    assert [bool(obstacles) for *_both, obstacles in PAIRS] == [False, False, True]
