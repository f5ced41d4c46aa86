"""Responses begun and left: counted where the wave says so, replaced by what is sent, gone when they must be."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select, update

from app.db import Database, now
from app.models import Response, ScreenOut, Submission, Weighting
from app.services import fieldwork, folding, partials, responding, snapshots
from app.storage import FolderStorage
from questionnaires.model import Absence
from tests.conftest import IS_FULL
from tests.factories import BY_SEX, Field, count_rows, get_wave, launch, recipe_of
from tests.journeys import Respondent, answer_all, arrive, fold, in_threads, withdraw
from tests.questionnaires.builders import leaves, page, questionnaire, single

LEFT = partials.LEFT_AFTER + dt.timedelta(minutes=1)


@pytest.fixture
def storage(tmp_path: Path) -> FolderStorage:
    return FolderStorage(tmp_path / "storage")


@pytest.fixture
def wave(database: Database) -> Field:
    wave = launch(database, shares=BY_SEX)
    count_partial(wave, True)
    return wave


def count_partial(wave: Field, counts: bool) -> None:
    """Someone of the staff changes the setting."""
    with wave.database.transaction() as session:
        found = fieldwork.get_wave(session, wave.key, is_locked=True)
        fieldwork.set_schedule(session, found, replace(fieldwork.schedule_of(found), counts_partial=counts))


def leave_all(wave: Field) -> None:
    """Half an hour passes without anybody touching anything."""
    with wave.database.transaction() as session:
        session.execute(update(Response).values(updated_at=now() - LEFT))


def collect(wave: Field) -> int:
    return partials.collect_partials(wave.database, None, wave.wave_id)


def begin(wave: Field, sexe: int = 1, region: int = 1) -> Respondent:
    """Someone answers the first page and leaves."""
    person = arrive(wave)
    person.answer("profil", sexe=sexe, region=region)
    return person


def sent(wave: Field) -> list[tuple[int, str, bool]]:
    """What was sent: number, kind, whether it is partial."""
    with wave.database.reading() as session:
        rows = session.execute(
            select(Submission.number, Submission.kind, Submission.is_partial).order_by(
                Submission.response_id, Submission.number
            )
        )
        return [(row.number, row.kind, row.is_partial) for row in rows]


def tally_of(wave: Field, storage: FolderStorage) -> tuple[int, list[int], list[int]]:
    """The aggregates, which must be those of a recount: n, men and women, engaged or not."""
    fold(wave, storage)
    tally = snapshots.verify_wave(wave.database, storage, wave.wave_id)
    sexes = [int(one) for one in tally.answers("sexe").sum(axis=0)]
    return tally.n, sexes, [int(one) for one in tally.answers("engage").sum(axis=0)]


def counts(wave: Field) -> partials.PartialCounts:
    with wave.database.reading() as session:
        return partials.count_partials(session, get_wave(wave))


# -- what is counted ------------------------------------------------------------------------------


def test_what_was_left_is_counted_with_what_it_has(wave: Field, storage: FolderStorage) -> None:
    answer_all(wave, sexe=2, engage=2)
    person = begin(wave, sexe=1)
    assert collect(wave) == 0, "it was touched just now"
    leave_all(wave)
    assert collect(wave) == 1
    assert sent(wave) == [(1, "add", False), (1, "add", True)]
    assert tally_of(wave, storage) == (2, [1, 1], [0, 1])
    assert collect(wave) == 0, "once is enough"
    assert counts(wave) == partials.PartialCounts(counted=1, left_out=0)
    assert person.state.disposition == "in_progress", "its person may come back"
    with wave.database.reading() as session:
        payload = session.scalar(select(Submission.payload).where(Submission.is_partial))
    assert payload is not None
    assert payload["values"] == {"sexe": 1, "region": 1}
    assert payload["absences"] == dict.fromkeys(["confiance", "engage"], int(Absence.BROKE_OFF))


def test_whoever_comes_back_and_sends_replaces_it(wave: Field, storage: FolderStorage) -> None:
    person = begin(wave)
    leave_all(wave)
    collect(wave)
    assert tally_of(wave, storage) == (1, [1, 0], [0, 0])
    person.answer("avis", confiance=4, engage=2)
    leave_all(wave)
    assert collect(wave) == 1, "more was answered, then left again"
    person.send()
    assert sent(wave) == [(1, "add", True), (2, "replace", True), (3, "replace", False)]
    assert tally_of(wave, storage) == (1, [1, 0], [0, 1])
    leave_all(wave)
    assert collect(wave) == 0
    assert counts(wave) == partials.PartialCounts(0, 0)


def test_what_cannot_be_weighted_is_not_counted_and_said(wave: Field, storage: FolderStorage) -> None:
    arrive(wave)
    person = arrive(wave)
    person.answer("profil", sexe=None, region=1)
    leave_all(wave)
    assert collect(wave) == 0
    assert counts(wave) == partials.PartialCounts(counted=0, left_out=2)
    assert tally_of(wave, storage)[0] == 0


def test_another_weighting_asks_for_other_answers(wave: Field, storage: FolderStorage) -> None:
    with_region, without = begin(wave), arrive(wave)
    without.answer("profil", sexe=2, region=None)
    leave_all(wave)
    assert collect(wave) == 2
    with wave.database.transaction() as session:
        session.execute(update(Weighting).values(recipe=recipe_of({"region": {"nord": "50", "sud": "50"}})))
    assert collect(wave) == 1
    assert tally_of(wave, storage)[:2] == (1, [1, 0])
    assert counts(wave) == partials.PartialCounts(1, 1)
    assert with_region.state.disposition == without.state.disposition == "in_progress"


def test_the_close_of_the_wave_is_not_waited_for(wave: Field, storage: FolderStorage) -> None:
    begin(wave)
    with wave.database.transaction() as session:
        fieldwork.close_wave(session, fieldwork.get_wave(session, wave.key))
    assert collect(wave) == 1
    assert tally_of(wave, storage)[0] == 1


def test_an_entry_of_a_paper_form_is_nobodys_partial_response(wave: Field) -> None:
    begin(wave)
    with wave.database.transaction() as session:
        session.execute(update(Response).values(mode="paper"))
    leave_all(wave)
    assert collect(wave) == 0


def test_a_wave_that_does_not_declare_it_counts_none(wave: Field) -> None:
    count_partial(wave, False)
    begin(wave)
    leave_all(wave)
    with wave.database.reading() as session:
        assert partials.waves_with_partials(session) == []
    assert collect(wave) == 0
    assert sent(wave) == []


# -- what is no longer counted --------------------------------------------------------------------


def test_turning_it_off_takes_them_out_and_on_again_puts_them_back(wave: Field, storage: FolderStorage) -> None:
    begin(wave)
    answer_all(wave, sexe=2)
    leave_all(wave)
    collect(wave)
    assert tally_of(wave, storage)[0] == 2
    count_partial(wave, False)
    with wave.database.reading() as session:
        assert partials.waves_with_partials(session) == [wave.wave_id], "there is something to take out"
    assert collect(wave) == 1
    assert snapshots.verify_wave(wave.database, storage, wave.wave_id).n == 1, "at once, before that is folded"
    assert tally_of(wave, storage)[:2] == (1, [0, 1])
    with wave.database.reading() as session:
        assert partials.waves_with_partials(session) == []
    count_partial(wave, True)
    assert collect(wave) == 1
    assert sent(wave) == [(1, "add", True), (2, "remove", True), (3, "replace", True), (1, "add", False)]
    assert tally_of(wave, storage)[:2] == (2, [1, 1])


def test_a_withdrawal_erases_it(wave: Field, storage: FolderStorage) -> None:
    person = begin(wave)
    leave_all(wave)
    collect(wave)
    assert tally_of(wave, storage)[0] == 1
    with wave.database.transaction() as session:
        assert responding.erase_response(session, person.state.id, None)
    assert tally_of(wave, storage)[0] == 0
    assert collect(wave) == 0


@pytest.mark.parametrize("keep", [False, True])
def test_whoever_is_out_of_the_universe_after_all_leaves_it(
    database: Database, storage: FolderStorage, keep: bool
) -> None:
    asked = questionnaire(
        page("profil", single("sexe", "homme", "femme")),
        page("age", single("majeur", "oui", "non"), exits=(leaves("mineur", "majeur = 'non'", keep=keep),)),
        page("avis", single("engage", "oui", "non")),
    )
    wave = launch(database, asked, shares=BY_SEX)
    count_partial(wave, True)
    person = arrive(wave)
    person.answer("profil", sexe=1)
    leave_all(wave)
    collect(wave)
    assert tally_of(wave, storage)[0] == 1
    person.answer("age", majeur=2)
    assert tally_of(wave, storage)[0] == 0
    with database.reading() as session:
        progress = fieldwork.wave_progress(session, get_wave(wave))
    assert (progress.started, progress.screened_out) == (1, 1)
    if not keep:
        assert person.find() is None, "its cookie opens nothing any more"
        assert count_rows(database, ScreenOut) == 0, "it is counted by its row"


# -- at once --------------------------------------------------------------------------------------


def test_collecting_while_people_come_back_counts_each_once(wave: Field, storage: FolderStorage) -> None:
    people = [begin(wave, sexe=1 + number % 2) for number in range(30)]
    leave_all(wave)

    def come_back() -> int:
        for person in people[::2]:
            person.answer("avis", confiance=1, engage=1)
            person.send()
        return 0

    call = partial(collect, wave)
    in_threads(call, call, come_back)
    leave_all(wave)
    collect(wave)
    assert tally_of(wave, storage) == (30, [15, 15], [15, 0])


# -- any sequence ---------------------------------------------------------------------------------


@dataclass
class Model:
    """What should be counted: who -> the sex and the engagement that count."""

    wave: Field
    chance: random.Random
    people: list[Respondent] = field(default_factory=list)
    given: dict[int, dict[str, int]] = field(default_factory=dict)
    counted: dict[int, dict[str, int]] = field(default_factory=dict)
    gone: set[int] = field(default_factory=set)
    sent: set[int] = field(default_factory=set)
    is_on: bool = True

    def someone(self, of: Callable[[int], bool]) -> int | None:
        found = [number for number in range(len(self.people)) if number not in self.gone and of(number)]
        return self.chance.choice(found) if found else None

    def start(self) -> None:
        self.people.append(arrive(self.wave))
        self.given[len(self.people) - 1] = {}

    def profile(self) -> None:
        who = self.someone(lambda one: one not in self.sent)
        if who is not None:
            sexe = self.chance.randint(1, 2)
            self.people[who].answer("profil", sexe=sexe, region=1)
            self.given[who]["sexe"] = sexe

    def opine(self) -> None:
        who = self.someone(lambda one: one not in self.sent and "sexe" in self.given[one])
        if who is not None:
            engage = self.chance.randint(1, 2)
            self.people[who].answer("avis", confiance=3, engage=engage)
            self.given[who]["engage"] = engage

    def send(self) -> None:
        who = self.someone(lambda one: one not in self.sent and "engage" in self.given[one])
        if who is not None:
            self.people[who].send()
            self.sent.add(who)
            self.counted[who] = dict(self.given[who])

    def correct(self) -> None:
        who = self.someone(lambda one: one in self.sent)
        if who is not None:
            person, engage = self.people[who], self.chance.randint(1, 2)
            with self.wave.database.transaction() as session:
                locked = responding.find_response(session, self.wave.key, person.token, is_locked=True)
                assert locked is not None
                responding.start_correction(session, locked)
            person.answer("avis", confiance=3, engage=engage)
            person.send()
            self.counted[who]["engage"] = engage

    def withdraw(self) -> None:
        who = self.someone(lambda one: one in self.sent)
        if who is not None and self.chance.random() < 0.4:
            assert withdraw(self.wave, self.people[who].receipt)
            self.gone.add(who)
            self.counted.pop(who, None)

    def erase(self) -> None:
        who = self.someone(lambda one: one not in self.sent)
        if who is not None and self.chance.random() < 0.3:
            with self.wave.database.transaction() as session:
                responding.erase_response(session, self.people[who].state.id, None)
            self.gone.add(who)
            self.counted.pop(who, None)

    def turn(self) -> None:
        if self.chance.random() < 0.4:
            self.is_on = not self.is_on
            count_partial(self.wave, self.is_on)

    def collect(self) -> None:
        leave_all(self.wave)
        collect(self.wave)
        for who in set(self.given) - self.gone - self.sent:
            if self.is_on and "sexe" in self.given[who]:
                self.counted[who] = dict(self.given[who])
            else:
                self.counted.pop(who, None)

    def expected(self) -> tuple[int, list[int], list[int]]:
        def number(name: str) -> list[int]:
            return [sum(one.get(name) == code for one in self.counted.values()) for code in (1, 2)]

        return len(self.counted), number("sexe"), number("engage")


@pytest.mark.parametrize("seed", range(12 if IS_FULL else 2))
def test_the_aggregates_follow_any_sequence(wave: Field, storage: FolderStorage, seed: int) -> None:
    model = Model(wave, random.Random(seed))
    acts = [model.start, model.profile, model.opine, model.send, model.correct, model.withdraw, model.erase]
    acts += [model.turn, model.collect, model.start, model.profile, model.collect, lambda: erase_rows(wave, storage)]
    for _ in range(14):
        for act in model.chance.choices(acts, k=4):
            act()
        assert tally_of(wave, storage) == model.expected()


def erase_rows(wave: Field, storage: FolderStorage) -> None:
    """The night: what was replaced leaves the files."""
    fold(wave, storage)
    folding.erase_superseded(wave.database, storage, wave.wave_id)
