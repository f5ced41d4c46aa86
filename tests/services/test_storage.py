"""Produced files: whole or not there, named by their content, never outside their folder."""

from __future__ import annotations

import hashlib
import os
import resource
import signal
import time
from functools import partial
from pathlib import Path

import pytest

from app.storage import PARTIAL, FileIsMissing, FolderStorage
from tests.journeys import at_once, running

CONTENT = b"0123456789" * 200_000
LONG_AGO = time.time() - 10_000


@pytest.fixture
def storage(tmp_path: Path) -> FolderStorage:
    return FolderStorage(tmp_path / "storage")


def files(storage: FolderStorage) -> list[Path]:
    return sorted(path for path in storage.folder.rglob("*") if path.is_file())


def age(storage: FolderStorage) -> None:
    for path in files(storage):
        os.utime(path, (LONG_AGO, LONG_AGO))


def test_a_file_is_named_by_its_content_and_read_again(storage: FolderStorage) -> None:
    name = storage.put("segments", CONTENT)
    assert name == hashlib.sha256(CONTENT).hexdigest()
    assert storage.put("segments", CONTENT) == name
    assert storage.get("segments", name) == CONTENT
    assert len(files(storage)) == 1
    assert FolderStorage(storage.folder).get("segments", name) == CONTENT


def test_kinds_are_apart_and_what_is_not_there_is_missing(storage: FolderStorage) -> None:
    name = storage.put("segments", CONTENT)
    with pytest.raises(FileIsMissing):
        storage.get("tallies", name)
    assert list(storage.names("tallies", 0)) == []


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../x", "a/b", "/etc/passwd", "a\\b", ".hidden", "a\0b", "été", "a b", "a_b", "-rf"]
)
@pytest.mark.parametrize("place", ["kind", "name"])
def test_a_name_cannot_leave_the_folder(storage: FolderStorage, name: str, place: str) -> None:
    kind, name = (name, "abc") if place == "kind" else ("segments", name)
    with pytest.raises(ValueError, match="not a file name"):
        storage.put_as(kind, name, b"x")
    with pytest.raises(ValueError, match="not a file name"):
        storage.get(kind, name)
    with pytest.raises(ValueError, match="not a file name"):
        storage.delete(kind, [name])
    assert files(storage) == []


def test_only_old_files_are_named_and_writing_again_makes_them_young(storage: FolderStorage) -> None:
    old, again = storage.put("segments", b"old"), storage.put("segments", b"again")
    age(storage)
    storage.put("segments", b"again")
    storage.put("segments", b"new")
    assert list(storage.names("segments", 3_600)) == [old]
    assert storage.delete("segments", [old, old]) == 1
    with pytest.raises(FileIsMissing):
        storage.get("segments", old)
    assert storage.get("segments", again) == b"again"


def write_for_ever(folder: Path) -> None:
    """Write big files, each different, until killed."""
    storage, number = FolderStorage(folder), 0
    while True:
        storage.put("segments", CONTENT + str(number).encode())
        number += 1


def test_a_writer_that_is_killed_leaves_whole_files_and_crumbs_that_are_swept(storage: FolderStorage) -> None:
    for attempt in range(40):
        with running(partial(write_for_ever, storage.folder)) as process:
            process.join(0.1 + 0.013 * attempt)
            assert process.pid is not None
            os.kill(process.pid, signal.SIGKILL)
            process.join(10)
        if list(storage.names(PARTIAL, -10)):
            break
    else:
        pytest.fail("no kill fell in the middle of a file: the test proves nothing")
    whole = list(storage.names("segments", -10))
    assert all(hashlib.sha256(storage.get("segments", name)).hexdigest() == name for name in whole)
    assert list(storage.names(PARTIAL, 3_600)) == [], "it may still be written to"
    age(storage)
    crumbs = list(storage.names(PARTIAL, 3_600))
    assert storage.delete(PARTIAL, crumbs) == len(crumbs) > 0
    assert list(storage.names("segments", 3_600)) == whole


def put_many(folder: Path) -> list[str]:
    storage = FolderStorage(folder)
    return [storage.put("segments", bytes([number]) * 50_000) for number in range(100)]


def test_two_processes_that_write_the_same_files_agree(storage: FolderStorage) -> None:
    one, other = at_once(partial(put_many, storage.folder), partial(put_many, storage.folder))
    assert one == other
    assert sorted(storage.names("segments", -10)) == sorted(one)
    assert list(storage.names(PARTIAL, -10)) == []


def test_a_disk_that_refuses_leaves_no_crumb(storage: FolderStorage) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, hard))
    try:
        with pytest.raises(OSError, match="too large"):
            storage.put("segments", CONTENT)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
    assert files(storage) == []
