"""The list of the sections, where the version asks for it: what is done, what is open, what may still come."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from flask import Response, abort, request
from flask_babel import gettext
from werkzeug.wrappers import Response as Redirect

from app.services.responding import ResponseState
from app.web import pages
from app.web.respond import halts, visits
from app.web.respond.places import CONTENTS, SEND, blueprint, elsewhere, is_reached, place_of
from app.web.respond.wording import Wording
from questionnaires.model import split_item

DONE, BEGUN, TO_DO, PERHAPS = "done", "begun", "to-do", "perhaps"
"""Answered; being answered; on the path, further on; there only if answers to come put it there."""


@dataclass(frozen=True, slots=True)
class Line:
    """A section, or one of its items where it is repeated. `page`: its first one, empty while it is not open."""

    title: str
    state: str
    page: str
    is_current: bool
    items: tuple[Line, ...] = ()


@blueprint.get(f"/<wave>/{CONTENTS}")
@pages.respondent
def contents(wave: str) -> Response | Redirect:
    """The sections still possible, with a way to those that are open; 404 where the version does not ask for it."""
    visit = visits.find_visit(wave)
    state = visit.state
    if not state.questionnaire.contents:
        abort(404)
    other = elsewhere(visit, SEND)
    if other is not None:
        return other
    here = request.args.get("de", "")
    is_open = here == SEND or is_reached(state.path, here)
    back = here if is_open and (here != SEND or state.path.first_incomplete is None) else place_of(visit)
    words = {DONE: gettext("faite"), BEGUN: gettext("en cours"), TO_DO: gettext("à faire")}
    return pages.render(
        "respond/contents.html",
        head=halts.head_of(visits.find_visitor(wave), CONTENTS),
        lines=list_sections(state, back),
        states=words | {PERHAPS: gettext("selon vos réponses")},
        back=back,
        is_review=back == SEND,
        suffix=f"?de={SEND}" if back == SEND else "",
    )


def list_sections(state: ResponseState, here: str) -> list[Line]:
    """The sections of the path that are still possible, in its order; `here` is the page that is being read."""
    return list(_Lister(state, here).sections())


class _Lister:
    """Tells of each run of pages how far it is."""

    def __init__(self, state: ResponseState, here: str) -> None:
        self.state, self.here, self.wording = state, here, Wording(state)
        path = state.path
        self.places = {page: place for place, page in enumerate(path.pages)}
        first = path.first_incomplete
        self.open = len(path.pages) if first is None else self.places[first]

    def sections(self) -> Iterator[Line]:
        of = self.state.questionnaire.section_of
        for section, run in groupby(self.state.path.possible, key=of):
            members = tuple(run)
            plain = split_item(members[0])[0]  # of a repeated section, its title as that of all of its items
            items = tuple(self.items(members)) if section.repeat is not None else ()
            yield self.line(self.wording.say(section.title, plain), members, items)

    def items(self, members: tuple[str, ...]) -> Iterator[Line]:
        for item, run in groupby(members, key=lambda page: split_item(page)[1]):
            if item is not None:
                own = tuple(run)
                yield self.line(self.wording.label(own[0]), own)

    def line(self, title: str, members: tuple[str, ...], items: tuple[Line, ...] = ()) -> Line:
        first = members[0]
        page = first if self.places.get(first, self.open + 1) <= self.open else ""
        return Line(title, self.progress(members), page, self.here in members, items)

    def progress(self, members: tuple[str, ...]) -> str:
        places = [self.places[page] for page in members if page in self.places]
        if not places:
            return PERHAPS
        if places[-1] < self.open:
            return DONE
        if places[0] < self.open or (places[0] == self.open and self.is_begun(members[0])):
            return BEGUN
        return TO_DO

    def is_begun(self, page: str) -> bool:
        """Whether something was answered on a page."""
        state = self.state
        asked = (state.questionnaire.question(name) for name in state.path.shown.get(page, ()))
        return any(key in state.given for question in asked for key in question.keys)
