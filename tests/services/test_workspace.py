"""Tables on demand: the figures are those of the rows, and nothing that must be hidden is shown."""

from __future__ import annotations

import itertools
import random
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.db import Database
from app.estimation.disclosure import ProtectedTable
from app.models import Wave
from app.services import folding, snapshots
from app.services.workspace import Made, RequestIsInvalid, make_tables, read_request
from app.storage import FolderStorage, Storage
from questionnaires.expressions import Absence
from questionnaires.model import Subtotal
from tests import factories
from tests.factories import Field
from tests.questionnaires.builders import (
    choices,
    multiple,
    number,
    page,
    questionnaire,
    score,
    single,
    words,
)

ASKED = questionnaire(
    page("profil", single("sexe", "homme", "femme"), single("region", "nord", "sud", "corse")),
    page(
        "avis",
        single(
            "utilite",
            choices=choices("beaucoup", "assez", "peu", "pas"),
            subtotals=(Subtotal("st_utile", words("ST Utile"), ("beaucoup", "assez")),),
            no_opinion=True,
        ),
        score("confiance", no_opinion=True),
        multiple("priorite", "emploi", "sante", "climat"),
        number("heures", maximum=200),
        single("engage", "oui", "non"),
    ),
)
SHARES = {"sexe": {"homme": "48", "femme": "52"}}
PEOPLE = 700
Answers = dict[str, Any]


def draw_people(count: int, seed: int = 7) -> list[Answers]:
    """People whose answers depend on their region, with few in Corse and few without an opinion."""
    chance = random.Random(seed)
    people: list[Answers] = []
    for _ in range(count):
        region = chance.choices((1, 2, 3), (60, 36, 4))[0]
        weights = (34, 40, 20, 6) if region == 1 else (20, 35, 30, 15)
        person: Answers = {
            "sexe": chance.choices((1, 2), (60, 40))[0],
            "region": region,
            "utilite": Absence.NO_OPINION if chance.random() < 0.05 else chance.choices((1, 2, 3, 4), weights)[0],
            "confiance": Absence.NO_OPINION if chance.random() < 0.06 else min(10, max(0, round(chance.gauss(6, 2)))),
            "priorite": tuple(sorted(chance.sample((1, 2, 3), chance.choice((1, 2))))),
            "heures": chance.randrange(0, 60),
            "engage": chance.choices((1, 2), (45, 55))[0],
        }
        if chance.random() < 0.08:
            del person["engage"]
        people.append(person)
    return people


def field_of(database: Database, storage: Storage, people: Sequence[Answers], key: str = "essai") -> Field:
    """A wave that these people answered, folded."""
    field = factories.launch(database, ASKED, SHARES, key=key)
    factories.send_many(field, [factories.payload(ASKED, **one) for one in people], len(people))
    folding.fold_wave(database, storage, None, field.wave_id)
    snapshots.refresh_snapshot(database, storage, field.wave_id)
    return field


class Bench:
    """The workspace over a wave, and the people behind it."""

    def __init__(self, database: Database, storage: FolderStorage, key: str, people: Sequence[Answers]) -> None:
        self.database, self.storage, self.key, self.people = database, storage, key, people

    def make(self, question: str, *by: str, language: str = "fr", **more: str | Sequence[str]) -> Made:
        """The tables of a request."""
        values = {name: [one] if isinstance(one, str) else list(one) for name, one in more.items()}
        request = read_request(self.key, {"question": [question], "by": list(by), **values})
        with self.database.reading() as session:
            return make_tables(session, self.storage, request, language)

    def table(self, question: str, *by: str, **more: str | Sequence[str]) -> ProtectedTable:
        """The table of a request with one block of rows."""
        (block,) = self.make(question, *by, **more).blocks
        return block.table

    def problems(self, question: str, *by: str, **more: str | Sequence[str]) -> list[tuple[str, str]]:
        """What is wrong with a request."""
        with pytest.raises(RequestIsInvalid) as refused:
            self.make(question, *by, **more)
        return [(one.field, one.code) for one in refused.value.problems]


@pytest.fixture(scope="module")
def bench(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """Seven hundred people, few of them in Corse."""
    folder = tmp_path_factory.mktemp("bench")
    shutil.copy(sqlite_template, folder / "impact.sqlite3")
    database, storage = Database(f"sqlite:///{folder / 'impact.sqlite3'}"), FolderStorage(folder / "storage")
    people = draw_people(PEOPLE)
    field_of(database, storage, people)
    yield Bench(database, storage, "essai", people)
    database.close()


# -- an independent computation, on rows -------------------------------------------------------------


def weights_of(people: Sequence[Answers]) -> np.ndarray[Any, Any]:
    """Post-stratification on sex, which is what raking on one margin is."""
    sexes = np.asarray([one["sexe"] for one in people])
    share = {1: 0.48, 2: 0.52}
    return np.asarray([share[sex] * len(people) / (sexes == sex).sum() for sex in sexes])


def share_on_rows(
    people: Sequence[Answers], counts: Callable[[Answers], bool], in_base: Callable[[Answers], bool]
) -> tuple[float, float]:
    """A share and its standard error, by residuals on rows: Σ w e, n/(n-1) Σ (u - ū)²."""
    return value_on_rows(people, lambda one: float(counts(one)), in_base)


def value_on_rows(
    people: Sequence[Answers], value: Callable[[Answers], float], in_base: Callable[[Answers], bool]
) -> tuple[float, float]:
    w = weights_of(people)
    base = np.asarray([in_base(one) for one in people])
    y = np.asarray([value(one) if inside else 0.0 for one, inside in zip(people, base, strict=True)])
    total = w[base].sum()
    mean = (w * y)[base].sum() / total
    z = np.where(base, y - mean, 0) / total
    sexes = np.asarray([one["sexe"] for one in people])
    e = z - np.asarray([z[sexes == sex].mean() for sex in sexes])
    u = w * e
    n = len(people)
    return mean, float(np.sqrt(n / (n - 1) * ((u - u.mean()) ** 2).sum()))


def cell(table: ProtectedTable, row: int | None, column: str) -> Any:
    """The cell of a row and a column, by their codes."""
    place = [one.code for one in table.columns].index(column)
    return next(one for one in table.rows if one.code == row).cells[place]


def is_given(name: str) -> Callable[[Answers], bool]:
    return lambda one: one.get(name) is not None


@pytest.mark.parametrize("is_filtered", [False, True])
@pytest.mark.parametrize("sex", [None, 1, 2])
def test_a_share_is_that_of_the_rows(bench: Bench, sex: int | None, is_filtered: bool) -> None:
    table = bench.table("utilite", "sexe", filter="engage = 'oui'" if is_filtered else "")

    def in_base(one: Answers) -> bool:
        return (sex is None or one["sexe"] == sex) and (not is_filtered or one.get("engage") == 1)

    value, error = share_on_rows(bench.people, lambda one: one["utilite"] in (1, 2), in_base)
    shown = cell(table, sex, "st_utile")
    assert shown.value == pytest.approx(value, abs=1e-12)
    assert shown.se == pytest.approx(error, rel=1e-10)
    assert shown.base == sum(map(in_base, bench.people))
    assert shown.count == sum(in_base(one) and one["utilite"] in (1, 2) for one in bench.people)


def test_means_of_scores_and_of_numbers_are_those_of_the_rows(bench: Bench) -> None:
    scores = bench.table("confiance", "region", statistics=("mean", "deviation", "median"))
    assert [one.code for one in scores.columns] == ["mean", "deviation", "median"]

    def has_score(one: Answers) -> bool:
        return one["region"] == 1 and one["confiance"] is not Absence.NO_OPINION

    value, error = value_on_rows(bench.people, lambda one: one["confiance"], has_score)
    assert cell(scores, 1, "mean").value == pytest.approx(value, rel=1e-12)
    assert cell(scores, 1, "mean").se == pytest.approx(error, rel=1e-9)
    hours = bench.table("heures", filter="region = 'nord'")
    value, error = value_on_rows(bench.people, lambda one: one["heures"], lambda one: one["region"] == 1)
    assert cell(hours, None, "mean").value == pytest.approx(value, rel=1e-12)
    assert cell(hours, None, "mean").se == pytest.approx(error, rel=1e-9)


def test_without_weighting_a_share_is_a_count_over_a_count(bench: Bench) -> None:
    table = bench.table("engage", "sexe", weighting="none", statistics=("percent", "weighted", "index"))
    men = [one for one in bench.people if one["sexe"] == 1 and "engage" in one]
    shown = cell(table, 1, "1")
    assert shown.value == pytest.approx(sum(one["engage"] == 1 for one in men) / len(men))
    assert shown.weighted == pytest.approx(sum(one["engage"] == 1 for one in men))
    assert shown.index == pytest.approx(100 * shown.value / cell(table, None, "1").value)
    assert table.reading.weighting == "Non redressé"


def test_the_choices_of_a_multiple_question_stand_side_by_side(bench: Bench) -> None:
    table = bench.table("priorite", "region", filter="sexe = 'femme'")
    assert [one.code for one in table.columns] == ["priorite_emploi", "priorite_sante", "priorite_climat"]
    women = [one for one in bench.people if one["sexe"] == 2 and one["region"] == 1]
    assert cell(table, 1, "priorite_sante").count == sum(2 in one["priorite"] for one in women)


def test_several_variables_make_blocks_and_two_may_be_crossed(bench: Bench) -> None:
    one_after_another = bench.make("utilite", "sexe", "engage")
    assert [len(one.table.rows) for one in one_after_another.blocks] == [3, 4]
    first, second = one_after_another.blocks
    for one, other in zip(first.table.rows[0].cells, second.table.rows[0].cells, strict=True):
        assert (one.count, one.base, one.mask) == (other.count, other.base, other.mask)
        assert one.value == pytest.approx(other.value, rel=1e-12)
    crossed = bench.table("utilite", "sexe", "region", crossed="1")
    assert [row.label for row in crossed.rows] == [
        "Ensemble",
        *(f"{sex} · {region}" for sex, region in itertools.product(("homme", "femme"), ("nord", "sud", "corse"))),
    ]
    inside = [one for one in bench.people if one["sexe"] == 2 and one["region"] == 2]
    assert crossed.rows[5].base == len(inside)


def test_the_choices_of_a_multiple_question_are_a_block_each(bench: Bench) -> None:
    made = bench.make("utilite", "priorite")
    assert [[row.label for row in one.table.rows] for one in made.blocks] == [["Ensemble", "Non", "Oui"]] * 3


def test_who_has_no_row_is_a_row_of_their_own(bench: Bench) -> None:
    table = bench.table("utilite", "engage")
    assert table.rows[-1].label == "Sans réponse à cette variable"
    assert table.rows[-1].base == sum("engage" not in one for one in bench.people)
    assert table.rows[0].base == PEOPLE


# -- disclosure -------------------------------------------------------------------------------------


def numbers_shown(table: ProtectedTable) -> Iterator[int]:
    """Every count that a table shows."""
    for row in table.rows:
        yield from (one for one in (row.base,) if one is not None)
        for one in row.cells:
            yield from (each for each in (one.count, one.base) if each is not None)


@pytest.mark.parametrize("question", ["utilite", "confiance", "priorite", "engage"])
@pytest.mark.parametrize("by", ["region", "sexe", "engage", "utilite"])
@pytest.mark.parametrize("rule", ["", "engage = 'oui'", "region in {'nord', 'sud'}", "confiance >= 8"])
def test_no_small_count_is_shown(bench: Bench, question: str, by: str, rule: str) -> None:
    if question == by:
        return
    table = bench.table(question, by, filter=rule, statistics=("percent", "weighted", "index", "mean"))
    assert not [one for one in numbers_shown(table) if 0 < one < 11]
    for row in table.rows:
        for one in row.cells:
            assert not one.is_hidden or (one.value, one.count, one.index, one.weighted, one.sign) == (None,) * 4 + (0,)


def test_a_filter_tells_nobody_by_difference(bench: Bench) -> None:
    """What is shown with a filter and without it, subtracted, is no count of 1 to 10."""
    whole, kept = bench.table("utilite", "engage"), bench.table("utilite", "engage", filter="region != 'corse'")
    assert kept.hidden_cells
    for all_row, row in zip(whole.rows, kept.rows, strict=True):
        for every, one in zip(all_row.cells, row.cells, strict=True):
            if every.count is not None and one.count is not None:
                assert not 0 < every.count - one.count < 11


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ("heures <= 10 and region = 'corse'", "keeps-few"),
        ("heures > 10 or region != 'corse'", "leaves-few"),
        ("heures > 500", "keeps-nobody"),
    ],
)
def test_a_filter_of_few_people_shows_nothing_and_says_why(bench: Bench, rule: str, code: str) -> None:
    assert bench.problems("utilite", filter=rule) == [("filter", code)]


def test_crossed_either_way_the_same_cells_are_hidden(bench: Bench) -> None:
    one, other = bench.table("utilite", "region"), bench.table("region", "utilite")
    hidden = {
        (row.code, column.code)
        for row in one.rows
        for column, c in zip(one.columns, row.cells, strict=True)
        if c.is_hidden
    }
    for row in other.rows[1:]:
        for column, shown in zip(other.columns, row.cells, strict=True):
            if column.kind == "percent" and shown.is_hidden and shown.mask != "small-base":
                assert (int(column.code), str(row.code)) in hidden


# -- what is refused --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "by", "more", "problem"),
    [
        ("", (), {}, ("question", "missing")),
        ("inconnue", (), {}, ("question", "unknown")),
        ("utilite", ("inconnue",), {}, ("by", "unknown")),
        ("utilite", ("heures",), {}, ("by", "not-divisible")),
        ("utilite", ("utilite",), {}, ("by", "is-the-question")),
        ("utilite", ("sexe", "sexe"), {}, ("by", "twice")),
        ("utilite", ("sexe", "region", "engage", "confiance"), {}, ("by", "too-many")),
        ("utilite", ("sexe",), {"crossed": "1"}, ("crossed", "needs-two")),
        ("utilite", (), {"filter": "sexe ="}, ("filter", "rule")),
        ("utilite", (), {"filter": "x" * 5000}, ("filter", "too-long")),
        ("utilite", (), {"weighting": "99"}, ("weighting", "unknown")),
        ("utilite", (), {"weighting": "٣"}, ("weighting", "unknown")),
        ("utilite", (), {"statistics": "mode"}, ("statistics", "not-offered")),
        ("utilite", (), {"interval": "bayes"}, ("interval", "not-offered")),
        ("utilite", ("sexe",), {"test": "khi"}, ("test", "not-offered")),
        ("utilite", (), {"test": "signs"}, ("test", "needs-rows")),
        ("heures", ("sexe",), {"test": "rao-scott"}, ("test", "needs-shares")),
        ("utilite", (), {"compared": "essai"}, ("compared", "itself")),
        ("utilite", (), {"compared": "ailleurs"}, ("compared", "unknown")),
    ],
)
def test_nonsense_is_refused_at_its_field(
    bench: Bench, question: str, by: tuple[str, ...], more: Mapping[str, str], problem: tuple[str, str]
) -> None:
    assert problem in bench.problems(question, *by, **more)


def test_every_problem_is_told_at_once(bench: Bench) -> None:
    found = bench.problems("inconnue", "ailleurs", filter="et", weighting="99", test="khi")
    assert {field for field, _ in found} == {"question", "by", "filter", "weighting", "test"}


# -- both databases, another state ------------------------------------------------------------------


def test_a_table_follows_the_rows_that_count_now(database: Database, tmp_path: Path) -> None:
    storage, people = factories.storage_in(tmp_path), draw_people(120)
    field = field_of(database, storage, people)
    bench = Bench(database, storage, field.key, people)
    before = bench.table("utilite", filter="sexe = 'homme'")
    men = sum(one["sexe"] == 1 for one in people)
    assert before.rows[0].base == men
    more = draw_people(60, seed=8)
    factories.send_many(field, [factories.payload(ASKED, **one) for one in more], len(more))
    folding.fold_wave(database, storage, None, field.wave_id)
    after = bench.table("utilite", filter="sexe = 'homme'")
    assert after.rows[0].base == men + sum(one["sexe"] == 1 for one in more)
    assert after.reading.snapshot != before.reading.snapshot


# -- two waves --------------------------------------------------------------------------------------


@pytest.fixture
def two_waves(sqlite_url: str, tmp_path: Path) -> Iterator[Bench]:
    """Two waves of the same questionnaire."""
    database, storage = Database(sqlite_url), factories.storage_in(tmp_path)
    people = draw_people(400, seed=1)
    field = field_of(database, storage, people, key="premiere")
    with database.transaction() as session:
        later = Wave(
            **{
                column.name: getattr(factories.get_wave(field), column.name)
                for column in Wave.__table__.columns
                if column.name not in ("id", "key", "name")
            },
            key="seconde",
            name="Seconde",
        )
        session.add(later)
        session.flush()
        second = Field(database, "seconde", later.id, field.version_id, ASKED)
    factories.send_many(second, [factories.payload(ASKED, **one) for one in draw_people(300, seed=2)], 300)
    folding.fold_wave(database, storage, None, second.wave_id)
    yield Bench(database, storage, "premiere", people)
    database.close()


def test_waves_that_share_persons_are_not_compared(two_waves: Bench) -> None:
    with two_waves.database.transaction() as session:
        session.query(Wave).filter(Wave.key == "seconde").one().method = {"shares_persons_with": ["premiere"]}
    assert two_waves.problems("utilite", compared="seconde") == [("compared", "shares-persons")]


def test_waves_of_another_nature_are_not_compared(two_waves: Bench) -> None:
    with two_waves.database.transaction() as session:
        session.query(Wave).filter(Wave.key == "seconde").one().origin = "simulated"
    assert two_waves.problems("utilite", compared="seconde") == [("compared", "origin")]


# -- tests ------------------------------------------------------------------------------------------


def test_a_sign_says_which_rows_differ_from_the_others(bench: Bench) -> None:
    """People of the north find it useful more often than the others: drawn so, hundreds of them."""
    table = bench.table("utilite", "region", test="signs", weighting="none")
    assert table.reading.test
    north = {one["region"] == 1: [] for one in bench.people}
    for one in bench.people:
        north[one["region"] == 1].append(one["utilite"] in (1, 2))
    inside, outside = (np.mean(north[key]) for key in (True, False))
    error = np.sqrt(sum(np.var(north[key]) / len(north[key]) for key in (True, False)))
    expected = 2 if (inside - outside) / error > 2.6 else 1 if (inside - outside) / error > 2 else 0
    assert expected
    assert cell(table, 1, "st_utile").sign == expected
    assert all(one.sign == 0 for one in table.rows[0].cells)
    assert all(one.sign == 0 for row in table.rows for one in row.cells if one.is_hidden)


def test_who_is_left_out_of_a_filter_is_no_part_of_a_test(bench: Bench) -> None:
    """Among men, sex tells nothing: neither sign nor association."""
    made = bench.make("utilite", "engage", filter="sexe = 'homme'", test="both")
    (block,) = made.blocks
    men = [one for one in bench.people if one["sexe"] == 1 and "engage" in one]
    assert sum(row.base or 0 for row in block.table.rows[1:] if row.code and row.code > 0) == len(men)
    assert block.association is not None


def test_a_statistic_is_not_shown_beside_hidden_cells(bench: Bench) -> None:
    (hiding,) = bench.make("utilite", "region", test="rao-scott").blocks
    assert hiding.table.hidden_cells
    assert hiding.association is not None
    assert hiding.association.statistic is hiding.association.p is None
    (open_one,) = bench.make("engage", "sexe", test="rao-scott").blocks
    assert not open_one.table.hidden_cells
    assert open_one.association is not None
    assert open_one.association.statistic is not None


def test_the_gap_of_two_waves_is_the_difference_of_their_tables(two_waves: Bench) -> None:
    made = two_waves.make("utilite", compared="seconde", weighting="none")
    other = Bench(two_waves.database, two_waves.storage, "seconde", ()).table("utilite", weighting="none")
    (block,) = made.blocks
    assert block.gaps is not None
    for mine, theirs, gap in zip(block.table.rows[0].cells, other.rows[0].cells, block.gaps.rows[None], strict=True):
        if mine.is_hidden or theirs.is_hidden:
            assert gap is None
            continue
        assert gap is not None
        assert gap.value == pytest.approx(mine.value - theirs.value)
        assert gap.high - gap.low == pytest.approx(2 * 1.96 * np.hypot(mine.se, theirs.se), rel=0.01)
