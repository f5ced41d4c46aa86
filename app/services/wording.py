"""Rules in words: who was asked a question, as a table's base says it."""

from __future__ import annotations

from questionnaires.expressions import Call, ChoiceName, Expression, Literal, Reference, to_text
from questionnaires.model import (
    Choice,
    ChoiceGrid,
    MultipleChoice,
    Question,
    Questionnaire,
    ScoreGrid,
    SingleChoice,
)

_WORDS = {
    "fr": {
        "quoted": "« {} »",
        "everyone": "Ensemble des répondants",
        "those": "Répondants : ",
        "and": " et ",
        "or": " ou ",
        "not": "non ({})",
        "says": "{choice} à « {question} »",
        "cites": "{choice} cité à « {question} »",
        "count": "nombre de réponses à « {question} »",
        "answered": "ont répondu à « {question} »",
        "no_opinion": "ne se prononcent pas à « {question} »",
        "note": "note à « {question} »",
    },
    "en": {
        "quoted": "“{}”",
        "everyone": "All respondents",
        "those": "Respondents: ",
        "and": " and ",
        "or": " or ",
        "not": "not ({})",
        "says": "{choice} to “{question}”",
        "cites": "{choice} mentioned for “{question}”",
        "count": "number of answers to “{question}”",
        "answered": "answered “{question}”",
        "no_opinion": "no opinion on “{question}”",
        "note": "score for “{question}”",
    },
}
_SIGNS = {"=": "=", "!=": "≠", "<": "<", "<=": "≤", ">": ">", ">=": "≥"}


def base_in_words(universe: Expression | None, questionnaire: Questionnaire, language: str) -> str:
    """Who was asked: everyone, or the rule read aloud with the wordings of the questionnaire."""
    words = _WORDS.get(language, _WORDS["en"])
    if universe is None:
        return words["everyone"]
    return words["those"] + _Reader(questionnaire, language, words).read(universe)


class _Reader:
    def __init__(self, questionnaire: Questionnaire, language: str, words: dict[str, str]) -> None:
        self.questionnaire, self.language, self.words = questionnaire, language, words

    def read(self, expression: Expression) -> str:
        """The words of a rule; what has no words of its own is written as the rule's text."""
        match expression:
            case Call(op="and" | "or" as op, args=args):
                return self.words[op].join(self._inner(one, op) for one in args)
            case Call(op="not", args=(inner,)):
                return self.words["not"].format(self.read(inner))
            case Call(op="=" | "has" as op, args=(Reference(variable=name), ChoiceName(name=choice))):
                return self._choices("cites" if op == "has" else "says", name, (choice,))
            case Call(op="in", args=(Reference(variable=name), *names)):
                return self._choices("says", name, tuple(one.name for one in names if isinstance(one, ChoiceName)))
            case Call(op="answered" | "no_opinion" as op, args=(Reference(variable=name),)):
                return self.words[op].format(question=self._question(name))
            case Call(op=op, args=(left, Literal(value=value))) if op in _SIGNS:
                return f"{self._quantity(left)} {_SIGNS[op]} {value}"
        return to_text(expression)

    def _inner(self, expression: Expression, outer: str) -> str:
        text = self.read(expression)
        needs_brackets = isinstance(expression, Call) and expression.op in ("and", "or") and expression.op != outer
        return f"({text})" if needs_brackets else text

    def _quantity(self, expression: Expression) -> str:
        match expression:
            case Call(op="count", args=(Reference(variable=name),)):
                return self.words["count"].format(question=self._question(name))
            case Reference(variable=name):
                return self.words["note"].format(question=self._question(name))
        return to_text(expression)

    def _choices(self, kind: str, answer: str, names: tuple[str, ...]) -> str:
        question = self.questionnaire.question_of(answer)
        labels = {choice.name: choice.label.in_(self.language) for choice in _choices_of(question)}
        said = self.words["or"].join(self.words["quoted"].format(labels.get(name, name)) for name in names)
        return self.words[kind].format(choice=said, question=self._question(answer))

    def _question(self, answer: str) -> str:
        question = self.questionnaire.question_of(answer)
        text = question.text.in_(self.language)
        if isinstance(question, ScoreGrid | ChoiceGrid):
            rows = {f"{question.name}_{row.name}": row.label.in_(self.language) for row in question.rows}
            return rows.get(answer, text)
        return text


def _choices_of(question: Question) -> tuple[Choice, ...]:
    if isinstance(question, SingleChoice | MultipleChoice | ChoiceGrid):
        return question.choices
    return ()
