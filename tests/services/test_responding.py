"""Answering: nothing that was acknowledged is lost, nothing is silently replaced, sending happens once."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from functools import partial

import pytest
from sqlalchemy import func, select

from app.db import Database
from app.models import Response, ScreenOut, Submission
from app.services import fieldwork, responding
from app.services.responding import (
    Incomplete,
    ResponseIsSent,
    ResponseNotFound,
    Saved,
    Submitted,
    WaveIsClosed,
    WaveIsNotOpen,
    merge,
)
from questionnaires.model import Absence, Answer, Required
from questionnaires.problems import Severity
from tests.factories import SECRET, Field, count_rows, get_wave, launch, payload
from tests.journeys import (
    Respondent,
    answer_all,
    arrive,
    at_once,
    in_threads,
    opened,
    send_response,
    withdraw,
)
from tests.questionnaires.builders import leaves, must_hold, number, page, questionnaire, score, single

TRIALS = 40
OUI, NON = 1, 2

ADULTS_ONLY = questionnaire(
    page("age", single("majeur"), exits=(leaves("mineur", "majeur = 'non'"),)), page("suite", score("note"))
)
KEEPS_THE_REST = questionnaire(
    page("age", single("majeur"), exits=(leaves("mineur", "majeur = 'non'", keep=True),)), page("suite", score("note"))
)
ROUTED = questionnaire(
    page("debut", single("travaille")),
    page("travail", number("heures", minimum=0, maximum=99), when="travaille = 'oui'"),
    page("dernier", score("note")),
)
SUMS = questionnaire(
    page(
        "temps",
        number("travail", minimum=0, maximum=24),
        number("loisir", minimum=0, maximum=24),
        checks=(
            must_hold("pas_plus_de_24", "sum(travail, loisir) <= 24", "travail", "loisir"),
            must_hold("pas_moins_de_2", "sum(travail, loisir) >= 2", "travail", severity=Severity.WARNING),
        ),
    )
)


def stored(person: Respondent) -> dict[str, Answer]:
    return person.state.given


# -- starting -------------------------------------------------------------------------------------


def test_a_start_keeps_the_hash_of_its_token_and_the_context_of_its_path(database: Database) -> None:
    wave = launch(database)
    person = arrive(wave)
    assert person.first_page == "profil"
    assert len(person.token) >= 22, "128 bits at least"
    with database.reading() as session:
        row = session.scalars(select(Response)).one()
    assert row.token_hash == hashlib.sha256(person.token.encode()).hexdigest()
    assert person.token not in repr({key: value for key, value in vars(row).items() if key != "token_hash"})
    assert (row.origin, row.mode, row.disposition, row.revision) == ("trial", "web", "in_progress", 0)
    assert row.context["seed"] == person.state.context.seed


def test_a_language_that_the_version_lacks_becomes_its_first(database: Database) -> None:
    wave = launch(database)
    with database.transaction() as session:
        token = responding.start_response(session, wave.key, "eo", SECRET).token
    assert Respondent(database, wave.key, token, "").state.language == "fr"


@pytest.mark.parametrize("change", ["planned", "closed"])
def test_a_wave_that_is_not_open_refuses(database: Database, change: str) -> None:
    wave = launch(database)
    person = arrive(wave)
    expected: type[Exception] = WaveIsClosed if change == "closed" else WaveIsNotOpen
    with database.transaction() as session:
        row = fieldwork.get_wave(session, wave.key)
        if change == "closed":
            fieldwork.close_wave(session, row)
        else:
            row.status = "planned"
    attempts: tuple[Callable[[], object], ...] = (
        lambda: arrive(wave),
        lambda: person.answer("profil", sexe=1),
        person.send,
    )
    for attempt in attempts:
        with pytest.raises(expected):
            attempt()
    assert stored(person) == {}


def test_a_reopened_wave_takes_up_where_people_were(database: Database) -> None:
    wave = launch(database)
    person = arrive(wave)
    person.answer("profil", sexe=1, region=2)
    for act in (fieldwork.close_wave, fieldwork.open_wave):
        with database.transaction() as session:
            act(session, fieldwork.get_wave(session, wave.key))
    person.answer("avis", confiance=5, engage=OUI)
    assert isinstance(person.send(), Submitted)


def test_a_token_of_another_wave_or_of_nobody_finds_nothing(database: Database) -> None:
    here, elsewhere = launch(database), launch(database, key="ailleurs")
    person = arrive(here)
    for stranger in (
        Respondent(database, elsewhere.key, person.token, ""),
        Respondent(database, here.key, "x" * 32, ""),
        Respondent(database, here.key, "", ""),
        Respondent(database, here.key, "\ud800", ""),
    ):
        assert stranger.find() is None
        with pytest.raises(ResponseNotFound):
            responding_attempt(stranger)
        with pytest.raises(ResponseNotFound):
            stranger.send()
    assert stored(person) == {}


def responding_attempt(person: Respondent) -> Saved:
    with person.database.transaction() as session:
        return responding.save_page(session, person.wave_key, person.token, "profil", {"sexe": 1}, {}, True)


# -- pages ----------------------------------------------------------------------------------------


def test_a_page_is_kept_and_leads_to_the_next(database: Database) -> None:
    person = arrive(launch(database))
    saved = person.answer("profil", sexe=1, region=2)
    assert (saved.problems, saved.conflicts, saved.next_page) == ((), {}, "avis")
    assert stored(person) == {"sexe": 1, "region": 2}
    assert person.state.revision == 1


def test_a_page_that_changes_nothing_writes_nothing(database: Database) -> None:
    person = arrive(launch(database))
    person.answer("profil", sexe=1, region=2)
    before = person.state
    assert person.answer("profil", sexe=1, region=2).next_page == "avis"
    assert person.state == before


def test_what_is_wrong_holds_the_respondent_and_what_was_answered_is_kept(database: Database) -> None:
    person = arrive(launch(database))
    saved = person.answer("profil", sexe=1, region=None)
    assert saved.stays
    assert [(problem.code, problem.place.question) for problem in saved.problems] == [("answer-required", "region")]
    assert stored(person)["sexe"] == 1
    assert person.send() == Incomplete("profil")


def test_going_back_loses_nothing(database: Database) -> None:
    person = arrive(launch(database))
    person.answer("profil", sexe=1, region=2)
    assert not person.go_back("avis", confiance=7, engage=None).stays
    assert stored(person) == {"sexe": 1, "region": 2, "confiance": 7}
    person.answer("profil", sexe=2, region=2)
    assert person.tab().shown["confiance"] == 7
    person.answer("avis", confiance=7, engage=OUI)
    assert isinstance(person.send(), Submitted)


def test_answers_off_the_path_are_kept_for_who_comes_back_to_it(database: Database) -> None:
    person = arrive(launch(database, ROUTED))
    person.answer("debut", travaille=OUI)
    person.answer("travail", heures=35)
    assert person.answer("debut", travaille=NON).next_page == "dernier"
    assert "heures" not in person.state.path.effective
    assert person.state.path.causes["heures"] is Absence.NOT_ROUTED
    person.answer("debut", travaille=OUI)
    assert person.state.path.effective["heures"] == 35


def test_clearing_an_answer_is_kept_as_an_explicit_absence(database: Database) -> None:
    asked = questionnaire(page("seule", score("note", required=Required.NO)))
    person = arrive(launch(database, asked))
    person.answer("seule", note=4)
    person.answer("seule", note=None)
    assert stored(person) == {"note": Absence.SKIPPED}


@pytest.mark.parametrize("required", list(Required))
def test_a_question_that_opens_further_down_is_shown_before_it_is_asked_for(
    database: Database, required: Required
) -> None:
    asked = questionnaire(page("seule", single("aide"), score("utile", when="aide = 'oui'", required=required)))
    person = arrive(launch(database, asked))
    saved = person.answer("seule", aide=OUI)
    assert saved.problems == (), "nobody has seen it yet"
    assert saved.next_page == "seule"
    blank = person.answer("seule", aide=OUI, utile=None)
    assert bool(blank.problems) is (required is not Required.NO), "now it was put"
    assert person.answer("seule", aide=OUI, utile=3).next_page is None
    assert isinstance(person.send(), Submitted)


def test_a_warning_is_told_once_and_a_broken_rule_always(database: Database) -> None:
    person = arrive(launch(database, SUMS))
    for _ in range(2):
        saved = person.answer("temps", travail=20, loisir=9)
        assert [problem.severity for problem in saved.problems] == [Severity.BLOCKING]
    warned = person.answer("temps", travail=1, loisir=0)
    assert [problem.severity for problem in warned.problems] == [Severity.WARNING]
    seen = frozenset(responding.problem_key(one) for one in warned.problems)
    with database.transaction() as session:
        given = {"travail": 1, "loisir": 0}
        again = responding.save_page(session, person.wave_key, person.token, "temps", given, given, True, seen)
    assert not again.stays


# -- two tabs -------------------------------------------------------------------------------------

MERGES = {
    "nobody else touched it": (1, 2, 1, 2, False),
    "I did not touch it": (3, 1, 1, 3, False),
    "both say the same": (2, 2, 1, 2, False),
    "both changed it": (3, 2, 1, 3, True),
    "first answer of both": (3, 2, None, 3, True),
    "I cleared what nobody touched": (1, None, 1, Absence.SKIPPED, False),
    "I cleared what the other changed": (3, None, 1, 3, True),
    "the other cleared what I changed": (Absence.SKIPPED, 2, 1, Absence.SKIPPED, True),
    "a blank saved is still a blank": (Absence.SKIPPED, 2, None, 2, False),
    "no opinion is an answer": (Absence.NO_OPINION, 2, None, Absence.NO_OPINION, True),
}


@pytest.mark.parametrize("case", MERGES)
def test_three_way_merge(case: str) -> None:
    theirs, mine, base, expected, is_conflict = MERGES[case]
    merged, conflicts = merge({} if theirs is None else {"q": theirs}, {"q": mine}, {"q": base})
    assert merged["q"] == expected
    assert conflicts == ({"q": theirs} if is_conflict else {})


def post_all(url: str, wave_key: str, tokens: list[str], page_name: str, answers: Mapping[str, Answer]) -> list[Saved]:
    """One tab of each of the trials, posted one after the other while the other tabs are too."""
    with opened(url) as database:
        found = []
        for token in tokens:
            with database.transaction() as session:
                base = dict.fromkeys(answers)
                found.append(responding.save_page(session, wave_key, token, page_name, answers, base, passing=False))
        return found


TWO_TABS = {
    "different pages": (("profil", {"sexe": 1, "region": 2}), ("avis", {"confiance": 9, "engage": NON})),
    "same page, different questions": (("profil", {"sexe": 1}), ("profil", {"region": 2})),
    "same question, different values": (("profil", {"sexe": 1}), ("profil", {"sexe": 2})),
}


@pytest.mark.parametrize("kind", TWO_TABS)
def test_two_tabs_lose_nothing_and_replace_nothing_silently(database: Database, database_url: str, kind: str) -> None:
    wave = launch(database)
    people = [arrive(wave) for _ in range(TRIALS)]
    tokens = [person.token for person in people]
    (one_page, one), (other_page, other) = TWO_TABS[kind]
    first, second = at_once(
        partial(post_all, database_url, wave.key, tokens, one_page, one),
        partial(post_all, database_url, wave.key, tokens, other_page, other),
    )
    for person, saved, again in zip(people, first, second, strict=True):
        given = stored(person)
        assert person.state.revision == len({tuple(one), tuple(other)}), "each kept save counts"
        if one.keys() != other.keys():
            assert given == one | other
            assert not saved.conflicts
            assert not again.conflicts
        else:
            told = [tab for tab in (saved, again) if tab.conflicts]
            assert len(told) == 1, "exactly the second tab is told"
            assert told[0].conflicts == given, "what it is told is what is stored"
            kept = other if told[0] is saved else one
            assert given == kept


@pytest.mark.parametrize("kind", TWO_TABS)
def test_two_tabs_of_one_server_lose_nothing_either(database: Database, kind: str) -> None:
    wave = launch(database)
    (one_page, one), (other_page, other) = TWO_TABS[kind]
    for _ in range(TRIALS // 4):
        person = arrive(wave)
        tab, twin = person.tab(), person.tab()
        saved, again = in_threads(
            partial(tab.post, one_page, passing=False, **one), partial(twin.post, other_page, passing=False, **other)
        )
        if one.keys() != other.keys():
            assert stored(person) == one | other
        else:
            assert sorted([bool(saved.conflicts), bool(again.conflicts)]) == [False, True]
            assert stored(person) == (other if saved.conflicts else one)


# -- leaving --------------------------------------------------------------------------------------


def test_of_someone_outside_the_universe_only_the_count_is_kept(database: Database) -> None:
    wave = launch(database, ADULTS_ONLY)
    person = arrive(wave)
    saved = person.answer("age", majeur=NON)
    assert saved.exit is not None
    assert saved.exit.name == "mineur"
    assert person.find() is None
    assert (count_rows(database, Response), count_rows(database, Submission)) == (0, 0)
    with database.reading() as session:
        left = session.scalars(select(ScreenOut)).one()
        assert (left.wave_id, left.exit_name) == (wave.wave_id, "mineur")
        progress = fieldwork.wave_progress(session, get_wave(wave))
    assert (progress.started, progress.screened_out, progress.in_progress) == (1, 1, 0)


def test_an_exit_that_keeps_ends_the_response(database: Database) -> None:
    person = arrive(launch(database, KEEPS_THE_REST))
    person.answer("age", majeur=NON)
    assert (person.state.disposition, stored(person)) == ("screened_out", {"majeur": NON})
    with database.reading() as session:
        progress = fieldwork.wave_progress(session, fieldwork.get_wave(session, person.wave_key))
    assert (progress.started, progress.screened_out) == (1, 1)
    with pytest.raises(ResponseIsSent):
        person.answer("age", majeur=OUI)
    with pytest.raises(ResponseIsSent):
        person.send()


def test_nobody_sends_from_an_exit(database: Database) -> None:
    person = arrive(launch(database, ADULTS_ONLY))
    person.go_back("age", majeur=NON)
    assert person.send() == Incomplete("age")


# -- sending --------------------------------------------------------------------------------------


def test_an_incomplete_response_is_not_sent(database: Database) -> None:
    person = arrive(launch(database))
    assert person.send() == Incomplete("profil")
    person.answer("profil", sexe=1, region=2)
    assert person.send() == Incomplete("avis")
    assert count_rows(database, Submission) == 0
    assert person.state.disposition == "in_progress"


def test_sending_writes_one_immutable_record_of_the_path(database: Database) -> None:
    wave = launch(database, ROUTED)
    person = arrive(wave)
    person.answer("debut", travaille=OUI)
    person.answer("travail", heures=35)
    person.answer("debut", travaille=NON)
    person.answer("dernier", note=8)
    sent = person.send()
    assert isinstance(sent, Submitted)
    with database.reading() as session:
        row = session.scalars(select(Submission)).one()
    assert (row.number, row.kind, row.segment_id) == (1, "add", None)
    assert row.payload == payload(ROUTED, travaille=NON, heures=35, note=8)
    assert row.payload["absences"] == {"heures": Absence.NOT_ROUTED}
    assert person.state.completed_at == sent.completed_at


def test_sending_twice_sends_once(database: Database) -> None:
    person = answer_all(launch(database))
    assert person.send() == person.send()
    assert count_rows(database, Submission) == 1
    with pytest.raises(ResponseIsSent):
        person.answer("profil", sexe=2, region=1)


def test_sending_from_two_processes_at_once_sends_once(database: Database, database_url: str) -> None:
    wave = launch(database)
    people = [arrive(wave) for _ in range(20)]
    for person in people:
        person.answer("profil", sexe=1, region=1)
        person.answer("avis", confiance=5, engage=OUI)
    send = partial(send_all, database_url, wave.key, [person.token for person in people])
    one, other = at_once(send, send)
    assert one == other
    assert count_rows(database, Submission) == len(people)


def send_all(url: str, wave_key: str, tokens: list[str]) -> list[Submitted | Incomplete]:
    return [send_response(url, wave_key, token) for token in tokens]


# -- the receipt ----------------------------------------------------------------------------------


def test_a_receipt_has_eighty_bits_and_is_kept_as_a_keyed_hash_only(database: Database) -> None:
    wave = launch(database)
    person = answer_all(wave)
    code = person.receipt
    assert re.fullmatch(r"[A-Z2-7]{4}(-[A-Z2-7]{4}){3}", code), "16 characters of 5 bits"
    assert len({responding.response_code(SECRET, f"token {number}") for number in range(500)}) == 500
    assert responding.response_code("another key, of another installation", person.token) != code
    with database.reading() as session:
        row = session.scalars(select(Response)).one()
    assert row.receipt_hash is not None
    written = repr(vars(row))
    assert code not in written
    assert code.replace("-", "") not in written
    for plain in (code, code.replace("-", ""), f"code:{code}"):
        assert row.receipt_hash != hashlib.sha256(plain.encode()).hexdigest()
    assert not withdraw_with(wave, code, "the key of another installation")


def withdraw_with(wave: Field, code: str, key: str) -> bool:
    with wave.database.transaction() as session:
        return responding.withdraw_response(session, code, key, None)


def test_what_was_not_sent_is_withdrawn_without_a_submission(database: Database) -> None:
    wave = launch(database)
    person = arrive(wave)
    person.answer("profil", sexe=1, region=1)
    assert withdraw(wave, person.receipt)
    assert (person.state.disposition, stored(person)) == ("withdrawn", {})
    assert count_rows(database, Submission) == 0


@pytest.mark.parametrize("written", [str, str.lower, lambda code: code.replace("-", " "), lambda code: f" {code}\n"])
def test_withdrawing_erases_the_answers(database: Database, written: Callable[[str], str]) -> None:
    wave = launch(database)
    person, other = answer_all(wave), answer_all(wave)
    assert withdraw(wave, written(person.receipt))
    assert (person.state.disposition, stored(person)) == ("withdrawn", {})
    assert stored(other) != {}
    with database.reading() as session:
        rows = session.execute(
            select(Submission.number, Submission.kind, Submission.payload)
            .join(Response, Response.id == Submission.response_id)
            .where(Response.disposition == "withdrawn")
            .order_by(Submission.number)
        ).all()
    assert rows == [(1, "add", {}), (2, "remove", {})]


def test_withdrawing_twice_or_with_a_wrong_code_does_nothing(database: Database) -> None:
    wave = launch(database)
    person = answer_all(wave)
    for wrong in ("", "AAAA-AAAA-AAAA-AAAA", person.receipt[:-1], person.receipt + "A", "é\ud800"):
        assert not withdraw(wave, wrong)
    assert withdraw(wave, person.receipt)
    assert not withdraw(wave, person.receipt)
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Submission)) == 2


def test_withdrawing_from_two_processes_at_once_withdraws_once(database: Database, database_url: str) -> None:
    wave = launch(database)
    codes = [answer_all(wave).receipt for _ in range(10)]
    calls = [partial(withdraw_all, database_url, codes)] * 2
    results = at_once(*calls)
    assert [sorted(pair) for pair in zip(*results, strict=True)] == [[False, True]] * len(codes)
    assert count_rows(database, Submission) == 2 * len(codes)


def withdraw_all(url: str, codes: list[str]) -> list[bool]:
    with opened(url) as database:
        found = []
        for code in codes:
            with database.transaction() as session:
                found.append(responding.withdraw_response(session, code, SECRET, None))
        return found


def test_one_response_withdrawn_leaves_the_versions_of_others_alone(database: Database) -> None:
    here: Field = launch(database)
    there: Field = launch(database, key="ailleurs")
    person, other = answer_all(here), answer_all(there)
    assert withdraw(here, person.receipt)
    assert other.state.disposition == "complete"
