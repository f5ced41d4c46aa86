"""Weightings of a wave: list, draft to edit, run to read, the one in use, two of them compared."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_security import current_user
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as Redirect
from wtforms import SelectField

from app.estimation.disclosure import Policy
from app.estimation.margins import WeightingIsImpossible
from app.estimation.tally import UnknownCategory
from app.models import Wave
from app.services import authoring, fieldwork, tallies
from app.services.fieldwork import WaveNotFound
from app.services.weightings import comparing, margins
from app.services.weightings import keeping as service
from app.services.weightings import words as weighting_words
from app.services.weightings.keeping import (
    FrozenIsInUse,
    RecipeIsInvalid,
    WeightingIsFrozen,
    WeightingIsNotADraft,
    WeightingIsNotDone,
    WeightingNotFound,
    WeightingSummary,
)
from app.services.weightings.margins import MarginsAreInvalid, MarginsNotFound
from app.services.weightings.running import describe_problem, may_show_cost
from app.storage import FileIsMissing
from app.web import formats, pages
from app.web.analyse.drafting import show_draft
from app.web.analyse.weighting import (
    compared_margins,
    method_words,
    shown_diagnostics,
    variable_label,
)
from questionnaires import piping
from questionnaires.model import Questionnaire

LIVE_MILLISECONDS = 1000
MOVEMENTS = 20


class SourceForm(FlaskForm):  # type: ignore[misc]
    """What a new weighting begins from."""

    source = SelectField()


def _wave(key: str) -> Wave:
    try:
        return fieldwork.get_wave(pages.session(), key, is_locked=request.method == "POST")
    except WaveNotFound:
        abort(404)


def _one(wave: Wave, number: int) -> WeightingSummary:
    try:
        return service.read_weighting(pages.session(), wave.id, number)
    except WeightingNotFound:
        abort(404)


def _questionnaire(wave: Wave) -> Questionnaire:
    return authoring.get_version(pages.session(), wave.version_id)[1]


def _to(wave: Wave, number: int | None = None, said: str = "") -> Redirect:
    if said:
        flash(said, "done")
    if number is None:
        return redirect(url_for("analyse.weightings", key=wave.key), 303)
    return redirect(url_for("analyse.one_weighting", key=wave.key, number=number), 303)


def weighting(key: str) -> Redirect:
    """The one in use; the list where there is none."""
    found = _wave(key)
    used = service.weighting_in_use(pages.session(), found.id)
    if used is None:
        return redirect(url_for("analyse.weightings", key=key))
    return redirect(url_for("analyse.one_weighting", key=key, number=used.number))


def weightings(key: str) -> Response | Redirect:
    """Every weighting of a wave; a new one begins from margins, from another, or from nothing."""
    found = _wave(key)
    listed = service.list_weightings(pages.session(), found.id)
    form, policy = _source_form(found, listed), Policy(**found.policy)
    if form.validate_on_submit():
        return _create(found, form.source.data)
    return pages.render(
        "analyse/weightings.html",
        wave=found,
        weightings=listed,
        form=form,
        policy=policy,
        costs={one.number for one in listed if may_show_cost(one.diagnostics, policy)},
        methods=method_words(),
        can_compare=sum(one.status == "done" for one in listed) > 1,
    )


def _source_form(wave: Wave, listed: list[WeightingSummary]) -> SourceForm:
    form, language = SourceForm(), formats.language()
    questionnaire = wave.version.questionnaire.key
    shipped = [
        (f"margins:{key}", margins.read_margins(questionnaire, key)["label"])
        for key in margins.list_margins(questionnaire)
    ]
    form.source.choices = [
        *((key, _("Marges fournies : %(label)s", label=label.get(language, label["fr"]))) for key, label in shipped),
        *(
            (f"copy:{one.number}", _("Copie du n° %(number)s, %(label)s", number=one.number, label=one.label or "–"))
            for one in listed
        ),
        ("empty", _("Aucune marge : tout saisir")),
    ]
    return form


def _create(wave: Wave, source: str) -> Redirect:
    kind, _colon, what = source.partition(":")
    try:
        row = service.create_draft(
            pages.session(),
            wave,
            margins_key=what if kind == "margins" else None,
            copy_of=int(what) if kind == "copy" else None,
            actor=current_user,
        )
    except (MarginsNotFound, WeightingNotFound):
        abort(404)
    return _to(wave, row.number, _("Le brouillon n° %(number)s est prêt.", number=row.number))


def one_weighting(key: str, number: int) -> Response | Redirect:
    """A draft to edit, or a run to read."""
    found = _wave(key)
    one = _one(found, number)
    if one.status == "draft":
        return show_draft(found, one, _questionnaire(found))
    if request.method == "POST":
        return _post_run(found, one)
    return pages.render("analyse/weighting.html", **_shown(found, one))


def _post_run(wave: Wave, one: WeightingSummary) -> Redirect:
    """Run again what was lost; anything else that is posted here came from a draft that has left since."""
    row = service.get_weighting(pages.session(), wave.id, one.number, is_locked=True)
    try:
        service.request_run(pages.session(), pages.platform().sender, wave, row, current_user)
    except (WeightingIsNotADraft, WeightingIsFrozen):
        return _to(wave, one.number, _("Ce redressement est déjà lancé : rien n’a changé. Modifiez-en une copie."))
    except RecipeIsInvalid:
        return _to(wave, one.number)
    return _to(wave, one.number, _("Le calcul est relancé."))


def _shown(wave: Wave, one: WeightingSummary) -> dict[str, Any]:
    """What the page of a run needs, and its live part."""
    questionnaire, language = _questionnaire(wave), formats.language()
    policy = Policy(**wave.policy)
    problem = weighting_words.say_run_problem(one.problem, questionnaire, language) if one.problem else ""
    stratum = one.recipe.get("stratum") or ""
    return {
        "wave": wave,
        "one": one,
        "policy": policy,
        "problem": problem,
        "methods": method_words(),
        "every": None if one.is_over else LIVE_MILLISECONDS,
        "stratum": variable_label(stratum, questionnaire, language) if stratum else "",
        "shown": shown_diagnostics(one.diagnostics, one.recipe, questionnaire, language, policy),
    }


def weighting_part(key: str, number: int) -> Response | Redirect:
    """The part of the page of a run that keeps itself fresh."""
    found = _wave(key)
    one = _one(found, number)
    if one.status == "draft":
        return _to(found, number)
    return pages.render("analyse/weighting_part.html", **_shown(found, one))


def use_weighting(key: str, number: int) -> Response | Redirect:
    """Say what using it changes, then use it."""
    found = _wave(key)
    one = _one(found, number)
    present = service.weighting_in_use(pages.session(), found.id)
    refusal = ""
    if request.method == "POST":
        row = service.get_weighting(pages.session(), found.id, number, is_locked=True)
        replacing = request.form.get("replacing", type=int)
        try:
            service.use_weighting(
                pages.session(), pages.platform().sender, found, row, replacing=replacing, actor=current_user
            )
            return _to(found, number, _("Le redressement n° %(number)s est en service.", number=number))
        except WeightingIsNotDone:
            abort(409)
        except FrozenIsInUse:
            refusal = _("Cochez la case : vous remplacez le redressement d’une diffusion.")
    return pages.render("analyse/weighting_use.html", wave=found, one=one, present=present, refusal=refusal)


def delete_weighting(key: str, number: int) -> Response | Redirect:
    """Say what is lost, then forget a draft."""
    found = _wave(key)
    one = _one(found, number)
    if request.method == "POST":
        row = service.get_weighting(pages.session(), found.id, number, is_locked=True)
        try:
            service.delete_draft(pages.session(), found, row, current_user)
        except (WeightingIsNotADraft, WeightingIsFrozen):
            return _to(found, number, _("Ce redressement a été calculé : il reste."))
        return _to(found, said=_("Le brouillon n° %(number)s est supprimé.", number=number))
    return pages.render("analyse/weighting_delete.html", wave=found, one=one)


def compare_weightings(key: str) -> Response:
    """Two weightings on the same responses."""
    found = _wave(key)
    done = [one for one in service.list_weightings(pages.session(), found.id) if one.status == "done"]
    known = {one.number: one for one in done}
    one = known.get(request.args.get("one", type=int) or 0)
    other = known.get(request.args.get("other", type=int) or 0)
    context: dict[str, Any] = {}
    if one is not None and other is not None and one.number != other.number:
        context = _compared(found, one, other)
    policy = Policy(**found.policy)
    return pages.render(
        "analyse/weighting_compare.html", wave=found, done=done, one=one, other=other, policy=policy, **context
    )


def _compared(wave: Wave, one: WeightingSummary, other: WeightingSummary) -> dict[str, Any]:
    session, language = pages.session(), formats.language()
    questionnaire = _questionnaire(wave)
    rows = [service.get_weighting(session, wave.id, side.number) for side in (one, other)]
    inputs = tallies.read_inputs(session, wave.id)
    policy = Policy(**wave.policy)
    try:
        found = comparing.compare_weightings(pages.platform().storage, inputs, rows[0], rows[1], policy, language)
    except (WeightingIsImpossible, UnknownCategory, MarginsAreInvalid) as error:
        problem = describe_problem(error, {"margins": [*one.recipe["margins"], *other.recipe["margins"]]})
        return {"problem": weighting_words.say_run_problem(problem, questionnaire, language)}
    except FileIsMissing:
        return {"problem": _("Les fichiers de la vague viennent de changer. Rechargez cette page.")}
    sides = [
        shown_diagnostics(side.to_dict(), row.recipe, questionnaire, language, policy)
        for side, row in zip((found.one, found.other), rows, strict=True)
    ]
    return {
        "sides": sides,
        "margins": compared_margins(sides[0], sides[1]),
        "movements": found.movements[:MOVEMENTS],
        "labels": {
            name: piping.outline(questionnaire.question(name).text.in_(language)) for name in _names(found.movements)
        },
    }


def _names(movements: tuple[comparing.Movement, ...]) -> set[str]:
    return {movement.question for movement in movements[:MOVEMENTS]}
