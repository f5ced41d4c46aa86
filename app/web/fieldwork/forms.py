"""Forms of fieldwork: a new wave, its notice, its window. They check shape; the services check meaning."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from itertools import starmap

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional, Regexp, ValidationError
from wtforms.widgets import DateTimeLocalInput

from app.services import invitations, windows
from app.services.authoring import QuestionnaireSummary
from app.services.fieldwork import NOTICE_FIELDS, Schedule
from app.services.windows import TimeDoesNotExist, TimeIsMalformed
from app.web import formats
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


class PlannedTimeField(StringField):  # type: ignore[misc]
    """A date and a time of Paris; `moment` is what was read. What was typed is shown again as it was typed."""

    widget = DateTimeLocalInput()
    moment: dt.datetime | None = None

    def pre_validate(self, form: FlaskForm) -> None:  # noqa: ARG002  (WTForms's)
        """Read what was typed; a time that the clocks jumped over is refused with the nearest ones."""
        if not (self.data or "").strip():
            return
        try:
            self.moment = windows.read_paris(self.data)
        except TimeDoesNotExist as gap:
            raise ValidationError(_say_gap(self.data, gap)) from gap
        except TimeIsMalformed as error:
            words = _("Donnez un jour et une heure, par exemple 25/10/2026 23:59, ou laissez vide.")
            raise ValidationError(str(words)) from error

    @property
    def note(self) -> str:
        """What has to be known of a time that comes twice: which one is meant."""
        if self.moment is None or not windows.is_twice(self.moment):
            return ""
        return str(
            _(
                "Cette heure existe deux fois ce jour-là, au passage à l’heure d’hiver : c’est la seconde qui compte, "
                "celle de l’heure d’hiver."
            )
        )


def _say_gap(typed: str, gap: TimeDoesNotExist) -> str:
    language = formats.language()
    words = _(
        "%(typed)s n’existe pas ce jour-là : au passage à l’heure d’été, l’heure qui suit %(before)s est %(after)s. "
        "Choisissez l’une ou l’autre.",
        typed=typed.replace("T", " "),
        before=_clock(gap.before, language),
        after=_clock(gap.after, language),
    )
    return str(words)


def _clock(local: dt.datetime, language: str) -> str:
    return formats.time(local.replace(tzinfo=windows.PARIS), language)


class ScheduleForm(FlaskForm):  # type: ignore[misc]
    """When people may answer, who may, on which legal basis, whether they may correct, and what is counted."""

    opens_at = PlannedTimeField(_("Ouverture"))
    closes_at = PlannedTimeField(_("Clôture"))
    access = RadioField(
        _("Accès"),
        choices=[SelectChoice("link", _("Lien ouvert")), SelectChoice("personal", _("Code personnel"))],
    )
    basis = RadioField(
        _("Base légale"),
        choices=[
            SelectChoice("consent", _("Consentement")),
            SelectChoice("public_interest", _("Mission d’intérêt public")),
            SelectChoice("legitimate_interest", _("Intérêt légitime")),
        ],
        validators=[Optional()],
        # Nothing is chosen until somebody does.
        coerce=lambda value: value or "",
    )
    may_correct = RadioField(
        _("Correction après l’envoi"),
        choices=[SelectChoice("oui", _("Permise jusqu’à la clôture")), SelectChoice("non", _("Non permise"))],
    )
    counts_partial = RadioField(
        _("Réponses partielles"),
        choices=[SelectChoice("non", _("Non comptées")), SelectChoice("oui", _("Comptées"))],
    )

    @classmethod
    def showing(cls, schedule: Schedule) -> ScheduleForm:
        """The form of a request; where nothing was posted, filled with the schedule as it is."""
        form = cls(
            data={
                "opens_at": windows.write_paris(schedule.opens_at) if schedule.opens_at else "",
                "closes_at": windows.write_paris(schedule.closes_at) if schedule.closes_at else "",
                "access": schedule.access,
                "basis": schedule.basis or "",
                "may_correct": "oui" if schedule.may_correct else "non",
                "counts_partial": "oui" if schedule.counts_partial else "non",
            }
        )
        if not form.is_submitted():
            form.opens_at.moment, form.closes_at.moment = schedule.opens_at, schedule.closes_at
        return form

    def schedule(self) -> Schedule:
        """What was chosen, as the service takes it."""
        return Schedule(
            opens_at=self.opens_at.moment,
            closes_at=self.closes_at.moment,
            access=self.access.data,
            basis=self.basis.data or None,
            may_correct=self.may_correct.data == "oui",
            counts_partial=self.counts_partial.data == "oui",
        )


class CodesForm(FlaskForm):  # type: ignore[misc]
    """Personal codes to make: how many, or one for each line of a file."""

    count = IntegerField(
        _("Nombre de codes"),
        [
            Optional(),
            NumberRange(1, invitations.MOST_AT_ONCE, message=_("De 1 à 100 000 codes à la fois.")),
        ],
    )
    table = FileField(_("Ou un fichier, une ligne par personne (CSV)"))
