"""Signing in, with a lock-out after repeated failures."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_security.forms import LoginForm as SecurityLoginForm
from flask_security.utils import lookup_identity

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
        """Check the password, unless the account is locked. One sentence for whatever is wrong.

        The password is checked before the lock is looked at, and nothing said differs: neither the words nor the
        time must tell who has an account.
        """
        self.remember.data = False  # the form offers no such choice
        self.email.data = str(self.email.data or "").replace("\0", "")
        is_right = bool(super().validate(**kwargs))
        # As Flask-Security finds it: an address has several spellings (full-width letters, another dot).
        account = lookup_identity(self.email.data)
        email = account.email if account is not None else ""
        is_valid = is_right and not accounts.is_locked(pages.session(), email)
        with pages.platform().database.transaction() as own:
            accounts.note_login(own, email, is_valid)
        if not is_valid:
            self.email.errors = self.password.errors = ()
            said = _("Adresse ou mot de passe inconnu, ou trop d’essais : vérifiez, puis attendez un peu.")
            self.form_errors = [said]
        return is_valid
