"""A version and its successors: one that is safe for answers in progress, one that is not."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select

from app.db import Database
from app.models import QuestionnaireVersion, User
from app.services import authoring, ledgers, proving
from app.services.proving import running
from questionnaires import definition
from questionnaires.comparison import ComparabilityClass
from questionnaires.model import Questionnaire
from tests.questionnaires.builders import page, questionnaire, score, single

FIRST = replace(
    questionnaire(
        page("profil", single("engage", "oui", "non"), single("region", "nord", "sud")),
        page("suite", score("envie", when="engage = 'oui'"), score("confiance")),
    ),
    name="passage",
)
SAFE = replace(
    questionnaire(
        page("profil", single("engage", "oui", "non"), single("region", "nord", "sud")),
        page("suite", score("envie", when="engage = 'oui'"), score("confiance"), score("espoir")),
    ),
    name="passage",
    version="2",
)
"""A question more, at the end of the last page."""
OTHERS = replace(
    questionnaire(
        page("profil", single("engage", "oui", "non"), single("region", "nord", "sud")),
        page("suite", score("envie", when="engage = 'non'"), score("confiance")),
    ),
    name="passage",
    version="2",
)
"""Others are asked `envie`."""


def publish_successor(database: Database, asked: Questionnaire) -> int:
    """Publish another version, each change confirmed as it is proposed."""
    data = definition.write(asked)
    with database.transaction() as session:
        version_id = authoring.import_version(session, data).id
    running.prove_version(database, version_id)
    with database.transaction() as session:
        actor = session.scalars(select(User)).unique().first()
        assert actor is not None
        version = session.get_one(QuestionnaireVersion, version_id)
        old = proving.published_before(session, version)
        assert old is not None
        comparison = proving.comparison_of(session, old.id, version_id).comparison
        assert comparison is not None
        for name, class_ in comparison.classes.items():
            if class_ is not ComparabilityClass.IDENTICAL:
                ledgers.confirm(session, actor, comparison, [name], class_, "essai")
        authoring.publish_version(session, version_id)
    return version_id
