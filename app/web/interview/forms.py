"""Forms of whoever asks others: the start of an interview, the number of a paper form."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, IntegerField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, NumberRange

from app.services.responding import Entry, new_start
from app.web.respond.screens import language_name

LARGEST_NUMBER = 999_999_999


class AgreedForm(FlaskForm):  # type: ignore[misc]
    """What both beginnings ask: a language of the version, and the agreement where it is the basis of the study."""

    language: SelectField
    agreed: BooleanField

    def offer(self, entry: Entry) -> None:
        """The languages of the version; no agreement where another basis is chosen."""
        self.language.choices = [SelectChoice(one, language_name(one)) for one in entry.questionnaire.languages]
        if entry.basis != "consent":
            del self.agreed

    @property
    def has_agreed(self) -> bool:
        """Whether the person has agreed, where it is asked."""
        return "agreed" in self and bool(self.agreed.data)


class StartForm(AgreedForm):
    """An interview that begins. `once` makes it begin once, however often the button is pressed."""

    language = SelectField(_("Langue de l’entretien"))
    agreed = BooleanField(_("La personne accepte de répondre"))
    once = HiddenField(default=new_start)


class NumberForm(AgreedForm):
    """The number that is printed on a paper form."""

    number = IntegerField(
        _("Numéro du formulaire"),
        [
            InputRequired(_("Tapez le numéro imprimé sur le formulaire.")),
            NumberRange(1, LARGEST_NUMBER, _("Le numéro est un nombre entier, à partir de 1.")),
        ],
    )
    language = SelectField(_("Langue du formulaire"))
    agreed = BooleanField(_("Le formulaire porte le consentement signé de la personne"))
