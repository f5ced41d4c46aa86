"""`page`, `step`, `sql`, `weight`: what a question page costs.

CPU is that of every web and database process, read from the kernel's scheduler, over a few hundred requests of
as many respondents on PostgreSQL at its default durability. The ratio is to a bare Flask hello world under the
same gunicorn in the same run; median of three.
"""

from __future__ import annotations

import contextlib
import gzip
import http.client
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from flask.testing import FlaskClient
from sqlalchemy import event

from app import create_app
from app.config import load_settings
from app.services import responding, schema, simulation, trial
from app.services.platform import Platform, open_platform
from app.services.weightings.margins import read_margins
from app.web.respond import visits
from benchmarks.report import Result
from tests.servers import Postgres, free_port, wait_for

PAGE = "engagement"
"""A page of the shipped questionnaire with exactly five questions."""
RESPONDENTS = 300
ROUNDS = 3
WARM_UP = 2
TURN = 15
WORKERS = 2
PAGE_BAR, STEP_BAR = 6.0, 12.0
PAGE_STATEMENTS, STEP_STATEMENTS = 3, 6
WEIGHT_BAR, SCRIPT_BAR, SHEET_BAR = 20_000, 10_000, 8_000
FIELD = re.compile(r'<input[^>]*type="hidden"[^>]*>')
ATTRIBUTE = re.compile(r'(name|value)="([^"]*)"')
ANSWERS = {
    "dynamique_locale": "1",
    "capacite_collective": "7",
    "partenariat_connu": "1",
    "odd_connaissance": "2",
    "engagement": "1",
}


@dataclass(slots=True)
class Server:
    """A gunicorn of ours: its port and the processes whose CPU counts."""

    port: int
    pid: int

    def cpu(self) -> float:
        """Seconds of CPU used so far by the master and the workers."""
        return sum(_cpu_of(pid) for pid in [self.pid, *_children(self.pid)])


def _cpu_of(pid: int) -> float:
    """Seconds on a processor of every thread of a process, to the nanosecond."""
    total = 0
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            total += int((task / "schedstat").read_text().split()[0])
    return total / 1e9


def _children(pid: int) -> list[int]:
    with contextlib.suppress(OSError):
        return [
            int(child)
            for task in Path(f"/proc/{pid}/task").iterdir()
            for child in (task / "children").read_text().split()
        ]
    return []


@contextlib.contextmanager
def _gunicorn(target: str, env: dict[str, str]) -> Iterator[Server]:
    port = free_port()
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "gunicorn", target, "--bind", f"127.0.0.1:{port}"),
            *("--workers", str(WORKERS), "--no-control-socket", "--log-level", "error"),
        ],
        env={**os.environ, **env},
    )
    try:
        wait_for(lambda: _status(port) in (200, 404), "gunicorn", 60)
        yield Server(port, process.pid)
    finally:
        process.terminate()
        process.wait(20)


def _status(port: int) -> int:
    with contextlib.suppress(OSError):
        return _request(port, "GET", "/")[0]
    return 0


def _request(
    port: int, method: str, path: str, body: str = "", headers: dict[str, str] | None = None
) -> tuple[int, str, str]:
    """(status, location, body) of one request on a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    sent = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
    connection.request(method, path, body or None, sent | (headers or {}))
    response = connection.getresponse()
    text = response.read().decode()
    connection.close()
    return response.status, response.getheader("Location") or "", text


@dataclass(slots=True)
class Bench:
    """The platform on a PostgreSQL of its own, and respondents who have reached the page."""

    platform: Platform
    postgres: Postgres
    env: dict[str, str]
    wave: str
    tokens: list[str]

    def database_cpu(self) -> float:
        """Seconds of CPU of every process of PostgreSQL."""
        return sum(_cpu_of(pid) for main in self.postgres.pids() for pid in [main, *_children(main)])


@cache
def _bench() -> Bench:
    folder = Path(tempfile.mkdtemp(prefix="impact-bench-"))
    folder.chmod(0o711)
    postgres = Postgres(folder / "postgres", durable=True)
    postgres.start()
    _at_exit(postgres)
    env = {
        "DATABASE_URL": postgres.url,
        "IMPACT_VAR": str(folder / "var"),
        # Nobody listens there: a hint that cannot be sent is part of the real cost.
        "BROKER_URL": f"redis://127.0.0.1:{free_port()}/0",
        "SECRET_KEY": "benchmark-" * 5,
    }
    platform = open_platform(load_settings(env))
    schema.upgrade(platform.database)
    trial.prepare(platform.database)
    with platform.database.transaction() as session:
        wave = trial.seed_demo(session, "Observatoire").key
    recipe = read_margins(trial.QUESTIONNAIRE, trial.MARGINS)
    tokens = simulation.simulate_until(platform.database, wave, PAGE, RESPONDENTS, recipe, platform.settings.secret_key)
    return Bench(platform, postgres, env, wave, tokens)


def _at_exit(postgres: Postgres) -> None:
    import atexit
    import shutil

    def stop() -> None:
        postgres.stop()
        shutil.rmtree(postgres.folder.parent, ignore_errors=True)

    atexit.register(stop)


def _hello_cpu(server: Server, count: int) -> float:
    """Seconds of CPU of `count` hellos."""
    before = server.cpu()
    for _ in range(count):
        _request(server.port, "GET", "/")
    return server.cpu() - before


def _fields(html: str) -> dict[str, str]:
    found = {}
    for tag in FIELD.findall(html):
        attributes = dict(ATTRIBUTE.findall(tag))
        found[attributes["name"]] = attributes.get("value", "").replace("&#34;", '"').replace("&quot;", '"')
    return found


def _sealed(bench: Bench, token: str) -> str:
    """The cookie of a respondent who has just opened a page."""
    return visits.seal(bench.platform.settings.secret_key, token, int(time.time()))


def _cookie(bench: Bench, token: str) -> dict[str, str]:
    return {"Cookie": f"{visits.COOKIE}={_sealed(bench, token)}"}


def _page_cpu(bench: Bench, server: Server, tokens: list[str]) -> float:
    """Seconds of CPU of one page for each of these respondents."""
    address = f"/r/{bench.wave}/{PAGE}"
    before = server.cpu() + bench.database_cpu()
    for token in tokens:
        status, _, _ = _request(server.port, "GET", address, headers=_cookie(bench, token))
        assert status == 200, status
    return server.cpu() + bench.database_cpu() - before


def _step_cpu(bench: Bench, server: Server, tokens: list[str], score: int) -> float:
    """Seconds of CPU of one step for each of these respondents; reading the forms beforehand is not counted."""
    address = f"/r/{bench.wave}/{PAGE}"
    bodies = []
    for token in tokens:
        _, _, html = _request(server.port, "GET", address, headers=_cookie(bench, token))
        fields = _fields(html) | ANSWERS | {"capacite_collective": str(score), "aller": "suite"}
        bodies.append(urllib.parse.urlencode(fields))
    before = server.cpu() + bench.database_cpu()
    for token, body in zip(tokens, bodies, strict=True):
        cookie = _cookie(bench, token)
        status, location, _ = _request(server.port, "POST", address, body, cookie)
        assert status == 303, status
        status, _, _ = _request(server.port, "GET", urllib.parse.urlsplit(location).path, headers=cookie)
        assert status == 200, status
    return server.cpu() + bench.database_cpu() - before


@cache
def _ratios() -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    """((page, hello), …) and ((step, hello), …) in seconds of CPU per request, one pair per round.

    Short turns of each follow one another: what slows the machine for a while slows all three alike.
    """
    bench = _bench()
    pages, steps = [], []
    with (
        _gunicorn("benchmarks.hello:app", {}) as hello,
        _gunicorn("app:create_app()", bench.env) as server,
    ):
        for number in range(WARM_UP + ROUNDS):
            spent = [0.0, 0.0, 0.0]
            for start in range(0, RESPONDENTS, TURN):
                tokens = bench.tokens[start : start + TURN]
                spent[0] += _hello_cpu(hello, TURN)
                spent[1] += _page_cpu(bench, server, tokens)
                spent[2] += _step_cpu(bench, server, tokens, number)
            base, page_cost, step_cost = (seconds / RESPONDENTS for seconds in spent)
            pages.append((page_cost, base))
            steps.append((step_cost, base))
    return pages[WARM_UP:], steps[WARM_UP:]


def _ratio_result(name: str, pairs: list[tuple[float, float]], bar: float, peers: str) -> Result:
    ratio = statistics.median(cost / base for cost, base in pairs)
    cost = statistics.median(cost for cost, _ in pairs)
    base = statistics.median(base for _, base in pairs)
    return Result(
        name,
        ratio,
        bar,
        "hellos",
        [
            ("hello, CPU ms", f"{base * 1000:.3f}"),
            (f"{name}, CPU ms (web and database)", f"{cost * 1000:.3f}"),
            ("ratios of the rounds", ", ".join(f"{c / b:.2f}" for c, b in pairs)),
            ("peers", peers),
        ],
    )


def page() -> Result:
    """A question page of five questions."""
    return _ratio_result("page", _ratios()[0], PAGE_BAR, "ONS runner 64-83, LimeSurvey 160-600")


def step() -> Result:
    """A full step: POST, durable save, redirect, next page."""
    return _ratio_result("step", _ratios()[1], STEP_BAR, "ONS runner 95-104")


def sql() -> Result:
    """Statements of a page and of a step; the value is the worst share of their two limits."""
    bench = _bench()
    app = create_app(load_settings(bench.env))
    statements: list[str] = []
    event.listen(
        app.extensions["impact"].database.engine,
        "before_cursor_execute",
        lambda _c, _cursor, statement, *_: statements.append(statement),
    )
    client = app.test_client()
    client.set_cookie(visits.COOKIE, _sealed(bench, bench.tokens[0]), path=f"/r/{bench.wave}/")
    address = f"/r/{bench.wave}/{PAGE}"
    client.get(address)
    statements.clear()
    html = client.get(address).get_data(as_text=True)
    page_count = len(statements)
    statements.clear()
    posted = client.post(address, data=_fields(html) | ANSWERS | {"capacite_collective": "9", "aller": "suite"})
    client.get(posted.headers["Location"])
    step_count = len(statements)
    return Result(
        "sql",
        max(page_count / PAGE_STATEMENTS, step_count / STEP_STATEMENTS),
        1.0,
        "share of the limit",
        [("statements per page (limit 3)", str(page_count)), ("statements per step (limit 6)", str(step_count))],
    )


def weight() -> Result:
    """The heaviest respondent page of the shipped questionnaire and what it asks for beside it, compressed.

    The value is the worst share of the three limits.
    """
    bench = _bench()
    app = create_app(load_settings(bench.env))
    client = app.test_client()
    token = bench.tokens[0]
    client.set_cookie(visits.COOKIE, _sealed(bench, token), path=f"/r/{bench.wave}/")
    with bench.platform.database.reading() as session:
        state = responding.find_response(session, bench.wave, token)
    assert state is not None
    sizes, sheets, scripts = {}, set(), set()
    for name in state.path.pages:
        html = client.get(f"/r/{bench.wave}/{name}").get_data()
        sizes[name] = len(gzip.compress(html, 6))
        sheets |= set(re.findall(rb'<link[^>]*rel="stylesheet"[^>]*href="([^"]+)"', html))
        scripts |= set(re.findall(rb'<script[^>]*src="([^"]+)"', html))
    assert len(sheets) == 1, sheets
    assert len(scripts) <= 1, scripts
    sheet, script = (_packed(client, found) for found in (sheets, scripts))
    heaviest = max(sizes, key=lambda name: sizes[name])
    return Result(
        "weight",
        max(sizes[heaviest] / WEIGHT_BAR, script / SCRIPT_BAR, sheet / SHEET_BAR),
        1.0,
        "share of the limit",
        [
            (f"heaviest page ({heaviest}), limit {WEIGHT_BAR}", f"{sizes[heaviest]} bytes"),
            (f"script, once, limit {SCRIPT_BAR}", f"{script} bytes"),
            (f"style sheet, once, limit {SHEET_BAR}", f"{sheet} bytes"),
        ],
    )


def _packed(client: FlaskClient, addresses: set[bytes]) -> int:
    """How many bytes the one file of these addresses has on its way, compressed."""
    return sum(len(client.get(one.decode(), headers={"Accept-Encoding": "gzip"}).get_data()) for one in addresses)
