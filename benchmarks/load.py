"""`load`: a crowd answers a whole questionnaire on the web server of `make run`, with PostgreSQL as durable as ever.

First as many people as the bar says, with short think time; then more than the platform lets in at once. Afterwards
every answer that was acknowledged, and every sending, is looked for in the database.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from sqlalchemy import func, select, update

from app.config import load_settings
from app.db import now
from app.models import Response, Submission
from app.services import admission, responding, schema, trial
from app.services.platform import Platform, open_platform
from app.supervisor import commands
from benchmarks.crowd import Crowd, Person, request
from benchmarks.report import Result
from questionnaires.model import Absence, Answer
from tests.servers import Postgres, answers, free_port, wait_for

PEOPLE, SECONDS = 200, 180.0
THINK = (1.0, 3.0)
P95_BAR = 300.0
CAPACITY, BEYOND = 40, 120
"""Past saturation: how many may answer at once, and how many want to, thinking a tenth as long."""
HASTE = (0.1, 0.3)
WARMING = 6
SWEEP_SECONDS = 2.0
_ABSENCES = {"nsp": Absence.NO_OPINION, "refus": Absence.REFUSED}


def load(seconds: float = SECONDS, people: int = PEOPLE) -> Result:
    """The crowd of the bar for `seconds`, then the crowd beyond capacity for a sixth of it."""
    with _platform() as (platform, env):
        with _web(env) as port:
            _warm_up(port)
            crowd = Crowd(port, trial.TRIAL_KEY, THINK)
            started = time.monotonic()
            asyncio.run(crowd.run(people, seconds))
            lasted = time.monotonic() - started
        _let_leave(platform)
        with _web(env | {"IMPACT_CAPACITY": str(CAPACITY)}) as port:
            _warm_up(port)
            beyond = Crowd(port, trial.TRIAL_KEY, HASTE)
            most = asyncio.run(_beyond_capacity(platform, beyond, max(seconds / 6, 4.0)))
        found, lost = _recount(platform, [*crowd.people, *beyond.people])
    unfinished = sum(person.is_inside and not person.is_sent for person in beyond.people)
    failures = [*crowd.errors, *beyond.errors]
    assert not failures, f"{len(failures)} errors: {failures[:5]}"
    assert not lost, f"{len(lost)} acknowledged and lost: {lost[:5]}"
    assert not unfinished, f"{unfinished} of those inside did not finish"
    every = sorted(crowd.seconds["GET"] + crowd.seconds["POST"])
    return Result(
        "load",
        _quantile(every, 0.95),
        P95_BAR,
        "ms (p95)",
        [
            ("people at once, seconds", f"{people}, {lasted:.0f}"),
            *_figures(crowd, lasted),
            (f"beyond: {BEYOND} people for {CAPACITY} places", f"at most {most} inside at once"),
            *((f"beyond: {label}", value) for label, value in _figures(beyond, max(seconds / 6, 4.0))),
            ("beyond: looks at the waiting page", str(beyond.waited)),
            ("answers acknowledged and found, errors, lost", f"{found}, 0, 0"),
        ],
    )


def _let_leave(platform: Platform) -> None:
    """Ten minutes pass for those whom the end of the time stopped in the middle: they keep no place."""
    silent = now() - dt.timedelta(minutes=admission.ACTIVE_MINUTES)
    with platform.database.transaction() as session:
        session.execute(update(Response).where(Response.disposition == "in_progress").values(updated_at=silent))


def _warm_up(port: int) -> None:
    """A few people whom nobody measures: each process reads the version and makes its pages at their first use."""
    asyncio.run(Crowd(port, trial.TRIAL_KEY, (0.0, 0.0)).run(WARMING, 0.1, is_patient=True))


def _figures(crowd: Crowd, seconds: float) -> list[tuple[str, str]]:
    times = {method: sorted(found) for method, found in crowd.seconds.items()}
    sent = sum(person.is_sent for person in crowd.people)
    return [
        ("arrivals, sent", f"{len(crowd.people)}, {sent}"),
        ("steps per second", f"{crowd.steps / seconds:.1f}"),
        *(
            (f"{method} p50, p95, p99 (ms)", ", ".join(f"{_quantile(found, one):.0f}" for one in (0.5, 0.95, 0.99)))
            for method, found in times.items()
        ),
    ]


def _quantile(ordered: Sequence[float], share: float) -> float:
    """Of seconds in their order; in milliseconds."""
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] * 1000 if ordered else 0.0


@contextlib.contextmanager
def _platform() -> Iterator[tuple[Platform, dict[str, str]]]:
    """A PostgreSQL of its own at its default durability, with the trial wave of `make run`."""
    with tempfile.TemporaryDirectory(prefix="impact-load-") as name:
        folder = Path(name)
        folder.chmod(0o711)  # PostgreSQL runs as nobody there
        postgres = Postgres(folder / "postgres", durable=True)
        postgres.start()
        try:
            env = {
                "DATABASE_URL": postgres.url,
                "IMPACT_VAR": str(folder / "var"),
                "BROKER_URL": f"redis://127.0.0.1:{free_port()}/0",
                "SECRET_KEY": "benchmark-" * 5,
            }
            platform = open_platform(load_settings(env))
            schema.upgrade(platform.database)
            trial.prepare(platform.database)
            with platform.database.transaction() as session:
                trial.seed_trial(session, "Observatoire")
            yield platform, env
            platform.database.close()
        finally:
            postgres.stop()


@contextlib.contextmanager
def _web(env: dict[str, str]) -> Iterator[int]:
    """The web server as `make run` starts it; its port."""
    env = env | {"IMPACT_PORT": str(free_port())}
    settings = load_settings(env)
    process = subprocess.Popen(commands.web(settings), env={**os.environ, **env})
    try:
        wait_for(lambda: _is_ready(settings.port, process), "gunicorn", 60)
        yield settings.port
    finally:
        process.terminate()
        process.wait(20)


def _is_ready(port: int, process: subprocess.Popen[bytes]) -> bool:
    assert process.poll() is None, "the web server has ended"
    if not answers(port):
        return False
    with contextlib.suppress(OSError, ValueError):
        return asyncio.run(request(port, "GET", commands.READY, {})).status == 200
    return False


async def _beyond_capacity(platform: Platform, crowd: Crowd, seconds: float) -> int:
    """More people than there are places, those inside finishing; how many were inside at the fullest moment."""
    running = asyncio.create_task(crowd.run(BEYOND, seconds, is_patient=True))
    most = 0
    while not running.done():
        most = max(most, await asyncio.to_thread(_sweep, platform))
        await asyncio.wait([running], timeout=SWEEP_SECONDS)
    await running
    return most


def _sweep(platform: Platform) -> int:
    """What the worker does for the line every two seconds; how many are inside."""
    with platform.database.transaction() as session:
        admission.call_waiting(session, CAPACITY)
        return admission.count_active(session)


def _recount(platform: Platform, people: Sequence[Person]) -> tuple[int, list[str]]:
    """How many acknowledged answers are in the database, and those that are not; sendings count as one each."""
    found, lost = 0, []
    with platform.database.reading() as session:
        for person in people:
            if not person.is_inside:
                continue
            state = responding.find_response(session, trial.TRIAL_KEY, person.token)
            given = state.given if state is not None else {}
            asked = state.questionnaire.questions if state is not None else ()
            keys = {key for question in asked for key in question.keys}
            for name, values in person.acknowledged.items():
                if name in keys and any(values):
                    is_there = _is_stored(given.get(name), values)
                    found += is_there
                    lost += [] if is_there else [f"{name}={values}, stored {given.get(name)}"]
            if person.is_sent and (state is None or state.disposition != "complete"):
                lost.append("a sending")
        sent = sum(person.is_sent for person in people)
        kept = session.execute(select(func.count()).select_from(Submission)).scalar_one()
    if kept < sent:
        lost.append(f"{sent - kept} submissions")
    return found, lost


def _is_stored(answer: Answer | None, values: list[str]) -> bool:
    """Whether this is what was chosen or typed."""
    if isinstance(answer, Absence):
        return _ABSENCES.get(values[0]) is answer
    if isinstance(answer, tuple):
        return {str(one) for one in answer} == set(values)
    return str(answer) in values
