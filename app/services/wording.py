"""Rules in words: who was asked a question, as a table's base says it."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from questionnaires import piping
from questionnaires.expressions import (
    Call,
    ChoiceName,
    Expression,
    Kind,
    Literal,
    Reference,
    to_text,
)
from questionnaires.model import (
    DURATIONS,
    REGIONS,
    Choice,
    Duration,
    Grid,
    LocalText,
    Number,
    NumberGrid,
    Question,
    Questionnaire,
    Roster,
    Score,
    ScoreGrid,
    Year,
    choices_of,
    part_name,
    specify_name,
    variable_types,
)
from questionnaires.piping import language as writing

Words = Mapping[str, str]

_WORDS: Mapping[str, Words] = {
    "fr": {
        "quoted": "« {} »",
        "everyone": "Ensemble des répondants",
        "those": "Répondants : {rule}",
        "each line": "Pour chaque {item} de la liste {question}",
        "each choice": "Pour chaque réponse choisie à {question}",
        "each with": "{each} : {rule}",
        "and": " et ",
        "or": " ou ",
        "not": "non ({})",
        "always": "toujours",
        "never": "jamais",
        "says": "{choice} à {question}",
        "says not": "réponse autre que {choice} à {question}",
        "cites": "{choice} cité à {question}",
        "cites not": "{choice} non cité à {question}",
        "ranks": "{choice} classé à {question}",
        "ranks not": "{choice} non classé à {question}",
        "is": "{question} : {choice}",
        "is not": "{question} autre que {choice}",
        "group": "groupe tiré au sort : {choice}",
        "group not": "groupe tiré au sort autre que {choice}",
        "group of": "groupe tiré au sort pour {question} : {choice}",
        "group of not": "groupe tiré au sort pour {question} autre que {choice}",
        "first": "{choice} classé en premier à {question}",
        "ranked": "{choice} classé au rang {rank} à {question}",
        "top": "{choice} classé parmi les {rank} premiers à {question}",
        "rank": "rang de {choice} à {question}",
        "count": "nombre de réponses à {question}",
        "count ranked": "nombre de réponses classées à {question}",
        "count lines": "nombre d’éléments de la liste {question}",
        "answered": "ont répondu à {question}",
        "answered not": "n’ont pas répondu à {question}",
        "known": "{question} connu",
        "known not": "{question} inconnu",
        "no_opinion": "ne se prononcent pas à {question}",
        "score": "note à {question}",
        "number": "réponse à {question}",
        "value": "{question}",
        "sum": "somme de {parts}",
        "total": "total de {part} sur la liste {question}",
        "total of choices": "total de {part} sur les réponses à {question}",
        "yes": "{question} : oui",
        "no": "{question} : non",
        "=day": "le {}",
        "!=day": "un autre jour que le {}",
        "<day": "avant le {}",
        "<=day": "au plus tard le {}",
        ">day": "après le {}",
        ">=day": "à partir du {}",
        "=month": "en {}",
        "!=month": "un autre mois que {}",
        "<month": "avant {}",
        "<=month": "au plus tard en {}",
        ">month": "après {}",
        ">=month": "à partir {}",
        "precision": "{question} (précision de {choice})",
        "name": "{question} (nom)",
        "department": "{question} (département)",
        "region": "{question} (région)",
        "cog": "{question} (année du code géographique)",
    },
    "en": {
        "quoted": "“{}”",
        "everyone": "All respondents",
        "those": "Respondents: {rule}",
        "each line": "For each {item} of the list {question}",
        "each choice": "For each answer chosen for {question}",
        "each with": "{each}: {rule}",
        "and": " and ",
        "or": " or ",
        "not": "not ({})",
        "always": "always",
        "never": "never",
        "says": "{choice} to {question}",
        "says not": "an answer other than {choice} to {question}",
        "cites": "{choice} mentioned for {question}",
        "cites not": "{choice} not mentioned for {question}",
        "ranks": "{choice} ranked for {question}",
        "ranks not": "{choice} not ranked for {question}",
        "is": "{question}: {choice}",
        "is not": "{question} other than {choice}",
        "group": "randomly assigned group: {choice}",
        "group not": "randomly assigned group other than {choice}",
        "group of": "group randomly assigned for {question}: {choice}",
        "group of not": "group randomly assigned for {question} other than {choice}",
        "first": "{choice} ranked first for {question}",
        "ranked": "{choice} ranked number {rank} for {question}",
        "top": "{choice} ranked among the top {rank} for {question}",
        "rank": "rank of {choice} for {question}",
        "count": "number of answers to {question}",
        "count ranked": "number of ranked answers to {question}",
        "count lines": "number of items of the list {question}",
        "answered": "answered {question}",
        "answered not": "did not answer {question}",
        "known": "{question} known",
        "known not": "{question} not known",
        "no_opinion": "no opinion on {question}",
        "score": "score for {question}",
        "number": "answer to {question}",
        "value": "{question}",
        "sum": "sum of {parts}",
        "total": "total of {part} over the list {question}",
        "total of choices": "total of {part} over the answers to {question}",
        "yes": "{question}: yes",
        "no": "{question}: no",
        "=day": "on {}",
        "!=day": "on a day other than {}",
        "<day": "before {}",
        "<=day": "on or before {}",
        ">day": "after {}",
        ">=day": "on or after {}",
        "=month": "in {}",
        "!=month": "in a month other than {}",
        "<month": "before {}",
        "<=month": "in or before {}",
        ">month": "after {}",
        ">=month": "in or after {}",
        "precision": "{question} (details of {choice})",
        "name": "{question} (name)",
        "department": "{question} (department)",
        "region": "{question} (region)",
        "cog": "{question} (year of the geographic code)",
    },
}
_SIGNS = {"=": "=", "!=": "≠", "<": "<", "<=": "≤", ">": ">", ">=": "≥"}
_CONTRARY = {"=": "!=", "!=": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
_MIRRORED = {"=": "=", "!=": "!=", "<": ">", ">": "<", "<=": ">=", ">=": "<="}
_ARITHMETIC = {"+": "+", "-": "−", "*": "×"}
_GIVES_NUMBERS = frozenset({"+", "-", "*", "sum", "count", "rank"})
_COUNTED: Mapping[Kind | None, str] = {Kind.RANKING: "count ranked", Kind.ITEMS: "count lines"}
_DATES = (Kind.DATE, Kind.MONTH)
_PLACE = ("name", "department", "region", "cog")


def base_in_words(
    universe: Expression | None, questionnaire: Questionnaire, language: str, roster: str | None = None
) -> str:
    """Who was asked: everyone, or the rule read aloud with the wordings of the questionnaire.

    `roster`: the list, or the multiple choice, for each of whose items it is asked.
    """
    reader = _Reader(questionnaire, language, roster)
    if roster is not None:
        each = reader.each(roster)
        return each if universe is None else reader.words["each with"].format(each=each, rule=reader.read(universe))
    if universe is None:
        return reader.words["everyone"]
    return reader.words["those"].format(rule=reader.read(universe))


def rule_in_words(rule: Expression, questionnaire: Questionnaire, language: str, roster: str | None = None) -> str:
    """A condition, or what a computed variable adds up, read aloud; `roster`: in a section repeated over it."""
    return _Reader(questionnaire, language, roster).read(rule)


def roster_in_words(roster: str, questionnaire: Questionnaire, language: str) -> str:
    """For whom a repeated section is asked: for each item of the list, for each choice."""
    return _Reader(questionnaire, language, roster).each(roster)


@dataclass(frozen=True, slots=True)
class _Subject:
    """What a variable is called: its question, how its choice is said, how its value is, its choices by name."""

    question: str
    says: str = "says"
    value: str = "number"
    labels: Mapping[str, str] = field(default_factory=dict)
    asked: Question | None = None
    is_year: bool = False


class _Reader:
    """Reads the rules of one version in one language; `scope` is the roster of the section where they stand."""

    def __init__(self, questionnaire: Questionnaire, language: str, scope: str | None = None) -> None:
        self.questionnaire, self.language, self.scope = questionnaire, language, scope
        self.words = _WORDS.get(language, _WORDS["en"])
        self.types = questionnaire.derive(variable_types)
        self.is_inner = False  # inside of `and` or `or`, where a list of choices needs brackets

    def read(self, expression: Expression) -> str:
        """The words of a rule; what has no words of its own is written as the rule's text."""
        match expression:
            case Call(op="or", args=args) if (of := _one_of_several(args)) is not None:
                return self._cited(*of, "")
            case Call(op="and" | "or" as op, args=args):
                self.is_inner, was_inner = True, self.is_inner
                said = self.words[op].join(self._inner(one, op) for one in args)
                self.is_inner = was_inner
                return said
            case Call(op="not", args=(inner,)):
                return self._denied(inner)
            case Call(op="has", args=(Reference(variable=name), ChoiceName(name=choice))):
                return self._cited(name, (choice,), "")
            case Call(op="in", args=(left, *members)):
                return self._among(left, members, "")
            case Call(op="answered" | "no_opinion" as op, args=(Reference(variable=name),)):
                return self._state(op, name, "")
            case Call(op=op, args=(left, right)) if op in _SIGNS:
                return self._compared(op, left, right)
            case Literal(value=bool() as value):
                return self.words["always" if value else "never"]
        return self._quantity(expression)

    def each(self, roster: str) -> str:
        """For each item of a list, or each choice of a multiple choice."""
        subject = self._subject(roster)
        if isinstance(subject.asked, Roster):
            item = subject.asked.item.in_(self.language)
            # An acronym keeps its capitals.
            item = item if item[1:2].isupper() else item[:1].lower() + item[1:]
            return self.words["each line"].format(item=item, question=subject.question)
        return self.words["each choice"].format(question=subject.question)

    def _inner(self, expression: Expression, outer: str) -> str:
        text = self.read(expression)
        needs_brackets = isinstance(expression, Call) and expression.op in ("and", "or") and expression.op != outer
        return f"({text})" if needs_brackets else text

    def _denied(self, inner: Expression) -> str:
        """`not`, said as the contrary where that is the same in three-valued logic."""
        match inner:
            case Call(op="not", args=(same,)):
                return self.read(same)
            case Call(op="has", args=(Reference(variable=name), ChoiceName(name=choice))):
                return self._cited(name, (choice,), " not")
            case Call(op="in", args=(left, *members)):
                return self._among(left, members, " not")
            case Call(op="answered", args=(Reference(variable=name),)):
                return self._state("answered", name, " not")
            case Call(op=op, args=(left, right)) if op in _SIGNS:
                return self._compared(_CONTRARY[op], left, right)
        return self.words["not"].format(self.read(inner))

    def _cited(self, name: str, choices: Iterable[str], negation: str) -> str:
        verb = "ranks" if self._kind(Reference(name)) is Kind.RANKING else "cites"
        return self._said(verb + negation, self._subject(name), choices)

    def _among(self, left: Expression, members: Sequence[Expression], negation: str) -> str:
        """`in {…}`: choices or texts, days or months, numbers."""
        op = "!=" if negation else "="
        if self._kind(left) in _DATES:
            said = self.words["and" if negation else "or"].join(self._compared(op, left, one) for one in members)
            return f"({said})" if self.is_inner and len(members) > 1 else said
        names = tuple(one.name if isinstance(one, ChoiceName) else str(_text(one)) for one in members)
        if isinstance(left, Reference) and self._kind(left) is not Kind.NUMBER:
            subject = self._subject(left.variable)
            return self._said(subject.says + negation, subject, names)
        amounts = [self._amount(one, left) for one in members]
        *first, last = amounts
        listed = f"{', '.join(first)}{self.words['or']}{last}" if first else last
        return f"{self._quantity(left)} {_SIGNS[op]} {listed}"

    def _state(self, op: str, name: str, negation: str) -> str:
        subject = self._subject(name)
        said = "known" if op == "answered" and subject.asked is None else op
        return self.words[said + negation].format(question=subject.question)

    def _compared(self, op: str, left: Expression, right: Expression) -> str:
        if isinstance(left, Literal | ChoiceName) and not isinstance(right, Literal | ChoiceName):
            op, left, right = _MIRRORED[op], right, left
        named = right.name if isinstance(right, ChoiceName) else _text(right)
        if named is not None and self._kind(left) in _DATES:
            return f"{self._quantity(left)} {self._when(op, left, named)}"
        match left, right:
            case Reference(variable=name), _ if named is not None:
                subject = self._subject(name)
                return self._said(subject.says + ("" if op == "=" else " not"), subject, (named,))
            case Reference(variable=name), Literal(value=0 | 1 as value) if self._is_yes_or_no(name, op):
                answer = "yes" if bool(value) == (op == "=") else "no"
                return self.words[answer].format(question=self._subject(name).question)
            case Call(op="rank", args=(Reference(variable=name), ChoiceName(name=choice))), Literal(value=int(rank)):
                said = _rank(op, rank)
                if said is not None:
                    return self._said(said[0], self._subject(name), (choice,), rank=str(said[1]))
        return f"{self._quantity(left)} {_SIGNS[op]} {self._amount(right, left)}"

    def _when(self, op: str, left: Expression, text: str) -> str:
        """Before, on or after a day or a month."""
        year, number, *rest = (int(part) for part in text.split("-"))
        if self._kind(left) is Kind.DATE:
            day = datetime.date(year, number, *rest).toordinal()
            return self.words[f"{op}day"].format(writing.day(day, self.language))
        month = writing.month(12 * year + number - 1, self.language)
        return self.words[f"{op}month"].format(writing.of(month, self.language) if op == ">=" else month)

    def _quantity(self, expression: Expression) -> str:
        match expression:
            case Call(op="count", args=(Reference(variable=name),)):
                counted = _COUNTED.get(self._kind(expression.args[0]), "count")
                return self.words[counted].format(question=self._subject(name).question)
            case Call(op="rank", args=(Reference(variable=name), ChoiceName(name=choice))):
                return self._said("rank", self._subject(name), (choice,))
            case Call(op="sum", args=(only,)) if self._is_of_items(only):
                return self._term(only)
            case Call(op="sum", args=args):
                parts = writing.enumeration([self._term(one) for one in args], self.language)
                return self.words["sum"].format(parts=parts)
            case Call(op="-", args=(only,)):
                return f"−{self._factor(only)}"
            case Call(op="+" | "-" as op, args=(left, right)):
                before = self._amount(left, right) if isinstance(left, Literal) else self._quantity(left)
                after = self._amount(right, left) if isinstance(right, Literal) else self._factor(right)
                return f"{before} {_ARITHMETIC[op]} {after}"
            case Call(op="*", args=(left, right)):
                return f"{self._factor(left)} {_ARITHMETIC['*']} {self._factor(right)}"
            case Reference(variable=name):
                subject = self._subject(name)
                return self.words[subject.value].format(question=subject.question)
            case Literal():
                return self._amount(expression, None)
        return to_text(expression)

    def _factor(self, expression: Expression) -> str:
        text = self._quantity(expression)
        needs_brackets = isinstance(expression, Call) and expression.op in ("+", "-")
        return f"({text})" if needs_brackets else text

    def _term(self, expression: Expression) -> str:
        """An argument of a sum: of a variable of a list, from outside of it, all the values."""
        if not isinstance(expression, Reference):
            return self._quantity(expression)
        part = self._subject(expression.variable).question
        roster = self.types[expression.variable].roster if self._is_of_items(expression) else None
        if roster is None:
            return part
        over = self._subject(roster)
        key = "total" if isinstance(over.asked, Roster) else "total of choices"
        return self.words[key].format(part=part, question=over.question)

    def _amount(self, node: Expression, beside: Expression | None) -> str:
        """A number as the quantity beside it is written, with its unit."""
        if not isinstance(node, Literal):
            return self._quantity(node)
        if isinstance(node.value, str):
            return self.words["quoted"].format(node.value)
        if node.value is None or isinstance(node.value, bool):
            return to_text(node)
        span = None if beside is None or node.decimals else self._span(beside)
        if span is not None:
            return writing.duration(node.value, (span,), (1,), self.language)
        subject = self._subject(beside.variable) if isinstance(beside, Reference) else None
        asked = subject.asked if subject is not None else None
        if isinstance(asked, Duration) and not node.decimals:
            return writing.duration(node.value, asked.units, DURATIONS[asked.units], self.language)
        is_year = subject is not None and subject.is_year
        said = writing.number(node.value, node.decimals, self.language, grouped=not is_year)
        unit = asked.unit.in_(self.language) if isinstance(asked, Number | NumberGrid) and asked.unit else ""
        return f"{said}\u00a0{unit}" if unit else said

    def _said(self, key: str, subject: _Subject, names: Iterable[str], **more: str) -> str:
        """Choices between quotes, in the sentence of this key."""
        said = [self.words["quoted"].format(subject.labels.get(name, name)) for name in names]
        choice = self.words["or"].join(said)
        choice = f"({choice})" if self.is_inner and len(said) > 1 else choice
        return self.words[key].format(choice=choice, question=subject.question, **more)

    def _kind(self, expression: Expression) -> Kind | None:
        match expression:
            case Reference(variable=name) if name in self.types:
                return self.types[name].kind
            case Call(op="+" | "-" as op, args=(left, right)) if self._kind(left) in _DATES:
                is_span = op == "-" and (_text(right) is not None or self._kind(right) in _DATES)
                return Kind.NUMBER if is_span else self._kind(left)
        return None

    def _span(self, beside: Expression) -> str | None:
        """What is counted beside a date, or beside what lies between two: days or months."""
        dated = beside.args[0] if isinstance(beside, Call) and beside.op in ("+", "-") else beside
        return {Kind.DATE: "days", Kind.MONTH: "months", None: None}.get(self._kind(dated))

    def _is_of_items(self, expression: Expression) -> bool:
        return isinstance(expression, Reference) and self.types[expression.variable].roster not in (None, self.scope)

    def _is_yes_or_no(self, name: str, op: str) -> bool:
        """Whether it is equal to, or not, a computed variable that only takes 0 and 1."""
        rules = (one.rule for one in self.questionnaire.computed if one.name == name)
        return op in ("=", "!=") and any(isinstance(rule, Call) and rule.op not in _GIVES_NUMBERS for rule in rules)

    def _local(self, text: LocalText) -> str:
        return piping.outline(text.in_(self.language))

    def _quoted(self, text: LocalText) -> str:
        return self.words["quoted"].format(self._local(text))

    def _labels(self, choices: Iterable[Choice]) -> dict[str, str]:
        return {choice.name: self._local(choice.label) for choice in choices}

    def _subject(self, name: str) -> _Subject:
        for known in self.questionnaire.context:
            if known.name == name:
                return _Subject(self._quoted(known.label), "is", "value", self._labels(known.choices))
        for drawn in self.questionnaire.experiments:
            if drawn.name == name:
                says = "group" if len(self.questionnaire.experiments) == 1 else "group of"
                return _Subject(self._quoted(drawn.label), says, "value", self._labels(drawn.arms))
        for computed in self.questionnaire.computed:
            if computed.name == name:
                return _Subject(self._quoted(computed.label), "is", "value")
        return self._asked(name, self.questionnaire.question_of(name))

    def _asked(self, name: str, question: Question) -> _Subject:
        text = question.text
        if isinstance(question, Grid):
            text = next((row.label for row in question.rows if part_name(question.name, row.name) == name), text)
        value = "score" if isinstance(question, Score | ScoreGrid) else "number"
        labels = self._labels(choices_of(question))
        if name not in question.details:
            return _Subject(self._quoted(text), "says", value, labels, question, isinstance(question, Year))
        quoted = self._quoted(text)
        for choice in choices_of(question):
            if specify_name(question.name, choice) == name:
                precision = self.words["quoted"].format(labels[choice.name])
                return _Subject(self.words["precision"].format(question=quoted, choice=precision), asked=question)
        part = next((one for one in _PLACE if part_name(question.name, one) == name), "name")
        called = self.words[part].format(question=quoted)
        return _Subject(called, "says", value, dict(REGIONS.values()), question, part == "cog")


def _one_of_several(args: Sequence[Expression]) -> tuple[str, list[str]] | None:
    """The question and the choices of « one of these was chosen », said once for all of them; None otherwise."""
    pairs = [
        (one.args[0].variable, one.args[1].name)
        for one in args
        if isinstance(one, Call)
        and one.op == "has"
        and isinstance(one.args[0], Reference)
        and isinstance(one.args[1], ChoiceName)
    ]
    if len(pairs) < len(args) or len({name for name, _ in pairs}) > 1:
        return None
    return pairs[0][0], [choice for _, choice in pairs]


def _text(expression: Expression) -> str | None:
    return expression.value if isinstance(expression, Literal) and isinstance(expression.value, str) else None


def _rank(op: str, rank: int) -> tuple[str, int] | None:
    """The sentence for a rank at most, or exactly, this one; None where no shorter one is."""
    at_most = {"<=": rank, "<": rank - 1}.get(op)
    if at_most is not None and at_most > 0:
        return ("first", 1) if at_most == 1 else ("top", at_most)
    if op == "=":
        return ("first", 1) if rank == 1 else ("ranked", rank)
    return None
