"""What commands share: the platform, and one clear sentence instead of a stack trace."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click
from flask import current_app

from app.services.platform import Platform


def platform() -> Platform:
    """The platform of the application that the command runs in."""
    held: Platform = current_app.extensions["impact"]
    return held


@contextmanager
def said_plainly(*expected: type[Exception]) -> Iterator[None]:
    """Turn the expected errors of a service into a sentence and exit status 1."""
    try:
        yield
    except expected as error:
        words = type(error).__name__
        raise click.ClickException(f"{words}: {error}" if str(error) else words) from error
