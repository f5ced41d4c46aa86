"""Settings: read once from the environment, frozen, checked before anything starts.

One variable, `IMPACT_ENV=production`, declares production; there no default stands in for a
secret or an address. Elsewhere every setting has a working default below one folder, `var/`.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class SettingsAreInvalid(Exception):
    """One or more settings cannot be used; the message names each variable and what to do."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that may differ between two installations. See docs/settings.md."""

    production: bool
    """IMPACT_ENV: `production`, or anything else."""
    var: Path
    """IMPACT_VAR: the folder of everything that is written (database, files, broker, logs)."""
    database_url: str
    """DATABASE_URL: SQLAlchemy address, `sqlite:///…` or `postgresql+psycopg://…`."""
    broker_url: str
    """BROKER_URL: Valkey or Redis, `redis://…`."""
    secret_key: str = field(repr=False)
    """SECRET_KEY: at least 32 characters; signs cookies, keys the hashes of codes."""
    storage: Path
    """IMPACT_STORAGE: the folder of produced files (segments, snapshots)."""
    port: int
    """IMPACT_PORT: port of the web server of `make run`."""
    organisation: str
    """IMPACT_ORGANISATION: the publisher named on the legal page, the controller of the embedded trial wave."""
    trusted_proxies: int
    """IMPACT_PROXIES: how many reverse proxies stand before the web server."""
    public_url: str
    """IMPACT_URL: the address of the platform as people read it; empty, that of the request."""
    capacity: int
    """IMPACT_CAPACITY: how many people may answer at once; those who come then wait in line. 0: no limit."""
    session_minutes: int
    """IMPACT_SESSION_MINUTES: without a page for this long, a respondent's browser is asked for the code."""
    smtp_url: str = field(repr=False)
    """SMTP_URL: `smtp://user:password@host:587` (STARTTLS) or `smtps://…:465`; empty, no e-mail leaves."""
    mail_from: str
    """IMPACT_MAIL_FROM: the sender of e-mails."""
    address: str
    """IMPACT_ADDRESS: the postal address of the organisation, on the legal page."""
    director: str
    """IMPACT_DIRECTOR: the director of publication, on the legal page."""
    host: str
    """IMPACT_HOST: who hosts the platform (name, address, telephone), on the legal page."""
    contact: str
    """IMPACT_CONTACT: where to write about the site, its accessibility and the data."""
    second_factor: str
    """IMPACT_SECOND_FACTOR: who must have one: `administrators`, `everyone`, `nobody`."""
    oidc_url: str
    """IMPACT_OIDC_URL: the issuer of OpenID Connect; empty, nobody signs in through one."""
    oidc_client: str
    """IMPACT_OIDC_CLIENT: our name at this provider."""
    oidc_secret: str = field(repr=False)
    """IMPACT_OIDC_SECRET: our secret at this provider."""
    oidc_name: str
    """IMPACT_OIDC_NAME: the provider as the sign-in page names it."""
    review: str
    """IMPACT_REVIEW: whether a second person approves a version before it is published: `required`, `optional`."""

    @property
    def needs_review(self) -> bool:
        """Whether a second person approves a version before it is published."""
        return self.review == "required"

    @property
    def is_sqlite(self) -> bool:
        """Whether the embedded database is used."""
        return self.database_url.startswith("sqlite")


VARIABLES: Mapping[str, str] = {
    "production": "IMPACT_ENV",
    "var": "IMPACT_VAR",
    "database_url": "DATABASE_URL",
    "broker_url": "BROKER_URL",
    "secret_key": "SECRET_KEY",
    "storage": "IMPACT_STORAGE",
    "port": "IMPACT_PORT",
    "organisation": "IMPACT_ORGANISATION",
    "trusted_proxies": "IMPACT_PROXIES",
    "public_url": "IMPACT_URL",
    "capacity": "IMPACT_CAPACITY",
    "session_minutes": "IMPACT_SESSION_MINUTES",
    "smtp_url": "SMTP_URL",
    "mail_from": "IMPACT_MAIL_FROM",
    "address": "IMPACT_ADDRESS",
    "director": "IMPACT_DIRECTOR",
    "host": "IMPACT_HOST",
    "contact": "IMPACT_CONTACT",
    "second_factor": "IMPACT_SECOND_FACTOR",
    "oidc_url": "IMPACT_OIDC_URL",
    "oidc_client": "IMPACT_OIDC_CLIENT",
    "oidc_secret": "IMPACT_OIDC_SECRET",
    "oidc_name": "IMPACT_OIDC_NAME",
    "review": "IMPACT_REVIEW",
}
"""Field of Settings -> environment variable. `NAME_FILE` beside any of them names a file that holds it."""

REQUIRED_IN_PRODUCTION = ("DATABASE_URL", "BROKER_URL", "SECRET_KEY", "IMPACT_STORAGE")
MINIMUM_SECRET = 32
REVIEWS = ("required", "optional")
PLAIN = (
    *("smtp_url", "mail_from", "address", "director", "host", "contact"),
    *("oidc_client", "oidc_secret", "oidc_name"),
)
"""Settings that are a text as it stands, empty by default."""
SECOND_FACTORS = ("administrators", "everyone", "nobody")
EMBEDDED_BROKER_FILE = "run/broker-url"


def load_settings(env: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from `env` (the process environment by default).

    Raises SettingsAreInvalid with every problem at once.
    """
    env = os.environ if env is None else env
    problems: list[str] = []

    def read(name: str) -> str | None:
        return _read(env, name, problems)

    def whole(name: str, default: int) -> int:
        text = read(name)
        try:
            return default if text is None else int(text)
        except ValueError:
            problems.append(f"{name} must be a whole number, not {text!r}")
            return default

    production = read("IMPACT_ENV") == "production"
    if production:
        problems += [f"{name} must be set in production" for name in REQUIRED_IN_PRODUCTION if not read(name)]
    var = Path(read("IMPACT_VAR") or ROOT / "var").resolve()
    secret_key = read("SECRET_KEY") or ("" if production else _embedded_secret(var))
    if len(secret_key) < MINIMUM_SECRET and not (production and not secret_key):
        problems.append(f"SECRET_KEY must have at least {MINIMUM_SECRET} characters")
    settings = Settings(
        production=production,
        var=var,
        database_url=_database_url(read("DATABASE_URL") or f"sqlite:///{var / 'impact.sqlite3'}"),
        broker_url=read("BROKER_URL") or _embedded_broker(var),
        secret_key=secret_key,
        storage=Path(read("IMPACT_STORAGE") or var / "storage").resolve(),
        port=whole("IMPACT_PORT", 8000),
        organisation=read("IMPACT_ORGANISATION") or "Observatoire des partenariats",
        trusted_proxies=whole("IMPACT_PROXIES", 0),
        public_url=(read("IMPACT_URL") or "").rstrip("/"),
        capacity=whole("IMPACT_CAPACITY", 1000),
        session_minutes=whole("IMPACT_SESSION_MINUTES", 120),
        second_factor=read("IMPACT_SECOND_FACTOR") or ("administrators" if production else "nobody"),
        oidc_url=(read("IMPACT_OIDC_URL") or "").rstrip("/"),
        review=read("IMPACT_REVIEW") or ("required" if production else "optional"),
        **{name: read(VARIABLES[name]) or "" for name in PLAIN},
    )
    problems += _contradictions(settings)
    if problems:
        raise SettingsAreInvalid("; ".join(problems))
    return settings


def _read(env: Mapping[str, str], name: str, problems: list[str]) -> str | None:
    """A variable, or the content of the file that `NAME_FILE` names; an empty one is an absent one."""
    path = env.get(f"{name}_FILE")
    if path:
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            problems.append(f"{name}_FILE: {path} cannot be read ({error.strerror})")
            return None
    return env.get(name) or None


def _contradictions(settings: Settings) -> list[str]:
    """What each setting alone does not show."""
    found: list[str] = []
    if settings.production and settings.is_sqlite:
        found.append("DATABASE_URL must be a PostgreSQL address in production")
    if settings.session_minutes < 5:
        found.append("IMPACT_SESSION_MINUTES must be at least 5")
    if settings.capacity < 0:
        found.append("IMPACT_CAPACITY must be 0 (no limit) or more")
    if settings.smtp_url and not settings.smtp_url.startswith(("smtp://", "smtps://")):
        found.append("SMTP_URL must begin with smtp:// or smtps://")
    if settings.smtp_url and "@" not in settings.mail_from:
        found.append("IMPACT_MAIL_FROM must be an address when SMTP_URL is set")
    # Else whoever asks for an e-mail would choose, by the Host of the request, where its link leads.
    if settings.production and settings.smtp_url and not settings.public_url:
        found.append("IMPACT_URL must be set when SMTP_URL is, in production")
    if settings.review not in REVIEWS:
        found.append(f"IMPACT_REVIEW must be one of {', '.join(REVIEWS)}")
    if settings.second_factor not in SECOND_FACTORS:
        found.append(f"IMPACT_SECOND_FACTOR must be one of {', '.join(SECOND_FACTORS)}")
    if settings.oidc_url and not (settings.oidc_client and settings.oidc_secret):
        found.append("IMPACT_OIDC_CLIENT and IMPACT_OIDC_SECRET must be set when IMPACT_OIDC_URL is")
    if settings.oidc_url and settings.production and not settings.oidc_url.startswith("https://"):
        found.append("IMPACT_OIDC_URL must begin with https:// in production")
    if settings.public_url and not settings.public_url.startswith(("http://", "https://")):
        found.append("IMPACT_URL must begin with https://")
    return found


def _database_url(url: str) -> str:
    """Name the driver: the bare `postgresql://` that hosting services give means psycopg 3 here."""
    for bare in ("postgres://", "postgresql://"):
        if url.startswith(bare):
            return "postgresql+psycopg://" + url.removeprefix(bare)
    return url


def _embedded_broker(var: Path) -> str:
    """The address that the supervisor wrote when it started the embedded broker."""
    try:
        return (var / EMBEDDED_BROKER_FILE).read_text(encoding="utf-8").strip()
    except OSError:
        return "redis://127.0.0.1:16379/0"


def _embedded_secret(var: Path) -> str:
    """A secret of this installation, made once, so that sessions and receipts outlive a restart."""
    path = var / "secret-key"
    with contextlib.suppress(FileNotFoundError):
        return path.read_text(encoding="utf-8").strip()
    var.mkdir(parents=True, exist_ok=True)
    own = var / f".secret-key-{secrets.token_hex(8)}"
    with os.fdopen(os.open(own, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(48))
    with contextlib.suppress(FileExistsError):  # another process of the same start was first
        os.link(own, path)  # whole or not at all: nobody reads a secret that is half written
    own.unlink()
    return path.read_text(encoding="utf-8").strip()
