"""`flask questionnaires prove | compare | cover`: what the solver says of files.

Exit status: 0 when all is well, 1 when something is found or not confirmed, 2 when the command is not understood.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from textwrap import shorten
from typing import Any

import click

from app.services import comparing
from app.services.codebooks import in_language
from app.services.problem_messages import message
from app.services.proving import finding_key, saying
from app.services.proving.encoding import encode_comparison, encode_problem, encode_proof, encode_respondent
from questionnaires import definition
from questionnaires.comparison import BaseStatus, BaseVerdict, Change, Comparison
from questionnaires.comparison.comparing import compare as compare_versions
from questionnaires.model import Questionnaire
from questionnaires.problems import DefinitionIsInvalid, Problem
from questionnaires.proofs.proving import prove as prove_version
from questionnaires.proofs.respondents import Limits, Proof, Respondent

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
FINDINGS_FOUND = 1
LONGEST = 60
"""Of the text of a question: it is told by its name too."""
WORDS = {
    "clean": (
        "{goals} questions posées à la version, {solved} au solveur\u00a0; {covering} répondants la couvrent.",
        "{goals} questions put to the version, {solved} to the solver; {covering} respondents cover it.",
    ),
    "undecided": ("{} sans réponse dans les limites du solveur.", "{} undecided within the limits of the solver."),
    "warning": ("avertissement\u00a0: {}", "warning: {}"),
    "witness": ("par exemple, ce répondant\u00a0:", "for example, this respondent:"),
    "nobody": ("aucun répondant ne le peut.", "no respondent can."),
    "outside": ("hors de la preuve\u00a0: {where} ({why})", "outside the proof: {where} ({why})"),
    "text-pattern": ("forme du texte", "form of the text"),
    "suggestion": ("liste à suggestions", "list of suggestions"),
    "start": ("Au départ", "At the start"),
    "respondent": ("Répondant {} sur {}", "Respondent {} of {}"),
    "exit": ("sortie {}", "exit {}"),
    "until": ("jusqu’à la page {}", "as far as page {}"),
    "end": ("jusqu’à la fin", "to the end"),
    "asked": ("interrogé en {} seulement\u00a0:", "asked in {} only:"),
    "same": ("Rien n’a changé.", "Nothing has changed."),
    "classes": ("Variables par classe", "Variables by class"),
    "before": ("avant\u00a0:", "before:"),
    "after": ("après\u00a0:", "after:"),
}

_language = click.option(
    "--language", type=click.Choice(["fr", "en"]), default="fr", show_default=True, help="Language of the sentences."
)
_json = click.option("--json", "as_json", is_flag=True, help="One document for other programs.")


def _say(name: str, language: str, *values: object, **named: object) -> str:
    return in_language(WORDS[name], language).format(*values, **named)


@click.command("prove")
@click.argument("files", nargs=-1, required=True, type=FILE)
@_language
@_json
@click.option(
    "--limit", "steps", type=click.IntRange(1), default=Limits().steps, show_default=True, help="Steps of the solver."
)
def prove(files: tuple[Path, ...], language: str, as_json: bool, steps: int) -> None:
    """Prove FILES: for everything that is asked, is there a respondent; exit with 1 when something is found."""
    told: list[dict[str, Any]] = []
    is_clean = True
    for path in files:
        model = _read(path, language)
        proof = _proven(model, path, steps)
        is_clean = is_clean and proof.is_clean
        problems = definition.locate(path.read_bytes(), proof.problems)
        if as_json:
            told.append(_proof_as_json(path, proof, problems, language))
        else:
            click.echo("\n".join(_proof_lines(path, model, proof, problems, language)))
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
    if not is_clean:
        raise SystemExit(FINDINGS_FOUND)


@click.command("cover")
@click.argument("file", type=FILE)
@_language
@_json
def cover(file: Path, language: str, as_json: bool) -> None:
    """The few respondents who reach all that FILE asks, page by page."""
    model = _read(file, language)
    covering = _proven(model, file, Limits().steps).covering
    if as_json:
        click.echo(json.dumps([encode_respondent(one) for one in covering], ensure_ascii=False, indent=2))
        return
    for number, respondent in enumerate(covering, 1):
        head = _say("respondent", language, number, len(covering))
        click.echo("\n".join([head, *_journey_lines(model, respondent, language), ""]))


@click.command("compare")
@click.argument("old", type=FILE)
@click.argument("new", type=FILE)
@_language
@_json
@click.option("--no-bases", is_flag=True, help="Leave the solver out: bases are not proven.")
def compare(old: Path, new: Path, language: str, as_json: bool, no_bases: bool) -> None:
    """What changed from OLD to NEW, the class of each variable, and who is asked in one version only."""
    before, after = _read(old, language), _read(new, language)
    if before.name != after.name:
        raise click.UsageError(f"{before.name}, {after.name}: not two versions of one questionnaire.")
    comparison = compare_versions(before, after, prove_bases=not no_bases)
    if as_json:
        click.echo(json.dumps(encode_comparison(comparison), ensure_ascii=False, indent=2))
    else:
        click.echo("\n".join(_comparison_lines(comparison, before, after, language)))
    if comparison.changes:
        raise SystemExit(FINDINGS_FOUND)


def _read(path: Path, language: str) -> Questionnaire:
    """The version of a file; where it cannot be read its problems are said, with exit status 1."""
    try:
        return definition.read(path.read_bytes())
    except DefinitionIsInvalid as error:
        for one in error.problems:
            click.echo(f"{path}:{one.place.line or 1}: {message(one, language)}", err=True)
        raise SystemExit(FINDINGS_FOUND) from None


def _proven(model: Questionnaire, path: Path, steps: int) -> Proof:
    """The proof, with its progress on the error output of a terminal."""
    if not sys.stderr.isatty():
        return prove_version(model, limits=Limits(steps=steps))
    with click.progressbar(length=1, label=str(path), file=sys.stderr) as bar:

        def tell(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        return prove_version(model, limits=Limits(steps=steps), progress=tell)


def _proof_as_json(path: Path, proof: Proof, problems: Sequence[Problem], language: str) -> dict[str, Any]:
    document = encode_proof(proof)
    for one, problem in zip(document["findings"], problems, strict=True):
        one |= {
            "problem": encode_problem(problem),
            "key": finding_key(problem),
            "message": message(problem, language),
        }
    return {"file": str(path), "is_clean": proof.is_clean, **document}


def _proof_lines(
    path: Path, model: Questionnaire, proof: Proof, problems: Sequence[Problem], language: str
) -> Iterator[str]:
    for finding, problem in zip(proof.findings, problems, strict=True):
        sentence = message(problem, language)
        if not problem.is_blocking:
            sentence = _say("warning", language, sentence)
        yield f"{path}:{problem.place.line or 1}: {sentence}"
        if finding.witness is None:
            yield f"    {_say('nobody', language)}"
        else:
            yield f"    {_say('witness', language)}"
            yield from (f"    {line}" for line in _journey_lines(model, finding.witness, language))
    for one in proof.outside:
        where = one.place.variable or one.place.question or one.place.page or ""
        why = _say(one.reason, language) if one.reason in WORDS else one.reason
        yield f"{path}: {_say('outside', language, where=where, why=why)}"
    covering = len(proof.covering)
    yield f"{path}: {_say('clean', language, goals=proof.goals, solved=proof.solved, covering=covering)}"
    if proof.undecided:
        yield f"{path}: {_say('undecided', language, proof.undecided)}"


def _journey_lines(model: Questionnaire, respondent: Respondent, language: str) -> Iterator[str]:
    spoken = language if language in model.languages else model.first_language
    told = saying.journey(model, respondent, spoken)
    if told.known:
        yield f"  {_say('start', language)}"
        yield from (f"    {name} = {value}" for name, value in told.known)
    for (page, title), steps in groupby(told.steps, key=lambda one: (one.at, one.title)):
        yield f"  {page} {title}".rstrip()
        for one in steps:
            if one.answer:
                asked = ", ".join(part for part in (shorten(one.question, LONGEST, placeholder="…"), one.row) if part)
                yield f"    {one.variable} = {one.answer}    ({asked})"
    if told.exit is not None:
        yield f"  → {_say('exit', language, told.exit[0])}"
    else:
        yield f"  → {_say('end', language) if told.until is None else _say('until', language, told.until)}"


def _comparison_lines(comparison: Comparison, old: Questionnaire, new: Questionnaire, language: str) -> Iterator[str]:
    if not comparison.changes:
        yield _say("same", language)
    ordered = sorted(comparison.changes, key=lambda one: (-one.class_.rank, one.question))
    for class_, changes in groupby(ordered, key=lambda one: one.class_):
        yield f"{comparing.class_in_words(class_, language)}"
        for one in changes:
            yield from _change_lines(one, language)
            verdict = comparison.bases.get(one.question)
            if verdict is not None and verdict.status is BaseStatus.CHANGED:
                yield from _base_lines(verdict, comparison, old, new, language)
    yield f"{_say('classes', language)}"
    by_class = sorted(comparison.classes.items(), key=lambda pair: pair[1].rank)
    for class_, pairs in groupby(by_class, key=lambda pair: pair[1]):
        yield f"  {comparing.class_in_words(class_, language)} : {', '.join(name for name, _ in pairs)}"


def _change_lines(change: Change, language: str) -> Iterator[str]:
    kind = in_language(comparing.KIND_WORDS[change.kind], language)
    part = "".join(f" [{one}]" for one in (change.part, change.language) if one)
    yield f"  {change.question}{part} — {kind}"
    if change.before is not None:
        yield f"    {_say('before', language)} {change.before}"
    if change.after is not None:
        yield f"    {_say('after', language)} {change.after}"


def _base_lines(
    verdict: BaseVerdict, comparison: Comparison, old: Questionnaire, new: Questionnaire, language: str
) -> Iterator[str]:
    is_old = verdict.asked_in == comparison.old
    respondent = verdict.respondent_in_old if is_old else verdict.respondent
    if respondent is None:
        return
    yield f"    {_say('asked', language, verdict.asked_in)}"
    yield from (f"    {line}" for line in _journey_lines(old if is_old else new, respondent, language))
