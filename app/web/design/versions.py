"""The versions of a questionnaire side by side: their proofs, their comparisons, their codebooks as one."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from flask import Response, abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_security import current_user
from werkzeug.wrappers import Response as Redirect

from app.services import authoring, codebooks, ledgers, proving, releasing, reviewing, rights
from app.services.authoring import QuestionnaireSummary
from app.services.codebooks import Line
from app.services.comparing import class_in_words
from app.services.csv_files import csv_file, safe_cell
from app.web import formats, pages
from questionnaires.comparison import ComparabilityClass, Comparison, Join


@dataclass(frozen=True, slots=True)
class Passage:
    """What a variable becomes from a version to the next: its class and whether a person confirmed it."""

    class_: ComparabilityClass
    words: str
    is_waiting: bool
    is_cut: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the codebook, with what happens between neighbours: None where the two are not compared."""

    line: Line
    passages: tuple[Passage | None, ...]


def questionnaire(key: str) -> Response:
    """The versions of one questionnaire, each with its proof."""
    found = _summary(key)
    states = {one.id: proving.proof_of(pages.session(), one.id) for one in found.versions}
    before = {new.id: old for new, old in pairwise(found.versions)}
    made = releasing.history_of(pages.session(), [one.id for one in found.versions])
    comments = {one.id: sum(reviewing.open_comments(pages.session(), one.id).values()) for one in found.versions}
    return pages.render(
        "design/questionnaire.html", questionnaire=found, states=states, before=before, made=made, comments=comments
    )


def choose_versions(key: str) -> Redirect:
    """The comparison of two versions chosen on the page of a questionnaire, the older first."""
    ids = {one.id for one in _summary(key).versions}
    chosen = sorted({one for one in request.args.getlist("of", type=int) if one in ids})
    if len(chosen) != 2:
        flash(_("Choisissez deux versions différentes."), "done")
        return redirect(url_for("design.questionnaire", key=key), 303)
    return redirect(url_for("design.compare", version_id=chosen[1], other_id=chosen[0]), 303)


def codebook(key: str) -> Response:
    """Every variable over all versions, with its class between neighbours."""
    found = _summary(key)
    versions = found.versions[::-1]
    return pages.render("design/codebook.html", questionnaire=found, versions=versions, rows=_rows(found))


def codebook_csv(key: str) -> Response:
    """The same as a file."""
    found, language = _summary(key), formats.language()
    versions = found.versions[::-1]
    heads = [_("variable"), _("concept"), _("univers")]
    for place, version in enumerate(versions):
        if place:
            heads.append(f"{versions[place - 1].name} → {version.name}")
        heads += [f"{version.name} : {_('libellé')}", f"{version.name} : {_('codes')}"]
    rows = [heads, *map(_cells, _rows(found))]
    content = csv_file([map(safe_cell, row) for row in rows], language)
    return pages.attachment(content, pages.CSV, f"{found.key}-codebook.csv")


def _summary(key: str) -> QuestionnaireSummary:
    found = next((one for one in authoring.list_questionnaires(pages.session()) if one.key == key), None)
    if found is None:
        abort(404)
    rights.require(pages.session(), current_user, found.id, "read")
    return found


def _rows(found: QuestionnaireSummary) -> list[Row]:
    session, versions = pages.session(), found.versions[::-1]
    models = [authoring.get_version(session, one.id)[1] for one in versions]
    compared = [proving.comparison_of(session, old.id, new.id).comparison for old, new in pairwise(versions)]
    formerly = [{}, *({} if one is None else dict(one.formerly) for one in compared)]
    lines = codebooks.across(models, formerly, formats.language())
    passages = [{} if one is None else _passages(one) for one in compared]
    return [Row(line, _of(line, passages)) for line in lines]


def _of(line: Line, passages: list[dict[str, Passage]]) -> tuple[Passage | None, ...]:
    found: list[Passage | None] = []
    for (before, after), known in zip(pairwise(line.entries), passages, strict=True):
        named = after or before
        found.append(None if named is None else known.get(named.name))
    return tuple(found)


def _passages(comparison: Comparison) -> dict[str, Passage]:
    """Variable -> what it becomes."""
    standings, language = ledgers.standings(pages.session(), comparison), formats.language()
    found = {}
    for name, proposed in comparison.classes.items():
        standing = standings.get(name)
        decided = standing.decision if standing is not None and not standing.is_waiting else None
        class_ = proposed if decided is None else decided.class_
        is_waiting = standing is not None and standing.is_waiting
        found[name] = Passage(
            class_, class_in_words(class_, language), is_waiting, is_waiting or class_.joins is Join.CUT
        )
    return found


def _cells(row: Row) -> list[str]:
    latest = row.line.latest
    cells = [row.line.name, latest.concept or "", latest.universe]
    for place, entry in enumerate(row.line.entries):
        if place:
            passage = row.passages[place - 1]
            told = "" if passage is None else passage.words
            cells.append(f"{told} ({_('à confirmer')})" if passage is not None and passage.is_waiting else told)
        codes = "" if entry is None else " | ".join(f"{code} = {label}" for code, label in entry.codes)
        cells += ["" if entry is None else entry.label, codes]
    return cells
