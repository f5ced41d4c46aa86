"""What a first start shows: the shipped questionnaires, a trial wave, a demonstration wave."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db import Database
from app.models import Questionnaire as QuestionnaireRow
from app.models import QuestionnaireVersion, Wave
from app.services import authoring, fieldwork
from app.services.proving import running
from app.services.weightings.margins import DEFINITIONS

QUESTIONNAIRE, VERSION, MARGINS = "impact-citoyens", "2022", "metropole-18-plus"
TRIAL_KEY = "impact-citoyens-2022-essai"
DEMO_KEY = "impact-citoyens-{}-demo"


def trial_notice(organisation: str) -> Mapping[str, str]:
    """A notice whose placeholders a wave of real respondents would refuse."""
    mark = fieldwork.PLACEHOLDER
    return {
        "controller": f"{organisation} {mark}",
        "purposes": f"Essai technique du questionnaire. Vos réponses ne seront ni publiées ni analysées. {mark}",
        "legal_basis": mark,
        "optional_answer": f"La participation est facultative et sans conséquence. {mark}",
        "recipients": mark,
        "retention": mark,
        "rights": mark,
        "transfers": mark,
        "dpo_contact": mark,
        "complaint": f"Commission nationale de l’informatique et des libertés (CNIL), cnil.fr {mark}",
    }


def prepare(database: Database, questionnaire: str = "*", name: str = "*") -> None:
    """Prove shipped versions, before the transaction that publishes them; nothing for those that are published."""
    asked = select(QuestionnaireRow.key, QuestionnaireVersion.name).join(QuestionnaireVersion.questionnaire)
    with database.reading() as session:
        published = {tuple(row) for row in session.execute(asked.where(QuestionnaireVersion.status != "draft"))}
    files = shipped_files(questionnaire, name)
    contents = [file.read_bytes() for file in files if (file.parent.name, file.stem) not in published]
    running.prepare_publication(database, contents)


def shipped_files(questionnaire: str = "*", name: str = "*") -> list[Path]:
    """The files of the shipped versions, those of one questionnaire in their order; all of them, if none is said."""
    return sorted(DEFINITIONS.glob(f"{questionnaire}/{name}.yaml"))


def publish_shipped(session: Session, questionnaire: str = QUESTIONNAIRE, name: str = VERSION) -> QuestionnaireVersion:
    """Keep and publish a shipped version that `prepare` has proven; that of the trial, if none is said."""
    found = authoring.find_version(session, questionnaire, name)
    if found is not None and found.status == "published":
        return session.get_one(QuestionnaireVersion, found.id)
    data = (DEFINITIONS / questionnaire / f"{name}.yaml").read_bytes()
    version = authoring.import_version(session, data)
    return authoring.publish_version(session, version.id)


def publish_all_shipped(session: Session) -> None:
    """Keep and publish every shipped version, so that a wave of any can be opened."""
    for file in shipped_files():
        publish_shipped(session, file.parent.name, file.stem)


def seed_trial(session: Session, organisation: str) -> Wave:
    """The open trial wave; made at the first call, found again after."""
    found = session.scalar(select(Wave).where(Wave.key == TRIAL_KEY))
    if found is not None:
        return found
    publish_all_shipped(session)
    wave = fieldwork.create_wave(
        session,
        key=TRIAL_KEY,
        name="IMPACT-Citoyens 2022, essai",
        version_id=publish_shipped(session).id,
        origin="trial",
        notice=trial_notice(organisation),
        margins_key=MARGINS,
    )
    fieldwork.open_wave(session, wave)
    return wave


def seed_demo(session: Session, organisation: str, version: str = VERSION) -> Wave:
    """A new open wave of a shipped version for simulated respondents; each call makes another one."""
    key = DEMO_KEY.format(version)
    count = session.scalar(select(func.count()).where(Wave.key.startswith(key))) or 0
    wave = fieldwork.create_wave(
        session,
        key=f"{key}-{count + 1}",
        name=f"IMPACT-Citoyens {version}, démonstration {count + 1}",
        version_id=publish_shipped(session, name=version).id,
        origin="simulated",
        notice={**trial_notice(organisation), "purposes": "Démonstration : toutes les réponses sont simulées."},
        margins_key=MARGINS,
    )
    fieldwork.open_wave(session, wave)
    return wave
