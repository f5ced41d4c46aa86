"""Produced files (segments, tallies, snapshots), each named by the hash of its content.

A file is written whole under the kind `partial`, flushed to the disk and renamed: a reader sees all of
it or nothing, and a name always means the same bytes. What a killed writer left there is swept.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import secrets
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Protocol

PARTIAL = "partial"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*")


class FileIsMissing(Exception):
    """A row names a file that the storage does not have."""


class Storage(Protocol):
    """The small interface: a folder here; an object store can stand behind the same verbs."""

    def put(self, kind: str, content: bytes) -> str:
        """Keep `content`; gives its hash, by which it is read again."""

    def put_as(self, kind: str, name: str, content: bytes) -> None:
        """Keep `content` under a name of the caller's (a cache entry, named by what it derives from)."""

    def get(self, kind: str, name: str) -> bytes:
        """The bytes kept; raises FileIsMissing."""

    def names(self, kind: str, older_than: float) -> Iterator[str]:
        """The names kept for more than `older_than` seconds."""

    def delete(self, kind: str, names: Iterable[str]) -> int:
        """Forget these; gives how many there were."""


class FolderStorage:
    """Files in a folder, one sub-folder per kind."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, kind: str, content: bytes) -> str:
        """Keep `content`; gives its SHA-256 in hexadecimal."""
        name = hashlib.sha256(content).hexdigest()
        self.put_as(kind, name, content)
        return name

    def put_as(self, kind: str, name: str, content: bytes) -> None:
        """Write atomically and durably; an existing file is only touched, since a name means its bytes."""
        target, partial = self._path(kind, name), self._path(PARTIAL, secrets.token_hex(16))
        with contextlib.suppress(FileNotFoundError):
            os.utime(target)
            return
        for path in (target, partial):
            path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with partial.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(target)
        except OSError:
            partial.unlink(missing_ok=True)
            raise
        _flush_folder(target.parent)

    def get(self, kind: str, name: str) -> bytes:
        """The bytes of a file; raises FileIsMissing."""
        try:
            return self._path(kind, name).read_bytes()
        except FileNotFoundError:
            raise FileIsMissing(f"{kind}/{name}") from None

    def names(self, kind: str, older_than: float) -> Iterator[str]:
        """Names last written more than `older_than` seconds ago."""
        folder = self.folder / kind
        if not folder.is_dir():
            return
        limit = time.time() - older_than
        for path in sorted(folder.glob("*/*")):
            with contextlib.suppress(FileNotFoundError):  # a partial file was renamed meanwhile
                if path.stat().st_mtime < limit:
                    yield path.name

    def delete(self, kind: str, names: Iterable[str]) -> int:
        """Delete these files; one already gone is not an error."""
        count = 0
        for name in names:
            path = self._path(kind, name)
            if path.exists():
                path.unlink(missing_ok=True)
                count += 1
        return count

    def _path(self, kind: str, name: str) -> Path:
        if not (NAME.fullmatch(kind) and NAME.fullmatch(name)):
            raise ValueError(f"not a file name: {kind}/{name}")
        return self.folder / kind / name[:2] / name


def _flush_folder(folder: Path) -> None:
    """Make the name durable too: a row that names the file may be committed next."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
