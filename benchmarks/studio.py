"""`studio`: a draft of 300 questions is edited, checked and proven.

The web server and the worker run as `make run` starts them, with PostgreSQL as durable as ever. Each act of the studio
is posted as the script of the page posts it, with the marks of what the page holds; then one more edit is followed
until the page would show that its version is proven.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import statistics
import tempfile
import time
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask_security import hash_password

from app import create_app
from app.config import Settings, load_settings
from app.services import accounts, authoring, drafting, schema
from app.services.platform import Platform, open_platform
from benchmarks.report import Result
from questionnaires import definition, editing
from tests import premises
from tests.drafts import QUESTIONS, large
from tests.servers import Postgres, Valkey, free_port

EDIT_BAR = 70.0
PROOF_BAR = 2000.0
"""Milliseconds; two idle processors give 40 (median), 50 (95th) and 900."""
ROUNDS, WARM_UP = 12, 2
PROOFS = 6
EMAIL, PASSWORD = "banc@example.org", "une longue phrase de passe"
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
MARK = re.compile(r'data-mark="(\w+)"')
LOOK_SECONDS = 0.3  # as the page does while its draft is checked
RULES = tuple(f"{name} = '{word}'" for name in ("q0", "q1", "q2") for word in ("oui", "non", "parfois"))


@dataclass(slots=True)
class Designer:
    """Somebody signed in, with a draft open at a question; what their page holds."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    path: str = ""
    token: str = ""
    element: int = 0
    revision: int = 0
    mark: str = ""
    held: list[str] = field(default_factory=list)
    count: int = 0

    def ask(self, method: str, path: str, fields: dict[str, str] | None = None) -> tuple[int, str]:
        """(status, body) of one request; cookies are kept."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if fields is not None:
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "X-Studio": "1"}
        connection.request(method, path, None if fields is None else urllib.parse.urlencode(fields), headers)
        response = connection.getresponse()
        text = response.read().decode()
        for line in response.headers.get_all("Set-Cookie", []):
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
        connection.close()
        return response.status, text

    def sign_in(self) -> None:
        """Sign in."""
        token = _token(self.ask("GET", "/account/login")[1])
        status, _ = self.ask("POST", "/account/login", {"csrf_token": token, "email": EMAIL, "password": PASSWORD})
        assert status in (302, 303), status

    def open(self, version_id: int, element: int) -> None:
        """Open a draft at a question."""
        self.path, self.element = f"/design/versions/{version_id}/studio", element
        status, html = self.ask("GET", f"{self.path}?at={element}&lang=fr")
        assert status == 200, status
        self.token, self.held = _token(html), MARK.findall(html)

    def act(self, act: str, **fields: str) -> float:
        """Press a button; seconds until the answer is there."""
        self.count += 1
        asked = {"act": act, "once": f"{self.count:032}", "held": " ".join(self.held), **fields}
        start = time.perf_counter()
        status, text = self.ask("POST", f"{self.path}/edit", self._stand() | asked)
        took = time.perf_counter() - start
        assert status == 200, f"{act}: {status}"
        self._take(json.loads(text))
        return took

    def wait_for_proof(self) -> None:
        """Look as the page does, until nothing is being checked any more."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            asked = {"client": "bench", "mark": self.mark, "held": " ".join(self.held)}
            status, text = self.ask("POST", f"{self.path}/pulse", self._stand() | asked)
            assert status == 200, status
            answer = json.loads(text)
            self._take(answer)
            shown = answer["panes"].get("status", " data-pending")
            if " data-pending" not in shown:
                return
            time.sleep(LOOK_SECONDS)
        raise AssertionError("no proof within a minute")

    def _stand(self) -> dict[str, str]:
        return {"csrf_token": self.token, "at": str(self.element), "lang": "fr", "revision": str(self.revision)}

    def _take(self, answer: dict[str, Any]) -> None:
        self.revision, self.mark = answer["revision"], answer["mark"]
        if answer["panes"]:
            self.held = MARK.findall(" ".join(answer["panes"].values()))


def studio() -> Result:
    """The acts of the studio on 300 questions; the value is the worst share of the two limits."""
    with _platform() as (platform, settings, folder), premises.web(settings, folder):
        version_id, element, before = _draft(platform, settings)
        designer = Designer(settings.port)
        designer.sign_in()
        designer.open(version_id, element)
        took: dict[str, list[float]] = {}
        for number in range(WARM_UP + ROUNDS):
            for act, seconds in _round(designer, f"Un libellé, {number}", before if number == 0 else None, number):
                if number >= WARM_UP:
                    took.setdefault(act, []).append(seconds * 1000)
        with premises.worker(settings, folder):
            proofs = [_proof(designer, number) for number in range(PROOFS + 1)][1:]
    every = sorted(one for found in took.values() for one in found)
    late = every[int(len(every) * 0.95)]
    return Result(
        "studio",
        max(late / EDIT_BAR, statistics.median(proofs) / PROOF_BAR),
        1.0,
        "share of the limit",
        [
            ("questions", str(QUESTIONS)),
            *((f"{act}, ms", _spread(found)) for act, found in took.items()),
            (f"every act, ms (95th: limit {EDIT_BAR:.0f})", _spread(every)),
            (f"edit, check and proof, ms (limit {PROOF_BAR:.0f})", _spread(sorted(proofs))),
        ],
    )


def _spread(found: list[float]) -> str:
    ordered = sorted(found)
    return f"median {statistics.median(ordered):.0f}, 95th {ordered[int(len(ordered) * 0.95)]:.0f}"


def _round(designer: Designer, text: str, before: str | None, number: int) -> list[tuple[str, float]]:
    """Each act once; what was there before is there again."""
    place, was = designer.element, before if before is not None else f"Un libellé, {number - 1}"
    acts: list[tuple[str, dict[str, str]]] = [
        (f"move-up:{place}", {}),
        (f"move-down:{place}", {}),
        (f"duplicate:{place}", {}),
        ("undo", {}),
        (f"delete:{place}", {}),
        ("undo", {}),
        ("save", {"p-text.fr": text, "was-text.fr": was}),
    ]
    return [(act.partition(":")[0], designer.act(act, **fields)) for act, fields in acts]


def _proof(designer: Designer, number: int) -> float:
    """Milliseconds from a filter that no version had before until its proof is shown."""
    before, rule = (RULES[number - 1] if number else ""), RULES[number]
    start = time.perf_counter()
    designer.act("save", **{"p-when": rule, "was-when": before})
    designer.wait_for_proof()
    return (time.perf_counter() - start) * 1000


@contextlib.contextmanager
def _platform() -> Iterator[tuple[Platform, Settings, Path]]:
    """A PostgreSQL of its own at its default durability, and a broker."""
    with tempfile.TemporaryDirectory(prefix="impact-studio-") as name:
        folder = Path(name)
        folder.chmod(0o711)  # PostgreSQL runs as nobody there
        postgres, broker = Postgres(folder / "postgres", durable=True), Valkey(folder / "valkey")
        postgres.start()
        broker.start()
        try:
            settings = load_settings(
                {
                    "DATABASE_URL": postgres.url,
                    "IMPACT_VAR": str(folder / "var"),
                    "IMPACT_PORT": str(free_port()),
                    "BROKER_URL": broker.url,
                    "SECRET_KEY": "benchmark-" * 5,
                }
            )
            platform = open_platform(settings)
            schema.upgrade(platform.database)
            yield platform, settings, folder
            platform.database.close()
        finally:
            broker.kill()
            postgres.stop()


def _draft(platform: Platform, settings: Settings) -> tuple[int, int, str]:
    """A designer and a draft: its number, that of a question, the text of it."""
    app = create_app(settings)
    with app.app_context():
        hashed = hash_password(PASSWORD)
    with platform.database.transaction() as session:
        accounts.create_account(session, email=EMAIL, name="Banc", password_hash=hashed, roles=["designer"])
        version_id = authoring.import_version(session, definition.write(large("banc"))).id
        document = drafting.get_draft(session, version_id).document
    questions = [one for one in document.nodes.values() if one.kind == "question"]
    return version_id, questions[4].element, str(editing.label(document, questions[4].element, "fr"))


def _token(html: str) -> str:
    found = TOKEN.search(html)
    assert found, "no form"
    return found[1]
