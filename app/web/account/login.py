"""Signing in, with a lock-out after repeated failures."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_security.forms import LoginForm as SecurityLoginForm

from app.services import accounts
from app.web import pages


class LoginForm(SecurityLoginForm):
    """Flask-Security's form; repeated failures lock an account for a while.

    A refused sign-in is an ordinary answer, not an error: its count is committed with the request.
    """

    form_errors: list[str]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email.label.text = _("Adresse électronique")
        self.password.label.text = _("Mot de passe")

    def validate(self, **kwargs: Any) -> bool:
        """Check the password, unless the account is locked. What is wrong is said in one sentence for both fields."""
        email = str(self.email.data or "")
        if accounts.is_locked(pages.session(), email):
            self.form_errors.append(_("Trop d’essais. Ce compte est bloqué pendant quelques minutes."))
            return False
        is_valid = bool(super().validate(**kwargs))
        accounts.note_login(pages.session(), email, is_valid)
        if not is_valid:
            self.email.errors = self.password.errors = ()
            # Which of the two is wrong is not said: it would tell who has an account.
            self.form_errors = [_("Adresse ou mot de passe inconnu. Vérifiez les deux, puis recommencez.")]
        return is_valid
