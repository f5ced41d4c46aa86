"""Waves: list, progress, creation, notice, opening and closing."""

from __future__ import annotations

from flask import Blueprint, Response, abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_security import current_user
from werkzeug.wrappers import Response as Redirect

from app.models import Wave
from app.services import authoring, fieldwork, margins
from app.services.fieldwork import NoticeIsIncomplete, WaveKeyIsTaken, WaveNotFound
from app.services.margins import MarginsNotFound
from app.web import formats, pages
from app.web.fieldwork.charts import day_chart
from app.web.fieldwork.forms import NoticeForm, WaveForm

blueprint = Blueprint("fieldwork", __name__, url_prefix="/fieldwork", template_folder="templates")


def _wave(key: str) -> Wave:
    try:
        return fieldwork.get_wave(pages.session(), key, is_locked=request.method == "POST")
    except WaveNotFound:
        abort(404)


def _back(wave: Wave, said: str) -> Redirect:
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
    return pages.render("fieldwork/create.html", form=form, root=request.url_root)


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
    except WaveKeyIsTaken:
        form.key.errors = [_("Une autre vague a déjà cette adresse. Choisissez-en une autre.")]
    except MarginsNotFound:
        form.margins.errors = [_("Ces marges n’existent plus. Choisissez-en d’autres.")]
    return None


@blueprint.get("/<key>/")
@pages.requires("administrator", "analyst")
def wave(key: str) -> Response:
    """Where fieldwork stands."""
    found = _wave(key)
    version, questionnaire = authoring.get_version(pages.session(), found.version_id)
    progress = fieldwork.wave_progress(pages.session(), found)
    return pages.render(
        "fieldwork/wave.html",
        wave=found,
        version=version,
        questionnaire=questionnaire,
        progress=progress,
        chart=day_chart(progress.by_day),
        missing=fieldwork.missing_notice_fields(found.notice),
        labels=NoticeForm(),
        link=f"{request.url_root}r/{found.key}/",
    )


@blueprint.route("/<key>/notice", methods=["GET", "POST"])
@pages.requires("administrator")
def notice(key: str) -> Response | Redirect:
    """What respondents are told before they start."""
    found = _wave(key)
    form = NoticeForm(data=dict(found.notice))
    if form.validate_on_submit():
        try:
            fieldwork.edit_notice(pages.session(), found, form.texts(), current_user)
            return _back(found, _("La notice est enregistrée."))
        except NoticeIsIncomplete as refusal:
            form.say_missing(refusal.missing)
    missing = fieldwork.missing_notice_fields(form.texts())
    return pages.render(
        "fieldwork/notice.html", wave=found, form=form, missing=missing, placeholder=fieldwork.PLACEHOLDER
    )


@blueprint.route("/<key>/open", methods=["GET", "POST"])
@pages.requires("administrator")
def open_wave(key: str) -> Response | Redirect:
    """Say what opening does, then open."""
    found = _wave(key)
    missing = fieldwork.missing_notice_fields(found.notice) if found.origin == "respondent" else ()
    if request.method == "POST" and not missing:
        fieldwork.open_wave(pages.session(), found, current_user)
        return _back(found, _("La vague est ouverte."))
    link = f"{request.url_root}r/{found.key}/"
    return pages.render("fieldwork/open.html", wave=found, missing=missing, labels=NoticeForm(), link=link)


@blueprint.route("/<key>/close", methods=["GET", "POST"])
@pages.requires("administrator")
def close_wave(key: str) -> Response | Redirect:
    """Say what closing does, then close."""
    found = _wave(key)
    if request.method == "POST":
        fieldwork.close_wave(pages.session(), found, current_user)
        return _back(found, _("La vague est fermée."))
    progress = fieldwork.wave_progress(pages.session(), found)
    return pages.render("fieldwork/close.html", wave=found, progress=progress)
