"""Tables on demand: a form whose address is the table, and the files of what is seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from flask import Response, abort, redirect, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug import Response as Redirect

from app.models import Wave
from app.models import Weighting as WeightingRow
from app.services import authoring, fieldwork
from app.services.fieldwork import WaveNotFound
from app.services.workspace import (
    Made,
    RequestIsInvalid,
    RequestProblem,
    Subject,
    TableRequest,
    association_sentence,
    gap_note,
    make_tables,
    problem_sentence,
    read_request,
    subjects,
    words,
)
from app.services.workspace.files import csv_of, xlsx_of
from app.services.workspace.menus import answers_of, both, can_filter, condition
from app.web import formats, pages
from app.web.analyse.weighting import problem_sentence as weighting_sentence
from app.web.analyse.worktable import caption_words, work_rows
from questionnaires.model import Questionnaire

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _wave(key: str) -> Wave:
    try:
        return fieldwork.get_wave(pages.session(), key)
    except WaveNotFound:
        abort(404)


def _asked(key: str) -> TableRequest:
    return read_request(key, request.args.to_dict(flat=False))


def _make(asked: TableRequest) -> Made:
    return make_tables(pages.session(), pages.platform().storage, asked, formats.language())


def workspace(key: str) -> Response | Redirect:
    """A form, and the tables that it asks for: the address says all of it."""
    wave, asked = _wave(key), _asked(key)
    _version, questionnaire = authoring.get_version(pages.session(), wave.version_id)
    known = subjects(questionnaire, formats.language(), words(formats.language()))
    made, problems = None, list[RequestProblem]()
    if request.args.get("add"):
        try:
            added = _condition(known, questionnaire)
            return redirect(url_for(".workspace", key=key, **_query(replace(asked, filter=both(asked.filter, added)))))
        except RequestIsInvalid as error:
            problems += error.problems
    if asked.question or asked.by or asked.filter:
        try:
            made = _make(asked)
        except RequestIsInvalid as error:
            problems += error.problems
    context = _form(wave, asked, questionnaire, known) | _shown(made)
    errors = _errors(problems, questionnaire)
    return pages.render("analyse/workspace.html", wave=wave, asked=asked, made=made, errors=errors, **context)


def _condition(known: Mapping[str, Subject], questionnaire: Questionnaire) -> str:
    subject = known.get(request.args.get("condition", ""))
    if subject is None:
        raise RequestIsInvalid(RequestProblem("filter", "menu-variable", {"found": request.args.get("condition", "")}))
    is_denied = request.args.get("denied", "0") == "1"
    return condition(subject, questionnaire, request.args.getlist("answers"), is_denied)


def _errors(problems: Sequence[RequestProblem], questionnaire: Questionnaire) -> dict[str, str]:
    """Field -> what is wrong with it."""
    found: dict[str, list[str]] = {}
    for one in problems:
        sentence = problem_sentence(one, formats.language(), questionnaire)
        if sentence not in found.setdefault(one.field, []):
            found[one.field].append(sentence)
    return {field: " ".join(sentences) for field, sentences in found.items()}


def _query(asked: TableRequest) -> dict[str, Any]:
    """The address of a request: nothing that is as it is by default."""
    every: dict[str, Any] = {
        "question": asked.question,
        "by": list(asked.by),
        "crossed": "1" if asked.crossed else "",
        "filter": asked.filter,
        "weighting": asked.weighting,
        "statistics": list(asked.statistics),
        "interval": asked.interval,
        "test": asked.test,
        "correction": asked.correction,
        "compared": asked.compared,
    }
    plain = TableRequest(asked.wave, "")
    return {name: one for name, one in every.items() if one and one != getattr(plain, name, None)}


def _form(
    wave: Wave, asked: TableRequest, questionnaire: Questionnaire, known: Mapping[str, Subject]
) -> dict[str, Any]:
    language, no_opinion = formats.language(), words(formats.language())["no_opinion"]
    chosen = known.get(request.args.get("condition", ""))
    ticked = request.args.getlist("answers")
    has_menu = chosen is not None and can_filter(chosen, questionnaire)
    weightings = select(WeightingRow).where(WeightingRow.wave_id == wave.id, WeightingRow.status == "done")
    return {
        "columns": _grouped(list(known.values())),
        "rows": _grouped([one for one in known.values() if one.is_divisible or one.is_several]),
        "conditions": _grouped([one for one in known.values() if can_filter(one, questionnaire)]),
        "condition": request.args.get("condition", ""),
        "is_denied": request.args.get("denied", "0") == "1",
        "is_menu_open": bool(request.args.get("condition") or request.args.get("add")),
        "answers": [(code, label, code in ticked) for code, label in answers_of(chosen, language, no_opinion)]
        if chosen is not None and has_menu
        else [],
        "weightings": pages.session().scalars(weightings.order_by(WeightingRow.number)).all(),
        "others": [
            one
            for one in fieldwork.list_waves(pages.session())
            if one.key != wave.key and one.questionnaire_key == questionnaire.name and one.origin == wave.origin
        ],
        "choices": _choices(),
        "query": _query(asked),
    }


def _grouped(found: Sequence[Subject]) -> list[tuple[str, list[Subject]]]:
    """Subjects by the section that they stand in, for the groups of a menu."""
    return [(group, list(of)) for group, of in groupby(found, key=lambda one: one.group)]


def _choices() -> dict[str, list[tuple[str, str]]]:
    """Field -> its options, in words."""
    return {
        "statistics": [
            ("percent", _("Pourcentages")),
            ("counts", _("Effectifs")),
            ("weighted", _("Effectifs redressés")),
            ("index", _("Indices")),
            ("mean", _("Moyenne")),
            ("deviation", _("Écart type")),
            ("median", _("Médiane")),
        ],
        "interval": [
            ("auto", _("Adapté à chaque valeur")),
            ("normal", _("Normal")),
            ("t", _("Student")),
            ("logit", _("Logit")),
            ("beta", _("Korn et Graubard")),
        ],
        "test": [
            ("none", _("Aucun")),
            ("signs", _("Chaque ligne contre les autres (+, ++, −, −−)")),
            ("rao-scott", _("Indépendance (Rao et Scott)")),
            ("both", _("Les deux")),
        ],
        "correction": [
            ("none", _("Aucune correction")),
            ("benjamini-hochberg", _("Fausses découvertes (Benjamini et Hochberg)")),
            ("benjamini-yekutieli", _("Fausses découvertes (Benjamini et Yekutieli)")),
        ],
    }


def _shown(made: Made | None) -> dict[str, Any]:
    """The blocks of the page."""
    if made is None:
        return {"blocks": []}
    language = formats.language()
    blocks = [
        {
            "label": one.label,
            "table": one.table,
            "rows": work_rows(one, made.request.statistics),
            "caption": caption_words(one.table.columns),
            "association": association_sentence(one.association, language) if one.association else "",
            "gaps": gap_note(one.gaps, language) if one.gaps else "",
        }
        for one in made.blocks
    ]
    return {"blocks": blocks, "problem": weighting_sentence(made.problem) if made.problem else ""}


def workspace_csv(key: str) -> Response | Redirect:
    """The tables of the page as CSV."""
    return _file(key, "csv")


def workspace_xlsx(key: str) -> Response | Redirect:
    """The tables of the page as a workbook."""
    return _file(key, "xlsx")


def _file(key: str, suffix: str) -> Response | Redirect:
    """A file of the request; one that cannot be made goes back to the page, which says why."""
    _wave(key)
    asked = _asked(key)
    try:
        made = _make(asked)
    except RequestIsInvalid:
        return redirect(url_for(".workspace", key=key, **_query(asked)))
    content, kind = (csv_of(made), pages.CSV) if suffix == "csv" else (xlsx_of(made), XLSX)
    name = "-".join([key, made.subject.name, *(one for one in asked.by)])[:120]
    return pages.attachment(content, kind, f"{name}.{suffix}")
