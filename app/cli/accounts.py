"""`flask accounts`: who may sign in."""

from __future__ import annotations

import click
from email_validator import EmailNotValidError, validate_email
from flask import current_app
from flask.cli import AppGroup
from flask_security import hash_password

from app.cli.held import platform, said_plainly
from app.models.accounts import ROLES
from app.services import accounts as service
from app.services import staffing

accounts = AppGroup("accounts", help="Accounts of the staff.")


@accounts.command("create")
@click.argument("email")
@click.option("--role", "roles", multiple=True, required=True, type=click.Choice(list(ROLES)))
@click.option("--name", default="", help="Name shown in the pages; the address by default.")
@click.password_option(prompt="Mot de passe (12 caractères au moins)")
def create(email: str, roles: tuple[str, ...], name: str, password: str) -> None:
    """Make an account. The password is asked for, or read from --password."""
    check_length(password)
    with said_plainly(EmailNotValidError):
        address = validate_email(email, check_deliverability=False, test_environment=True).normalized
    with (
        said_plainly(service.AccountExists, service.RoleIsUnknown),
        platform().database.transaction() as session,
    ):
        service.create_account(
            session, email=address, name=name or address, password_hash=hash_password(password), roles=roles
        )
    click.echo(f"Compte créé : {address} ({', '.join(roles)}).")


@accounts.command("password")
@click.argument("email")
@click.password_option(prompt="Nouveau mot de passe (12 caractères au moins)")
def password(email: str, password: str) -> None:
    """Give an account another password; it is signed out everywhere."""
    check_length(password)
    with said_plainly(service.AccountNotFound), platform().database.transaction() as session:
        service.set_password(session, email, hash_password(password))
    click.echo(f"Mot de passe changé : {email}.")


@accounts.command("invite")
@click.argument("email")
@click.option("--role", "roles", multiple=True, required=True, type=click.Choice(list(ROLES)))
def invite(email: str, roles: tuple[str, ...]) -> None:
    """Invite a colleague; prints the path of the link to hand over."""
    with said_plainly(EmailNotValidError):
        address = validate_email(email, check_deliverability=False, test_environment=True).normalized
    with said_plainly(service.AccountExists, service.RoleIsUnknown), platform().database.transaction() as session:
        code = staffing.invite(session, None, address, roles)
    click.echo(f"{platform().settings.public_url}/account/invitation/{code}")


@accounts.command("reset-second-factor")
@click.argument("email")
@click.option("--reason", required=True, help="Why: kept in the audit log.")
def reset_second_factor(email: str, reason: str) -> None:
    """Take away the second factor of an account; it is signed out everywhere."""
    with (
        said_plainly(service.AccountNotFound, staffing.ReasonIsMissing),
        platform().database.transaction() as session,
    ):
        staffing.reset_second_factor(session, None, service.number_of(session, email), reason)
    click.echo(f"Second facteur retiré : {email}.")


def check_length(password: str) -> None:
    """Refuse a password that is too short."""
    least = int(current_app.config["SECURITY_PASSWORD_LENGTH_MIN"])
    if len(password) < least:
        raise click.ClickException(f"Le mot de passe doit avoir au moins {least} caractères.")
