"""The words of a version for one response: variants of questions, answers piped into texts, items by their words."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from app.services.problem_messages import message
from app.services.responding import ResponseState
from app.web.controls.saying import say_answer, say_lines
from questionnaires import piping, routing
from questionnaires.model import Answer, Given, LocalText, Question, split_item
from questionnaires.problems import Problem

Say = Callable[[LocalText], str]


class Wording:
    """Puts the texts of a version into the words of a response, in its language; plain text, not HTML."""

    def __init__(self, state: ResponseState, language: str | None = None) -> None:
        self.questionnaire, self.language = state.questionnaire, language or state.language
        self._state = state
        self._known: dict[str, Answer] | None = None
        self._pages: dict[str, Mapping[str, Answer]] = {}

    def say(self, text: LocalText, page: str) -> str:
        """A text as it is read on a page."""
        if not piping.is_piped(text):
            return text.in_(self.language)
        scope, item = self._item(page)
        return piping.render(text, self.language, self.questionnaire, self.known(page), item, scope)

    def on(self, page: str) -> Say:
        """What puts the texts of one page into words."""
        return lambda text: self.say(text, page)

    def question(self, name: str, page: str) -> Question:
        """A question in the variant that applies."""
        question = self.questionnaire.question(name)
        return routing.wording(self.questionnaire, name, self.known(page)) if question.variants else question

    def variant(self, name: str, page: str) -> str:
        """The name of the variant that applies; empty when none does."""
        if not self.questionnaire.question(name).variants:
            return ""
        found = routing.variant_of(self.questionnaire, name, self.known(page))
        return found.name if found else ""

    def heading(self, name: str, page: str) -> str:
        """The text of a question as it is asked."""
        return self.say(self.question(name, page).text, page)

    def answer(self, question: Question, answer: Answer | None, page: str, given: Given | None = None) -> str:
        """An answer in words; what goes with it is read in `given`, by default what is stored."""
        return say_answer(question, answer, self.language, given or self._state.given, self.on(page))

    def answers(self, question: Question, answer: Answer | None, page: str) -> tuple[str, ...]:
        """The same, one by one: each choice, each rank, each line; nothing when there is none."""
        return say_lines(question, answer, self.language, self._state.given, self.on(page))

    def sentence(self, problem: Problem) -> str:
        """The sentence of a problem; a check, and the choices that are named, speak the words of the version."""
        page = problem.place.page
        if page is None and problem.place.question is not None:
            page = self.questionnaire.page_of(problem.place.question).name
        return message(problem, self.language, self.questionnaire, None if page is None else self.on(page))

    def title(self, page: str) -> str:
        """The title of a page; of an item, it says which one."""
        title = self.say(self.questionnaire.page(page).title, page)
        label = self.label(page)
        return title if label in title else f"{title} – {label}"

    def known(self, page: str) -> Mapping[str, Answer]:
        """What is known of the response, as it is read on a page."""
        found = self._pages.get(page)
        if found is None:
            if self._known is None:
                state = self._state
                self._known = routing.known_answers(self.questionnaire, state.context, state.path)
            found = self._pages[page] = routing.known_at(self.questionnaire, self._known, page)
        return found

    def label(self, page: str) -> str:
        """The words of the item of a page; empty for any other page."""
        scope, item = self._item(page)
        if scope is None:
            return ""
        label = LocalText({self.language: "{" + scope + "}"})
        return piping.render(label, self.language, self.questionnaire, self.known(page), item, scope)

    def _item(self, page: str) -> tuple[str | None, int | None]:
        return self.questionnaire.repeat_of(page), split_item(page)[1]
