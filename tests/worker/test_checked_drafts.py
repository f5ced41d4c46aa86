"""The check of a draft whose process is killed in the middle: asked for again, nothing lost, nothing half done."""

from __future__ import annotations

import time
from pathlib import Path
from typing import NoReturn

from sqlalchemy import update

from app.db import Database, now
from app.models import Draft as DraftRow
from app.services import drafting, proving
from app.services.drafting import checking
from questionnaires import editing
from tests import servers
from tests.journeys import PROCESSES, opened

SECONDS = 30.0


def check_until(url: str, version_id: int, part: str, reached: Path) -> None:
    """In a process of its own: check a draft, and stay for ever in one part of it."""

    def stay(*_: object, **__: object) -> NoReturn:
        reached.touch()
        while True:
            time.sleep(1)

    if part == "read":
        setattr(editing, "read_document", stay)  # noqa: B010 (a plain assignment is refused by mypy)
    else:
        setattr(checking, "prove_content", stay)  # noqa: B010
    with opened(url) as database:
        checking.check_draft(database, version_id)


def kill_a_check(database: Database, version_id: int, part: str, folder: Path) -> None:
    """kill -9 of a check that has come to a part."""
    url, reached = database.url.render_as_string(hide_password=False), folder / part
    process = PROCESSES.Process(target=check_until, args=(url, version_id, part, reached), daemon=True)
    process.start()
    servers.wait_for(reached.exists, f"a check that has come to {part}", SECONDS)
    process.kill()
    process.join(SECONDS)
    process.close()


def test_a_check_that_is_killed_is_asked_for_again_and_finds_the_same(database: Database, tmp_path: Path) -> None:
    own = database.url.get_backend_name()  # what this process has proven on another database is not proven again
    with database.transaction() as session:
        made = drafting.start_draft(
            session, None, None, key="essai", version="1", population="citoyens", title={"fr": own}
        )
        document = drafting.get_draft(session, made.id).document
        page = next(one.element for one in document.nodes.values() if one.kind == "page")
        question = editing.add(document, "question", page, type="single")
        drafting.edit(session, None, None, made.id, question, {"act": "add"})
        version_id = made.id

    kill_a_check(database, version_id, "read", tmp_path)
    with database.reading() as session:
        assert drafting.get_draft(session, version_id).checked == 0
        assert checking.drafts_to_check(session) == [version_id]

    kill_a_check(database, version_id, "prove", tmp_path)
    with database.transaction() as session:
        assert drafting.get_draft(session, version_id).is_sound, "what was found before is kept"
        assert proving.proof_of(session, version_id).status == "queued"
        assert checking.drafts_to_check(session) == [], "the one that proves it may still live"
        session.execute(update(DraftRow).values(updated_at=now() - 2 * checking.PATIENCE))
        assert checking.drafts_to_check(session) == [version_id]

    checking.check_draft(database, version_id)
    with database.reading() as session:
        assert proving.proof_of(session, version_id).status == "done"
        assert checking.drafts_to_check(session) == []
