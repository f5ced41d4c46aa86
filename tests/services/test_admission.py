"""The line of those who wait while the platform is full: in order, nobody twice, nobody forgotten."""

from __future__ import annotations

import datetime as dt
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from app.db import Database, now
from app.models import Response, WaitingLine
from app.services import admission, responding
from app.services.admission import CALL_SECONDS, Line, Standing, call_next, stand
from tests.factories import SECRET, Field, launch
from tests.journeys import Respondent, at_once, database_url, opened

CAPACITY = 3


@pytest.fixture
def where(database: Database) -> Field:
    return launch(database)


def come(where: Field, number: int | None = None, capacity: int = CAPACITY) -> Respondent | Standing:
    """Someone presses « Commencer »: starts, or is told where they stand."""
    with where.database.transaction() as session:
        standing = admission.enter(session, capacity, number)
        if standing is not None:
            return standing
        started = responding.start_response(session, where.key, "fr", SECRET)
    return Respondent(where.database, where.key, started.token, started.first_page)


def come_until_stopped(url: str, key: str, count: int) -> list[int]:
    """From a process of its own: `count` people come one after the other; the numbers of those who wait."""
    with opened(url) as database:
        found = [come(Field(database, key, 0, 0, None), capacity=CAPACITY) for _ in range(count)]  # type: ignore[arg-type]
    return [one.number for one in found if isinstance(one, Standing)]


def enter_a_few(where: Field, count: int) -> list[Respondent]:
    inside = [come(where) for _ in range(count)]
    assert all(isinstance(one, Respondent) for one in inside)
    return inside  # type: ignore[return-value]


def wait_in_line(where: Field, count: int) -> list[int]:
    waiting = [come(where) for _ in range(count)]
    assert all(isinstance(one, Standing) and not one.is_called for one in waiting)
    return [one.number for one in waiting if isinstance(one, Standing)]


def enter_and_fail(where: Field, number: int) -> None:
    """Someone is let in, and what should begin their response fails."""
    with where.database.transaction() as session:
        assert admission.enter(session, CAPACITY, number) is None
        raise KeyError


def sweep(where: Field, capacity: int = CAPACITY) -> None:
    """What the worker does every two seconds."""
    with where.database.transaction() as session:
        admission.call_waiting(session, capacity)


def look(where: Field, number: int) -> Standing:
    with where.database.reading() as session:
        found = admission.find_standing(session, number)
    assert found is not None
    return found


def is_anyone_waiting(where: Field) -> bool:
    with where.database.reading() as session:
        return admission.has_waiting(session)


def active(where: Field) -> int:
    with where.database.reading() as session:
        return admission.count_active(session)


def finish(who: Respondent) -> None:
    who.answer("profil", sexe=1, region=1)
    who.answer("avis", confiance=5, engage=1)
    who.send()


def let_calls_end(where: Field) -> None:
    """The minutes pass in which a called number keeps its place."""
    with where.database.transaction() as session:
        line = session.get_one(WaitingLine, 1)
        line.calls = dict.fromkeys(line.calls, 1)


def test_ten_arrive_where_three_may_answer(where: Field) -> None:
    inside = enter_a_few(where, 3)
    numbers = wait_in_line(where, 7)
    assert [look(where, number).before for number in numbers] == [0, 1, 2, 3, 4, 5, 6]
    for number in numbers:
        who = inside.pop(0)
        assert not who.answer("profil", sexe=1, region=1).stays, "nobody inside is ever held"
        sweep(where)
        assert not look(where, number).is_called, "nobody has left yet"
        finish(who)
        sweep(where)
        assert look(where, number).is_called
        assert [one for one in numbers if look(where, one).is_called] == [number], "the next alone"
        entered = come(where, number)
        assert isinstance(entered, Respondent)
        inside.append(entered)
        assert active(where) == 3
    for who in inside:
        finish(who)
    assert not is_anyone_waiting(where)
    assert isinstance(come(where), Respondent), "starts are free again"


def test_nobody_overtakes_those_who_wait(where: Field) -> None:
    inside = enter_a_few(where, 3)
    first, second = wait_in_line(where, 2)
    finish(inside[0])
    newcomer = come(where)
    assert isinstance(newcomer, Standing), "the free place is that of the first in line"
    assert isinstance(come(where, second), Standing)
    assert isinstance(come(where, first), Respondent)


def test_whoever_asks_calls_the_next_without_any_worker(where: Field) -> None:
    inside = enter_a_few(where, 3)
    (number,) = wait_in_line(where, 1)
    finish(inside[0])
    assert isinstance(come(where, number), Respondent)


def test_a_call_that_is_not_taken_passes_to_the_next(where: Field) -> None:
    inside = enter_a_few(where, 3)
    first, second = wait_in_line(where, 2)
    finish(inside[0])
    sweep(where)
    assert look(where, first).is_called
    let_calls_end(where)
    assert look(where, first).is_over, "said at once, before any sweep"
    sweep(where)
    assert look(where, second).is_called
    again = come(where, first)
    assert isinstance(again, Standing)
    assert again.number > second, "back at the end of the line"


def test_a_number_lets_in_once(where: Field) -> None:
    inside = enter_a_few(where, 3)
    (number,) = wait_in_line(where, 1)
    finish(inside[0])
    assert isinstance(come(where, number), Respondent)
    assert isinstance(come(where, number), Standing), "full again, and the number is used up"


def test_a_place_is_kept_when_the_start_fails(where: Field) -> None:
    inside = enter_a_few(where, 3)
    (number,) = wait_in_line(where, 1)
    finish(inside[0])
    sweep(where)
    with pytest.raises(KeyError):
        enter_and_fail(where, number)
    assert look(where, number).is_called


def test_someone_silent_for_long_leaves_the_place_and_may_come_back(where: Field) -> None:
    inside = enter_a_few(where, 3)
    (number,) = wait_in_line(where, 1)
    silent = now() - dt.timedelta(minutes=admission.ACTIVE_MINUTES + 1)
    with where.database.transaction() as session:
        state = inside[0].state
        session.execute(update(Response).where(Response.id == state.id).values(updated_at=silent))
    assert isinstance(come(where, number), Respondent)
    assert not inside[0].answer("profil", sexe=1, region=1).stays
    assert active(where) == 4, "whoever comes back is not stopped: that is the only way above capacity"


def test_a_number_that_was_never_given_is_of_no_use(where: Field) -> None:
    enter_a_few(where, 3)
    assert look(where, 99).is_over
    standing = come(where, 99)
    assert isinstance(standing, Standing)
    assert standing.number == 1


def test_without_a_limit_nobody_waits_and_the_line_empties(where: Field) -> None:
    enter_a_few(where, 3)
    numbers = wait_in_line(where, 4)
    assert isinstance(come(where, capacity=0), Respondent)
    sweep(where, capacity=0)
    assert all(look(where, number).is_called for number in numbers)


def test_far_from_full_nothing_is_locked_or_counted_twice(where: Field) -> None:
    assert isinstance(come(where, capacity=1000), Respondent)
    with where.database.transaction() as session:
        session.execute(update(WaitingLine).values(given=5))
    assert isinstance(come(where, capacity=1000), Respondent), "known for a second"


def test_looking_writes_nothing(where: Field) -> None:
    inside = enter_a_few(where, 3)
    (number,) = wait_in_line(where, 1)
    finish(inside[0])
    assert not look(where, number).is_called, "a page that is only looked at calls nobody"


def test_processes_at_once_let_in_as_many_as_there_are_places(where: Field) -> None:
    url = database_url(where)
    waiting = at_once(*[partial(come_until_stopped, url, where.key, 4) for _ in range(3)])
    assert active(where) == CAPACITY
    numbers = [number for found in waiting for number in found]
    assert sorted(numbers) == list(range(1, 3 * 4 - CAPACITY + 1)), "each number once, none left out"


LINES = st.integers(0, 30).flatmap(
    lambda given: st.integers(0, given).flatmap(
        lambda called: st.builds(
            Line,
            st.just(given),
            st.just(called),
            st.dictionaries(st.integers(1, max(called, 1)), st.integers(0, 400), max_size=called),
        )
    )
)


@given(line=LINES, free=st.integers(-5, 40), second=st.integers(0, 400))
def test_the_laws_of_calling(line: Line, free: int, second: int) -> None:
    after = call_next(line, free, second)
    assert line.called <= after.called <= after.given == line.given
    new = set(after.calls) - set(line.calls)
    assert new == set(range(line.called + 1, after.called + 1)), "in order, none left out"
    assert all(until > second for until in after.calls.values()), "no place is kept too long"
    assert {one: line.calls[one] for one in after.calls if one not in new}.items() <= line.calls.items()
    if new:
        assert len(after.calls) <= free
        assert all(after.calls[one] == second + CALL_SECONDS for one in new)
    if after.called < after.given:
        assert len(after.calls) >= free, "no place is empty while someone waits"
    waiting = [stand(after, number) for number in range(after.called + 1, after.given + 1)]
    assert [one.before for one in waiting if one is not None] == list(range(len(waiting)))
