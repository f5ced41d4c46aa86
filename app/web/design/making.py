"""Questionnaires and versions come to be: begun from nothing, made from another version, read from a file, written."""

from __future__ import annotations

import re
import unicodedata

from flask import Response, flash, redirect, url_for
from flask_babel import gettext as _
from flask_security import current_user
from werkzeug.wrappers import Response as Redirect

from app.services import authoring, drafting, rights
from app.services.authoring import VersionIsFrozen
from app.services.drafting import QuestionnaireExists, VersionExists
from app.services.problem_messages import message
from app.web import formats, pages
from app.web.design.making_forms import ImportForm, NewQuestionnaireForm, NewVersionForm
from app.web.design.views import find_version
from questionnaires import editing
from questionnaires.problems import DefinitionIsInvalid, Problem

YAML = "application/yaml; charset=utf-8"
LONGEST_KEY = 60


def new_questionnaire() -> Response | Redirect:
    """Begin a questionnaire: its first version is a draft, open in the studio."""
    form = NewQuestionnaireForm()
    if form.validate_on_submit():
        key = form.key.data or key_of(form.title.data)
        languages = dict.fromkeys(re.split(r"[\s,;]+", form.languages.data.strip().lower()))
        try:
            made = drafting.start_draft(
                pages.session(),
                pages.platform().sender,
                current_user,
                key=key,
                version=form.version.data,
                population=form.population.data,
                title=dict.fromkeys(languages, form.title.data),
            )
            return redirect(url_for("design.studio", version_id=made.id), 303)
        except QuestionnaireExists:
            form.key.data = key
            form.key.errors = [_("Un autre questionnaire a déjà cet identifiant. Choisissez-en un autre.")]
        except DefinitionIsInvalid as refusal:
            form.title.errors = [message(one, formats.language()) for one in refusal.problems[:5]]
    return pages.render("design/new.html", form=form)


def key_of(title: str) -> str:
    """The key that a title gives: lower-case letters without accents, digits, hyphens."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:LONGEST_KEY].strip("-") or "questionnaire"


def derive(version_id: int) -> Response | Redirect:
    """Make a draft from any version; from an older one, that is to have it back."""
    summary, model = find_version(version_id)
    form = NewVersionForm()
    if form.validate_on_submit():
        rights.require(pages.session(), current_user, summary.questionnaire_id, "edit")
        try:
            made = drafting.derive_draft(
                pages.session(),
                pages.platform().sender,
                current_user,
                version_id,
                form.version.data,
                form.message.data or "",
            )
            return redirect(url_for("design.studio", version_id=made.id), 303)
        except VersionExists:
            form.version.errors = [_("Une version a déjà ce nom. Choisissez-en un autre.")]
    return pages.render("design/derive.html", form=form, version=summary, questionnaire=model)


def import_file() -> Response | Redirect:
    """Read a file as a draft: a new version, or one more edit of the draft of that name."""
    form = ImportForm()
    problems: tuple[Problem, ...] = ()
    if form.validate_on_submit():
        try:
            made = authoring.import_version(
                pages.session(), form.file.data.read(), current_user, pages.platform().sender
            )
            flash(_("Le fichier est importé. Relisez-le, puis publiez-le."), "done")
            return redirect(url_for("design.version", version_id=made.id), 303)
        except DefinitionIsInvalid as refusal:
            problems = refusal.problems
        except VersionIsFrozen:
            form.file.errors = [_("Cette version est déjà publiée avec un autre contenu. Donnez-lui un autre nom.")]
    told = [(one.place.line, one.place.path, message(one, formats.language())) for one in problems]
    return pages.render("design/import.html", form=form, problems=told, status=422 if told else 200)


def file(version_id: int) -> Response:
    """The file of a version; of a draft that is being edited, what it holds now, finished or not."""
    summary, _model = find_version(version_id)
    rights.require(pages.session(), current_user, summary.questionnaire_id, "read")
    draft = drafting.get_draft(pages.session(), version_id)
    content = editing.write_document(draft.document)
    state = "" if draft.status != "draft" else "-brouillon" if draft.is_sound else "-inacheve"
    return pages.attachment(content, YAML, f"{key_of(f'{draft.key}-{draft.name}')}{state}.yaml")
