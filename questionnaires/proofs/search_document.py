"""From a model of the formulas to a respondent: a context, and a document of answers that the engine accepts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import z3

from ..expressions import Absence, Answer, Value, day_text
from ..model import (
    REGION_CODES,
    Context,
    Question,
    Questionnaire,
    Roster,
    Suggester,
    choices_of,
    item_name,
    part_name,
    specified_choices,
)
from ..routing import Path, path
from ..routing.draws import draw_sections
from .kleene import holds
from .symbolic import Symbolic, SymbolicPage

_ORDINARY_DAY = "2026-01-15"
_MOST_SEEDS = 20_000
_YEAR_OF_LIST = 2024
_WORDS = "Précisions"
# Of each region (official geographic code) its seat: code of the commune, name, department.
_SEATS: dict[int, tuple[str, str, str]] = {
    1: ("97105", "Basse-Terre", "971"),
    2: ("97209", "Fort-de-France", "972"),
    3: ("97302", "Cayenne", "973"),
    4: ("97411", "Saint-Denis", "974"),
    6: ("97608", "Mamoudzou", "976"),
    11: ("75056", "Paris", "75"),
    24: ("45234", "Orléans", "45"),
    27: ("21231", "Dijon", "21"),
    28: ("76540", "Rouen", "76"),
    32: ("59350", "Lille", "59"),
    44: ("67482", "Strasbourg", "67"),
    52: ("44109", "Nantes", "44"),
    53: ("35238", "Rennes", "35"),
    75: ("33063", "Bordeaux", "33"),
    76: ("31555", "Toulouse", "31"),
    84: ("69123", "Lyon", "69"),
    93: ("13055", "Marseille", "13"),
    94: ("2A004", "Ajaccio", "2A"),
}


class NoSeed(LookupError):
    """No seed among those that were tried draws the sections in the order that is needed."""


def context_of(symbolics: Sequence[Symbolic], model: z3.ModelRef, pages: Iterable[SymbolicPage]) -> Context:
    """The context of a model, with a seed that draws what is needed for these pages. Raises NoSeed."""
    external: dict[str, Value] = {}
    arms: dict[str, str] = {}
    known: dict[str, Value] = {"language": symbolics[0].questionnaire.first_language, "started_on": _ORDINARY_DAY}
    for symbolic in symbolics:
        version, inputs = symbolic.questionnaire, symbolic.inputs
        for one in version.context:
            raw = inputs.made(version, one.name)
            answer = None if raw is None else raw.answer(model)
            if answer is None or isinstance(answer, Absence):
                continue
            if one.provider == "external":
                external[one.name] = answer
            else:
                known[one.provider] = day_text(answer) if isinstance(answer, int) else answer
        for experiment in version.experiments:
            raw = inputs.made(version, experiment.name)
            code = experiment.arms[0].code if raw is None else raw.answer(model)
            arms[experiment.name] = next(arm.name for arm in experiment.arms if arm.code == code)
    modes = symbolics[0].inputs.modes
    mode = next((mode for mode, here in modes.items() if holds(model, here)), "web")
    plain = Context(
        language=str(known["language"]),
        mode=mode,
        started_on=str(known["started_on"]),
        arms=arms,
        external=external,
    )
    return _seeded(plain, symbolics[0], model, pages)


def _seeded(plain: Context, symbolic: Symbolic, model: z3.ModelRef, pages: Iterable[SymbolicPage]) -> Context:
    """With the first seed that puts before each page the sections that stand before it in the model."""
    needed: list[tuple[str, int, int, frozenset[int]]] = []
    for page in pages:
        shuffle, count, number = page.part
        if shuffle is not None:
            order = symbolic.inputs.orders.get((shuffle, count), {})
            here = frozenset(one for (one, other), before in order.items() if other == number and holds(model, before))
            needed.append((shuffle, count, number, here))
    for seed in range(_MOST_SEEDS):
        context = Context(
            seed=seed,
            language=plain.language,
            mode=plain.mode,
            started_on=plain.started_on,
            arms=plain.arms,
            external=plain.external,
        )
        if all(_draws(context, *one) for one in needed):
            return context
    raise NoSeed


def _draws(context: Context, shuffle: str, count: int, number: int, before: frozenset[int]) -> bool:
    order = draw_sections(context, shuffle, count)
    return frozenset(order[: order.index(number)]) == before


def document_of(
    symbolic: Symbolic, model: z3.ModelRef, context: Context, until: SymbolicPage | None
) -> dict[str, Answer]:
    """What a version asks of the respondent of a model, up to a page (included) or to the end."""
    version = symbolic.questionnaire.for_mode(context.mode)
    given: dict[str, Answer] = {}
    for page in _pages(symbolic, until):
        for question in page.questions:
            named = version.question(question.name)
            given.update(_answers(symbolic, model, named))
    return _asked(version, path(version, context, given), given, until)


def _pages(symbolic: Symbolic, until: SymbolicPage | None) -> Iterator[SymbolicPage]:
    """The pages that may come before this one, with it: all of those that are shuffled with it, too."""
    is_behind = False
    for page in symbolic.pages:
        if is_behind and until is not None and (until.part[0] is None or until.part[:2] != page.part[:2]):
            return
        yield page
        is_behind = is_behind or page is until


def _answers(symbolic: Symbolic, model: z3.ModelRef, question: Question) -> dict[str, Answer]:
    found: dict[str, Answer] = {}
    for key in question.answers:
        raw = symbolic.inputs.made(symbolic.questionnaire, key)
        answer = None if raw is None else raw.answer(model)
        if answer is not None and answer != ():
            found[key] = answer
    is_answered = any(not isinstance(one, Absence) for one in found.values())
    if question.consent is not None and is_answered:
        found[question.consent] = 1
    if isinstance(question, Roster):
        items = found.get(question.name)
        for item in items if isinstance(items, tuple) else ():
            found[item_name(question.name, item)] = f"{question.item.in_('fr')} {item}"
    details = {key: symbolic.inputs.made(symbolic.questionnaire, key) for key in question.details}
    read = {key: raw.answer(model) for key, raw in details.items() if raw is not None}
    if isinstance(question, Suggester) and is_answered:
        found.update(_place(symbolic, question, {key: one for key, one in read.items() if one is not None}))
    for key, _ in specified_choices(question):
        found[key] = read.get(key) or _WORDS
    return found


def _place(symbolic: Symbolic, question: Suggester, read: dict[str, Answer]) -> dict[str, Answer]:
    """A place with what goes with it: that of the region, where no rule says more."""
    region_key, cog_key = part_name(question.name, "region"), part_name(question.name, "cog")
    region = read.get(region_key, REGION_CODES["ile_de_france"])
    code, name, department = _SEATS.get(int(region) if isinstance(region, int) else 0, _SEATS[11])
    plain: dict[str, Answer] = {
        part_name(question.name, "name"): name,
        part_name(question.name, "department"): department,
        region_key: region,
        cog_key: _YEAR_OF_LIST,
    }
    is_named = bool(symbolic.inputs.texts_named(symbolic.questionnaire, question.name))
    main: dict[str, Answer] = {} if is_named else {question.name: code}
    return {**plain, **read, **main}


def _asked(
    version: Questionnaire, found: Path, given: dict[str, Answer], until: SymbolicPage | None
) -> dict[str, Answer]:
    """Only what the pages of the path ask, and of it what is offered."""
    kept: dict[str, Answer] = {}
    for page in found.pages:
        for name in found.shown[page]:
            kept.update(_kept(version.question(name), found, given))
        if until is not None and page == until.name:
            break
    return kept


def _kept(question: Question, found: Path, given: dict[str, Answer]) -> dict[str, Answer]:
    hidden = found.hidden.get(question.name, frozenset())
    withheld = {one.code for one in choices_of(question) if one.name in hidden}
    absent = found.causes
    kept: dict[str, Answer] = {}
    for key in question.keys:
        answer = given.get(key)
        if answer is None or absent.get(key) is Absence.NOT_ROUTED:
            continue
        kept[key] = tuple(code for code in answer if code not in withheld) if isinstance(answer, tuple) else answer
    if isinstance(question, Roster):
        items = kept.get(question.name)
        for item in items if isinstance(items, tuple) else ():
            kept[item_name(question.name, item)] = given[item_name(question.name, item)]
    return kept
