"""`flask microdata`: files of earlier studies, mapped to a version, reviewed, imported as waves.

Exit status: 0 when all is well, 1 when the file or the mapping cannot be used, 2 when the command is not understood.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from flask.cli import AppGroup

from app.cli.held import platform, said_plainly
from app.services import authoring, folding, jobs, snapshots
from app.services.authoring import VersionSummary
from app.services.imports import keeping, running
from app.services.imports.applying import apply_mapping, make_report
from app.services.imports.keeping import FILES
from app.services.imports.mapping import write_mapping
from app.services.imports.parsing import MappingIsInvalid, read_mapping, version_named
from app.services.imports.proposing import propose_mapping
from app.services.imports.reading import FileIsUnreadable, kind_of, read_file
from app.services.imports.sentences import mapping_sentence, sentence
from questionnaires.model import Questionnaire

microdata = AppGroup("microdata", help="Past waves: microdata of earlier studies (CSV, SPSS).")

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
MOST_SAID = 30


@contextmanager
def _in_words(path: Path) -> Iterator[None]:
    """Problems of a file or of its mapping, one a line, with exit status 1."""
    try:
        yield
    except FileIsUnreadable as error:
        click.echo(f"{path}: {sentence(error.code, error.data, 'fr')}", err=True)
        raise SystemExit(1) from error
    except MappingIsInvalid as error:
        for one in error.problems:
            click.echo(f"{path}:{one.line}: {mapping_sentence(one, 'fr')}", err=True)
        raise SystemExit(1) from error


def _version(text: str) -> tuple[VersionSummary, Questionnaire]:
    """The version called `questionnaire/version`, or of this number."""
    key, _slash, name = text.rpartition("/")
    with platform().database.reading() as session:
        for questionnaire in authoring.list_questionnaires(session):
            for one in questionnaire.versions:
                if (questionnaire.key, one.name) == (key, name) or str(one.id) == text:
                    return authoring.get_version(session, one.id)
    raise click.UsageError(f"--version: {text} n’existe pas. Écrivez par exemple impact-citoyens/2022.")


@microdata.command("propose")
@click.argument("file", type=FILE)
@click.option("--version", "version_name", required=True, help="questionnaire/version, such as impact-citoyens/2022.")
def propose(file: Path, version_name: str) -> None:
    """Write a likely mapping of FILE to a version, to be read and edited; the report goes to the error output."""
    _, questionnaire = _version(version_name)
    content = file.read_bytes()
    with _in_words(file):
        source = read_file(content)
    mapping = propose_mapping(source, questionnaire, file.name, keeping.hash_of(content))
    click.echo(write_mapping(mapping.to_document()), nl=False)
    _say_report(make_report(source, mapping, questionnaire, apply_mapping(source, mapping, questionnaire)))


@microdata.command("import")
@click.argument("file", type=FILE)
@click.option("--mapping", "mapping_file", required=True, type=FILE, help="The mapping, read and corrected.")
@click.option("--reviewed-by", required=True, help="The person who has read the mapping.")
def import_file(file: Path, mapping_file: Path, reviewed_by: str) -> None:
    """Import FILE by a mapping that a person has reviewed: a closed wave, folded and counted."""
    if not reviewed_by.strip():
        raise click.UsageError("--reviewed-by: donnez le nom de la personne qui a relu la correspondance.")
    held, content, data = platform(), file.read_bytes(), mapping_file.read_bytes()
    with _in_words(mapping_file):
        name = version_named(data)
    version, questionnaire = _version(name)
    with _in_words(file):
        source = read_file(content)
    content_hash = keeping.hash_of(content)
    with _in_words(mapping_file):
        mapping = read_mapping(data, questionnaire, content_hash, [one.name for one in source.columns])
    report = make_report(source, mapping, questionnaire, apply_mapping(source, mapping, questionnaire))
    _say_report(report)
    held.storage.put(FILES, content)
    with (
        _in_words(mapping_file),
        said_plainly(keeping.ValuesAreUnknown, authoring.VersionNotFound),
        held.database.transaction() as session,
    ):
        row = keeping.create_import(
            session, file_name=file.name, content_hash=content_hash, kind=kind_of(content), version_id=version.id
        )
        keeping.set_examined(row, mapping.to_document(), report)
        keeping.review_import(session, row, reviewed_by.strip())
        job = keeping.request_import(session, None, row)
        import_id, job_id = row.id, job.id if job else 0
    with jobs.running(held.database, job_id):
        running.run_import(held.database, held.storage, None, import_id, job_id)
    _end(import_id)


def _end(import_id: int) -> None:
    """Fold and count what was imported, and say where it is; or why it is not."""
    held = platform()
    with held.database.reading() as session:
        row = keeping.get_import(session, import_id)
    problem = keeping.problem_of(row)
    if row.wave_id is None or row.status != "done":
        words = sentence(problem["code"], problem["data"], "fr") if problem else row.status
        raise click.ClickException(words)
    folding.fold_wave(held.database, held.storage, None, row.wave_id)
    snapshots.refresh_snapshot(held.database, held.storage, row.wave_id)
    click.echo(f"Vague importée\u00a0: /analyse/{row.mapping['wave']['key']}/")


def _say_report(report: Mapping[str, Any]) -> None:
    """What was read and what is not mapped, on the error output: the other one may be a file."""
    file, variables = report["file"], report["variables"]
    missing = [one["name"] for one in variables if one["state"] != "mapped"]
    unused = [one["name"] for one in report["columns"] if one["use"] == "unused"]
    how = " ".join(filter(None, (file["kind"], file["encoding"], repr(file["separator"]) if file["separator"] else "")))
    _say(f"{_few(file['rows'])} réponses, {file['columns']} colonnes ({how}).")
    _say(f"{len(variables) - len(missing)} variables reprises.")
    _say(f"Colonnes que rien n’emploie ({len(unused)})\u00a0: {', '.join(unused) or 'aucune'}.")
    _say(f"Variables qui ne reçoivent rien ({len(missing)})\u00a0: {', '.join(missing) or 'aucune'}.")
    if report["weights"]:
        _say(f"Poids\u00a0: {report['weights']['column']}.")
    if report["bad_weights"]:
        bad = report["bad_weights"]
        _say(f"Poids inutilisables dans {bad['column']}, d’abord à la réponse n° {bad['first']}.")
    for one in report["unknown"][:MOST_SAID]:
        _say(
            f"Valeur inconnue\u00a0: {one['column']} = {one['value']!r} ({one['variable']}), "
            f"{_few(one['count'])} réponses, d’abord la n° {one['first']}."
        )


def _say(text: str) -> None:
    click.echo(text, err=True)


def _few(count: int | None) -> str:
    return "moins de 11" if count is None else str(count)
