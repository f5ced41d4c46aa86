"""The real forms of the pages, changed at random in every way: nothing breaks, nothing wrong is stored."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote_from_bytes, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import servers
from tests.conftest import IS_FULL, copied_database
from tests.web.respond.hostile import (
    FORM,
    MARKUP,
    Target,
    cycle_words,
    expect_an_honest_page,
    expect_valid,
    fill_address,
    open_target,
    send,
)
from tests.web.respond.visitors import FIRST, SECOND, THIRD, Visitor

REFUSALS = frozenset((400, 403, 404, 405, 410, 413, 415, 429))
"""Answers after which the response is as it was; 409 and 422 keep what was right of a page."""
SENDS = "envoi"


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def target(
    request: pytest.FixtureRequest, test_run: servers.Run, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Target]:
    """One platform for all examples: each has a response of its own, and the others must stay as they were."""
    folder: Path = tmp_path_factory.mktemp("hostile")
    if request.param == "sqlite":
        path = folder / "impact.sqlite3"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        urls = iter([f"sqlite:///{path}"])
    else:
        urls = copied_database(test_run, request.getfixturevalue("postgres_template"))
    target = open_target(next(urls), folder)
    yield target
    target.wave.database.close()
    next(urls, None)


NASTY = st.sampled_from(
    [
        b"\0",
        b"\xff\xfe",
        b"\xed\xa0\x80",
        b"%",
        "\u202e\ufeff\u200b".encode(),
        b"9" * 400,
        b"-1",
        b"1e309",
        b"NaN",
        "²".encode(),
        "١٢".encode(),
        b"x" * 5000,
        MARKUP.encode(),
        b"{}",
        b'{"age": 1}',
        b'{"mot": "\\ud800\\u0000"}',
        b'{"age": {"absence": 7}}',
        b"nsp",
        b"refus",
        b"retour",
        b"garder",
        b"parties",
        b"langue-en",
        b"langue-xx",
        b"suite",
        b"1:1",
        b"nouveau",
    ]
)
VALUES = st.one_of(NASTY, NASTY, st.text(max_size=12).map(lambda text: text.encode("utf-8", "surrogatepass")))
CHANGES = st.lists(
    st.tuples(st.sampled_from(["replace", "drop", "double", "add", "rename"]), st.integers(0, 30), VALUES, VALUES),
    min_size=1,
    max_size=5,
)
NAMES = (
    b"vus",
    b"base",
    b"aller",
    b"csrf",
    b"csrf_token",
    b"langue",
    b"page",
    b"depart",
    b"code",
    b"note",
    b"age.1",
    b"",
)


def changed(fields: list[tuple[bytes, bytes]], changes: list[tuple[str, int, bytes, bytes]]) -> bytes:
    """The body of a form after these changes."""
    for what, place, value, other in changes:
        at = place % max(len(fields), 1)
        if what == "add" or not fields:
            fields.append((NAMES[place % len(NAMES)] or other[:50], value))
        elif what == "drop":
            del fields[at]
        elif what == "double":
            fields.append((fields[at][0], value))
        elif what == "rename":
            fields[at] = (other[:50], fields[at][1])
        else:
            fields[at] = (fields[at][0], value)
    return urlencode(
        fields, quote_via=lambda text, *_: quote_from_bytes(text if isinstance(text, bytes) else text.encode())
    ).encode()


def go_to(target: Target, stage: int) -> Visitor:
    """Someone at the second page, at the third, at the review, or after sending."""
    visitor = target.someone()
    if stage > 0:
        visitor.answer("avis", **SECOND)
    if stage > 1:
        visitor.answer("fin_du_questionnaire", **THIRD)
    if stage > 2:
        visitor.answer(SENDS)
    return visitor


PLACES = ("avis", "fin_du_questionnaire", SENDS, "mes-reponses")
ANSWERS: dict[str, dict[str, Any]] = {"profil": FIRST, "avis": SECOND, "fin_du_questionnaire": THIRD}


@settings(
    max_examples=1500 if IS_FULL else 35,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_whatever_a_form_becomes_nothing_breaks_and_nothing_wrong_is_stored(
    target: Target, data: st.DataObject
) -> None:
    stage = data.draw(st.integers(0, 3), label="stage")
    visitor = go_to(target, stage)
    token, others = target.token(visitor), target.everything()
    rules = target.rules("POST")
    for _ in range(3):
        place = data.draw(st.sampled_from([*PLACES, "profil"]), label="form of")
        shown = visitor.get(place)
        fields = [(name, value) for name, values in shown.filled.items() for value in values]
        fields += [
            (name, str(one))
            for name, value in ANSWERS.get(place, {}).items()
            for one in (value if isinstance(value, list) else [value])
        ]
        body = changed([(name.encode(), value.encode()) for name, value in fields], data.draw(CHANGES, label="changes"))
        rule = data.draw(st.sampled_from(rules), label="to")
        words = cycle_words(data.draw(st.integers(0, 4)))
        address = fill_address(rule, target.wave.key, words)
        if data.draw(st.booleans()) and shown.status == 200:
            address = f"/r/{target.wave.key}/{place}"
        script = {"X-Comfort": "1"} if data.draw(st.booleans(), label="by the script") else {}
        before = target.state(token)
        answer = send(visitor.client, address, body, FORM, **script)
        what = (address, body[:2000])
        expect_an_honest_page(answer, what)
        after = target.state(token)
        expect_valid(after, what)
        if answer.status_code in REFUSALS:
            assert after == before, what
    own = target.state(token)
    kept = [row for row in target.everything() if own is None or row[0] != own.id]
    assert [row for row in others if own is None or row[0] != own.id] == kept[: len(others) - 1], (
        "nobody else's changed"
    )
