"""`flask questionnaires ledger`: what is confirmed of the changes between versions, what waits, what is stale."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

import click

from app.services import comparing
from app.services.codebooks import in_language
from app.services.ledgers import FILE
from app.services.problem_messages import message
from app.services.proving import running
from questionnaires import definition
from questionnaires.comparison import Comparison
from questionnaires.comparison.ledger import Ledger, unconfirmed, updated
from questionnaires.comparison.ledger_file import read_ledger, write_ledger
from questionnaires.problems import DefinitionIsInvalid

T = TypeVar("T")
WORDS = {
    "whole": ("tout est confirmé.", "all is confirmed."),
    "waiting": ("à confirmer", "to confirm"),
    "stale": ("à revoir, confirmé d’un autre changement", "to review, confirmed of another change"),
    "confirmed": ("confirmé", "confirmed"),
    "written": ("{} écrit.", "{} written."),
}


@click.command("ledger")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--language", type=click.Choice(["fr", "en"]), default="fr", show_default=True)
@click.option("--check", is_flag=True, help="Say only what is not confirmed.")
@click.option("--write", is_flag=True, help="Add to the ledger the entries to confirm; what was confirmed stays.")
def ledger(paths: tuple[Path, ...], language: str, check: bool, write: bool) -> None:
    """The ledger of the versions of a FOLDER in their order, or of OLD and NEW; exit with 1 while something waits."""
    folder, files = _versions(paths)
    names = [_read(file, lambda data: definition.read(data).name, language) for file in files]
    of = folder / FILE
    found = _read(of, read_ledger, language) if of.is_file() else Ledger(names[0])
    if len({found.questionnaire, *names}) > 1:
        raise click.UsageError(f"{', '.join(sorted({found.questionnaire, *names}))}: not one questionnaire.")
    comparisons = [running.compare_contents(old.read_bytes(), new.read_bytes()) for old, new in pairwise(files)]
    is_whole = True
    for comparison in comparisons:
        is_whole = _say_transition(comparison, found, language, check) and is_whole
        found = updated(found, comparison)
    if write:
        of.parent.mkdir(exist_ok=True)
        of.write_bytes(write_ledger(found))
        click.echo(in_language(WORDS["written"], language).format(of))
    if not is_whole:
        raise SystemExit(1)


def _versions(paths: tuple[Path, ...]) -> tuple[Path, list[Path]]:
    """The folder of the ledger, and the files of the versions from the oldest."""
    if len(paths) == 1 and paths[0].is_dir():
        files = sorted(paths[0].glob("*.yaml"))
        if not files:
            raise click.UsageError(f"{paths[0]}: no version is there.")
        return paths[0], files
    if len(paths) == 2 and all(one.is_file() for one in paths):
        return paths[1].parent, list(paths)
    raise click.UsageError("One folder of versions, or two files: the older, then the newer.")


def _read(file: Path, read: Callable[[bytes], T], language: str) -> T:
    """What a file holds; where it cannot be read its problems are said, with exit status 1."""
    try:
        return read(file.read_bytes())
    except DefinitionIsInvalid as error:
        for one in error.problems:
            click.echo(f"{file}:{one.place.line or 1}: {message(one, language)}", err=True)
        raise SystemExit(1) from None


def _say_transition(comparison: Comparison, found: Ledger, language: str, only_waiting: bool) -> bool:
    """Say where each changed variable stands; whether nothing waits."""
    waiting = unconfirmed(comparison, found)
    transition = found.transition(*comparison.pair)
    head = f"{comparison.questionnaire} {comparison.old} → {comparison.new}"
    if not waiting:
        click.echo(f"{head} : {in_language(WORDS['whole'], language)}")
    for variable, class_ in comparison.classes.items():
        entry = None if transition is None else transition.entry(variable)
        if variable in waiting:
            status = "stale" if entry is not None and entry.is_confirmed else "waiting"
        elif entry is None or entry.confirmed is None or only_waiting:
            continue
        else:
            status, class_ = "confirmed", entry.confirmed
        words = in_language(WORDS[status], language)
        click.echo(f"{head} : {variable} : {comparing.class_in_words(class_, language)} ({words})")
    return not waiting
