"""Screens of the respondent: the frame that all share, and the question page, compiled once and then filled."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from babel import Locale, UnknownLocaleError
from flask import Response, render_template
from flask_babel import force_locale, gettext, ngettext
from markupsafe import Markup, escape

from app.db import now
from app.web import formats
from app.web.controls.compiled import NO_NOTES, NOTHING_TYPED, CompiledQuestion, Marks, Note, compiled_question
from app.web.respond.visits import SCREEN_LANGUAGES, Visit
from questionnaires.model import Answer, Questionnaire, encode_given
from questionnaires.routing import Path

HTML = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Head:
    """What the frame of a page shows. `csrf` set: the language is changed by a form, for good."""

    language: str
    languages: tuple[tuple[str, str], ...] = ()
    title: str = ""
    subject: str = ""
    banner: str | Markup = ""
    root: str | None = ""
    csrf: str = ""
    here: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """How a page is shown again: what to say, where, and what stands in its inputs."""

    notes: Mapping[str, Note] = field(default_factory=dict)
    typed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    summary: str = ""
    prefix: str = ""
    seen: frozenset[str] = frozenset()
    base: Mapping[str, Answer | None] | None = None


@dataclass(frozen=True, slots=True)
class Phrases:
    """Our own words around the questions of a version, put into one language once."""

    step: str
    remaining: tuple[str, ...]
    saved: str
    saved_at: str
    saved_on: str
    back: str
    banners: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class CompiledPage:
    """A question page in one language: strings, the places of its slots, its questions."""

    parts: list[str]
    places: Mapping[str, tuple[int, ...]]
    questions: Mapping[str, CompiledQuestion]
    phrases: Phrases


def question_page(visit: Visit, page: str, path: Path, shown: Shown | None = None) -> str:
    """The HTML of a question page. Without `shown`, as it is stored: the hot path."""
    state = visit.state
    compiled = compiled_page(state.questionnaire, page, state.language)
    phrases, progress = compiled.phrases, path.progress(page)
    questions = [compiled.questions[name] for name in path.shown.get(page, ())]
    pieces: list[str] = []
    for question in questions:
        pieces += question.fill(state.given, *((shown.notes, shown.typed) if shown else (NO_NOTES, NOTHING_TYPED)))
    minutes = math.ceil(state.questionnaire.minutes * (100 - progress.percent) / 100)
    values = {
        "step": phrases.step.format(position=progress.position, total=progress.total),
        "percent": str(progress.percent),
        "remaining": phrases.remaining[max(minutes, 1)],
        "csrf": visit.csrf,
        "base": escape(_base(questions, state.given) if shown is None or shown.base is None else _json(shown.base)),
        "questions": "".join(pieces),
        "saved": _saved(phrases, visit),
        "banner": phrases.banners.get(state.origin, ""),
        "back": phrases.back if path.before(page) else "",
    }
    if shown is not None:
        values |= {"summary": shown.summary, "prefix": shown.prefix, "seen": _seen(shown.seen)}
    parts = compiled.parts.copy()
    for name, value in values.items():
        for place in compiled.places[name]:
            parts[place] = value
    return "".join(parts)


def show_page(visit: Visit, page: str, path: Path, shown: Shown | None = None, status: int = 200) -> Response:
    """A question page as a response that nobody keeps."""
    response = Response(question_page(visit, page, path, shown), status, content_type=HTML)
    response.headers["Cache-Control"] = "no-store"
    return response


def compiled_page(questionnaire: Questionnaire, page: str, language: str) -> CompiledPage:
    """The compiled page of a version, made at its first use."""
    kept = questionnaire.derive(_kept_pages)
    found = kept.get((page, language))
    if found is None:
        found = kept[page, language] = _compile_page(questionnaire, page, language)
    return found


def _kept_pages(_questionnaire: Questionnaire) -> dict[tuple[str, str], CompiledPage]:
    return {}


def _compile_page(questionnaire: Questionnaire, name: str, language: str) -> CompiledPage:
    page, marks = questionnaire.page(name), Marks()
    section = next(one for one in questionnaire.sections if page in one.pages)
    with force_locale(screen_language(language)):
        html = render_template(
            "respond/question.html",
            head=make_head(questionnaire, language),
            slot=marks.slot,
            page_title=page.title.in_(language),
            section_title=section.title.in_(language),
            intro=page.intro.in_(language) if page.intro else "",
            colon="\u00a0: " if language == "fr" else ": ",
        )
        phrases = _make_phrases(questionnaire)
    parts, places = marks.cut(html)
    return CompiledPage(
        parts,
        {key[0]: tuple(found) for key, found in places.items()},
        {one.name: compiled_question(questionnaire, one.name, language) for one in page.questions},
        phrases,
    )


def _make_phrases(questionnaire: Questionnaire) -> Phrases:
    back = Markup('<button type="submit" class="b alt" name="aller" value="retour" formnovalidate>{}</button>')
    several = (
        ngettext("Encore une minute environ", "Encore %(num)s minutes environ", minutes)
        for minutes in range(max(questionnaire.minutes, 1) + 1)
    )
    return Phrases(
        step=gettext("Partie %(position)s sur %(total)s", position="{position}", total="{total}"),
        remaining=tuple(str(escape(text)) for text in several),
        saved=gettext("Vos réponses sont enregistrées à chaque page."),
        saved_at=gettext("Dernier enregistrement à %(time)s.", time="{time}"),
        saved_on=gettext("Dernier enregistrement le %(date)s à %(time)s.", date="{date}", time="{time}"),
        back=str(back.format(gettext("Page précédente"))),
        banners={origin: str(make_banner(origin)) for origin in ("trial", "simulated")},
    )


def make_banner(origin: str) -> Markup:
    """What a wave that is not the real thing says on each of its pages."""
    words = {
        "trial": (gettext("Enquête d’essai :"), gettext("vos réponses ne seront pas publiées.")),
        "simulated": (
            gettext("Vague de démonstration :"),
            gettext("ses réponses sont simulées et ne seront pas publiées."),
        ),
    }.get(origin)
    html = Markup('<div class="banner" role="note"><p class="wrap"><b>{}</b> {}</p></div>')
    return html.format(*words) if words else Markup("")


def make_head(questionnaire: Questionnaire, language: str, *, origin: str = "respondent", root: str = "") -> Head:
    """The frame of a page of this version."""
    return Head(
        language=language,
        languages=tuple((code, language_name(code)) for code in questionnaire.languages),
        title=questionnaire.title.in_(language),
        subject=subject(questionnaire, language),
        banner=make_banner(origin),
        root=root,
    )


def subject(questionnaire: Questionnaire, language: str) -> str:
    """Who is asked, under the name of the house."""
    known = {
        "citoyens": gettext("Enquête auprès des citoyens"),
        "elus": gettext("Enquête auprès des élus"),
        "entreprises": gettext("Enquête auprès des entreprises"),
        "associations": gettext("Enquête auprès des associations"),
        "fondations": gettext("Enquête auprès des fondations"),
        "academiques": gettext("Enquête auprès des acteurs académiques"),
    }
    words: str = known.get(questionnaire.population, questionnaire.title.in_(language))
    return words


def language_name(code: str) -> str:
    """A language in its own words: Français, English."""
    try:
        name = Locale.parse(code).display_name or code
    except (ValueError, UnknownLocaleError):
        return code
    return name[:1].upper() + name[1:]


def screen_language(language: str) -> str:
    """The language of our own words on a page in `language`."""
    return language if language in SCREEN_LANGUAGES else "en"


def _saved(phrases: Phrases, visit: Visit) -> str:
    """That answers are kept, and since when."""
    state = visit.state
    if not state.revision:
        return phrases.saved
    language = screen_language(state.language)
    here = formats.local(state.updated_at)
    words = {"time": formats.time(here, language)}
    if here.date() == formats.local(now()).date():
        return f"{phrases.saved} {phrases.saved_at.format(**words)}"
    return f"{phrases.saved} {phrases.saved_on.format(**words, date=formats.date(here, language))}"


def _base(questions: list[CompiledQuestion], given: Mapping[str, Answer]) -> str:
    return _json({name: given.get(name) for question in questions for name in question.answers})


def _json(answers: Mapping[str, Answer | None]) -> str:
    """What the page showed, to be posted back: a blank is null."""
    encoded = encode_given({name: answer for name, answer in answers.items() if answer is not None})
    return json.dumps({name: encoded.get(name) for name in answers}, ensure_ascii=False, separators=(",", ":"))


def _seen(keys: frozenset[str]) -> str:
    inputs = (Markup('<input type="hidden" name="vus" value="{}">\n').format(key) for key in sorted(keys))
    return "".join(inputs)
