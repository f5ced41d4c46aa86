"""Segments: what is written is read, the same rows give the same bytes, and segments filter and merge."""

from dataclasses import replace

import numpy as np
import pytest

from app.microdata import (
    BASE_WEIGHT,
    SegmentIsInvalid,
    SegmentRow,
    SegmentVariable,
    column_names,
    filter_rows,
    merge_segments,
    read_columns,
    read_texts,
    read_weights,
    row_count,
    write_segment,
)

VARIABLES = (
    SegmentVariable("age"),
    SegmentVariable("revenu"),
    SegmentVariable("commentaire", "text"),
)


def row(submission, age=2, revenu: int | None = 1200, commentaire: str | None = None) -> SegmentRow:
    values: dict[str, int | str] = {"age": age}
    absences: dict[str, int] = {}
    if revenu is None:
        absences["revenu"] = -2
    else:
        values["revenu"] = revenu
    if commentaire is None:
        absences["commentaire"] = -4
    else:
        values["commentaire"] = commentaire
    return SegmentRow(submission, f"id-{submission * 7919 % 101:03}", values, absences)


ROWS = [row(1, 1), row(2, revenu=70_000, commentaire="Très bien"), row(3, revenu=None), row(4, 4)]


def test_a_segment_returns_what_was_written_ordered_by_public_id():
    data = write_segment(ROWS, VARIABLES)
    expected = sorted(ROWS, key=lambda r: r.response)

    columns = read_columns(data, ["submission", "age", "revenu", "commentaire"])
    names = ["submission", "response", "age", "revenu", "commentaire", "commentaire.text"]
    assert column_names(data) == names
    assert row_count(data) == 4
    assert columns["submission"].tolist() == [r.submission for r in expected]
    assert columns["revenu"].tolist() == [r.values.get("revenu", -2) for r in expected]
    assert columns["commentaire"].tolist() == [0 if "commentaire" in r.values else -4 for r in expected]
    assert read_texts(data, "commentaire") == [r.values.get("commentaire") for r in expected]
    assert read_texts(data, "response") == [r.response for r in expected]


def test_integers_take_the_smallest_width_that_holds_them():
    columns = read_columns(write_segment(ROWS, VARIABLES), ["submission", "age", "revenu"])
    assert [columns[name].dtype for name in ("submission", "age", "revenu")] == [np.int64, np.int8, np.int32]


def test_the_same_rows_give_the_same_bytes_in_any_order():
    assert write_segment(ROWS, VARIABLES) == write_segment(ROWS[::-1], VARIABLES)


def test_filtering_and_merging_equal_writing_the_rows():
    whole = write_segment(ROWS, VARIABLES)
    first, second = write_segment(ROWS[:2], VARIABLES), write_segment(ROWS[2:], VARIABLES)
    assert filter_rows(whole, {1, 2}) == first
    assert filter_rows(whole, []) == write_segment([], VARIABLES)
    assert merge_segments([second, first]) == whole


def test_an_empty_segment_reads():
    data = write_segment([], VARIABLES)
    assert row_count(data) == 0
    assert read_columns(data, ["age"])["age"].tolist() == []


@pytest.mark.parametrize(
    ("values", "absences"),
    [({}, {}), ({"age": 1}, {"age": -4}), ({"age": "un"}, {}), ({}, {"age": 3})],
    ids=["neither", "both", "not an integer", "absence that is no absence"],
)
def test_a_row_says_one_thing_of_every_variable(values, absences):
    with pytest.raises(SegmentIsInvalid, match="age"):
        write_segment([SegmentRow(1, "a", values, absences)], [SegmentVariable("age")])


def test_segments_that_cannot_be_merged_are_refused():
    data = write_segment(ROWS, VARIABLES)
    with pytest.raises(SegmentIsInvalid, match="twice"):
        merge_segments([data, data])
    with pytest.raises(SegmentIsInvalid, match="different"):
        merge_segments([data, write_segment(ROWS[:1], VARIABLES[:1])])


def test_an_unknown_or_textual_column_is_a_key_error():
    data = write_segment(ROWS, VARIABLES)
    for name in ("inconnue", "response", "commentaire.text"):
        with pytest.raises(KeyError):
            read_columns(data, [name])


def test_base_weights_go_with_their_rows_whatever_is_done_to_them():
    plain, heavy = ROWS[:2], [replace(one, weight=0.5 + one.submission) for one in ROWS[2:]]
    without, with_weights = write_segment(plain, VARIABLES), write_segment(heavy, VARIABLES)
    assert BASE_WEIGHT not in column_names(without)
    assert read_weights(without).tolist() == [1.0, 1.0]
    together = merge_segments([without, with_weights])
    assert together == write_segment([*heavy, *plain], VARIABLES)
    by_row = dict(
        zip(read_columns(together, ["submission"])["submission"].tolist(), read_weights(together), strict=True)
    )
    assert by_row == {1: 1.0, 2: 1.0, 3: 3.5, 4: 4.5}
    assert filter_rows(together, {1, 2}) == without
    assert filter_rows(together, {3, 4}) == with_weights


@pytest.mark.parametrize("weight", [0.0, -1.0, float("nan"), float("inf")])
def test_a_base_weight_that_is_none_is_refused(weight):
    with pytest.raises(SegmentIsInvalid):
        write_segment([replace(ROWS[0], weight=weight)], VARIABLES)
