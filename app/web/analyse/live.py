"""Results as they come: how far fieldwork is, and a few questions, on a page that keeps itself fresh.

The figures come from the live snapshot, which moves by steps of several people, so that no difference between two
looks tells the answers of one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Response, abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Redirect

from app.estimation.disclosure import Policy, ProtectedTable
from app.jobs import REBUILD_WAVE
from app.models import Wave
from app.services import analysis, authoring, fieldwork, jobs, partials, snapshots
from app.services.analysis import AnalysedQuestion, WaveTables
from app.services.fieldwork import WaveNotFound
from app.web import formats, pages
from app.web.analyse.presentation import ShownAnswer, scale_of, shown_answers
from app.web.analyse.weighting import problem_sentence
from questionnaires.model import MultipleChoice, Questionnaire, Score, SingleChoice

MOST_QUESTIONS = 4
FIRST_SHOWN = 3
EVERY_MILLISECONDS = 3000
_CLOSED = SingleChoice | MultipleChoice | Score


@dataclass(frozen=True, slots=True)
class LiveQuestion:
    """One question of the page: its protected table, and that table in words and geometry."""

    name: str
    table: ProtectedTable
    answers: tuple[ShownAnswer, ...]


def live(key: str) -> Response:
    """The results as they come."""
    wave = _wave(key)
    questionnaire = authoring.get_version(pages.session(), wave.version_id)[1]
    known = analysis.question_list(questionnaire)
    chosen = _chosen(wave, questionnaire, known)
    return pages.render(
        "analyse/live.html",
        questionnaire=questionnaire,
        questions=known,
        places=[*chosen, *[""] * (MOST_QUESTIONS - len(chosen))],
        **_state(wave, chosen),
    )


def live_part(key: str) -> Response:
    """The part of the page that is asked for again and again."""
    wave = _wave(key)
    questionnaire = authoring.get_version(pages.session(), wave.version_id)[1]
    chosen = _chosen(wave, questionnaire, analysis.question_list(questionnaire))
    return pages.render("analyse/live_part.html", **_state(wave, chosen))


def recount(key: str) -> Redirect:
    """Ask that the wave be recounted from its submissions."""
    wave = _wave(key)
    if request.method != "POST":
        return redirect(url_for("analyse.live", key=key))
    jobs.request_rebuild(pages.session(), pages.platform().sender, wave.id, cause="asked for on the page of the wave")
    flash(_("Le recomptage est demandé. Son avancement s’affiche ci-dessous."), "done")
    return redirect(url_for("analyse.live", key=key), 303)


def _wave(key: str) -> Wave:
    try:
        return fieldwork.get_wave(pages.session(), key)
    except WaveNotFound:
        abort(404)


def _chosen(wave: Wave, questionnaire: Questionnaire, known: list[AnalysedQuestion]) -> list[str]:
    """The names of `?q=`, each once; without any, the first closed questions that the weighting does not fix."""
    names = {one.name for one in known}
    asked = [name for name in dict.fromkeys(request.args.getlist("q")) if name]
    if any(name not in names for name in asked):
        abort(404)
    if asked:
        return asked[:MOST_QUESTIONS]
    snapshot = snapshots.live_snapshot(pages.session(), wave)
    margins = snapshot.recipe.get("margins", ()) if snapshot is not None else ()
    fixed = {name for margin in margins for name in margin["variables"]}
    own = [one for one in known if one.question and not one.is_row and one.name not in fixed]
    return [one.name for one in own if isinstance(questionnaire.question(one.question), _CLOSED)][:FIRST_SHOWN]


def _state(wave: Wave, chosen: list[str]) -> dict[str, Any]:
    """Everything that the part shows at this moment."""
    session = pages.session()
    counts, state = fieldwork.count_responses(session, wave), fieldwork.status_now(wave)
    shown, latest = snapshots.live_snapshot(session, wave), snapshots.latest_snapshot(session, wave)
    check = jobs.latest_job(session, REBUILD_WAVE, wave.id)
    is_counting = check is not None and not check.is_over
    return {
        "wave": wave,
        "state": state,
        "chosen": chosen,
        "counts": counts,
        "partial": partials.count_counted(session, wave.id),
        "policy": Policy(**wave.policy),
        "snapshot": shown,
        "coming": latest.responses - shown.responses if shown is not None and latest is not None else 0,
        "problem": problem_sentence(shown.problem) if shown is not None else "",
        "shown": _questions(wave, chosen),
        "recount": check,
        "every": EVERY_MILLISECONDS if state != "closed" or counts.unfolded or is_counting else 0,
    }


def _questions(wave: Wave, chosen: list[str]) -> list[LiveQuestion]:
    session = pages.session()
    snapshot = snapshots.live_snapshot(session, wave)
    if snapshot is None or not snapshot.responses:
        return []
    tables = WaveTables(session, pages.platform().storage, wave, formats.language(), snapshot)
    found = [(name, tables.table(name)) for name in chosen]
    return [LiveQuestion(name, one, shown_answers(one, scale_of(tables.questionnaire, name))) for name, one in found]
