"""What is hidden is hidden everywhere, and does not follow from what is shown."""

import json
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.estimation import (
    Cell,
    Column,
    Dimension,
    Estimator,
    Item,
    Layout,
    Mask,
    Measure,
    Policy,
    Reading,
    Table,
    TableRow,
    combine,
    count,
    distribution_table,
    estimate,
    protect,
    unweighted,
)

READING = Reading(
    question="Quelle est l’utilité de jouer collectif ?",
    base="À tous",
    population="citoyens",
    questionnaire="impact-citoyens",
    version="2022",
    wave="Essai",
    weighting="sans redressement",
    snapshot="1",
    origin="trial",
    produced_at="2026-11-23T10:00:00Z",
)
REFERENCE = json.loads((Path(__file__).parent / "reference" / "suppression.json").read_text())
EMPTY = dict.fromkeys(("value", "se", "low", "high", "count", "base", "index", "weighted")) | {"sign": 0}


def survey(counts):
    """Estimates without weights of a question whose answers 0, 1, 2… have these counts in each region."""
    counts = np.array(counts)
    regions, answers = np.nonzero(np.ones_like(counts))
    columns = {
        "region": np.repeat(regions, counts.ravel()),
        "q": np.repeat(answers, counts.ravel()),
        "n": np.repeat(answers, counts.ravel()),
    }
    codes = tuple(range(counts.shape[1]))
    layout = Layout(
        (Dimension("region", tuple(range(len(counts)))),), (Measure("q", "category", codes), Measure("n", "number"))
    )
    tally = count(layout, columns)
    return Estimator(tally, unweighted(tally))


def labels(counts):
    return {None: "Ensemble"} | {i: f"Région {i}" for i in range(len(counts))}


def shown(counts, policy=None, groups=None, by="region", mean=False):
    """The protected distribution of such a question."""
    estimator = survey(counts)
    table = distribution_table(
        estimator.estimate("q", by, groups),
        READING,
        {i: f"Réponse {i}" for i in range(len(counts[0]))} | {name: name for name in groups or {}},
        labels(counts),
        estimator.estimate("q", by, kind="mean") if mean else None,
        "Moyenne",
    )
    return protect(table, policy or Policy())


def masks(table):
    return [[cell.mask and cell.mask.value for cell in row.cells] for row in table.rows]


def test_counts_of_1_to_10_are_hidden_and_zero_is_shown():
    table = shown([[100, 10, 11, 0, 200, 7]], by=None)
    assert masks(table)[0] == [None, "small-count", None, None, None, "small-count"]
    zero = table.rows[0].cells[3]
    assert (zero.value, zero.count) == (0, 0)
    assert table.rows[0].cells[2].count == 11


def test_a_hidden_cell_carries_no_number():
    hidden = [c for row in shown([[100, 10, 60, 50], [5, 3, 9, 3]]).rows for c in row.cells if c.is_hidden]
    assert hidden
    for cell in hidden:
        assert {name: getattr(cell, name) for name in EMPTY} == EMPTY
        assert not cell.is_fragile
    assert {field.name for field in fields(Cell)} == {*EMPTY, "is_fragile", "mask"}


def test_a_lone_hidden_answer_takes_the_smallest_other_with_it():
    assert masks(shown([[100, 10, 60, 50]], by=None))[0] == [None, "small-count", None, "secondary"]


def test_a_lone_hidden_region_takes_a_second_one_with_it():
    counts = [[100, 90, 80], [60, 50, 70], [40, 9, 5], [300, 200, 100]]
    table = shown(counts)
    for column in range(3):
        hidden = [row.cells[column].is_hidden for row in table.rows]
        assert not hidden[0]
        assert sum(hidden) != 1
    assert table.rows[3].cells[1].mask is Mask.SMALL_COUNT


def test_percentages_and_means_are_hidden_under_a_base_of_30():
    counts = [[200, 150], [15, 14], [15, 15], [300, 300]]
    table = shown(counts, mean=True)
    assert [row.base for row in table.rows] == [1009, 350, 29, 30, 600]
    assert masks(table)[2] == ["small-base"] * 3
    assert table.rows[2].is_hidden
    assert table.rows[2].weighted_base == 29


def test_a_base_from_30_to_99_is_flagged():
    counts = [[15, 15], [50, 49], [50, 50]]
    table = shown(counts)
    assert [row.is_fragile for row in table.rows] == [False, True, True, False]
    assert [row.cells[0].is_fragile for row in table.rows] == [False, True, True, False]


def test_a_base_of_1_to_10_is_hidden_and_does_not_follow_from_the_others():
    counts = [[200, 150], [4, 3], [40, 45], [300, 300]]
    table = shown(counts)
    # The region of 7 is hidden, and the smallest other base with it, or 1042 - 350 - 85 - 600 would tell.
    assert [row.base for row in table.rows] == [1042, 350, None, None, 600]
    for row in table.rows[2:4]:
        assert row.is_hidden
        assert (row.weighted_base, row.effective_base) == (None, None)


def test_an_empty_region_shows_its_zero_base_and_no_estimate():
    table = shown([[200, 150], [0, 0], [300, 300]])
    assert table.rows[2].base == 0
    assert masks(table)[2] == ["no-answer"] * 2
    assert table.hidden_cells == 0


def test_a_subtotal_that_would_tell_a_hidden_answer_is_hidden():
    # 105 - 100 would tell the 5; the subtotal of shown answers stays.
    table = shown([[100, 5, 50, 7, 60]], groups={"ST A": (0, 1), "ST B": (0, 2)}, by=None)
    assert masks(table)[0] == [None, "small-count", None, "small-count", None, "secondary", None]


def test_a_subtotal_of_few_people_is_hidden():
    table = shown([[100, 3, 4, 70]], groups={"ST": (1, 2)}, by=None)
    assert table.rows[0].cells[4].mask is Mask.SMALL_COUNT


def test_the_mean_of_a_distribution_does_not_tell_hidden_answers():
    # With 0 to 3 shown but for two, the mean and the sum would give both: a third one is hidden.
    table = shown([[100, 9, 60, 50]], by=None, mean=True)
    cells = table.rows[0].cells
    assert cells[4].value == pytest.approx((9 + 120 + 150) / 219)
    assert (cells[4].count, cells[4].base) == (None, None)
    assert sum(cell.is_hidden for cell in cells) == 3


def choices(yes, base):
    """Three choices of a multiple question, by region; yes[region][choice]."""
    yes, base = np.array(yes), np.array(base)
    columns = {"region": np.repeat(np.arange(len(base)), base)}
    for choice in range(yes.shape[1]):
        columns[f"c{choice}"] = np.concatenate(
            [np.arange(n) < k for n, k in zip(base, yes[:, choice], strict=True)]
        ).astype(np.int8)
    measures = tuple(Measure(f"c{choice}", "indicator") for choice in range(yes.shape[1]))
    tally = count(Layout((Dimension("region", tuple(range(len(base)))),), measures), columns)
    estimator = Estimator(tally, unweighted(tally))
    items = [Item(m.name.upper(), estimator.estimate(m.name, "region")) for m in measures]
    return combine(items, READING, labels(base))


def test_choices_of_a_multiple_question_are_columns_of_one_table():
    table = protect(choices([[60, 30], [50, 40]], [100, 90]), Policy())
    assert [(c.code, c.label, c.kind) for c in table.columns] == [("c0", "C0", "percent"), ("c1", "C1", "percent")]
    assert [cell.value for cell in table.rows[1].cells] == [0.6, 0.3]
    assert [cell.base for cell in table.rows[2].cells] == [90, 90]
    assert table.hidden_cells == 0


def test_those_who_did_not_choose_are_a_count_too():
    # 95 of 100 would tell that 5 did not.
    table = protect(choices([[95], [50], [60]], [100, 90, 120]), Policy())
    assert table.rows[1].cells[0].is_hidden
    assert sum(row.cells[0].is_hidden for row in table.rows) == 2


def test_a_base_hidden_for_one_choice_is_hidden_for_all():
    table = protect(choices([[60, 30, 20], [2, 3, 1], [40, 45, 30]], [100, 7, 80]), Policy())
    assert [row.base for row in table.rows] == [187, 100, None, None]
    for row in table.rows:
        if row.base is None:
            assert row.is_hidden
        else:
            assert {cell.base for cell in row.cells if not cell.is_hidden} <= {row.base}


def test_items_of_a_grid_keep_their_own_base():
    estimator = survey([[100, 50, 60], [80, 70, 40]])
    items = [
        Item("Note", estimator.estimate("q", "region", kind="mean")),
        Item("Nombre", estimator.estimate("n", "region")),
    ]
    table = protect(combine(items, READING, labels([0, 0])), Policy())
    assert [cell.value for cell in table.rows[1].cells] == pytest.approx([170 / 210] * 2)
    assert [cell.count for cell in table.rows[1].cells] == [210, 210]


def test_a_hidden_mean_takes_a_second_region_with_it():
    estimator = survey([[100, 50], [10, 15], [40, 20], [80, 70]])
    table = protect(combine([Item("n", estimator.estimate("n", "region"))], READING, labels([0] * 4)), Policy())
    assert [row.cells[0].mask for row in table.rows] == [None, None, Mask.SMALL_BASE, Mask.SECONDARY, None]


def test_one_answer_of_several_questions_can_be_combined():
    estimator = survey([[100, 50, 60], [80, 70, 40]])
    estimates = estimator.estimate("q", "region", {"ST": (0, 1)})
    table = combine([Item("Utile", estimates, "ST")], READING, labels([0, 0]))
    assert table.value[1, 0] == 150 / 210
    with pytest.raises(ValueError, match="no single answer"):
        combine([Item("Utile", estimates)], READING, labels([0, 0]))


def test_thresholds_belong_to_the_study():
    assert masks(shown([[100, 4, 60, 50]], Policy(minimum_count=3), by=None))[0] == [None] * 4
    assert masks(shown([[12, 12, 13, 14]], Policy(minimum_base=60), by=None))[0] == ["small-base"] * 4


def test_corsica_in_a_sample_of_2400():
    shares = np.array([0.35, 0.3, 0.2, 0.1, 0.05])
    regions = np.array([450, 94, 103, 122, 221, 204, 142, 125, 223, 221, 298, 185, 12])
    counts = np.round(np.outer(regions, shares)).astype(int)
    table = shown(counts.tolist())
    corsica = table.rows[-1]
    assert corsica.base == 12
    assert corsica.is_hidden
    assert not table.rows[0].is_hidden
    assert not any(cell.is_hidden for cell in table.rows[0].cells)


def test_a_protected_table_goes_to_json():
    table = shown([[100, 10, 60, 50], [5, 3, 9, 3]])
    data = json.loads(json.dumps(table.to_dict()))
    assert data["reading"]["question"] == READING.question
    assert data["rows"][1]["cells"][1]["mask"] == "small-count"


def test_the_same_cells_as_gausssuppression():
    cells = {(region, answer): n for region, answer, n, _, _ in REFERENCE}
    regions = ["Total", *sorted({region for region, _ in cells} - {"Total"})]
    answers = sorted({answer for _, answer in cells} - {"Total"})
    counts = np.array([[cells[r, a] for a in answers] for r in regions])
    base = np.array([[cells[r, "Total"]] * len(answers) for r in regions])
    number = counts.astype(float)
    rows = tuple(TableRow(i or None, region) for i, region in enumerate(regions))
    columns = tuple(Column(a, a, "percent", "q", (i,)) for i, a in enumerate(answers))
    table = Table(READING, rows, columns, number, number, number, number, counts, base, base * 1.0, base * 1.0)
    found = protect(table, Policy(minimum_count=11, minimum_base=0, fragile_base=0))
    hidden = {(r.label, c.code) for r in found.rows for c, x in zip(columns, r.cells, strict=True) if x.is_hidden}
    hidden |= {(row.label, "Total") for row in found.rows if row.base is None}
    assert hidden == {(region, answer) for region, answer, _, _, is_suppressed in REFERENCE if is_suppressed}


tables = (
    st.integers(1, 5)
    .flatmap(
        lambda width: st.lists(
            st.lists(st.sampled_from([0, 1, 4, 9, 12, 15, 31, 60, 140]), min_size=width, max_size=width),
            min_size=1,
            max_size=6,
        )
    )
    .filter(lambda counts: sum(map(sum, counts)) > 0)
)


@settings(max_examples=150)
@given(tables, st.booleans())
def test_no_hidden_count_follows_from_what_is_shown(counts, has_subtotal):
    """An attacker who solves the linear equations of all that is shown learns no count of 1 to 10 exactly."""
    width = len(counts[0])
    groups = {"ST": tuple(range(0, width, 2))} if has_subtotal else {}
    table = shown(counts, groups=groups)
    known, secret = [], []
    for index, row in enumerate(table.rows):
        here = np.zeros((len(counts), width))
        here[slice(None) if index == 0 else index - 1] = 1
        parts = [(place,) for place in range(width)] + list(groups.values())
        for cell, part in zip(row.cells, parts, strict=True):
            form = np.zeros_like(here)
            form[:, list(part)] = here[:, list(part)]
            if not cell.is_hidden:
                known.append(form.ravel())
            elif 0 < (form * np.array(counts)).sum() <= 10:
                secret.append(form.ravel())
        if row.base is not None:
            known.append(here.ravel())
        elif 0 < (here * np.array(counts)).sum() <= 10:
            secret.append(here.ravel())
    if not known:
        return
    rank = np.linalg.matrix_rank(np.array(known))
    for form in secret:
        assert np.linalg.matrix_rank(np.array([*known, form])) == rank + 1


def test_words_are_required_and_domains_must_agree():
    estimator = survey([[100, 50], [40, 60]])
    whole, regions = estimator.estimate("q"), estimator.estimate("q", "region")
    with pytest.raises(KeyError):
        distribution_table(whole, READING, {0: "Non"}, {None: "Ensemble"})
    with pytest.raises(ValueError, match="mean"):
        distribution_table(whole, READING, {0: "Non", 1: "Oui"}, labels([0, 0]), estimator.estimate("n"))
    with pytest.raises(ValueError, match="domains"):
        combine([Item("a", estimator.estimate("n")), Item("b", regions, 1)], READING, labels([0, 0]))
    with pytest.raises(ValueError, match="twice"):
        combine([Item("a", regions, 0), Item("b", regions, 1)], READING, labels([0, 0]))


def test_estimate_and_estimator_agree():
    estimator = survey([[100, 50], [40, 60]])
    tally = estimator.tally
    assert estimate(tally, unweighted(tally), "q").value.tolist() == estimator.estimate("q").value.tolist()
