"""The one place that wires settings, extensions, blueprints, headers and error pages."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from importlib import import_module
from typing import Any

from flask import Flask, Response, g, request, session
from flask_babel import Babel, get_locale
from flask_security import Security, SQLAlchemySessionUserDatastore, current_user
from flask_wtf.csrf import CSRFProtect
from sqlalchemy import text
from werkzeug.exceptions import Forbidden, HTTPException
from werkzeug.local import LocalProxy
from werkzeug.middleware.proxy_fix import ProxyFix

from app import cli
from app.config import Settings
from app.db import READ_ONLY
from app.models import Role, User
from app.services import audit
from app.services.platform import open_platform
from app.services.rights import NotAllowed
from app.web import formats, pages
from app.web.account import steps
from app.web.account.login import LoginForm

AUDIENCES = (
    "respond.routes",
    "observatory.views",
    "account.views",
    "design.views",
    "fieldwork.views",
    "analyse.routes",
    "interview.routes",
    "trying.routes",
)
"""Modules of `app.web` that hold a blueprint."""
LANGUAGES = ("fr", "en")
MAX_REQUEST_BYTES = 1_000_000
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "font-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
SECURITY_VIEWS = {
    "security.login": "public",
    "security.logout": "public",
    "security.change_password": "signed-in",
    "security.verify": "signed-in",
    "security.static": "public",
}
ERROR_CODES = (400, 403, 404, 405, 410, 413, 429, 500, 503)


class Datastore(SQLAlchemySessionUserDatastore):
    """Flask-Security's store of accounts, inside the transaction of the request."""

    def commit(self) -> None:
        """Only flush: the edge commits, once, after the view. A sign-in only reads."""
        if not self.db.session.info.get(READ_ONLY):
            self.db.session.flush()


def make_app(settings: Settings | None = None) -> Flask:
    """Make the application. Raises SettingsAreInvalid."""
    app = pages.Application("app", static_folder=None, template_folder=str(pages.WEB / "templates"))
    platform = open_platform(settings)
    app.extensions["impact"] = platform
    app.extensions["assets"] = pages.find_assets()
    app.config.from_mapping(_configuration(platform.settings))
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    pages.install_edge(app)
    _install_headers(app, platform.settings)
    csrf = CSRFProtect(app)
    Babel(app, default_translation_directories="translations", locale_selector=_language)
    _install_accounts(app)
    formats.install(app)
    app.jinja_env.globals.update(asset=pages.asset, get_locale=get_locale, languages=LANGUAGES)
    _install_service_routes(app)
    for audience in AUDIENCES:
        app.register_blueprint(import_module(f"app.web.{audience}").blueprint)
    # Respondents hold one cookie, of their response: their forms carry a token derived from it instead.
    csrf.exempt(app.blueprints["respond"])
    _install_error_pages(app)
    cli.install(app)
    if platform.settings.trusted_proxies:
        count = platform.settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]
    return app


def _configuration(settings: Settings) -> dict[str, object]:
    salt = hashlib.sha256(b"password-salt:" + settings.secret_key.encode()).hexdigest()
    return {
        "SECRET_KEY": settings.secret_key,
        "MAX_CONTENT_LENGTH": MAX_REQUEST_BYTES,
        "MAX_FORM_MEMORY_SIZE": MAX_REQUEST_BYTES,
        "SESSION_COOKIE_SECURE": settings.production,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_NAME": "equipe",
        "SESSION_PROTECTION": None,  # a telephone changes address: `sign_ins` says which sessions stand
        "BABEL_DEFAULT_LOCALE": "fr",
        "BABEL_DEFAULT_TIMEZONE": "Europe/Paris",
        "WTF_CSRF_TIME_LIMIT": None,
        "SECURITY_PASSWORD_SALT": salt,
        "SECURITY_PASSWORD_HASH": "argon2",
        "SECURITY_PASSWORD_LENGTH_MIN": 12,
        "SECURITY_URL_PREFIX": "/account",
        "SECURITY_BLUEPRINT_NAME": "security",
        "SECURITY_LOGOUT_METHODS": ["POST"],
        "SECURITY_CHANGEABLE": True,
        "SECURITY_CHANGE_URL": "/password",
        "SECURITY_SEND_PASSWORD_CHANGE_EMAIL": False,
        "SECURITY_POST_LOGIN_VIEW": "/account/",
        "SECURITY_POST_LOGOUT_VIEW": "/",
        "SECURITY_POST_CHANGE_VIEW": "/account/",
        "SECURITY_RETURN_GENERIC_RESPONSES": True,
        "SECURITY_I18N_DIRNAME": ["builtin", "translations"],
        "SECURITY_DEFAULT_REMEMBER_ME": False,
        "REMEMBER_COOKIE_SECURE": settings.production,
        "REMEMBER_COOKIE_SAMESITE": "Lax",
        # Its commands commit by themselves; `flask accounts` stands in their place.
        "SECURITY_CLI_USERS_NAME": False,
        "SECURITY_CLI_ROLES_NAME": False,
    }


def _language() -> str:
    """The language of a page: the respondent's, else the one chosen by the account, else the browser's."""
    chosen = g.get("language") or session.get("language")
    return chosen if chosen in LANGUAGES else request.accept_languages.best_match(LANGUAGES, "fr") or "fr"


def _install_accounts(app: Flask) -> None:
    request_session: Any = LocalProxy(pages.session)
    Security(app, Datastore(request_session, User, Role), login_form=LoginForm)
    steps.install(app)
    for endpoint, permission in SECURITY_VIEWS.items():
        view: Callable[..., Any] = app.view_functions[endpoint]
        app.view_functions[endpoint] = pages.permit(view, permission)


def _install_headers(app: Flask, settings: Settings) -> None:
    headers = dict(HEADERS)
    if settings.production:
        headers["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"

    @app.after_request
    def _add(response: Response) -> Response:
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        if "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "no-store"
        return response


def _install_service_routes(app: Flask) -> None:
    @app.get("/static/<name>")
    @pages.public
    def static(name: str) -> Response:
        assets: pages.Assets = app.extensions["assets"]
        return assets.serve(name)

    @app.get("/healthz")
    @pages.public
    def healthz() -> Response:
        return Response("ok\n", content_type="text/plain")

    @app.get("/readyz")
    @pages.public
    def readyz() -> Response:
        try:
            pages.session().execute(text("SELECT version_num FROM alembic_version"))
        except Exception:
            return Response("database\n", 503, content_type="text/plain")
        return Response("ok\n", content_type="text/plain")


def _install_error_pages(app: Flask) -> None:
    def show(error: HTTPException) -> Response:
        code = error.code if error.code in ERROR_CODES else 500
        if code == 403 and current_user.is_authenticated:
            with pages.platform().database.transaction() as own:
                audit.record(own, current_user, "refused", request.path[:200], method=request.method)
        return pages.render(f"errors/{code}.html", status=error.code or 500, error=error)

    def refuse(_error: NotAllowed) -> Response:
        return show(Forbidden())

    app.register_error_handler(HTTPException, show)
    app.register_error_handler(NotAllowed, refuse)
