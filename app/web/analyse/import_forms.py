"""Forms of imports: the file, the mapping, who approves it."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length

from app.services.authoring import QuestionnaireSummary
from app.web.controls.fields import clean


class FileForm(FlaskForm):  # type: ignore[misc]
    """A file of microdata and the version that it is mapped to."""

    file = FileField(_("Fichier de microdonnées"), [FileRequired(_("Choisissez un fichier CSV ou .sav."))])
    version = SelectField(_("Version du questionnaire"), coerce=int)

    def offer(self, questionnaires: Sequence[QuestionnaireSummary], language: str) -> None:
        """Fill the list of published versions."""
        self.version.choices = [
            SelectChoice(version.id, f"{one.title.in_(language)}, version {version.name}")
            for one in questionnaires
            for version in one.versions
            if version.status == "published"
        ]


class MappingForm(FlaskForm):  # type: ignore[misc]
    """The mapping: its text, or a file that takes its place."""

    text = TextAreaField(_("Correspondance (YAML)"))
    file = FileField(_("Ou un fichier qui la remplace"))

    def content(self) -> bytes:
        """What was sent."""
        if self.file.data:
            content: bytes = self.file.data.read()
            return content
        return (self.text.data or "").replace("\r\n", "\n").encode()


class ReviewForm(FlaskForm):  # type: ignore[misc]
    """Who has read the mapping."""

    name = StringField(
        _("Relu par"),
        [
            DataRequired(_("Écrivez le nom de la personne qui a relu la correspondance.")),
            Length(max=200, message=_("Au plus 200 caractères.")),
        ],
        filters=[lambda text: clean(text or "")],
    )
