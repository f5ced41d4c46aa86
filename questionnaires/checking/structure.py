"""Sections among each other: over what they are repeated, with which they are shuffled."""

from __future__ import annotations

from ..model import LARGEST_ITEM, MultipleChoice, Question, Questionnaire, Roster
from ..problems import Place, Problem
from .places import Findings, inside


def check_structure(questionnaire: Questionnaire) -> list[Problem]:
    """Repetitions over what is not there, or not yet, or repeated itself; shuffled sections that are no neighbours."""
    checker = _Structure(questionnaire)
    checker.check_sections()
    checker.check_computed()
    return checker.problems


class _Structure(Findings):
    def __init__(self, questionnaire: Questionnaire) -> None:
        super().__init__()
        self.questionnaire = questionnaire
        # The first question of a name counts, as everywhere; with the index of its section.
        self._asked: dict[str, tuple[int, Question]] = {}
        for index, section in enumerate(questionnaire.sections):
            for page in section.pages:
                for question in page.questions:
                    self._asked.setdefault(question.name, (index, question))

    def check_sections(self) -> None:
        sections = self.questionnaire.sections
        closed: set[str] = set()
        for index, section in enumerate(sections):
            place = inside(Place(path=""), "sections", index)
            before = sections[index - 1].shuffle if index else None
            if section.shuffle is not None and section.shuffle in closed:
                self.report("shuffle-apart", inside(place, "shuffle"), shuffle=section.shuffle)
            if before is not None and before != section.shuffle:
                closed.add(before)
            if section.repeat is not None:
                self._repeat(section.repeat, index, inside(place, "repeat"))
                self._nested_rosters(index, place)

    def _repeat(self, name: str, index: int, place: Place) -> None:
        asked_in, question = self._asked.get(name, (None, None))
        if asked_in is None or not isinstance(question, Roster | MultipleChoice):
            self.report("repeat-unknown", place, name=name)
            return
        sections = self.questionnaire.sections
        shuffle = sections[index].shuffle
        is_shuffled = shuffle is not None and sections[asked_in].shuffle == shuffle
        if asked_in >= index or is_shuffled:
            self.report("repeat-later", place, name=name)
        elif sections[asked_in].repeat is not None and not isinstance(question, Roster):
            self.report("repeat-nested", place, name=name)  # that of a roster is told where it is asked
        if isinstance(question, MultipleChoice):
            for choice in question.choices:
                if not 1 <= choice.code <= LARGEST_ITEM:
                    self.report("code-out-of-bounds", place, code=choice.code)

    def _nested_rosters(self, index: int, place: Place) -> None:
        for number, page in enumerate(self.questionnaire.sections[index].pages):
            for order, question in enumerate(page.questions):
                if isinstance(question, Roster):
                    at = inside(place, "pages", number, "questions", order)
                    at = Place(page=page.name, question=question.name, path=at.path)
                    self.report("repeat-nested", at, name=question.name)

    def check_computed(self) -> None:
        """A variable computed for each item is over something that sections are, or could be, repeated over."""
        for index, one in enumerate(self.questionnaire.computed):
            if one.repeat is None:
                continue
            _, question = self._asked.get(one.repeat, (None, None))
            if not isinstance(question, Roster | MultipleChoice):
                place = inside(Place(variable=one.name, path=""), "computed", index, "repeat")
                self.report("repeat-unknown", place, name=one.repeat)
