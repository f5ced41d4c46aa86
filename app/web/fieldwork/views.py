"""Waves: list, progress, creation, notice, window, personal codes, opening, pause and closing."""

from __future__ import annotations

from flask import Blueprint, Response, abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_security import current_user
from werkzeug.utils import import_string
from werkzeug.wrappers import Response as Redirect

from app.db import now
from app.models import Wave
from app.services import authoring, fieldwork, invitations, partials
from app.services.csv_files import MARK
from app.services.fieldwork import (
    BasisIsMissing,
    NoticeIsIncomplete,
    WaveKeyIsReserved,
    WaveKeyIsTaken,
    WaveNotFound,
    WindowIsEmpty,
)
from app.services.invitations import Row, TableIsMalformed
from app.services.weightings import margins
from app.services.weightings.margins import MarginsNotFound
from app.web import formats, pages
from app.web.fieldwork.charts import day_chart
from app.web.fieldwork.forms import CodesForm, NoticeForm, ScheduleForm, WaveForm

MOST_PROBLEMS = 20
"""Problems of a file that are told at once."""

blueprint = Blueprint("fieldwork", __name__, url_prefix="/fieldwork", template_folder="templates")


def find_wave(key: str) -> Wave:
    """The wave of this key; 404 for none."""
    try:
        return fieldwork.get_wave(pages.session(), key, is_locked=request.method == "POST")
    except WaveNotFound:
        abort(404)


def _address(wave: Wave) -> str:
    """Where respondents go."""
    return f"{pages.own_address()}/r/{wave.key}/"


def back(wave: Wave, said: str) -> Redirect:
    """To the page of a wave, which says what was done."""
    flash(said, "done")
    return redirect(url_for("fieldwork.wave", key=wave.key), 303)


@blueprint.get("/")
@pages.requires("administrator", "analyst")
def waves() -> Response:
    """Every wave."""
    return pages.render("fieldwork/waves.html", waves=fieldwork.list_waves(pages.session()))


@blueprint.route("/new", methods=["GET", "POST"])
@pages.requires("administrator")
def create() -> Response | Redirect:
    """Make a planned wave, then write its notice."""
    form = WaveForm()
    questionnaires = authoring.list_questionnaires(pages.session())
    form.offer(questionnaires, _offered_margins(questionnaires), formats.language())
    if form.validate_on_submit():
        wave = _created(form)
        if wave is not None:
            flash(_("La vague est créée. Écrivez maintenant sa notice."), "done")
            return redirect(url_for("fieldwork.notice", key=wave.key), 303)
    return pages.render("fieldwork/create.html", form=form, root=f"{pages.own_address()}/")


def _offered_margins(questionnaires: list[authoring.QuestionnaireSummary]) -> dict[str, str]:
    """`questionnaire/margins` -> the name of the margins, in the language of the page."""
    language = formats.language()
    found = {}
    for one in questionnaires:
        for key in margins.list_margins(one.key):
            label = margins.read_margins(one.key, key)["label"]
            found[f"{one.key}/{key}"] = f"{one.title.in_(language)} : {label.get(language, label['fr'])}"
    return found


def _created(form: WaveForm) -> Wave | None:
    """The wave, or None with the refusal said at its field."""
    version, _model = authoring.get_version(pages.session(), form.version.data)
    questionnaire, _slash, margins_key = form.margins.data.partition("/")
    if margins_key and questionnaire != version.questionnaire_key:
        form.margins.errors = [_("Ces marges sont celles d’un autre questionnaire.")]
        return None
    try:
        return fieldwork.create_wave(
            pages.session(),
            key=form.key.data,
            name=form.name.data.strip(),
            version_id=version.id,
            origin=form.origin.data,
            margins_key=margins_key or None,
            actor=current_user,
        )
    except WaveKeyIsReserved:
        form.key.errors = [_("Cette adresse est celle d’une page d’analyse. Choisissez-en une autre.")]
    except WaveKeyIsTaken:
        form.key.errors = [_("Une autre vague a déjà cette adresse. Choisissez-en une autre.")]
    except MarginsNotFound:
        form.margins.errors = [_("Ces marges n’existent plus. Choisissez-en d’autres.")]
    return None


@blueprint.get("/<key>/")
@pages.requires("administrator", "analyst")
def wave(key: str) -> Response:
    """Where fieldwork stands."""
    found = find_wave(key)
    version, questionnaire = authoring.get_version(pages.session(), found.version_id)
    progress = fieldwork.wave_progress(pages.session(), found)
    return pages.render(
        "fieldwork/wave.html",
        wave=found,
        state=fieldwork.status_now(found),
        codes=invitations.count_codes(pages.session(), found),
        version=version,
        questionnaire=questionnaire,
        progress=progress,
        left=partials.count_partials(pages.session(), found),
        chart=day_chart(progress.by_day),
        missing=fieldwork.missing_notice_fields(found.notice),
        labels=NoticeForm(),
        link=_address(found),
        # What a passage rests on is heavy: only who looks at a wave loads it, never who serves respondents.
        **import_string("app.web.fieldwork.passing.standing")(found),
    )


_pass = pages.requires("administrator")(pages.lazy("app.web.fieldwork.passing.pass_wave"))
blueprint.add_url_rule("/<key>/pass/<int(max=2147483647):version_id>", "pass_wave", _pass, methods=["GET", "POST"])


@blueprint.route("/<key>/notice", methods=["GET", "POST"])
@pages.requires("administrator")
def notice(key: str) -> Response | Redirect:
    """What respondents are told before they start."""
    found = find_wave(key)
    form = NoticeForm(data=dict(found.notice))
    if form.validate_on_submit():
        try:
            fieldwork.edit_notice(pages.session(), found, form.texts(), current_user)
            return back(found, _("La notice est enregistrée."))
        except NoticeIsIncomplete as refusal:
            form.say_missing(refusal.missing)
    missing = fieldwork.missing_notice_fields(form.texts())
    return pages.render(
        "fieldwork/notice.html",
        wave=found,
        state=fieldwork.status_now(found),
        form=form,
        missing=missing,
        placeholder=fieldwork.PLACEHOLDER,
    )


@blueprint.route("/<key>/schedule", methods=["GET", "POST"])
@pages.requires("administrator")
def schedule(key: str) -> Response | Redirect:
    """When people may answer, who may, and on which legal basis."""
    found = find_wave(key)
    form = ScheduleForm.showing(fieldwork.schedule_of(found))
    if form.validate_on_submit():
        try:
            fieldwork.set_schedule(pages.session(), found, form.schedule(), current_user)
            for note in filter(None, (form.opens_at.note, form.closes_at.note)):
                flash(note, "done")
            return back(found, _("Le calendrier et l’accès sont enregistrés."))
        except WindowIsEmpty:
            form.closes_at.errors = [_("La clôture doit venir après l’ouverture.")]
        except BasisIsMissing:
            form.basis.errors = [_("Choisissez la base légale : la vague est ouverte à de vraies personnes.")]
    return pages.render(
        "fieldwork/schedule.html",
        wave=found,
        state=fieldwork.status_now(found),
        form=form,
        left_after=partials.LEFT_AFTER.seconds // 60,
    )


@blueprint.route("/<key>/codes", methods=["GET", "POST"])
@pages.requires("administrator")
def codes(key: str) -> Response:
    """Make personal codes; the file that holds them is given once."""
    found = find_wave(key)
    version, questionnaire = authoring.get_version(pages.session(), found.version_id)
    form = CodesForm()
    if form.validate_on_submit():
        rows = _rows_of(form, found)
        if rows:
            return _give_codes(found, rows)
    counts = invitations.count_codes(pages.session(), found)
    known = [one.name for one in questionnaire.context if one.provider == "external"]
    return pages.render(
        "fieldwork/codes.html",
        wave=found,
        state=fieldwork.status_now(found),
        form=form,
        counts=counts,
        known=known,
        version=version,
    )


def _rows_of(form: CodesForm, wave: Wave) -> list[Row]:
    """One row for each code to make; none, with the refusal said at its field."""
    if not form.table.data:
        if not form.count.data:
            form.count.errors = [_("Donnez un nombre, ou choisissez un fichier.")]
            return []
        return [{} for _one in range(form.count.data)]
    questionnaire = authoring.get_version(pages.session(), wave.version_id)[1]
    try:
        return invitations.read_table(questionnaire, form.table.data.read().decode("utf-8"))
    except UnicodeDecodeError:
        form.table.errors = [
            _("Ce fichier n’est pas en UTF-8. Enregistrez-le au format « CSV UTF-8 », puis recommencez.")
        ]
    except TableIsMalformed as refusal:
        form.table.errors = [_say_problem(*problem) for problem in refusal.problems[:MOST_PROBLEMS]]
    return []


def _say_problem(line: int, what: str) -> str:
    """What is wrong in a file of people, and where."""
    words = {
        "empty": _("Le fichier est vide : il faut une ligne de titres, puis une ligne par personne."),
        "head": _("La ligne de titres a une colonne sans nom, deux fois le même nom, ou une colonne « code »."),
        "cells": _("Ligne %(line)s : elle n’a pas autant de cases que la ligne de titres.", line=line),
    }
    other: str = _(
        "Ligne %(line)s : la valeur de « %(name)s » n’est pas de celles du questionnaire.", line=line, name=what
    )
    said: str = words.get(what, other)
    return said


def _give_codes(wave: Wave, rows: list[Row]) -> Response:
    """The file of new codes: nobody can ask for it again."""
    made = invitations.create_invitations(
        pages.session(), wave, rows, pages.platform().settings.secret_key, current_user
    )
    text = invitations.write_codes(made, rows, _address(wave))
    return pages.attachment(MARK + text, pages.CSV, f"codes-{wave.key}.csv")


@blueprint.route("/<key>/open", methods=["GET", "POST"])
@pages.requires("administrator")
def open_wave(key: str) -> Response | Redirect:
    """Say what opening does, then open; a paused wave goes on."""
    found = find_wave(key)
    is_real, was_paused = found.origin == "respondent", found.status == "paused"
    missing = fieldwork.missing_notice_fields(found.notice) if is_real else ()
    is_baseless = is_real and found.basis is None
    is_over = found.status != "open" and found.closes_at is not None and found.closes_at <= now()
    if request.method == "POST" and not (missing or is_baseless or is_over):
        fieldwork.open_wave(pages.session(), found, current_user)
        return back(found, _say_opened(found, was_paused))
    return pages.render(
        "fieldwork/open.html",
        wave=found,
        state=fieldwork.status_now(found),
        missing=missing,
        is_baseless=is_baseless,
        is_over=is_over,
        state_if_open=fieldwork.status_at("open", found.opens_at, found.closes_at, now()),
        labels=NoticeForm(),
        link=_address(found),
    )


def _say_opened(wave: Wave, was_paused: bool) -> str:
    if fieldwork.status_now(wave) == "planned":
        words: str = _("La vague est prête : elle s’ouvrira d’elle-même à la date prévue.")
        return words
    words = _("La vague reprend.") if was_paused else _("La vague est ouverte.")
    return words


@blueprint.route("/<key>/pause", methods=["GET", "POST"])
@pages.requires("administrator")
def pause_wave(key: str) -> Response | Redirect:
    """Say what a pause does, then pause."""
    found = find_wave(key)
    if request.method == "POST":
        fieldwork.pause_wave(pages.session(), found, current_user)
        return back(found, _("La vague est en pause."))
    progress = fieldwork.wave_progress(pages.session(), found)
    return pages.render("fieldwork/pause.html", wave=found, state=fieldwork.status_now(found), progress=progress)


@blueprint.route("/<key>/close", methods=["GET", "POST"])
@pages.requires("administrator")
def close_wave(key: str) -> Response | Redirect:
    """Say what closing does, then close."""
    found = find_wave(key)
    if request.method == "POST":
        fieldwork.close_wave(pages.session(), found, current_user)
        return back(found, _("La vague est fermée."))
    session = pages.session()
    return pages.render(
        "fieldwork/close.html",
        wave=found,
        state=fieldwork.status_now(found),
        progress=fieldwork.wave_progress(session, found),
        codes=invitations.count_codes(session, found),
    )
