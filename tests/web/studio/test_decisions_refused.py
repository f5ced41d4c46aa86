"""Who may not decide, and what is no decision: the confirmation of a change, and a finding that is let pass."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from app.models import QuestionnaireVersion, User
from app.services import rights
from app.services.proving import finding_key
from questionnaires.proofs.respondents import Finding
from tests.web.staff.members import Member
from tests.web.staff.test_proof_pages import UNDECIDED, Draft, audited, draft

__all__ = ["draft"]


@pytest.fixture
def reader(draft: Draft, someone: Callable[..., Member]) -> Member:
    """A designer who may read this questionnaire and not edit it."""
    member = someone("designer")
    with draft.app.extensions["impact"].database.transaction() as session:
        user = session.scalars(select(User).where(User.email == "designer@exemple.fr")).unique().one()
        version = session.get_one(QuestionnaireVersion, draft.new)
        rights.set_rights(session, None, version.questionnaire_id, {user.id: "read"})
    return member


def test_who_only_reads_neither_confirms_nor_lets_pass(draft: Draft, reader: Member) -> None:
    draft.prove(draft.new, Finding(UNDECIDED))
    draft.compare()
    confirm = f"/design/versions/{draft.new}/compare/{draft.old}/confirm/heures"
    waive = f"/design/versions/{draft.new}/proof/waive/{finding_key(UNDECIDED)}"
    assert reader.get(confirm).status_code == 200
    assert reader.post(confirm, class_="wording", reason="Sans effet").status_code == 403
    assert reader.post(waive, reason="Sans effet").status_code == 403
    assert not audited(draft.app, "confirm-change")
    assert not audited(draft.app, "waive-finding")


@pytest.mark.parametrize(
    ("class_", "reason"),
    [("wording", ""), ("wording", "  "), ("wording", "x" * 501), ("new", "Sans effet"), ("inconnue", "Sans effet")],
)
def test_a_class_needs_a_reason_and_is_one_that_was_offered(
    draft: Draft, someone: Callable[..., Member], class_: str, reason: str
) -> None:
    draft.compare()
    address = f"/design/versions/{draft.new}/compare/{draft.old}/confirm/heures"
    refused = someone("designer").post(address, class_=class_, reason=reason)
    assert refused.status_code != 303
    assert not audited(draft.app, "confirm-change")


def test_nothing_is_confirmed_of_a_variable_that_did_not_change(draft: Draft, someone: Callable[..., Member]) -> None:
    draft.compare()
    assert (
        someone("designer").get(f"/design/versions/{draft.new}/compare/{draft.old}/confirm/engage").status_code == 404
    )
