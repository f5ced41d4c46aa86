"""Who may read, edit and publish a questionnaire."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.db import Database
from app.models import Questionnaire, User
from app.services import accounts, rights
from tests import factories

NAMES = {"chief": ["administrator"], "reader": ["designer"], "editor": ["designer"], "analyst": ["analyst"]}


@pytest.fixture
def staff(database: Database) -> dict[str, int]:
    """Accounts by name, and a questionnaire under `questionnaire`."""
    factories.publish_shipped(database)
    with database.transaction() as session:
        made = {
            name: accounts.create_account(
                session, email=f"{name}@exemple.fr", name=name, password_hash="x", roles=roles
            ).id
            for name, roles in NAMES.items()
        }
        return made | {"questionnaire": session.scalars(select(Questionnaire.id)).one()}


def held(database: Database, staff: dict[str, int], name: str) -> list[str]:
    """What this person may do on the questionnaire."""
    with database.reading() as session:
        user = session.get_one(User, staff[name])
        return [right for right in rights.RIGHTS if rights.may(session, user, staff["questionnaire"], right)]


def give(database: Database, staff: dict[str, int], actor: str, **given: str) -> None:
    """Let someone set the rights of the questionnaire."""
    with database.transaction() as session:
        named = {staff[name]: right for name, right in given.items()}
        rights.set_rights(session, session.get_one(User, staff[actor]), staff["questionnaire"], named)


def test_a_questionnaire_whose_rights_nobody_set_is_open_to_every_designer(
    database: Database, staff: dict[str, int]
) -> None:
    assert held(database, staff, "reader") == list(rights.RIGHTS)
    assert held(database, staff, "analyst") == []


def test_who_is_named_has_that_right_and_the_smaller_ones_and_nobody_else_has_any(
    database: Database, staff: dict[str, int]
) -> None:
    give(database, staff, "chief", reader="read")
    assert held(database, staff, "reader") == ["read"]
    assert held(database, staff, "editor") == []
    assert held(database, staff, "chief") == list(rights.RIGHTS)
    give(database, staff, "chief", editor="edit")
    assert held(database, staff, "reader") == []
    assert held(database, staff, "editor") == ["read", "edit"]
    give(database, staff, "chief")
    assert held(database, staff, "reader") == list(rights.RIGHTS)


def test_a_right_names_no_analyst_and_a_closed_account_has_none(database: Database, staff: dict[str, int]) -> None:
    give(database, staff, "chief", analyst="publish", editor="publish")
    assert held(database, staff, "analyst") == []
    with database.transaction() as session:
        session.get_one(User, staff["editor"]).active = False
    assert held(database, staff, "editor") == []


def test_only_an_administrator_sets_rights_and_only_rights_that_exist(
    database: Database, staff: dict[str, int]
) -> None:
    with pytest.raises(rights.NotAllowed):
        give(database, staff, "editor", editor="publish")
    with pytest.raises(rights.RightIsUnknown):
        give(database, staff, "chief", editor="own")
