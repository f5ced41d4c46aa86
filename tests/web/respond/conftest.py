"""A wave that asks every type of question, and someone in front of it."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import Field, launch
from tests.web.respond.visitors import EVERY_TYPE, Visitor, arrive


@pytest.fixture
def wave(app: Flask) -> Field:
    """An open wave."""
    return launch(app.extensions["impact"].database, EVERY_TYPE)


@pytest.fixture
def visitor(client: FlaskClient, wave: Field) -> Visitor:
    """Someone who has pressed « Commencer »."""
    return arrive(client, wave)
