"""Forms by which questionnaires and versions come to be and are published later."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length, Optional, Regexp

from app.web.controls.fields import clean

MOST_CHARACTERS = 1000


def _stripped(text: str | None) -> str:
    return clean(text or "").strip()


def _version_field() -> StringField:
    return StringField(
        _("Nom de la version"),
        [
            DataRequired(_("Donnez un nom à la version, comme 2027.")),
            Regexp(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}\Z", message=_("Au plus 32 lettres, chiffres, points et tirets.")),
        ],
        filters=[_stripped],
    )


class NewQuestionnaireForm(FlaskForm):  # type: ignore[misc]
    """What a questionnaire begins with."""

    title = StringField(
        _("Titre"), [DataRequired(_("Donnez un titre au questionnaire.")), Length(max=200)], filters=[_stripped]
    )
    key = StringField(
        _("Identifiant"),
        [
            Optional(),
            Regexp(
                r"[a-z0-9]+(-[a-z0-9]+)*\Z",
                message=_("Des minuscules sans accent, des chiffres et des tirets."),
            ),
            Length(max=60, message=_("Au plus 60 caractères.")),
        ],
        filters=[_stripped],
    )
    population = SelectField(
        _("Population"),
        choices=[
            SelectChoice("citoyens", _("Citoyens")),
            SelectChoice("elus", _("Élus")),
            SelectChoice("entreprises", _("Entreprises")),
            SelectChoice("associations", _("Associations")),
            SelectChoice("fondations", _("Fondations")),
            SelectChoice("academiques", _("Académiques")),
        ],
    )
    languages = StringField(
        _("Langues"),
        [
            DataRequired(_("Donnez au moins une langue.")),
            Regexp(r"\s*[A-Za-z]{2}([\s,;]+[A-Za-z]{2})*\s*\Z", message=_("Des codes de deux lettres, comme fr, en.")),
        ],
        default="fr",
    )
    version = _version_field()


class NewVersionForm(FlaskForm):  # type: ignore[misc]
    """A version made from another."""

    version = _version_field()
    message = TextAreaField(
        _("Ce que cette version change"),
        [Length(max=MOST_CHARACTERS, message=_("Au plus 1 000 caractères."))],
        filters=[_stripped],
    )


class ImportForm(FlaskForm):  # type: ignore[misc]
    """A file of a questionnaire."""

    file = FileField(_("Fichier YAML"), [FileRequired(_("Choisissez un fichier."))])


class PublishForm(FlaskForm):  # type: ignore[misc]
    """What is said of a version, and when it is published if that is not now."""

    message = TextAreaField(
        _("Message de la version"),
        [Length(max=MOST_CHARACTERS, message=_("Au plus 1 000 caractères."))],
        filters=[_stripped],
    )
    at = StringField(_("Date et heure, à Paris"), filters=[_stripped], render_kw={"type": "datetime-local"})
