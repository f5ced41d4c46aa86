"""Files of data that are shipped: YAML whose shape is declared, every problem told with its place."""

from __future__ import annotations

from typing import TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

S = TypeVar("S", bound=BaseModel)


class Shape(BaseModel):
    """A part of such a file: no other key, and never changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ShapeIsInvalid(Exception):
    """The file has not the shape; the message has one problem a line."""


def read_shape(shape: type[S], content: bytes) -> S:
    """What a file holds. Raises ShapeIsInvalid."""
    try:
        return shape.model_validate(yaml.safe_load(content))
    except yaml.YAMLError as error:
        raise ShapeIsInvalid(str(error)) from error
    except ValidationError as error:
        lines = (f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        raise ShapeIsInvalid("\n".join(lines)) from error
