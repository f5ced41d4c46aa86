"""The fixtures of the staff's pages."""

from tests.web.staff.members import administrator, house, someone, version_id

__all__ = ["administrator", "house", "someone", "version_id"]
