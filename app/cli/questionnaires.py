"""`flask questionnaires`: files and versions. All but `import` work on files alone.

Exit status: 0 when all is well, 1 when a file has a problem that blocks, 2 when the command is not understood.
"""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import click
from babel import localedata
from werkzeug.utils import import_string

from app.cli import Groups
from app.cli.held import platform, said_plainly
from app.services import authoring, codebooks
from app.services.document import document
from app.services.problem_messages import message
from app.services.starting_file import starting_file
from questionnaires import checking, definition
from questionnaires.model import Questionnaire
from questionnaires.problems import DefinitionIsInvalid, Problem

PROVING = {
    **{name: f"app.cli.proofs.{name}" for name in ("prove", "compare", "cover")},
    "ledger": "app.cli.ledgers.ledger",
    "sync": "app.cli.sync.sync",
    "print": "app.cli.printing.print_version",
}
"""Commands that load the solver: they are imported when they are asked for."""

questionnaires = Groups("questionnaires", PROVING, help="Questionnaire files and versions.")

Command = TypeVar("Command", bound=Callable[..., Any])

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,31}")
"""What `new` calls a version: it names a file too."""
WIDTH = 110
WORDS = {
    "clean": ("{count} questions, sans problème.", "{count} questions, no problem."),
    "warning": ("avertissement\u00a0: {}", "warning: {}"),
}


def _in_languages(words: str) -> Callable[[Command], Command]:
    return click.option("--language", type=click.Choice(["fr", "en"]), default="fr", show_default=True, help=words)


@questionnaires.command("check", with_appcontext=False)
@click.argument("files", nargs=-1, required=True, type=FILE)
@_in_languages("Language of the sentences.")
@click.option("--json", "as_json", is_flag=True, help="A list of problems for other programs.")
def check(files: tuple[Path, ...], language: str, as_json: bool) -> None:
    """Check FILES: every problem with its line, then the warnings; exit with 1 when a problem blocks."""
    is_clean = True
    told: list[dict[str, object]] = []
    for path in files:
        model, found = _examined(path)
        is_clean = is_clean and model is not None
        if as_json:
            told += [_as_json(path, one, language) for one in found]
            continue
        _say_problems(path, found, language)
        if model is not None:
            words = codebooks.in_language(WORDS["clean"], language).format(count=len(model.questions))
            click.echo(f"{path}: {words}")
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
    if not is_clean:
        raise SystemExit(1)


@questionnaires.command("codebook", with_appcontext=False)
@click.argument("file", type=FILE)
@click.option("--language", help="One of the questionnaire's; by default its first.")
@click.option("--json", "as_json", is_flag=True, help="A list of variables for other programs.")
@click.option("--csv", "as_csv", is_flag=True, help="One line for each variable.")
def codebook(file: Path, language: str | None, as_json: bool, as_csv: bool) -> None:
    """The variables of FILE: type, label, codes, causes of absence, universe, question, concept."""
    if as_json and as_csv:
        raise click.UsageError("--json or --csv, not both.")
    model = _read(file)
    spoken = _language(model, language)
    entries = codebooks.entries(model, spoken)
    if as_json:
        click.echo(json.dumps([codebooks.as_json(one) for one in entries], ensure_ascii=False, indent=2))
    elif as_csv:
        click.echo(codebooks.csv_text(entries, spoken), nl=False)
    else:
        click.echo("\n\n".join(_card(one, spoken) for one in entries))


def _version_name(_context: click.Context, _parameter: click.Parameter, given: str) -> str:
    if not _VERSION.fullmatch(given):
        raise click.BadParameter(
            f"“{given[:40]}” cannot name a file. Use at most 32 letters, digits, dots, hyphens and underscores, "
            "such as 2027 or 2027-b."
        )
    return given


def _known_languages(_context: click.Context, _parameter: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    for language in given:
        if language.partition("-")[0] not in localedata.locale_identifiers():
            raise click.BadParameter(f"“{language[:40]}” is no language. Use its code, such as fr, en or br.")
    if len(set(given)) < len(given):
        raise click.BadParameter("a language is given twice.")
    return given


@questionnaires.command("new", with_appcontext=False)
@click.argument("name")
@click.argument("version", callback=_version_name)
@click.option(
    "--language",
    "languages",
    multiple=True,
    default=("fr",),
    show_default=True,
    callback=_known_languages,
    help="May be repeated.",
)
@click.option("--population", default="citoyens", show_default=True)
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="A new file; else standard output.")
def new(name: str, version: str, languages: tuple[str, ...], population: str, output: Path | None) -> None:
    """Write a small questionnaire to start from, called NAME, with explanations."""
    text = starting_file(name, version, languages, population)
    try:
        definition.read(text.encode())
    except DefinitionIsInvalid as error:
        sentences = dict.fromkeys(message(one, "fr") for one in error.problems)
        raise click.UsageError("\n".join(sentences)) from None
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        with output.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise click.UsageError(f"{output} exists already.") from None
    except OSError as error:
        raise click.UsageError(f"{output}: {error.strerror}") from None
    click.echo(f"{output}")


@questionnaires.command("schema", with_appcontext=False)
def schema() -> None:
    """The JSON Schema of questionnaire files, for editors."""
    click.echo(json.dumps(definition.json_schema(), ensure_ascii=False, indent=2))


@questionnaires.command("render", with_appcontext=False)
@click.argument("file", type=FILE)
@click.option("--language", help="One of the questionnaire's; by default its first.")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="By default, standard output.")
def render(file: Path, language: str | None, output: Path | None) -> None:
    """FILE as a document to review, in Markdown."""
    model = _read(file)
    text = document(model, _language(model, language))
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise click.UsageError(f"{output}: {error.strerror}") from None
    click.echo(f"{output}")


@questionnaires.command("import")
@click.argument("file", type=FILE)
@click.option("--publish", is_flag=True, help="Publish the version at once.")
def import_file(file: Path, publish: bool) -> None:
    """Keep FILE as a draft version, or publish it."""
    held, data = platform(), file.read_bytes()
    refusals = (authoring.VersionIsFrozen, authoring.VersionHasFindings, authoring.ChangesAreUnconfirmed)
    with said_plainly(DefinitionIsInvalid, *refusals):
        if publish:
            # Only here, so that the other commands do without the solver.
            import_string("app.services.proving.running").prepare_publication(held.database, [data])
        with held.database.transaction() as session:
            version = authoring.import_version(session, data, sender=held.sender)
            if publish:
                authoring.publish_version(session, version.id)
            click.echo(f"{version.questionnaire.key} {version.name} : {version.status}.")


def _examined(path: Path) -> tuple[Questionnaire | None, list[Problem]]:
    """The version, if it can be read, and everything to say about its file: what blocks comes first."""
    try:
        model = definition.read(path.read_bytes())
    except DefinitionIsInvalid as error:
        return None, sorted(error.problems, key=lambda one: not one.is_blocking)
    return model, checking.check(model)  # what did not prevent reading


def _read(path: Path) -> Questionnaire:
    """The version of a file; where it has problems they are said on the error output, with exit status 1."""
    model, found = _examined(path)
    if model is None:
        _say_problems(path, found, "fr", err=True)
        raise SystemExit(1)
    return model


def _say_problems(path: Path, found: Iterable[Problem], language: str, *, err: bool = False) -> None:
    for one in found:
        sentence = message(one, language)
        if not one.is_blocking:
            sentence = codebooks.in_language(WORDS["warning"], language).format(sentence)
        click.echo(f"{path}:{one.place.line or 1}: {sentence}", err=err)


def _as_json(path: Path, problem: Problem, language: str) -> dict[str, object]:
    return {
        "file": str(path),
        "line": problem.place.line,
        "path": problem.place.path,
        "code": problem.code,
        "severity": problem.severity.value,
        "message": message(problem, language),
        "data": dict(problem.data),
    }


def _language(model: Questionnaire, language: str | None) -> str:
    if language is None:
        return model.first_language
    if language not in model.languages:
        raise click.UsageError(f"--language: {', '.join(model.languages)}.")
    return language


def _card(entry: codebooks.Entry, language: str) -> str:
    """A variable, its fields below each other."""
    lines = [f"{entry.name} ({entry.type})"]
    for name, words in codebooks.HEADINGS.items():
        value = getattr(entry, name)
        if name in ("name", "type") or value in (None, (), "") or (name == "decimals" and not value):
            continue
        heading = f"  {codebooks.in_language(words, language):<22}"
        parts = [f"{code} = {label}" for code, label in value] if isinstance(value, tuple) else [str(value)]
        for part in parts:
            lines += textwrap.wrap(part, WIDTH, initial_indent=heading, subsequent_indent=" " * len(heading))
            heading = " " * len(heading)
    return "\n".join(lines)
