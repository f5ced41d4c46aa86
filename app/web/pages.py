"""What every view stands on: the request's session, its permission, its page, its assets.

A request that may write has one transaction. It is committed by the edge, once, after the view and everything
else that runs after it; a view that raises has written nothing. Views never commit.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import flask
from flask import Flask, Response, abort, current_app, g, redirect, render_template, request, url_for
from flask.json.provider import DefaultJSONProvider
from flask_security import current_user
from rjsmin import jsmin
from sqlalchemy.orm import Session
from werkzeug.utils import import_string

from app.services.platform import Platform

SAFE_METHODS = frozenset(("GET", "HEAD", "OPTIONS"))
YEAR_SECONDS = 31_536_000
WEB = Path(__file__).parent
READING_POSTS = frozenset(
    (
        "security.login",
        "account.second_step",
        "account.set_up_authenticator",
        "account.remove_authenticator",
        "account.new_codes",
        "account.use_passkey",
        "account.add_passkey",
        "account.remove_passkey",
        "analyse.new_import",
    )
)
"""A password takes a tenth of a second to check, a large file longer to keep: what they write has a short transaction
of its own."""
PERMISSION = "permission"
"""Attribute of a view function: who may see it. A test refuses a route without."""


P = ParamSpec("P")
R = TypeVar("R")


def platform() -> Platform:
    """The platform of this application."""
    held: Platform = current_app.extensions["impact"]
    return held


def own_address() -> str:
    """The address of the platform as people read it, without a final slash: IMPACT_URL, else that of this request."""
    return platform().settings.public_url or request.host_url.rstrip("/")


def session() -> Session:
    """The database session of this request: reading for a GET, else its one transaction."""
    edge: _Edge | None = g.get("edge")
    if edge is None:
        is_safe = request.method in SAFE_METHODS or g.get("edge_failed", False) or request.endpoint in READING_POSTS
        edge = g.edge = _Edge(platform().database.reading() if is_safe else platform().database.transaction())
    return edge.session


class _Edge:
    """A session of `app.db` held open for the length of a request."""

    def __init__(self, manager: AbstractContextManager[Session]) -> None:
        self._manager = manager
        self.session = manager.__enter__()

    def close(self) -> None:
        """Leave normally: a transaction is committed, and what waits for the commit is sent."""
        self._manager.__exit__(None, None, None)

    def abandon(self, error: BaseException) -> None:
        """Leave on an error: nothing was written."""
        self._manager.__exit__(type(error), error, error.__traceback__)


class _Json(DefaultJSONProvider):
    """JSON that may be anything: libraries look into it on any page, and expect a ValueError at worst."""

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """Read a document; one that is too deep is malformed."""
        try:
            return super().loads(s, **kwargs)
        except RecursionError as error:
            raise ValueError("the document is too deep") from error


class Application(Flask):
    """Flask, with the edge of the database around each request."""

    json_provider_class = _Json

    def handle_user_exception(self, e: Exception) -> Any:
        """Give up what the request was writing before its error page is made."""
        _abandon(e)
        g.edge_failed = True
        return super().handle_user_exception(e)

    def log_exception(self, exc_info: Any) -> None:
        """Log where an error was by the name of its view: a path may hold someone's code."""
        self.logger.error("Exception in %s [%s]", request.endpoint, request.method, exc_info=exc_info)

    def preprocess_request(self) -> Any:
        """Refuse what no page of ours sends. Respondents have no account: nobody looks for one on their pages."""
        if "\0" in request.path:
            abort(404)
        if request.method not in SAFE_METHODS and request.is_json and request.blueprint != "respond":
            abort(400)
        return None if request.blueprint == "respond" else super().preprocess_request()


def install_edge(app: Flask) -> None:
    """Register the edge. Must come before every other `after_request`, so that it runs after them."""

    @app.after_request
    def _commit(response: Response) -> Response:
        edge: _Edge | None = g.pop("edge", None)
        if edge is not None:
            edge.close()
        return response

    @app.teardown_request
    def _close(error: BaseException | None) -> None:
        _abandon(error or RuntimeError("the request ended before its edge"))


def _abandon(error: BaseException) -> None:
    edge: _Edge | None = g.pop("edge", None)
    if edge is not None:
        try:
            edge.abandon(error)
        except BaseException as again:
            if again is not error:
                raise


def permit(view: Callable[P, R], permission: str) -> Callable[P, R]:
    """A view of a library, with its permission named; the library itself sees to it."""

    @wraps(view)
    def permitted(*args: P.args, **kwargs: P.kwargs) -> R:
        return view(*args, **kwargs)

    setattr(permitted, PERMISSION, permission)
    return permitted


def public(view: Callable[P, R]) -> Callable[P, R]:
    """Anyone may see this page."""
    setattr(view, PERMISSION, "public")
    return view


def respondent(view: Callable[P, R]) -> Callable[P, R]:
    """Anyone may ask; the view itself needs the cookie of a response of this wave."""
    setattr(view, PERMISSION, "respondent")
    return view


def requires(*roles: str) -> Callable[[Callable[P, R]], Callable[P, R | Response]]:
    """Someone signed in who has one of these roles; others are sent to sign in, or refused (403)."""

    def decorate(view: Callable[P, R]) -> Callable[P, R | Response]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R | Response:
            if not current_user.is_authenticated:
                target = request.full_path if request.method in SAFE_METHODS else "/account/"
                return redirect(url_for("security.login", next=target.rstrip("?")))  # type: ignore[return-value]
            if not any(current_user.has_role(role) for role in roles):
                abort(403)
            return view(*args, **kwargs)

        setattr(guarded, PERMISSION, roles)
        return guarded

    return decorate


def lazy(name: str) -> Callable[..., Any]:
    """The view of this dotted name, imported when it is first asked for."""

    def view(**kwargs: Any) -> Any:
        return import_string(name)(**kwargs)

    view.__name__ = name.rpartition(".")[2]
    return view


def render(template: str, status: int = 200, **context: Any) -> Response:
    """A page as a response."""
    return flask.make_response(render_template(template, **context), status)


CSV = "text/csv; charset=utf-8"


def attachment(content: bytes | str, kind: str, name: str) -> Response:
    """A file to be kept, of a media type."""
    response = Response(content, content_type=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


ASSET_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


class Assets:
    """Style sheets and scripts, read once, named by their content so that a browser keeps them for good."""

    def __init__(self, folders: list[Path]) -> None:
        self._urls: dict[str, str] = {}
        self._files: dict[str, tuple[str, bytes, bytes]] = {}
        for path in sorted(file for folder in folders for file in folder.glob("*") if file.suffix in ASSET_TYPES):
            content = _read_asset(path)
            name = f"{path.stem}.{hashlib.sha256(content).hexdigest()[:12]}{path.suffix}"
            if path.name in self._urls:
                raise ValueError(f"two assets are called {path.name}")
            self._urls[path.name] = f"/static/{name}"
            self._files[name] = (ASSET_TYPES[path.suffix], content, gzip.compress(content, 9, mtime=0))

    def url(self, name: str) -> str:
        """The address of the present content of an asset."""
        return self._urls[name]

    def serve(self, name: str) -> Response:
        """The file of this hashed name, compressed for who can read it; 404 for another."""
        found = self._files.get(name)
        if found is None:
            abort(404)
        kind, plain, packed = found
        is_packed = "gzip" in request.headers.get("Accept-Encoding", "")
        response = Response(packed if is_packed else plain, content_type=kind)
        if is_packed:
            response.headers["Content-Encoding"] = "gzip"
        response.headers["Vary"] = "Accept-Encoding"
        response.headers["Cache-Control"] = f"public, max-age={YEAR_SECONDS}, immutable"
        return response


def _read_asset(path: Path) -> bytes:
    """What is served of an asset: a script without its comments (licences stay), whole as it is read.

    A folder called `NAME.js` is one script, made of its files in the order of their names.
    """
    files = sorted(path.glob(f"*{path.suffix}")) if path.is_dir() else [path]
    content = b"\n".join(file.read_bytes() for file in files)
    return jsmin(content, keep_bang_comments=True) if path.suffix == ".js" else content


def asset(name: str) -> str:
    """The address of a style sheet or a script, with the hash of its content."""
    assets: Assets = current_app.extensions["assets"]
    return assets.url(name)


def find_assets() -> Assets:
    """All assets of the web: those of `web/static` and of each audience."""
    return Assets([WEB / "static", *sorted(WEB.glob("*/static"))])
