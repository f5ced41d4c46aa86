"""Past studies: a file is deposited, its mapping read and approved by a person, and it becomes a wave."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, flash, make_response, redirect, request, url_for
from flask_babel import gettext as _
from flask_security import current_user
from werkzeug.wrappers import Response as Redirect

from app.models import Import, Wave
from app.services import authoring, jobs
from app.services.authoring import VersionNotFound
from app.services.fieldwork import VersionIsNotPublished
from app.services.imports import keeping
from app.services.imports.keeping import (
    FILES,
    ImportIsBusy,
    ImportIsNotReviewed,
    ImportNotFound,
    ReportIsStale,
    ValuesAreUnknown,
    WaveIsFrozen,
)
from app.services.imports.mapping import write_mapping
from app.services.imports.parsing import MappingIsInvalid
from app.services.imports.reading import FileIsUnreadable, kind_of
from app.services.imports.sentences import mapping_sentence, sentence
from app.web import formats, pages
from app.web.analyse.import_forms import FileForm, MappingForm, ReviewForm
from app.web.analyse.import_words import shown_report
from app.web.controls.fields import clean

MOST_PROBLEMS = 20
EVERY_MILLISECONDS = 1500


def _import(import_id: int) -> Import:
    try:
        return keeping.get_import(pages.session(), import_id, is_locked=request.method == "POST")
    except ImportNotFound:
        abort(404)


def _back(row: Import, said: str) -> Redirect:
    flash(said, "done")
    return redirect(url_for("analyse.one_import", import_id=row.id), 303)


def imports() -> Response:
    """Every import."""
    session = pages.session()
    found = keeping.list_imports(session)
    versions = {one.version_id: authoring.get_version(session, one.version_id)[0] for one in found}
    return pages.render("analyse/imports.html", imports=found, versions=versions)


def new_import() -> Response | Redirect:
    """Deposit a file. Nothing is read here but its first bytes; no transaction is open while it is kept."""
    form = FileForm()
    form.offer(authoring.list_questionnaires(pages.session()), formats.language())
    if form.validate_on_submit():
        made = _deposited(form)
        if made is not None:
            return redirect(url_for("analyse.one_import", import_id=made), 303)
    return pages.render("analyse/import_new.html", form=form)


def _deposited(form: FileForm) -> int | None:
    """The number of the import, or None with the refusal said at its field."""
    platform, upload = pages.platform(), form.file.data
    content = upload.read()
    try:
        kind = kind_of(content)
    except FileIsUnreadable as error:
        form.file.errors = [sentence(error.code, error.data, formats.language())]
        return None
    content_hash = platform.storage.put(FILES, content)
    try:
        with platform.database.transaction() as session:
            row = keeping.create_import(
                session,
                file_name=clean(upload.filename.replace("\\", "/").rpartition("/")[2]),
                content_hash=content_hash,
                kind=kind,
                version_id=form.version.data,
                actor=current_user,
            )
            keeping.request_reading(session, platform.sender, row)
            return row.id
    except (VersionNotFound, VersionIsNotPublished):
        form.version.errors = [_("Cette version n’est pas publiée. Choisissez-en une autre.")]
    return None


def one_import(import_id: int) -> Response:
    """Where an import stands: what was read, what is mapped, what is not, what to do next."""
    return pages.render("analyse/import.html", form=ReviewForm(name=current_user.name), **_context(_import(import_id)))


def import_part(import_id: int) -> Response:
    """How far the reading or the import is: the part of the page that keeps itself fresh."""
    row = _import(import_id)
    return pages.render("analyse/import_part.html", **_state(row))


def _state(row: Import) -> dict[str, Any]:
    job = jobs.job_progress(pages.session(), row.job_id) if row.job_id else None
    is_stopped = row.status == "running" and job is not None and job.status == "failed"
    is_reading = row.status == "proposed" and row.problem is None and not keeping.is_current(row)
    is_busy = job is not None and not job.is_over and (is_reading or row.status == "running")
    problem = keeping.problem_of(row)
    return {
        "row": row,
        "job": job,
        "is_stopped": is_stopped,
        "is_unread": is_reading and job is not None and job.is_over,
        "is_busy": is_busy,
        "every": EVERY_MILLISECONDS,
        "problem": sentence(problem["code"], problem["data"], formats.language()) if problem else "",
    }


def _context(row: Import) -> dict[str, Any]:
    session = pages.session()
    version, questionnaire = authoring.get_version(session, row.version_id)
    wave = session.get(Wave, row.wave_id) if row.wave_id and row.status == "done" else None
    return {
        **_state(row),
        "version": version,
        "questionnaire": questionnaire,
        "wave": wave,
        "is_current": keeping.is_current(row),
        "is_blocked": keeping.blocking_values(row),
        "report": shown_report(row, questionnaire, formats.language()) if row.report and row.mapping else None,
    }


def edit_import(import_id: int) -> Response | Redirect:
    """The mapping as text: typed, or sent as a file."""
    row = _import(import_id)
    form = MappingForm(text=write_mapping(row.mapping) if row.mapping else "")
    problems: list[tuple[int, str]] = []
    if form.validate_on_submit():
        data = form.content()
        form.text.data = data.decode("utf-8", "replace")
        try:
            keeping.edit_mapping(pages.session(), pages.platform().sender, row, data, current_user)
            return _back(row, _("La correspondance est enregistrée. Le fichier est relu : le rapport va suivre."))
        except MappingIsInvalid as error:
            language = formats.language()
            problems = [(one.line, mapping_sentence(one, language)) for one in error.problems[:MOST_PROBLEMS]]
            form.text.errors = [_("La correspondance n’est pas enregistrée. Corrigez les lignes indiquées.")]
        except (ImportIsBusy, ReportIsStale):
            form.text.errors = [_("Cet import ne peut pas être modifié maintenant. Revenez à sa page.")]
    return pages.render("analyse/import_mapping.html", row=row, form=form, problems=problems)


def import_mapping(import_id: int) -> Response:
    """The mapping as a file."""
    row = _import(import_id)
    if not row.mapping:
        abort(404)
    response = make_response(write_mapping(row.mapping))
    response.headers["Content-Type"] = "application/yaml; charset=utf-8"
    response.headers["Content-Disposition"] = f'attachment; filename="import-{row.id}.yaml"'
    return response


def review_import(import_id: int) -> Response | Redirect:
    """A person approves the mapping."""
    row = _import(import_id)
    if request.method != "POST":
        return redirect(url_for("analyse.one_import", import_id=row.id))
    form = ReviewForm()
    if form.validate_on_submit():
        try:
            keeping.review_import(pages.session(), row, form.name.data.strip(), current_user)
            return _back(row, _("La correspondance est approuvée. L’import peut être lancé."))
        except MappingIsInvalid as error:
            form.name.errors = [mapping_sentence(one, formats.language()) for one in error.problems]
        except ValuesAreUnknown:
            form.name.errors = [_("Des valeurs du fichier ne correspondent à rien : complétez la correspondance.")]
        except (ReportIsStale, ImportIsBusy):
            form.name.errors = [_("Cet import a changé depuis l’affichage de la page. Relisez-la.")]
    return pages.render("analyse/import.html", form=form, **_context(row))


def run_import(import_id: int) -> Redirect:
    """Ask for the wave."""
    row = _import(import_id)
    if request.method == "POST":
        try:
            keeping.request_import(pages.session(), pages.platform().sender, row, current_user)
        except (ImportIsBusy, ImportIsNotReviewed):
            return _back(row, _("Cet import a changé depuis l’affichage de la page. Relisez-la."))
    return redirect(url_for("analyse.one_import", import_id=row.id), 303)


def withdraw_import(import_id: int) -> Response | Redirect:
    """Say what withdrawing does, then delete the wave: an administrator's act."""
    if not current_user.has_role("administrator"):
        abort(403)
    row, refusal = _import(import_id), ""
    if request.method == "POST":
        try:
            keeping.withdraw_import(pages.session(), row, current_user)
            return _back(row, _("La vague importée est supprimée. Le fichier et sa correspondance restent."))
        except WaveIsFrozen:
            refusal = _("Des résultats publiés reposent sur cette vague : elle ne peut pas être supprimée.")
        except ImportIsBusy:
            refusal = _("L’import est en cours. Attendez sa fin.")
    return pages.render("analyse/import_withdraw.html", refusal=refusal, **_context(row))


def remove_import(import_id: int) -> Redirect:
    """Forget an import that made no wave."""
    row = _import(import_id)
    if request.method != "POST":
        return redirect(url_for("analyse.one_import", import_id=row.id))
    try:
        keeping.remove_import(pages.session(), row, current_user)
    except ImportIsBusy:
        return _back(row, _("Cet import a fait une vague : retirez-la d’abord."))
    flash(_("L’import est supprimé."), "done")
    return redirect(url_for("analyse.imports"), 303)
