"""The method sheet of a wave: its page, made to be printed, its form, and the rates of its questions as a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, abort, flash, redirect, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_security import current_user
from flask_wtf import FlaskForm
from werkzeug import Response as Redirect
from wtforms import RadioField, SelectMultipleField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length
from wtforms.validators import Optional as MayBeEmpty
from wtforms.widgets import CheckboxInput, ListWidget

from app.estimation.disclosure import Policy
from app.models import Wave
from app.services import authoring, fieldwork, tallies
from app.services.fieldwork import WaveNotFound
from app.services.method import nonresponse
from app.services.method import sheet as method
from app.services.method.nonresponse import CAUSES, QuestionRate
from app.services.method.sheet import MAX_TEXT, SHARES, TEXTS, MethodSheet
from app.web import formats, pages
from app.web.analyse.presentation import HIDDEN
from app.web.analyse.weighting import variable_label
from app.web.controls.fields import clean
from questionnaires.model import Questionnaire

TITLES = {
    "institute": _l("Organisme qui réalise l’étude"),
    "client": _l("Commanditaire"),
    "buyer": _l("Acheteur de l’étude, s’il diffère du commanditaire"),
    "object": _l("Objet de l’étude"),
    "selection": _l("Méthode de sélection"),
    "sample": _l("Choix et composition de l’échantillon"),
    "conditions": _l("Conditions de l’interrogation"),
    "incentive": _l("Nature et valeur de la gratification"),
    "consultation": _l("Consultation de la notice"),
}
HINTS = {
    "institute": _l("Nom et adresse de l’organisme, et de son sous-traitant s’il y en a un."),
    "client": _l("Qui a commandé l’étude."),
    "buyer": _l("Écrivez « le même » s’il n’y en a pas d’autre."),
    "object": _l("Ce que l’étude cherche à savoir, en une ou deux phrases."),
    "sample": _l("Population visée, base de sondage ou panel, quotas, taille prévue."),
    "conditions": _l("Recrutement, relances, durée, assistance ; les modes de recueil s’ajoutent d’eux-mêmes."),
    "incentive": _l("Par exemple : « Aucune », ou « bon d’achat de 5 € »."),
    "consultation": _l("Où et comment toute personne peut consulter cette notice."),
}
SELECTIONS = {
    "quota": _l("Par quotas"),
    "random": _l("Par tirage aléatoire"),
    "census": _l("Toute la population est interrogée"),
    "open": _l("Enquête ouverte à tous"),
}
SELECTION_HINTS = {
    "quota": _l("Les intervalles sont dits indicatifs."),
    "random": _l("Les intervalles sont des intervalles de confiance."),
    "census": _l("Rien n’est tiré au hasard : les intervalles sont dits indicatifs."),
    "open": _l("Chacun choisit de répondre : les intervalles sont dits indicatifs."),
}
MODES = {"web": _l("en ligne"), "telephone": _l("par téléphone"), "paper": _l("sur papier")}
REASONS = {
    "SKIPPED": _l("Question passée"),
    "NO_OPINION": _l("Ne se prononce pas"),
    "REFUSED": _l("Refus"),
    "BROKE_OFF": _l("Abandon"),
}


def _text(name: str) -> TextAreaField:
    return TextAreaField(
        TITLES[name],
        [Length(max=MAX_TEXT, message=_l("Au plus 4 000 caractères."))],
        filters=[lambda text: clean(text or "")],
    )


class MethodForm(FlaskForm):  # type: ignore[misc]
    """What a person declares; every field may stay empty until it is known."""

    institute = _text("institute")
    client = _text("client")
    buyer = _text("buyer")
    object = _text("object")
    selection = RadioField(
        TITLES["selection"],
        [MayBeEmpty()],
        choices=[SelectChoice(name, label) for name, label in SELECTIONS.items()],
    )
    sample = _text("sample")
    conditions = _text("conditions")
    incentive = _text("incentive")
    consultation = _text("consultation")
    shares_persons_with = SelectMultipleField(
        _l("Vagues dont les personnes peuvent être les mêmes"),
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )

    HINTS = HINTS

    def texts(self) -> dict[str, str]:
        """What is written, by name."""
        return {name: self[name].data or "" for name in TEXTS}


def method_sheet(key: str) -> Response:
    """The sheet: what is declared, what is computed, and the rates of every question."""
    wave = _wave(key)
    sheet = method.method_sheet(pages.session(), wave, formats.language())
    version, questionnaire = authoring.get_version(pages.session(), wave.version_id)
    return pages.render(
        "analyse/method.html",
        wave=wave,
        version=version,
        questionnaire=questionnaire,
        sheet=sheet,
        titles=TITLES,
        selections=SELECTIONS,
        modes=[str(MODES[one]) for one in sheet.modes],
        shares=SHARES,
        margins=_margins(sheet, questionnaire),
        reasons=[str(REASONS[one.name]) for one in CAUSES],
        rates=[_shown(one) for one in _rates(wave)],
    )


def edit_method(key: str) -> Response | Redirect:
    """What the platform cannot know by itself."""
    wave = _wave(key)
    form = MethodForm(data={"shares_persons_with": [], **wave.method})
    form.shares_persons_with.choices = list(method.other_waves(pages.session(), wave).items())
    if form.validate_on_submit():
        method.edit_method(
            pages.session(),
            wave,
            form.texts(),
            form.selection.data or "",
            form.shares_persons_with.data or [],
            current_user,
        )
        flash(_("La fiche technique est enregistrée."), "done")
        return redirect(url_for("analyse.method_sheet", key=key), 303)
    return pages.render("analyse/method_edit.html", wave=wave, form=form, selection_hints=SELECTION_HINTS)


def method_csv(key: str) -> Response:
    """The rates of every question."""
    wave = _wave(key)
    content = nonresponse.rates_file(_rates(wave), formats.language())
    return pages.attachment(content, pages.CSV, f"{key}-non-reponse.csv")


def _wave(key: str) -> Wave:
    try:
        return fieldwork.get_wave(pages.session(), key)
    except WaveNotFound:
        abort(404)


def _rates(wave: Wave) -> list[QuestionRate]:
    inputs = tallies.read_inputs(pages.session(), wave.id)
    return nonresponse.question_rates(pages.platform().storage, inputs, Policy(**wave.policy), formats.language())


def _margins(sheet: MethodSheet, questionnaire: Questionnaire) -> list[Mapping[str, Any]]:
    """The weighting criteria, with their universe, date and source."""
    if sheet.snapshot is None or sheet.snapshot.weighting_number is None:
        return []
    language = formats.language()
    return [
        {
            **one,
            "label": " × ".join(variable_label(name, questionnaire, language) for name in one["variables"]),
            "universe": one["universe"].get(language) or one["universe"].get("fr", ""),
        }
        for one in sheet.snapshot.recipe.get("margins", ())
    ]


def _shown(rate: QuestionRate) -> dict[str, Any]:
    language = formats.language()
    cells = [*rate.causes, rate.none]
    return {
        "name": rate.name,
        "text": rate.text,
        "choices": rate.choices,
        "asked": HIDDEN if rate.asked is None else formats.number(rate.asked, language),
        "cells": [HIDDEN if one.value is None else formats.percent(one.value, language, 1) for one in cells],
    }
