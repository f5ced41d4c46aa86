"""Changing one's password: Flask-Security checks, the sentences are ours."""

from __future__ import annotations

from typing import Any

from flask import current_app
from flask_babel import gettext as _
from flask_security import current_user
from flask_security.forms import ChangePasswordForm as SecurityChangePasswordForm
from flask_security.utils import verify_password


class ChangePasswordForm(SecurityChangePasswordForm):
    """The present password, the new one twice; each problem is said at its field."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.password.label.text = _("Mot de passe actuel")
        self.new_password.label.text = _("Nouveau mot de passe")
        self.new_password_confirm.label.text = _("Nouveau mot de passe, une seconde fois")

    def validate(self, **kwargs: Any) -> bool:
        """As Flask-Security decides; when it refuses, say why in the language of the page."""
        if super().validate(**kwargs):
            return True
        for field in (self.password, self.new_password, self.new_password_confirm):
            field.errors = []
        self._say_why()
        return False

    def _say_why(self) -> None:
        present, new = self.password.data or "", self.new_password.data or ""
        minimum = int(current_app.config["SECURITY_PASSWORD_LENGTH_MIN"])
        if not present or not verify_password(present, current_user.password):
            self.password.errors = [_("Ce n’est pas votre mot de passe actuel.")]
        if len(new) < minimum:
            self.new_password.errors = [
                _("Ce mot de passe est trop court : il en faut au moins %(minimum)s caractères.", minimum=minimum)
            ]
        elif new == present:
            self.new_password.errors = [_("Ce mot de passe est déjà le vôtre. Choisissez-en un autre.")]
        elif new != (self.new_password_confirm.data or ""):
            self.new_password_confirm.errors = [_("Les deux nouveaux mots de passe diffèrent.")]
        elif not self.password.errors:
            self.new_password.errors = [_("Ce mot de passe n’est pas accepté. Choisissez-en un autre.")]
