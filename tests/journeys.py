"""Journeys: someone arrives, answers in one tab or two, sends; the worker folds, is killed, folds again.

Whatever runs in a process of its own is a function of this module, so that a fork server that has read it
starts in some milliseconds.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import select, update

from app import microdata
from app.db import Database, now
from app.models import Submission
from app.services import folding, responding, snapshots
from app.services.folding import Claim
from app.services.responding import Incomplete, ResponseState, Saved, Submitted
from app.storage import FolderStorage, Storage
from questionnaires.model import Answer
from tests.factories import SECRET, Field

T = TypeVar("T")
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["tests.journeys"])
PATIENCE = 60.0


# -- answering ------------------------------------------------------------------------------------


@dataclass
class Respondent:
    """Someone who answers: holds the cookie, has as many tabs as wanted."""

    database: Database
    wave_key: str
    token: str
    first_page: str

    @property
    def state(self) -> ResponseState:
        """What is stored of this response."""
        found = self.find()
        assert found is not None, "the response is gone"
        return found

    def find(self) -> ResponseState | None:
        """The response as it is stored, None when nothing of it is left."""
        with self.database.reading() as session:
            return responding.find_response(session, self.wave_key, self.token)

    def tab(self) -> Tab:
        """A page shown now, to be posted later."""
        return Tab(self, dict(self.state.given))

    def answer(self, page: str, **answers: Answer | None) -> Saved:
        """Fill in a page and go on."""
        return self.tab().post(page, **answers)

    def go_back(self, page: str, **answers: Answer | None) -> Saved:
        """Fill in what one likes of a page and go back."""
        return self.tab().post(page, passing=False, **answers)

    def send(self) -> Submitted | Incomplete:
        """Send the response."""
        with self.database.transaction() as session:
            return responding.submit_response(session, self.wave_key, self.token, SECRET, None)

    @property
    def receipt(self) -> str:
        """The receipt code shown at the end."""
        return responding.response_code(SECRET, self.token)


@dataclass
class Tab:
    """A tab of the browser: it knows what the page showed when it was opened."""

    respondent: Respondent
    shown: dict[str, Answer] = field(default_factory=dict)

    def post(self, page: str, *, passing: bool = True, **answers: Answer | None) -> Saved:
        """Post the page with these answers; None leaves one blank."""
        who = self.respondent
        base = {name: self.shown.get(name) for name in answers}
        with who.database.transaction() as session:
            return responding.save_page(session, who.wave_key, who.token, page, answers, base, passing)


def arrive(where: Field) -> Respondent:
    """Someone starts the questionnaire."""
    with where.database.transaction() as session:
        started = responding.start_response(session, where.key, "fr", SECRET)
    return Respondent(where.database, where.key, started.token, started.first_page)


def answer_all(where: Field, sexe: int = 1, region: int = 1, confiance: int = 5, engage: int = 1) -> Respondent:
    """Someone answers the two pages of the small questionnaire, and sends."""
    person = arrive(where)
    person.answer("profil", sexe=sexe, region=region)
    person.answer("avis", confiance=confiance, engage=engage)
    assert isinstance(person.send(), Submitted)
    return person


def withdraw(where: Field, code: str) -> bool:
    """Someone asks, with a receipt, that the answers be erased."""
    with where.database.transaction() as session:
        return responding.withdraw_response(session, code, SECRET, None)


# -- folding --------------------------------------------------------------------------------------


def claim(where: Field, batch: int = folding.BATCH) -> Claim:
    """The first step of a fold, alone."""
    with where.database.transaction() as session:
        taken = folding.claim_submissions(session, where.wave_id, batch)
    assert taken is not None
    return taken


def fold(where: Field, storage: Storage) -> int:
    """Fold what waits, as the worker does."""
    return folding.fold_wave(where.database, storage, None, where.wave_id)


def refresh(where: Field, storage: Storage) -> bool:
    """Make the snapshot, as the worker does."""
    return snapshots.refresh_snapshot(where.database, storage, where.wave_id)


def let_leases_end(where: Field) -> None:
    """A minute passes, for whom it has not ended: rows that a living fold is marking at this moment are left to it."""
    with where.database.transaction() as session:
        leased = select(Submission.id).where(Submission.claim.is_not(None)).with_for_update(skip_locked=True)
        ids = session.scalars(leased).all()
        if ids:
            ended = update(Submission).where(Submission.id.between(min(ids), max(ids)), Submission.id.in_(ids))
            session.execute(ended.values(claimed_until=now().replace(year=2000)))


def expect_whole(where: Field, storage: Storage, count: int) -> None:
    """All are folded, each is in one segment once, and the aggregates are those of the rows."""
    with where.database.reading() as session:
        ids = session.scalars(select(Submission.id).where(Submission.wave_id == where.wave_id)).all()
        assert not folding.has_unfolded(session, where.wave_id)
        segments = folding.live_segments(session, where.wave_id)
    held = [
        int(one)
        for segment in segments
        for one in microdata.read_columns(storage.get(folding.SEGMENTS, segment.content_hash), ["submission"])[
            "submission"
        ]
    ]
    assert len(held) == len(set(held)), "a submission is in two segments"
    assert set(held) <= set(ids)
    assert sum(segment.row_count for segment in segments) == len(held)
    assert snapshots.verify_wave(where.database, storage, where.wave_id).n == count


class PausedStorage(FolderStorage):
    """A folder so slow that somebody else works before the first file is kept."""

    meanwhile: Callable[[], object] | None = None

    def put(self, kind: str, content: bytes) -> str:
        call, self.meanwhile = self.meanwhile, None
        if call is not None:
            call()
        return super().put(kind, content)


class WatchedStorage(FolderStorage):
    """A folder that remembers what was read from it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.read: list[tuple[str, str]] = []

    def get(self, kind: str, name: str) -> bytes:
        content = super().get(kind, name)
        self.read.append((kind, name))
        return content


# -- processes ------------------------------------------------------------------------------------


def at_once(*calls: Callable[[], T]) -> list[T]:
    """Run each call in a process of its own, released together; their results, in order."""
    barrier = PROCESSES.Barrier(len(calls))
    pipes = [PROCESSES.Pipe(duplex=False) for _ in calls]
    started = []
    for call, (_, end) in zip(calls, pipes, strict=True):
        process = PROCESSES.Process(target=_report, args=(barrier, end, call), daemon=True)
        process.start()
        end.close()
        started.append(process)
    results = []
    for reader, _ in pipes:
        assert reader.poll(PATIENCE), "a process says nothing"
        is_right, value = reader.recv()
        reader.close()
        assert is_right, value
        results.append(value)
    for process in started:
        process.join(PATIENCE)
        process.close()
    return results


def _report(barrier: Any, pipe: Any, call: Callable[[], Any]) -> None:
    try:
        barrier.wait(PATIENCE)
        pipe.send((True, call()))
    except BaseException:
        pipe.send((False, traceback.format_exc()))
    pipe.close()


def in_threads(*calls: Callable[[], T]) -> list[T]:
    """Run each call in a thread of its own, released together; their results, in order."""
    barrier = threading.Barrier(len(calls))
    results: dict[int, Any] = {}

    def run(place: int, call: Callable[[], T]) -> None:
        barrier.wait(PATIENCE)
        try:
            results[place] = call()
        except BaseException as error:
            results[place] = error

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    for value in results.values():
        if isinstance(value, BaseException):
            raise value
    return [results[place] for place in range(len(calls))]


@contextmanager
def running(call: Callable[[], Any]) -> Iterator[BaseProcess]:
    """A process of its own; killed at the end if it still runs."""
    process = PROCESSES.Process(target=call, daemon=True)
    process.start()
    try:
        yield process
    finally:
        if process.is_alive() and process.pid is not None:
            os.kill(process.pid, signal.SIGKILL)
        process.join(PATIENCE)
        process.close()


def fold_under_kills(where: Field, folder: Path, lives: Iterator[float], batch: int) -> int:
    """Start a fold, kill -9 it after the next of `lives` (seconds), again until all is folded; how many died."""
    killed = 0
    for seconds in lives:
        with where.database.reading() as session:
            if not folding.has_unfolded(session, where.wave_id):
                break
        with running(partial(fold_in_batches, database_url(where), folder, where.wave_id, batch)) as process:
            process.join(seconds)
            killed += process.is_alive()
        let_leases_end(where)
    return killed


def database_url(where: Field) -> str:
    """The address of the database of a wave, for another process."""
    return where.database.url.render_as_string(hide_password=False)


@contextmanager
def opened(url: str) -> Iterator[Database]:
    """A database opened by another process."""
    database = Database(url)
    try:
        yield database
    finally:
        database.close()


def fold_in_batches(url: str, folder: Path, wave_id: int, batch: int) -> int:
    """Fold a wave in small batches, merging and counting as the worker does; how many were folded."""
    folded, storage = 0, FolderStorage(folder)
    with opened(url) as database:
        while True:
            with database.transaction() as session:
                taken = folding.claim_submissions(session, wave_id, batch)
            if taken is None:
                break
            folded += folding.fold_claim(database, storage, None, wave_id, taken)
            folding.merge_segments(database, storage, wave_id, folding.MERGE_ABOVE)
        snapshots.refresh_snapshot(database, storage, wave_id)
    return folded


def fold_until_done(url: str, folder: Path, wave_id: int, batch: int) -> int:
    """As `fold_in_batches`, beside others: whoever finds nothing free looks again until nothing waits."""
    folded = 0
    with opened(url) as database:
        while True:
            folded += fold_in_batches(url, folder, wave_id, batch)
            with database.reading() as session:
                if not folding.has_unfolded(session, wave_id):
                    return folded
            time.sleep(0.01)


def merge_until_folded(url: str, folder: Path, wave_id: int) -> int:
    """Merge whatever can be merged as long as something waits to be folded; how often something was."""
    merges, storage = 0, FolderStorage(folder)
    with opened(url) as database:
        while True:
            with database.reading() as session:
                is_done = not folding.has_unfolded(session, wave_id)
            merges += folding.merge_segments(database, storage, wave_id, 1)
            if is_done:
                return merges


def send_response(url: str, wave_key: str, token: str) -> Submitted | Incomplete:
    """Send a response from another process."""
    with opened(url) as database:
        return Respondent(database, wave_key, token, "").send()
