"""Forms of fieldwork: a new wave, its notice. They check shape; the services check meaning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import starmap

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, Regexp

from app.services.authoring import QuestionnaireSummary
from app.services.fieldwork import NOTICE_FIELDS
from app.web.controls.fields import clean

MAX_NOTICE = 4000
NO_MARGINS = ""


class WaveForm(FlaskForm):  # type: ignore[misc]
    """A new wave. `margins` holds `questionnaire/margins`, or nothing."""

    name = StringField(
        _("Nom de la vague"),
        [DataRequired(_("Donnez un nom à la vague.")), Length(max=200, message=_("Au plus 200 caractères."))],
        filters=[lambda text: clean(text or "")],
    )
    key = StringField(
        _("Adresse courte"),
        [
            InputRequired(_("Donnez l’adresse courte de l’enquête.")),
            Length(max=80, message=_("Au plus 80 caractères.")),
            Regexp(
                r"[a-z0-9]+(-[a-z0-9]+)*\Z",
                message=_("Employez des minuscules sans accent, des chiffres et des traits d’union simples."),
            ),
        ],
    )
    version = SelectField(_("Version du questionnaire"), coerce=int)
    origin = RadioField(
        _("Nature des réponses"),
        choices=[SelectChoice("respondent", _("Enquête réelle")), SelectChoice("trial", _("Enquête d’essai"))],
        default="trial",
    )
    margins = SelectField(_("Marges de redressement"))

    def offer(self, questionnaires: Sequence[QuestionnaireSummary], margins: Mapping[str, str], language: str) -> None:
        """Fill the lists: published versions, and the margins by key."""
        self.version.choices = [
            SelectChoice(version.id, f"{one.title.in_(language)}, version {version.name}")
            for one in questionnaires
            for version in one.versions
            if version.status == "published"
        ]
        self.margins.choices = [
            *starmap(SelectChoice, margins.items()),
            SelectChoice(NO_MARGINS, _("Aucune : tableaux non redressés")),
        ]


def _text(label: str) -> TextAreaField:
    return TextAreaField(label, [Length(max=MAX_NOTICE, message=_("Au plus 4 000 caractères."))])


class NoticeForm(FlaskForm):  # type: ignore[misc]
    """What a respondent is told before starting: one field for each thing that article 13 of the RGPD asks."""

    controller = _text(_("Responsable du traitement"))
    purposes = _text(_("Finalités"))
    legal_basis = _text(_("Base légale"))
    optional_answer = _text(_("Caractère facultatif des réponses"))
    recipients = _text(_("Destinataires"))
    retention = _text(_("Durée de conservation"))
    rights = _text(_("Droits des personnes"))
    transfers = _text(_("Transferts hors de l’Union européenne"))
    dpo_contact = _text(_("Délégué à la protection des données"))
    complaint = _text(_("Réclamation"))

    HINTS: Mapping[str, object] = {
        "controller": _("Qui décide de l’enquête et de l’usage des réponses : nom et adresse."),
        "purposes": _("À quoi serviront les réponses, en mots simples."),
        "legal_basis": _("Par exemple le consentement, ou l’exercice d’une mission d’intérêt public."),
        "optional_answer": _("Ce qui est facultatif, et ce qui se passe si l’on ne répond pas."),
        "recipients": _("Qui reçoit les réponses, prestataires compris."),
        "retention": _("Combien de temps les réponses et les coordonnées sont gardées, chacune."),
        "rights": _("Accès, effacement, opposition, retrait du consentement : comment les exercer, jusqu’à quand."),
        "transfers": _("Écrivez qu’il n’y en a pas, si c’est le cas."),
        "dpo_contact": _("Une adresse électronique ou postale où l’on répond."),
        "complaint": _("Le droit de saisir la Cnil, et son adresse."),
    }

    def texts(self) -> dict[str, str]:
        """The notice as the service takes it."""
        return {name: (self[name].data or "").strip() for name in NOTICE_FIELDS}

    def say_missing(self, missing: Sequence[str]) -> None:
        """Put the refusal of the service at its fields."""
        for name in missing:
            self[name].errors = [str(_("Ce texte est obligatoire tant que la vague est ouverte."))]
