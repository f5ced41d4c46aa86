"""The interactive preview: the frame around a page that is tried, what its answers come to, where else one may go."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask import Response, abort, redirect, request, url_for
from flask_babel import gettext as _
from flask_security import current_user
from werkzeug.wrappers import Response as Redirect

from app.services import codebooks, previewing, responding
from app.services.authoring import VersionSummary
from app.services.drafting import VersionNotFound, get_draft
from app.services.previewing import PreviewNotFound, Trial
from app.services.problem_messages import message
from app.services.proving.saying import journey
from app.services.responding import ResponseState
from app.services.wording import base_in_words
from app.web import formats, pages
from app.web.design.views import find_version
from questionnaires import editing, piping, routing
from questionnaires.editing import ElementNotFound
from questionnaires.model import Absence, Context, LocalText, Page, Section, split_item
from questionnaires.piping import language as writing
from questionnaires.problems import Place
from questionnaires.proofs.respondents import Respondent

WIDTHS = {390: "Téléphone", 768: "Tablette", 1280: "Ordinateur"}
EVERY_MILLISECONDS = 1500
LARGEST_SEED = LARGEST_NUMBER = 2**31 - 1
SENDING = "envoi"


@dataclass(frozen=True, slots=True)
class Stop:
    """A page of the version in the panel. `state`: `here`, `answered`, `next`, `ahead` or `off` the path; `why`: what
    keeps it off, in words."""

    page: str
    title: str
    state: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A section in the panel, with its pages in the order of this respondent."""

    title: str
    stops: tuple[Stop, ...]


@dataclass(frozen=True, slots=True)
class Missing:
    """Variables without a value, for one cause."""

    cause: str
    names: tuple[str, ...]


def show(version_id: int) -> Redirect:
    """Montrer: fill a preview with somebody of the proof, or with nobody, and go to the page that is asked for."""
    summary = find_version(version_id)[0]
    if request.method != "POST":
        return redirect(url_for("design.version", version_id=version_id), 303)
    session, wanted = pages.session(), request.form
    language = wanted.get("lang", "")
    somebody, place = _somebody(summary)
    is_somebody = somebody is not None
    model = previewing.tried_version(session, version_id).model
    if not is_somebody and "at" in wanted:
        place = _place_of_element(version_id, wanted.get("at", type=int))
    page = wanted.get("page", "") or previewing.page_for(model, place, somebody)
    kept = None if is_somebody or not ("at" in wanted or "page" in wanted) else _last(version_id)
    public_id = kept or previewing.start_preview(session, current_user, version_id, language, somebody, page)
    trial = previewing.find_preview(session, current_user, version_id, public_id)
    if kept is not None and language:
        trial = previewing.keep_preview(session, current_user, trial, language=language)
    return _to_page(trial, _reachable(trial.state, page))


def _somebody(summary: VersionSummary) -> tuple[Respondent | None, Place]:
    """Whoever the button is about, and where: of a finding, of the covering set, or of a base that changed."""
    session, wanted = pages.session(), request.form
    found: tuple[Respondent | None, Place] | None = None
    if key := wanted.get("finding"):
        found = previewing.witness_of(session, summary.id, key)
    elif person := wanted.get("person", type=int):
        found = previewing.person_of(session, summary.id, person), Place()
    elif (base := wanted.get("base")) and 0 < (other := wanted.get("other", 0, type=int)) <= LARGEST_NUMBER:
        if find_version(other)[0].questionnaire_id != summary.questionnaire_id:
            abort(404)
        found = previewing.base_witness_of(session, summary.id, other, base)
    return found or (None, Place())


def try_on(version_id: int, public_id: str) -> Redirect:
    """Where the preview goes on."""
    trial = _find(version_id, public_id)
    return _to_page(trial, trial.at if previewing.is_page(trial.state, trial.at) else "")


def tried(version_id: int, public_id: str, page: str) -> Response:
    """The frame of a page that is tried: widths, languages, what the answers come to, where else one may go."""
    summary = find_version(version_id)[0]
    trial = _find(version_id, public_id)
    if not previewing.is_page(trial.state, page) and page != SENDING:
        abort(404)
    response = pages.render(
        "design/try.html",
        widths=WIDTHS,
        readable=_why_not(trial),
        **_context(summary, trial, page),
    )
    policy = (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "font-src 'self'; form-action 'self'; frame-src 'self'; frame-ancestors 'none'; base-uri 'none'"
    )
    response.headers["Content-Security-Policy"] = policy
    return response


def tried_state(version_id: int, public_id: str, page: str) -> Response:
    """What the answers come to by now: the part of the frame that keeps itself fresh."""
    summary = find_version(version_id)[0]
    trial = _find(version_id, public_id)
    since = request.args.get("since", "")
    here = trial.at if trial.at and since != trial.state.updated_at.isoformat() else page
    return pages.render("design/try_state.html", **_context(summary, trial, here))


def try_again(version_id: int, public_id: str) -> Redirect:
    """Start again, as the same person without answers, or as one of another context."""
    find_version(version_id)
    trial = _find(version_id, public_id)
    if request.method != "POST":
        return _to_page(trial, trial.at)
    session, context = pages.session(), trial.state.context
    if "change" in request.form:
        context = _read_context(trial, context)
        trial = previewing.keep_preview(session, current_user, trial, context=context, at="")
        return _to_page(previewing.find_preview(session, current_user, version_id, public_id), "")
    if (language := request.form.get("lang")) is not None:
        trial = previewing.keep_preview(session, current_user, trial, language=language)
        return _to_page(trial, request.form.get("page", ""))
    trial = previewing.keep_preview(session, current_user, trial, given={}, at="")
    return _to_page(trial, "")


def _find(version_id: int, public_id: str) -> Trial:
    try:
        return previewing.find_preview(pages.session(), current_user, version_id, public_id)
    except (PreviewNotFound, VersionNotFound):
        abort(404)


def _last(version_id: int) -> str | None:
    return previewing.last_preview(pages.session(), current_user, version_id)


def _to_page(trial: Trial, page: str) -> Redirect:
    """To the frame of a page; without one, to the first that is not answered."""
    target = page if page and previewing.is_page(trial.state, page) else previewing.first_page(trial.state)
    values = {"width": width} if (width := request.values.get("width")) else {}
    address = url_for(
        "design.tried",
        version_id=trial.state.version_id,
        public_id=trial.public_id,
        page=target or SENDING,
        **values,  # type: ignore[arg-type]
    )
    found: Redirect = redirect(address, 303)
    return found


def _reachable(state: ResponseState, page: str) -> str:
    """A page by its name, for one of a repeated section that of its first item on the path."""
    if not page or previewing.is_page(state, page):
        return page
    base = split_item(page)[0]
    return next((one for one in state.path.pages if split_item(one)[0] == base), "")


def _place_of_element(version_id: int, element: int | None) -> Place:
    """Where an element of the draft is: its question, else its page, else the first page of its section."""
    document = get_draft(pages.session(), version_id).document
    while element:
        try:
            node = editing.find(document, element)
        except ElementNotFound:
            break
        if node.kind == "question":
            return Place(question=node.name)
        if node.kind == "page":
            return Place(page=node.name)
        if node.kind == "section":
            first = next(iter(editing.children(document, element, "pages")), None)
            return Place() if first is None else Place(page=first.name)
        element = node.parent
    return Place()


def _why_not(trial: Trial) -> tuple[str, ...]:
    """What keeps the document of now from being tried, in sentences; nothing when it is what is shown."""
    return tuple(message(one, formats.language(), trial.tried.model) for one in trial.tried.problems)


def _read_context(trial: Trial, before: Context) -> Context:
    """The context that was asked for; what cannot be read stays as it was."""
    posted, model = request.form, trial.tried.model
    mode = posted.get("mode", before.mode)
    seed = posted.get("seed", before.seed, type=int)
    seed = seed if 0 <= seed <= LARGEST_SEED else before.seed
    drawn = routing.draw_arms(model, seed)
    arms = {
        one.name: posted.get(f"arm-{one.name}", "")
        if posted.get(f"arm-{one.name}") in {arm.name for arm in one.arms}
        else drawn[one.name]
        for one in model.experiments
    }
    written = {one.name: posted.get(f"external-{one.name}", "").strip() for one in model.context}
    external = responding.read_external(model, {name: value for name, value in written.items() if value})
    return replace(
        before,
        mode=mode if mode in previewing.MODES else before.mode,
        seed=seed,
        arms=arms,
        external=external,
    )


def _context(summary: VersionSummary, trial: Trial, page: str) -> dict[str, Any]:
    """What the panel says."""
    state, language = trial.state, trial.state.language
    told = journey(state.questionnaire, Respondent(state.context, state.given), language)
    path = state.path
    return {
        "version": summary,
        "trial": trial,
        "page": page,
        "language": language,
        "model": state.questionnaire,
        "context": state.context,
        "sections": tuple(_parts(state, page)),
        "is_off": previewing.is_page(state, page) and page not in path.pages,
        "answers": tuple(one for one in told.steps if one.answer),
        "computed": tuple(_computed(state)),
        "missing": tuple(_missing(state)),
        "known": told.known,
        "next": _next(state, page),
        "exit": path.exit,
        "modes": {"web": _("Sur le web"), "telephone": _("Au téléphone"), "paper": _("Sur papier")},
        "written": _written(trial),
        "every": EVERY_MILLISECONDS,
        "width": width if (width := request.args.get("width", 390, type=int)) in WIDTHS else 390,
        "since": state.updated_at.isoformat(),
    }


def _say(text: LocalText, language: str) -> str:
    return piping.outline(text.in_(language), named=True)


def _parts(state: ResponseState, here: str) -> Iterator[Part]:
    """Every page of the version: those of the path, with their items, and why the others are off it."""
    model, language, path = state.questionnaire, state.language, state.path
    first = path.first_incomplete
    reached = path.pages.index(first) if first in path.pages else len(path.pages)
    for section in model.sections:
        stops: list[Stop] = []
        for page in section.pages:
            title = _say(page.title, language)
            on_path = [one for one in path.pages if split_item(one)[0] == page.name]
            for one in on_path:
                item = split_item(one)[1]
                place = path.pages.index(one)
                known = (
                    "here" if one == here else "answered" if place < reached else "next" if one == first else "ahead"
                )
                stops.append(Stop(one, title if item is None else f"{title} · {item}", known))
            if not on_path:
                is_here = page.name == here
                stops.append(Stop(page.name, title, "here" if is_here else "off", _why_off(state, section, page)))
        yield Part(_say(section.title, language), tuple(stops))


def _why_off(state: ResponseState, section: Section, page: Page) -> str:
    """Why a page is not on the path: its condition, that of its questions, its list, an exit before it."""
    model, path = state.questionnaire, state.path
    if page.name in path.possible:
        return str(_("Selon les réponses des pages d’avant"))
    if path.exit is not None:
        after = [one.name for one in model.pages].index(page.name)
        last = split_item(path.pages[-1])[0] if path.pages else ""
        if last and [one.name for one in model.pages].index(last) < after:
            return str(_("L’entretien se termine avant"))
    if section.repeat is not None and not path.items.get(section.repeat):
        return str(_("Aucun élément dans la liste « %(name)s »", name=section.repeat))
    rule = routing.conjunction(section.when, page.when)
    if rule is not None:
        return base_in_words(rule, model, state.language, section.repeat)
    rules = [one.when for one in page.questions if one.when is not None]
    if rules:
        return base_in_words(rules[0], model, state.language, section.repeat)
    return str(_("Aucune de ses questions n’est posée"))


def _next(state: ResponseState, page: str) -> str:
    """What comes after a page: its title, the exit, the end."""
    path, model = state.path, state.questionnaire
    if page == SENDING or not previewing.is_page(state, page):
        return ""
    following = path.after(page)
    if following is not None:
        return _say(model.page(following).title, state.language)
    return _say(path.exit.title, state.language) if path.exit is not None else str(_("Relecture et envoi"))


def _computed(state: ResponseState) -> Iterator[tuple[str, str, str]]:
    """The variables that nobody is asked: name, label, value."""
    for one in state.questionnaire.computed:
        value = state.path.effective.get(one.name)
        if isinstance(value, int):
            yield one.name, one.label.in_(state.language), writing.number(value, one.decimals, state.language)


def _missing(state: ResponseState) -> Iterator[Missing]:
    """The variables without a value, by cause."""
    by_cause: dict[Absence, list[str]] = {}
    for name, cause in state.path.causes.items():
        by_cause.setdefault(cause, []).append(name)
    for cause, names in by_cause.items():
        yield Missing(codebooks.in_language(codebooks.ABSENCES[cause], formats.language()), tuple(names))


def _written(trial: Trial) -> Mapping[str, str]:
    """The external variables as they are typed."""
    found: dict[str, str] = {}
    for one in trial.tried.model.context:
        value = trial.state.context.external.get(one.name)
        names = {choice.code: choice.name for choice in one.choices}
        if value is not None:
            found[one.name] = str(names.get(value, value) if isinstance(value, int) else value)
    return found
