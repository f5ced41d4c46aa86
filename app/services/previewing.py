"""Trying a version: its pages answered by whoever designs it, kept a week, never among the responses.

A preview is a row of its own: nothing that reads responses, submissions or aggregates knows of it. What it holds is a
context and given answers, as a response does; its path is computed by the same function.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.db import now
from app.models import Preview, QuestionnaireVersion, User
from app.services import authoring, proving, rights
from app.services.drafting import VersionNotFound, get_draft
from app.services.proving import finding_key
from app.services.remembering import Remembered
from app.services.responding import ResponseState
from questionnaires import editing, routing
from questionnaires.comparison.alignment import align
from questionnaires.model import (
    Answer,
    Context,
    Questionnaire,
    decode_context,
    decode_given,
    encode_given,
    split_item,
)
from questionnaires.problems import Place, Problem
from questionnaires.proofs.respondents import Respondent

KEPT = dt.timedelta(days=7)
"""How long a preview is kept after its last page."""
MODES = ("web", "telephone", "paper")
AT = "at"
"""Beside the context of a preview: the page that it last came to."""


class PreviewNotFound(Exception):
    """No preview of this version has this name: it was swept, or belongs to somebody else."""


@dataclass(frozen=True, slots=True)
class Tried:
    """The version as it can be tried. `problems`: what keeps the document of now from being read; `model` is then
    the last content that could be."""

    model: Questionnaire
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Trial:
    """A preview as its pages need it. `state`: what a response with these answers would be; `at`: its last page."""

    public_id: str
    state: ResponseState
    at: str
    tried: Tried


_models = Remembered[tuple[int, int, str], Tried](8)
"""By version, revision and content hash: pages are compiled once for each content that is tried."""


def tried_version(session: Session, version_id: int) -> Tried:
    """What is tried of a version: the document of a draft as it is now, the content of any other."""
    row = session.get(QuestionnaireVersion, version_id)
    if row is None:
        raise VersionNotFound(version_id)
    model = authoring.read_model(session, row.id, row.content_hash)
    if row.status != "draft":
        return Tried(model)
    draft = get_draft(session, version_id)
    key = (version_id, draft.revision, row.content_hash)
    found = _models.get(key)
    if found is None:
        reading = editing.read_document(draft.document)
        found = Tried(model, reading.problems) if reading.questionnaire is None else Tried(reading.questionnaire)
        _models.put(key, found)
    return found


def new_context(tried: Tried, language: str, seed: int | None = None) -> Context:
    """How somebody starts today: drawn groups, nothing known beforehand."""
    seed = secrets.randbelow(2**31) if seed is None else seed
    model = tried.model
    language = language if language in model.languages else model.first_language
    arms = routing.draw_arms(model, seed)
    return Context(seed=seed, language=language, started_on=now().date().isoformat(), arms=arms)


def start_preview(
    session: Session,
    user: User,
    version_id: int,
    language: str,
    respondent: Respondent | None = None,
    at: str = "",
) -> str:
    """Begin a preview, as somebody whom the proof found or as anyone; gives its public id."""
    tried = tried_version(session, version_id)
    _require(session, user, version_id)
    context = respondent.context if respondent is not None else new_context(tried, language)
    row = Preview(
        public_id=secrets.token_urlsafe(16),
        version_id=version_id,
        user_id=user.id,
        origin="trial",
        language=language if language in tried.model.languages else tried.model.first_language,
        context=context.encode() | {AT: at},
        given=encode_given(respondent.given) if respondent is not None else {},
        updated_at=now(),
    )
    session.add(row)
    session.flush()
    return row.public_id


def last_preview(session: Session, user: User, version_id: int) -> str | None:
    """The preview of a version that somebody used last."""
    asked = select(Preview.public_id).where(Preview.version_id == version_id, Preview.user_id == user.id)
    return session.scalar(asked.order_by(Preview.updated_at.desc(), Preview.id.desc()).limit(1))


def find_preview(session: Session, user: User, version_id: int, public_id: str) -> Trial:
    """A preview of one's own. Raises PreviewNotFound, VersionNotFound."""
    row = _row(session, user, version_id, public_id)
    _require(session, user, version_id)
    tried = tried_version(session, version_id)
    context = decode_context(row.context)
    model = tried.model.for_mode(context.mode)
    language = row.language if row.language in model.languages else model.first_language
    state = ResponseState(
        id=0,
        public_id=public_id,
        wave_id=0,
        wave_key="",
        wave_status="open",
        origin=row.origin,
        # The bar of an interview names a wave: there is none. The version itself is in the words of the mode.
        mode="web",
        may_correct=False,
        version_id=version_id,
        content_hash="",
        language=language,
        context=context,
        given=_known(model, decode_given(row.given)),
        revision=0,
        disposition="in_progress",
        updated_at=row.updated_at,
        completed_at=None,
        questionnaire=model,
    )
    return Trial(public_id, state, str(row.context.get(AT, "")), tried)


def keep_preview(
    session: Session,
    user: User,
    trial: Trial,
    *,
    given: Mapping[str, Answer] | None = None,
    context: Context | None = None,
    language: str | None = None,
    at: str | None = None,
) -> Trial:
    """Keep what changed of a preview. Raises PreviewNotFound."""
    row = _row(session, user, trial.state.version_id, trial.public_id, is_locked=True)
    kept = context or trial.state.context
    at = trial.at if at is None else at
    row.context = kept.encode() | {AT: at}
    if given is not None:
        row.given = encode_given(given)
    if language is not None and language in trial.state.questionnaire.languages:
        row.language = language
    row.updated_at = now()
    state = replace(
        trial.state,
        context=kept,
        given=dict(trial.state.given if given is None else given),
        language=row.language,
        questionnaire=trial.tried.model.for_mode(kept.mode),
        updated_at=row.updated_at,
    )
    return replace(trial, state=state, at=at)


def sweep_previews(session: Session) -> int:
    """Delete the previews that nobody has used for a week; gives their number."""
    old = session.scalars(select(Preview.id).where(Preview.updated_at < now() - KEPT)).all()
    if old:
        session.execute(delete(Preview).where(Preview.id.in_(old)))
    return len(old)


def witness_of(session: Session, version_id: int, finding: str) -> tuple[Respondent | None, Place] | None:
    """The respondent who shows a finding, and where it is; None for a finding that the proof does not have."""
    proof = proving.proof_of(session, version_id).proof
    found = () if proof is None else proof.findings
    return next(((one.witness, one.problem.place) for one in found if finding_key(one.problem) == finding), None)


def person_of(session: Session, version_id: int, number: int) -> Respondent | None:
    """The covering respondent of this number, from 1."""
    covering = proving.covering_of(session, version_id)
    return covering[number - 1] if 1 <= number <= len(covering) else None


def base_witness_of(
    session: Session, version_id: int, other_id: int, variable: str
) -> tuple[Respondent | None, Place] | None:
    """The respondent who shows that a base changed between two versions, and what is asked or not: in their names.

    `variable`: the question or the row, as the newer version calls it. None where the comparison has no such base.
    """
    old_id, new_id = sorted((version_id, other_id))
    comparison = proving.comparison_of(session, old_id, new_id).comparison
    verdict = None if comparison is None else comparison.bases.get(variable)
    if verdict is None:
        return None
    if version_id == new_id:
        return verdict.respondent, Place(question=variable)
    old, new = (authoring.get_version(session, one)[1] for one in (old_id, new_id))
    name = align(old, new).old_names.get(variable, variable)
    return verdict.respondent_in_old or verdict.respondent, Place(question=name)


def page_for(model: Questionnaire, place: Place, respondent: Respondent | None) -> str:
    """The page that shows a place: as the respondent goes through it, that of an item; empty for none."""
    base = _page_of(model, place)
    if respondent is None:
        return base
    pages = routing.path(model, respondent.context, _known(model, respondent.given)).pages
    if place.page in pages:
        return str(place.page)
    return next((one for one in pages if split_item(one)[0] == base), base or respondent.until or "")


def _page_of(model: Questionnaire, place: Place) -> str:
    """The page, under its plain name, of the question or of the page of a place."""
    for name in (place.question, place.variable):
        try:
            if name is not None:
                return split_item(model.page_of(split_item(model.question_of(name).name)[0]).name)[0]
        except KeyError:
            continue
    base = split_item(place.page or "")[0]
    return base if base in {one.name for one in model.pages} else ""


def is_page(state: ResponseState, page: str) -> bool:
    """Whether the version has this page; one of an item needs the item."""
    base, item = split_item(page)
    if base not in {one.name for one in state.questionnaire.pages}:
        return False
    roster = state.questionnaire.repeat_of(base)
    if (roster is None) != (item is None):
        return False
    return roster is None or item in state.path.items.get(roster, ()) or page in state.path.pages


def first_page(state: ResponseState) -> str:
    """Where the preview goes on: the first page that is not answered, else the last one."""
    path = state.path
    return path.first_incomplete or (path.pages[-1] if path.pages else "")


def _known(model: Questionnaire, given: Mapping[str, Answer]) -> dict[str, Answer]:
    """The answers whose questions the version still has."""
    return {name: answer for name, answer in given.items() if _has(model, name)}


def _has(model: Questionnaire, name: str) -> bool:
    try:
        model.question_of(name)
    except KeyError:
        return name.startswith("check:")
    return True


def _require(session: Session, user: User, version_id: int) -> None:
    """Whoever tries a version may read it. Raises NotAllowed."""
    version = session.get_one(QuestionnaireVersion, version_id)
    rights.require(session, user, version.questionnaire_id, "read")


def _row(session: Session, user: User, version_id: int, public_id: str, is_locked: bool = False) -> Preview:
    asked = select(Preview).where(Preview.public_id == public_id)
    row = session.scalar(asked.with_for_update() if is_locked else asked)
    if row is None or row.version_id != version_id or row.user_id != user.id:
        raise PreviewNotFound(public_id)
    return row
