"""`flask questionnaires sync`: files of questionnaires and the database, brought together both ways."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import click
from flask.cli import with_appcontext

from app.cli.held import platform, said_plainly
from app.services import authoring, syncing
from questionnaires import definition
from questionnaires.problems import DefinitionIsInvalid

FOLDER = Path(definition.__file__).parents[1] / "definitions"


@click.command("sync")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path), default=FOLDER)
@click.option("--from-files", is_flag=True, help="Only what is new or changed in the files.")
@click.option("--from-database", is_flag=True, help="Only what is new or changed in the database.")
@click.option("--dry-run", is_flag=True, help="Tell, and change nothing.")
@with_appcontext
def sync(folder: Path, from_files: bool, from_database: bool, dry_run: bool) -> None:
    """Bring the questionnaires of FOLDER and the database together; nothing at all is done where they disagree.

    Exit with 1 when a version changed on both sides, or is published and its file differs.
    """
    held, both = platform(), from_files == from_database
    with said_plainly(DefinitionIsInvalid, authoring.VersionIsFrozen):
        paths, files = _files(folder)
        with held.database.transaction() as session:
            compared = syncing.compare(session, files)
            is_refused = _told(compared)
            if dry_run or is_refused:
                raise SystemExit(1 if is_refused else 0)
            if both or from_files:
                syncing.take_files(session, held.sender, compared)
            if both or from_database:
                for one in compared:
                    if one.state in syncing.FROM_DATABASE:
                        key, name = one.key
                        _write(paths.get(one.key, folder / key / f"{name}.yaml"), one.content)
                        files[one.key] = one.content
            syncing.remember(session, files)


def _files(folder: Path) -> tuple[dict[syncing.Key, Path], dict[syncing.Key, bytes]]:
    """The questionnaires below a folder, one folder each: ledgers and others stand elsewhere and are left alone."""
    paths: dict[syncing.Key, Path] = {}
    files: dict[syncing.Key, bytes] = {}
    for path in sorted(folder.glob("*/*.yaml")):
        data = path.read_bytes()
        tree = definition.plain_tree(data)
        key = (str(tree.get("questionnaire", "")), str(tree.get("version", "")))
        if key in paths:
            raise click.ClickException(f"{path} and {paths[key]} are the same version.")
        paths[key], files[key] = path, data
    return paths, files


def _told(compared: tuple[syncing.Compared, ...]) -> bool:
    """Say what stands where; whether something is refused."""
    for one in compared:
        click.echo(f"{one.state.value:<24} {' '.join(one.key)}")
        if one.state in syncing.REFUSED:
            click.echo(f"{'':<24} file {one.file_hash or '-'}, database {one.kept_hash or '-'}")
    return any(one.state in syncing.REFUSED for one in compared)


def _write(path: Path, content: bytes) -> None:
    """The whole file or nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    Path(name).chmod(0o644)
    Path(name).replace(path)
