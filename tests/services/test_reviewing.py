"""A second person approves a content; publication waits for them, at once or at its hour."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.db import Database, now
from app.models import AuditEvent, QuestionnaireVersion, User
from app.services import authoring, releasing, reviewing
from app.services.authoring import ReviewIsMissing
from app.services.fieldwork import VersionIsNotPublished, create_wave
from app.services.proving import running
from app.services.releasing import MomentIsPast
from app.services.reviewing import ReviewerIsTheAuthor, TextIsMissing
from questionnaires import definition
from tests.factories import TWO_PAGES, an_account

AT = dt.timedelta(hours=1)


@pytest.fixture
def version_id(database: Database) -> int:
    an_account(database, "claire@exemple.fr")
    an_account(database, "paul@exemple.fr")
    with database.transaction() as session:
        made = authoring.import_version(session, definition.write(TWO_PAGES)).id
    running.prove_version(database, made)
    return made


def person(session: Session, email: str) -> User:
    return session.scalars(select(User).where(User.email == f"{email}@exemple.fr")).unique().one()


def test_a_designer_alone_does_not_publish_where_a_review_is_required(database: Database, version_id: int) -> None:
    with database.transaction() as session:
        claire, paul = person(session, "claire"), person(session, "paul")
        with pytest.raises(ReviewIsMissing):
            authoring.publish_version(session, version_id, claire, needs_review=True)
        reviewing.request_review(session, claire, version_id, "Relisez les filtres.")
        with pytest.raises(ReviewerIsTheAuthor):
            reviewing.decide_review(session, claire, version_id, is_approved=True, words="")
        reviewing.decide_review(session, paul, version_id, is_approved=True, words="Bon.")
        version = authoring.publish_version(session, version_id, claire, message="Première", needs_review=True)
        assert (version.status, version.message, version.published_by) == ("published", "Première", claire.id)


def test_an_approval_is_of_one_content(database: Database, version_id: int) -> None:
    with database.transaction() as session:
        claire, paul = person(session, "claire"), person(session, "paul")
        reviewing.request_review(session, claire, version_id)
        reviewing.decide_review(session, paul, version_id, is_approved=True, words="")
        version = session.get_one(QuestionnaireVersion, version_id)
        assert reviewing.is_approved(session, version)
        version.content_hash = "0" * 64
        session.flush()
        assert not reviewing.is_approved(session, version)
        session.rollback()


def test_asking_for_changes_needs_words_and_takes_an_approval_back(database: Database, version_id: int) -> None:
    with database.transaction() as session:
        claire, paul = person(session, "claire"), person(session, "paul")
        for is_approved in (True, False):
            reviewing.request_review(session, claire, version_id)
            if not is_approved:
                with pytest.raises(TextIsMissing):
                    reviewing.decide_review(session, paul, version_id, is_approved=False, words=" ")
            reviewing.decide_review(session, paul, version_id, is_approved=is_approved, words="Voir la page 2")
        assert not reviewing.is_approved(session, session.get_one(QuestionnaireVersion, version_id))


def test_comments_are_answered_and_settled(database: Database, version_id: int) -> None:
    with database.transaction() as session:
        claire, paul = person(session, "claire"), person(session, "paul")
        first = reviewing.add_comment(session, paul, version_id, "Trop long ?", element=3, name="confiance")
        reviewing.add_comment(session, claire, version_id, "Raccourci.", answers_id=first.id)
        assert reviewing.open_comments(session, version_id) == {3: 1}
        reviewing.resolve_comment(session, paul, version_id, first.id)
        assert reviewing.open_comments(session, version_id) == {}
        (thread,) = reviewing.threads_of(session, version_id)
        assert [one.text for one in thread.said] == ["Trop long ?", "Raccourci."]


def test_a_version_is_published_at_its_hour_and_says_why_not(database: Database, version_id: int) -> None:
    with database.transaction() as session:
        claire = person(session, "claire")
        seen = session.get_one(QuestionnaireVersion, version_id).content_hash
        with pytest.raises(MomentIsPast):
            releasing.schedule_version(session, claire, version_id, now() - AT, seen)
        releasing.schedule_version(session, claire, version_id, now() + AT, seen)
    assert releasing.publish_due(database) == 0
    past = update(QuestionnaireVersion).values(publishes_at=now() - AT)
    with database.transaction() as session:
        session.execute(past)
    # A review has been required since: nobody else approved.
    assert releasing.publish_due(database, needs_review=True) == 0
    with database.transaction() as session:
        version = session.get_one(QuestionnaireVersion, version_id)
        assert (version.status, version.schedule_problem, version.publishes_at) == ("draft", "review", None)
        releasing.schedule_version(session, person(session, "claire"), version_id, now() + AT, seen)
        session.execute(past)
    assert releasing.publish_due(database) == 1
    with database.transaction() as session:
        assert session.get_one(QuestionnaireVersion, version_id).status == "published"
        assert "publish-version" in session.scalars(select(AuditEvent.action)).all()


def test_a_retired_version_opens_no_new_wave(database: Database, version_id: int) -> None:
    with database.transaction() as session:
        claire = person(session, "claire")
        authoring.publish_version(session, version_id)
        releasing.retire_version(session, claire, version_id)
        with pytest.raises(VersionIsNotPublished):
            create_wave(session, key="v", name="V", version_id=version_id, origin="trial")
        releasing.reinstate_version(session, claire, version_id)
        create_wave(session, key="v", name="V", version_id=version_id, origin="trial")
