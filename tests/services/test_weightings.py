"""Weightings: drafts, runs, the one in use, those that a release froze."""

from __future__ import annotations

import copy
import datetime as dt
import os
import signal
import threading
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from app.db import Database, now
from app.models import AuditEvent, Job, Weighting
from app.services import fieldwork, folding, jobs, snapshots
from app.services.weightings import keeping as weightings
from app.services.weightings import recipes
from app.services.weightings import running as weighting_runs
from app.services.weightings import words as weighting_words
from app.services.weightings.keeping import (
    FrozenIsInUse,
    RecipeIsInvalid,
    WeightingIsFrozen,
    WeightingIsNotADraft,
    WeightingIsNotDone,
)
from app.services.weightings.running import joined_classes, read_diagnostics
from app.storage import FolderStorage
from tests.factories import (
    BY_SEX,
    TWO_PAGES,
    Field,
    launch,
    payload,
    recipe_of,
    send_many,
    snapshots_of,
    storage_in,
)

ANSWERS = [
    payload(TWO_PAGES, sexe=sexe, region=region, confiance=2 * region + sexe, engage=sexe)
    for sexe in (1, 1, 2)
    for region in (1, 2)
]
BY_BOTH = {"sexe": {"homme": "48", "femme": "52"}, "region": {"nord": "40", "sud": "60"}}


@pytest.fixture
def storage(tmp_path: Path) -> FolderStorage:
    return storage_in(tmp_path)


@pytest.fixture
def field(database: Database, storage: FolderStorage) -> Field:
    """Sixty people have answered, two thirds of them men; margins by sex are in use."""
    field = launch(database, shares=BY_SEX)
    send_many(field, ANSWERS, 60)
    folding.fold_wave(database, storage, None, field.wave_id)
    snapshots.refresh_snapshot(database, storage, field.wave_id)
    return field


def draft(field: Field, recipe: dict[str, Any] | None = None) -> int:
    """A new draft; its number."""
    with field.database.transaction() as session:
        wave = fieldwork.get_wave(session, field.key, is_locked=True)
        return weightings.create_draft(session, wave, recipe=recipe or recipe_of(BY_BOTH), label="essai").number


def ask(field: Field, number: int) -> int:
    """Ask for the run of a draft; its job."""
    with field.database.transaction() as session:
        wave = fieldwork.get_wave(session, field.key, is_locked=True)
        row = weightings.get_weighting(session, wave.id, number, is_locked=True)
        return weightings.request_run(session, None, wave, row).id


def work(field: Field, storage: FolderStorage, job_id: int) -> None:
    """What the task does."""
    with jobs.running(field.database, job_id) as ids:
        if ids is not None:
            weighting_runs.run_weighting(field.database, storage, ids[0], job_id)


def run(field: Field, storage: FolderStorage, recipe: dict[str, Any] | None = None) -> int:
    """Run a new weighting; its number."""
    number = draft(field, recipe)
    work(field, storage, ask(field, number))
    return number


def use(field: Field, number: int, replacing: int | None = None) -> None:
    with field.database.transaction() as session:
        wave = fieldwork.get_wave(session, field.key, is_locked=True)
        row = weightings.get_weighting(session, wave.id, number, is_locked=True)
        weightings.use_weighting(session, None, wave, row, replacing=replacing)


def freeze(field: Field, number: int, name: str) -> None:
    with field.database.transaction() as session:
        weightings.freeze_weighting(session, weightings.get_weighting(session, field.wave_id, number), name)


def read(field: Field, number: int) -> weightings.WeightingSummary:
    with field.database.reading() as session:
        return weightings.read_weighting(session, field.wave_id, number)


def in_use(field: Field) -> list[int]:
    with field.database.reading() as session:
        return list(session.scalars(select(Weighting.number).where(Weighting.in_use)))


def test_a_run_meets_its_margins_and_keeps_how_it_went(field: Field, storage: FolderStorage) -> None:
    one = read(field, run(field, storage))
    assert (one.status, one.responses, one.problem) == ("done", 60, None)
    diagnostics = read_diagnostics(one.diagnostics)
    after = {margin.name: [each.after for each in margin.categories] for margin in diagnostics.margins}
    assert after["sexe"] == pytest.approx([48, 52])
    assert after["region"] == pytest.approx([40, 60])
    assert sum(one.diagnostics["histogram"]) == 60
    assert in_use(field) == [1]  # nothing changes in the tables until it is used


def test_the_same_responses_and_recipe_give_the_same_figures(field: Field, storage: FolderStorage) -> None:
    first, second = run(field, storage), run(field, storage)
    assert read(field, first).diagnostics == read(field, second).diagnostics


def test_asked_to_run_twice_it_runs_once(field: Field, storage: FolderStorage) -> None:
    number = draft(field)
    job = ask(field, number)
    with pytest.raises(WeightingIsNotADraft):
        ask(field, number)
    threads = [threading.Thread(target=work, args=(field, storage, job)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert read(field, number).status == "done"
    ran_at = read(field, number).ran_at
    work(field, storage, job)
    assert read(field, number).ran_at == ran_at


class Killing(FolderStorage):
    """A storage whose first reading ends the process, as `kill -9` does."""

    def get(self, kind: str, name: str) -> bytes:
        os.kill(os.getpid(), signal.SIGKILL)
        return super().get(kind, name)


def die_at_work(url: str, folder: Path, job_id: int, weighting_id: int) -> None:
    """Run the job in a process that dies in the middle of it."""
    child = os.fork()
    if child == 0:
        database = Database(url)
        with jobs.running(database, job_id):
            weighting_runs.run_weighting(database, Killing(folder / "storage"), weighting_id, job_id)
        os._exit(0)
    assert os.WIFSIGNALED(os.waitpid(child, 0)[1])


def let_its_silence_last(database: Database, job_id: int) -> None:
    long_ago = now() - jobs.ABANDONED_AFTER - dt.timedelta(seconds=1)
    with database.transaction() as session:
        session.execute(update(Job).where(Job.id == job_id).values(started_at=long_ago, alive_at=long_ago))


def test_a_killed_run_is_taken_again_and_a_lost_one_says_so(
    field: Field, storage: FolderStorage, database_url: str, tmp_path: Path
) -> None:
    number = draft(field)
    job = ask(field, number)
    one = read(field, number)
    die_at_work(database_url, tmp_path, job, one.id)
    assert read(field, number).status == "running"
    let_its_silence_last(field.database, job)
    work(field, storage, job)
    assert read(field, number).status == "done"

    lost = draft(field)
    job = ask(field, lost)
    for _ in range(jobs.ATTEMPTS):
        die_at_work(database_url, tmp_path, job, read(field, lost).id)
        let_its_silence_last(field.database, job)
    work(field, storage, job)
    told = read(field, lost)
    assert told.status == "failed"
    assert told.problem is not None
    assert told.problem["code"] == "RunWasLost"
    work(field, storage, ask(field, lost))  # its recipe is the same: it may be asked again
    assert read(field, lost).status == "done"


def test_only_a_draft_is_edited_or_deleted(field: Field, storage: FolderStorage) -> None:
    number = run(field, storage)
    freeze(field, number, "rapport 2026")
    with field.database.transaction() as session:
        wave = fieldwork.get_wave(session, field.key)
        done = weightings.get_weighting(session, wave.id, 1)
        frozen = weightings.get_weighting(session, wave.id, number)
        with pytest.raises(WeightingIsNotADraft):
            weightings.edit_draft(session, wave, done, recipe_of(BY_SEX), "")
        with pytest.raises(WeightingIsFrozen):
            weightings.edit_draft(session, wave, frozen, recipe_of(BY_SEX), "")
        with pytest.raises(WeightingIsFrozen):
            weightings.delete_draft(session, wave, frozen)
        forgotten = weightings.create_draft(session, wave, copy_of=number)
        assert forgotten.recipe == frozen.recipe
        weightings.delete_draft(session, wave, forgotten)


def test_using_another_moves_the_mark_and_the_tables(field: Field, storage: FolderStorage) -> None:
    number = run(field, storage)
    use(field, number)
    assert in_use(field) == [number]
    with field.database.reading() as session:
        assert weightings.waves_to_reweight(session) == [field.wave_id]  # its hint may be lost
        events = session.scalars(select(AuditEvent.data).where(AuditEvent.action == "use-weighting")).all()
    assert [event["replaced"] for event in events] == [1]
    snapshots.refresh_snapshot(field.database, storage, field.wave_id)
    assert snapshots_of(field)[-1].weighting_id == read(field, number).id
    with field.database.reading() as session:
        assert weightings.waves_to_reweight(session) == []


def test_a_copy_of_the_one_in_use_is_named_by_the_next_tables(field: Field, storage: FolderStorage) -> None:
    number = run(field, storage, recipe_of(BY_SEX))
    use(field, number)
    assert snapshots.refresh_snapshot(field.database, storage, field.wave_id)
    assert read(field, number).snapshot == snapshots_of(field)[-1].number


def test_two_people_use_two_weightings_at_once(field: Field, storage: FolderStorage) -> None:
    numbers = [run(field, storage), run(field, storage, recipe_of(BY_SEX))]
    threads = [threading.Thread(target=use, args=(field, number)) for number in numbers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (used,) = in_use(field)
    assert used in numbers
    with field.database.reading() as session:
        told = select(func.count()).select_from(AuditEvent).where(AuditEvent.action == "use-weighting")
        assert session.scalar(told) == 2


def test_a_frozen_one_in_use_is_replaced_only_by_who_says_so(field: Field, storage: FolderStorage) -> None:
    freeze(field, 1, "rapport 2026")  # never run by itself: it keeps the figures of its snapshot
    assert read(field, 1).responses == 60
    number = run(field, storage)
    with pytest.raises(FrozenIsInUse):
        use(field, number)
    with pytest.raises(FrozenIsInUse):
        use(field, number, replacing=number)
    use(field, number, replacing=1)
    assert in_use(field) == [number]
    assert read(field, 1).frozen_for == "rapport 2026"
    freeze(field, 1, "rapport 2026")
    with pytest.raises(WeightingIsFrozen):
        freeze(field, 1, "rapport 2027")


def test_what_is_not_done_is_neither_used_nor_frozen(field: Field) -> None:
    number = draft(field)
    with pytest.raises(WeightingIsNotDone):
        use(field, number)
    with pytest.raises(WeightingIsNotDone):
        freeze(field, number, "rapport")


def failed(field: Field, storage: FolderStorage, recipe: dict[str, Any]) -> tuple[str, str]:
    """The code and the French sentence of a run that finds no weights."""
    one = read(field, run(field, storage, recipe))
    assert one.status == "failed"
    assert one.problem is not None
    return one.problem["code"], weighting_words.say_run_problem(one.problem, field.questionnaire, "fr")


def test_a_run_without_weights_says_why_and_what_to_do(field: Field, storage: FolderStorage) -> None:
    send_many(field, [payload(TWO_PAGES, sexe=1, confiance=5, engage=1)], 3)
    folding.fold_wave(field.database, storage, None, field.wave_id)
    only_north = recipe_of({"region": {"nord": "100"}})
    code, words = failed(field, storage, recipe_of({"region": {"nord": "40", "sud": "60"}}))
    assert code == "MarginVariableHasAbsences"
    assert "question non atteinte" in words
    kept = recipe_of({"region": {"nord": "40", "sud": "60"}}) | {"absences": "keep"}
    diagnostics = read_diagnostics(read(field, run(field, storage, kept)).diagnostics)
    assert sum(each.count for each in diagnostics.margins[0].categories if each.is_kept) == 3
    code, words = failed(field, storage, only_north | {"absences": "keep"})
    assert (code, "sud" in words) == ("UnknownCategory", True)
    tight = recipe_of(BY_SEX) | {"method": "logit", "bounds": {"low": 0.99, "high": 1.01}}
    code, words = failed(field, storage, tight)
    assert code == "BoundsAreInfeasible"
    assert "Élargissez" in words


def test_an_empty_wave_says_that_it_waits(database: Database, storage: FolderStorage) -> None:
    field = launch(database)
    code, words = failed(field, storage, recipe_of(BY_SEX))
    assert code == "TallyIsEmpty"
    assert "Aucune réponse" in words


def problems_of(recipe: dict[str, Any]) -> dict[str, tuple[str | int, ...]]:
    return {one.code: one.place for one in recipes.check_recipe(recipe, TWO_PAGES)}


def changed(**options: Any) -> dict[str, Any]:
    """The recipe by sex, its margin or itself changed."""
    recipe = copy.deepcopy(recipe_of(BY_SEX))
    for name, value in options.items():
        if name in recipe["margins"][0]:
            recipe["margins"][0][name] = value
        else:
            recipe[name] = value
    return recipe


def merged(variable: str, *choices: str) -> dict[str, Any]:
    return {"variable": variable, "choices": list(choices), "when": "always"}


def shares(**found: float) -> list[dict[str, Any]]:
    return [{"choices": [name], "share": share} for name, share in found.items()]


@pytest.mark.parametrize(
    ("recipe", "code", "place"),
    [
        (changed(cells=shares(homme=48, femme=42)), "far-from-100", ("margins", 0)),
        (changed(cells=shares(homme=48, femme=51.8)), "rescaled", ("margins", 0)),
        (changed(cells=shares(homme=-48, femme=148)), "negative-share", ("margins", 0, "cells", 0)),
        (changed(cells=shares(homme=48, autre=52)), "unknown-choice", ("margins", 0, "cells", 1)),
        (changed(cells=shares(homme=48) * 2), "category-twice", ("margins", 0, "cells", 1)),
        (changed(cells=[]), "no-shares", ("margins", 0)),
        (changed(variables=["taille"]), "unknown-variable", ("margins", 0)),
        (changed(universe={"fr": " "}), "no-universe", ("margins", 0, "universe")),
        (changed(date=""), "no-date", ("margins", 0, "date")),
        (changed(source=""), "no-source", ("margins", 0, "source")),
        (changed(margins=[]), "no-margins", ("margins",)),
        (changed(margins=recipe_of(BY_SEX)["margins"] * 2), "margin-twice", ("margins", 1)),
        (changed(method="magie"), "unknown-method", ("method",)),
        (changed(method="logit"), "no-bounds", ("bounds",)),
        (changed(method="logit", bounds={"low": 1.2, "high": 3}), "bounds-not-around-one", ("bounds",)),
        (changed(trim={"low": 0.2, "high": 0.9}), "trim-not-around-one", ("trim",)),
        (changed(merges=[merged("region", "nord", "sud")]), "merge-of-no-margin", ("merges", 0)),
        (changed(merges=[merged("sexe", "homme")]), "merge-of-one", ("merges", 0)),
        (changed(merges=[merged("sexe", "homme", "femme")] * 2), "merged-twice", ("merges", 1)),
        (changed(merges=[merged("sexe", "homme", "femme")], cells=[]), "merge-without-share", ("merges", 0)),
        (changed(absences="ignore"), "unknown-option", ("absences",)),
        (changed(stratum="rien"), "unknown-stratum", ("stratum",)),
    ],
)  # fmt: skip
def test_a_problem_is_told_where_it_is(recipe: dict[str, Any], code: str, place: tuple[str | int, ...]) -> None:
    assert problems_of(recipe).get(code) == place
    for problem in recipes.check_recipe(recipe, TWO_PAGES):
        for language in ("fr", "en"):
            assert "{" not in weighting_words.say_recipe_problem(problem, TWO_PAGES, language)


def test_a_recipe_with_a_problem_is_saved_but_not_run(field: Field) -> None:
    number = draft(field, changed(source=""))
    with pytest.raises(RecipeIsInvalid) as refusal:
        ask(field, number)
    assert [problem.code for problem in refusal.value.problems] == ["no-source"]
    assert read(field, number).status == "draft"


def test_a_stratum_separates_the_cells(field: Field, storage: FolderStorage) -> None:
    number = run(field, storage, recipe_of(BY_SEX) | {"stratum": "region"})
    use(field, number)
    snapshots.refresh_snapshot(field.database, storage, field.wave_id)
    estimator = snapshots.read_estimator(storage, snapshots_of(field)[-1].content_hash)
    assert estimator is not None
    assert estimator.tally.layout.stratum == "region"


def test_classes_of_a_few_people_are_joined() -> None:
    counts = [3, 0, 2, 50, 100, 20, 5, 0, 1, 12, 0, 0, 1]
    found = joined_classes(counts, 11)
    assert sum(count for _, _, count in found) == sum(counts)
    assert all(count == 0 or count >= 11 for _, _, count in found)
    assert [low for low, _, _ in found[1:]] == [high for _, high, _ in found[:-1]]
