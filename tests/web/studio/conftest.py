"""The fixtures of the studio: somebody who designs, and a draft."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html import unescape

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app.services import drafting
from app.services.platform import Platform
from questionnaires import editing
from questionnaires.editing import Document
from tests.web.staff.members import Member, administrator, house, someone, version_id

__all__ = ["administrator", "house", "someone", "version_id"]
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
FIELD = re.compile(r'name="was-([^"]+)" value="([^"]*)"')


class Studio:
    """A draft in the browser of a member, without script."""

    def __init__(self, app: Flask, member: Member, version_id: int) -> None:
        self.app, self.member, self.version_id = app, member, version_id
        self.path = f"/design/versions/{version_id}/studio"

    @property
    def document(self) -> Document:
        """What the draft holds now."""
        with self.platform.database.reading() as session:
            return drafting.get_draft(session, self.version_id).document

    @property
    def platform(self) -> Platform:
        """The platform of the application."""
        held: Platform = self.app.extensions["impact"]
        return held

    def open(self, at: int = 0) -> str:
        """The page at an element."""
        response = self.member.get(f"{self.path}?at={at}")
        assert response.status_code == 200, response.status_code
        return response.text

    def act(self, act: str, at: int = 0, script: bool = False, **fields: str | list[str]) -> TestResponse:
        """Press a button of the page."""
        found = TOKEN.search(self.open(at))
        assert found
        headers = {"X-Studio": "1"} if script else {}
        data = {"csrf_token": found[1], "at": str(at), "lang": "fr", "act": act, **fields}
        return self.member.client.post(f"{self.path}/edit", data=data, headers=headers)

    def say(self, at: int, **values: str) -> TestResponse:
        """Fill fields of the properties (`__` stands for the point) and apply."""
        shown = {key: unescape(value) for key, value in FIELD.findall(self.open(at))}
        fields: dict[str, str | list[str]] = {}
        for name, value in values.items():
            key = name.replace("__", ".")
            fields |= {f"p-{key}": value, f"was-{key}": shown.get(key, "")}
        return self.act("save", at, **fields)

    def only(self, kind: str) -> int:
        """The last element of a kind."""
        return max(node.element for node in self.document.nodes.values() if node.kind == kind)


@pytest.fixture
def studio(app: Flask, someone: Callable[..., Member]) -> Studio:
    """A new draft in front of a designer."""
    platform: Platform = app.extensions["impact"]
    member = someone("designer")
    with platform.database.transaction() as session:
        made = drafting.start_draft(
            session, None, None, key="essai", version="1", population="citoyens", title={"fr": "Essai", "en": "Trial"}
        )
        version_id = made.id
    return Studio(app, member, version_id)


def as_json(response: TestResponse) -> dict[str, object]:
    """An answer to the script."""
    found: dict[str, object] = json.loads(response.text)
    return found


def find(document: Document, element: int) -> editing.Node:
    """An element of a draft."""
    return editing.find(document, element)
