"""Forms of the design pages: a finding let pass, a change confirmed."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import RadioField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from app.services.comparing import class_in_words
from app.web import formats
from app.web.controls.fields import clean
from questionnaires.comparison import ComparabilityClass

MOST_CHARACTERS = 500


class WaiveForm(FlaskForm):  # type: ignore[misc]
    """Why a finding does not keep the version from being published."""

    reason = TextAreaField(
        _("Raison"),
        [
            DataRequired(_("Écrivez pourquoi ce constat ne retient pas la publication.")),
            Length(max=MOST_CHARACTERS, message=_("Au plus 500 caractères.")),
        ],
        filters=[lambda text: clean(text or "")],
    )


class ConfirmForm(FlaskForm):  # type: ignore[misc]
    """The class that counts for a changed variable, and why."""

    class_ = RadioField(_("Classe retenue"), [InputRequired(_("Choisissez une classe."))])
    reason = TextAreaField(
        _("Raison"),
        [
            DataRequired(_("Écrivez pourquoi cette classe est retenue.")),
            Length(max=MOST_CHARACTERS, message=_("Au plus 500 caractères.")),
        ],
        filters=[lambda text: clean(text or "")],
    )

    def offer(self, classes: tuple[ComparabilityClass, ...]) -> None:
        """Fill the list of classes that may be retained."""
        self.class_.choices = [(one.value, class_in_words(one, formats.language()).capitalize()) for one in classes]
