"""Screens of the respondent: the frame that all share, and the question page, compiled once and then filled."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from babel import Locale, UnknownLocaleError
from flask import Response, render_template
from flask_babel import force_locale, gettext, ngettext
from markupsafe import Markup, escape

from app.db import now
from app.web import formats
from app.web.controls.compiled import (
    NO_NOTES,
    NOTHING_TYPED,
    CompiledQuestion,
    Marks,
    Note,
    View,
    compiled_question,
    hold,
)
from app.web.respond import staffed
from app.web.respond.conditions import PageConditions, find_conditions
from app.web.respond.visits import SCREEN_LANGUAGES, Visit
from app.web.respond.wording import Wording
from questionnaires import piping, routing
from questionnaires.model import (
    Answer,
    Grid,
    LocalText,
    Page,
    Question,
    Questionnaire,
    Roster,
    encode_given,
    item_name,
    split_item,
)
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
    session: str | Markup = ""
    """Seconds without a page after which the code is asked for, on the pages of a visit that goes on."""
    mode: str = staffed.WEB


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
    """A question page in one language: strings, the places of its slots, its questions.

    The pages of the items of a list share one, and `questions` is empty: each item has its own. `piped` are the
    texts of the frame that hold answers, by their slot. `is_dynamic`: what it shows depends on the response in
    another way than which questions it has and what was answered. `conditions`: what the browser may show and hide.
    """

    parts: list[str]
    places: Mapping[str, tuple[int, ...]]
    questions: Mapping[str, Asked]
    phrases: Phrases
    piped: Mapping[str, LocalText]
    is_dynamic: bool
    conditions: PageConditions | None


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of a page: its HTML ready to be filled, and the keys of its answers."""

    compiled: CompiledQuestion
    keys: tuple[str, ...]
    is_list: bool


def question_page(visit: Visit, page: str, path: Path, shown: Shown | None = None) -> str:
    """The HTML of a question page. Without `shown`, as it is stored: the hot path."""
    state = visit.state
    compiled = compiled_page(state.questionnaire, page, state.language)
    phrases, progress = compiled.phrases, path.progress(page)
    names = path.shown.get(page, ())
    asked = [compiled.questions[name] for name in names] if compiled.questions else _asked_of_item(visit, names)
    if compiled.is_dynamic or compiled.conditions is not None:
        values = _fill_for_response(visit, page, path, compiled, asked, shown)
    else:
        values = {"questions": _fill(asked, state.given, shown)}
    minutes = math.ceil(state.questionnaire.minutes * (100 - progress.percent) / 100)
    values |= {
        "step": phrases.step.format(at=progress),
        "percent": str(progress.percent),
        "remaining": phrases.remaining[max(minutes, 1)],
        "csrf": visit.csrf,
        "session": visit.session_seconds,
        "base": escape(_json(_base(visit, path, asked) if shown is None or shown.base is None else shown.base)),
        "saved": _saved(phrases, visit),
        "banner": phrases.banners.get(state.origin, "")
        + (str(staffed.bar(state)) if state.mode != staffed.WEB else ""),
        "back": phrases.back if path.before(page) else "",
    }
    if shown is not None:
        values |= {"summary": shown.summary, "prefix": shown.prefix, "seen": _seen(shown.seen)}
    parts = compiled.parts.copy()
    for name, value in values.items():
        for place in compiled.places[name]:
            parts[place] = value
    return "".join(parts)


def _fill(asked: Iterable[Asked], given: Mapping[str, Answer], shown: Shown | None) -> str:
    """The questions of an ordinary page."""
    pieces: list[str] = []
    for one in asked:
        pieces += one.compiled.fill(given, *_said_of(one, shown))
    return "".join(pieces)


def _said_of(asked: Asked, shown: Shown | None) -> tuple[Mapping[str, Note], Mapping[str, tuple[str, ...]]]:
    """What is said of one question, and what stands in its inputs, when a page is shown again."""
    if shown is None:
        return NO_NOTES, NOTHING_TYPED
    name = asked.compiled.name
    own = {name, *asked.keys}
    notes = {key: note for key, note in shown.notes.items() if key in own or (asked.is_list and is_line(key, name))}
    return notes, shown.typed


def is_line(key: str, roster: str) -> bool:
    """Whether a key is that of a line of a list."""
    base, item = split_item(key)
    return item is not None and base == roster


def _fill_for_response(
    visit: Visit, page: str, path: Path, compiled: CompiledPage, asked: list[Asked], shown: Shown | None
) -> dict[str, str]:
    """The slots of a page that differs from one response to the next: variants, order, what is offered, pipes."""
    state = visit.state
    questionnaire, wording = state.questionnaire, Wording(state)
    rules = compiled.conditions
    if rules is not None:
        names = {*path.shown.get(page, ()), *rules.waiting}
        asked = [one for one in compiled.questions.values() if one.compiled.name in names]
    questions = [questionnaire.question(one.compiled.name) for one in asked]
    given = _with_prefilled(visit, questions)
    order = {question.name: routing.part_order(question, state.context) for question in questions}
    live = rules.live if rules is not None else {}
    view = View(order=order, hidden=path.hidden, live=live, say=wording.on(page))
    pieces: list[str] = []
    for one, question in zip(asked, questions, strict=True):
        variant = wording.variant(question.name, page) if question.variants else ""
        filled = compiled_question(questionnaire, question.name, state.language, variant) if variant else one.compiled
        made = filled.fill(given, *_said_of(one, shown), view)
        if question.name in live:
            start, stop = hold(f'question="{question.name}"', question.name in path.shown.get(page, ()))
            made = [start, *made, stop]
        pieces += made
    said = {slot: wording.say(text, page) for slot, text in compiled.piped.items()}
    if "title" in said:
        said["title"] = wording.title(page)
    values = {slot: str(escape(words)) for slot, words in said.items()} | {"questions": "".join(pieces)}
    return values if rules is None else values | {"conditions": rules.describe(state, path)}


def _with_prefilled(visit: Visit, questions: Iterable[Question]) -> Mapping[str, Answer]:
    """What is given, and what was known beforehand of questions that were never saved: shown as if typed."""
    state = visit.state
    before = routing.prefilled(state.questionnaire, state.context)
    known = {one.name: before[name] for one in questions if (name := split_item(one.name)[0]) in before}
    return {**known, **state.given} if known else state.given


def _asked_of_item(visit: Visit, names: Iterable[str]) -> list[Asked]:
    questionnaire, language = visit.state.questionnaire, visit.state.language
    return [_ask(questionnaire, questionnaire.question(name), language) for name in names]


def _ask(questionnaire: Questionnaire, question: Question, language: str) -> Asked:
    compiled = compiled_question(questionnaire, question.name, language)
    return Asked(compiled, question.keys, isinstance(question, Roster))


def show_page(visit: Visit, page: str, path: Path, shown: Shown | None = None, status: int = 200) -> Response:
    """A question page as a response that nobody keeps."""
    response = Response(question_page(visit, page, path, shown), status, content_type=HTML)
    response.headers["Cache-Control"] = "no-store"
    return response


def compiled_page(questionnaire: Questionnaire, page: str, language: str) -> CompiledPage:
    """The compiled page of a version, made at its first use; for the page of an item, that of them all."""
    kept = questionnaire.derive(_kept_pages)
    name = page if (page, language) in kept else split_item(page)[0]
    found = kept.get((name, language))
    if found is None:
        found = kept[name, language] = _compile_page(questionnaire, questionnaire.page(name), language)
    return found


def _kept_pages(_questionnaire: Questionnaire) -> dict[tuple[str, str], CompiledPage]:
    return {}


def _compile_page(questionnaire: Questionnaire, page: Page, language: str) -> CompiledPage:
    marks, section = Marks(), questionnaire.section_of(page.name)
    texts = {"title": page.title, "section": section.title, "intro": page.intro or LocalText({})}
    # The title of the page of an item says which one, even where its own words do not.
    piped = {
        slot: text for slot, text in texts.items() if piping.is_piped(text) or (slot == "title" and section.repeat)
    }
    words = {slot: marks.slot(slot) if slot in piped else text.in_(language) for slot, text in texts.items()}
    with force_locale(screen_language(language)):
        html = render_template(
            "respond/question.html",
            head=replace(make_head(questionnaire, language), session=marks.slot("session")),
            slot=marks.slot,
            page_title=words["title"],
            section_title=words["section"],
            intro=words["intro"],
            colon="\u00a0: " if language == "fr" else ": ",
            has_contents=questionnaire.contents,
        )
        phrases = _make_phrases(questionnaire)
    parts, places = marks.cut(html)
    asked = {one.name: _ask(questionnaire, one, language) for one in page.questions}
    is_dynamic = bool(piped) or any(one.compiled.is_dynamic for one in asked.values())
    return CompiledPage(
        parts,
        {key[0]: tuple(found) for key, found in places.items()},
        {} if section.repeat else asked,
        phrases,
        piped,
        is_dynamic or any(question.variants or question.prefill for question in page.questions),
        find_conditions(questionnaire, page),
    )


def _make_phrases(questionnaire: Questionnaire) -> Phrases:
    back = Markup('<button type="submit" class="b alt" name="aller" value="retour" formnovalidate>{}</button>')
    several = (
        ngettext("Encore une minute environ", "Encore %(num)s minutes environ", minutes)
        for minutes in range(max(questionnaire.minutes, 1) + 1)
    )
    return Phrases(
        step=gettext("Partie %(position)s sur %(total)s", position="{at.part}", total="{at.parts}")
        if len(questionnaire.sections) > 1
        else gettext("Page %(position)s sur %(total)s", position="{at.position}", total="{at.total}"),
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
        mode=questionnaire.mode,
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


def _base(visit: Visit, path: Path, asked: Iterable[Asked]) -> dict[str, Answer | None]:
    """What the page shows, as it is stored."""
    given, hidden = visit.state.given, path.hidden
    base = {key: given.get(key) for one in asked for key in one.keys}
    for one in asked:
        name = one.compiled.name
        if one.is_list and isinstance(items := given.get(name), tuple):
            base |= {key: given.get(key) for key in (item_name(name, item) for item in items)}
        if name in hidden:
            for key in hidden_rows(visit.state.questionnaire.question(name), hidden[name]):
                del base[key]
    return base


def hidden_rows(question: Question, hidden: frozenset[str]) -> list[str]:
    """The answers of the rows of a question that are not offered: the page does not show them."""
    if not isinstance(question, Grid):
        return []
    return [key for key, row in zip(question.answers, question.rows, strict=True) if row.name in hidden]


def _json(answers: Mapping[str, Answer | None]) -> str:
    """What the page showed, to be posted back: a blank is null."""
    encoded = encode_given({name: answer for name, answer in answers.items() if answer is not None})
    return json.dumps({name: encoded.get(name) for name in answers}, ensure_ascii=False, separators=(",", ":"))


def _seen(keys: frozenset[str]) -> str:
    inputs = (Markup('<input type="hidden" name="vus" value="{}">\n').format(key) for key in sorted(keys))
    return "".join(inputs)
