"""The method sheet of a wave: what the law of 19 July 1977 asks of a published poll, for every wave.

What is declared (`waves.method`) and what is computed: number interviewed, dates, modes, weighting, precision,
share not answering overall. The rates of each question are in `nonresponse`.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.estimation.disclosure import Policy
from app.models import Response, User, Wave
from app.services import audit
from app.services.fieldwork import SENT, wave_progress
from app.services.method.sampling import SELECTIONS, interval_sentence
from app.services.snapshots import SnapshotSummary, latest_snapshot
from app.services.windows import PARIS

TEXTS = ("institute", "client", "buyer", "object", "sample", "conditions", "incentive", "consultation")
"""What a person writes; all of it is asked for by articles 2 and 3 of the law."""
MAX_TEXT = 4000
SHARES = (0.05, 0.10, 0.20, 0.30, 0.40, 0.50)
_NORMAL = 1.959963984540054


class MethodIsInvalid(Exception):
    """A declaration cannot be kept: an unknown selection, an unknown wave, a text that is too long."""


@dataclass(frozen=True, slots=True)
class Precision:
    """Half-widths of a 95 % interval, as shares, for one size: the margins of error of SHARES."""

    size: float
    reaches: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Fieldwork:
    """What became of those who began; None where the number is withheld. `unfinished`: share who left on the way."""

    started: int | None
    complete: int | None
    screened_out: int | None
    left: int | None
    unfinished: float | None


@dataclass(frozen=True, slots=True)
class MethodSheet:
    """A method sheet. `missing`: names of TEXTS, and "selection", that nobody has written yet."""

    wave: Wave
    texts: Mapping[str, str]
    selection: str | None
    shares_persons_with: tuple[str, ...]
    missing: tuple[str, ...]
    interviewed: int | None
    first_on: dt.date | None
    last_on: dt.date | None
    modes: tuple[str, ...]
    fieldwork: Fieldwork
    snapshot: SnapshotSummary | None
    effective_size: float | None
    precisions: tuple[Precision, ...]
    intervals: str


def edit_method(
    session: Session,
    wave: Wave,
    texts: Mapping[str, str],
    selection: str,
    shares_persons_with: Sequence[str],
    actor: User | None,
) -> None:
    """Keep what is declared. An empty text, or selection, is still to be written. Raises MethodIsInvalid."""
    if selection and selection not in SELECTIONS:
        raise MethodIsInvalid(f"selection: {selection}")
    if unknown := set(shares_persons_with) - set(other_waves(session, wave)):
        raise MethodIsInvalid(f"shares_persons_with: {', '.join(sorted(unknown))}")
    if long := [name for name in TEXTS if len(texts.get(name, "")) > MAX_TEXT]:
        raise MethodIsInvalid(", ".join(long))
    declared: dict[str, Any] = {name: texts[name].strip() for name in TEXTS if texts.get(name, "").strip()}
    if selection:
        declared["selection"] = selection
    if shares_persons_with:
        declared["shares_persons_with"] = sorted(set(shares_persons_with))
    # What other parts keep beside it stays.
    kept = {key: value for key, value in wave.method.items() if key not in (*TEXTS, *_DECLARED)}
    wave.method = kept | declared
    audit.record(session, actor, "edit-method", wave.key, fields=sorted(declared))


_DECLARED = ("selection", "shares_persons_with")


def other_waves(session: Session, wave: Wave) -> dict[str, str]:
    """Key -> name of the other waves, the latest first."""
    rows = session.execute(select(Wave.key, Wave.name).where(Wave.id != wave.id).order_by(Wave.id.desc()))
    return {row.key: row.name for row in rows}


def method_sheet(session: Session, wave: Wave, language: str) -> MethodSheet:
    """The sheet of a wave as it stands: nothing in it is a count of 1 to 10."""
    policy, snapshot = Policy(**wave.policy), latest_snapshot(session, wave)
    method = wave.method
    texts = {name: str(method.get(name, "")) for name in TEXTS}
    selection = method.get("selection")
    missing = [name for name, text in texts.items() if not text]
    first, last = _days(session, wave)
    interviewed = snapshot.responses if snapshot is not None and snapshot.responses >= policy.minimum_count else None
    effective = snapshot.diagnostics.get("effective_size") if snapshot is not None and interviewed else None
    known = other_waves(session, wave)
    return MethodSheet(
        wave=wave,
        texts=texts,
        selection=selection if selection in SELECTIONS else None,
        shares_persons_with=tuple(known[key] for key in method.get("shares_persons_with", ()) if key in known),
        missing=(*missing, *(() if selection in SELECTIONS else ("selection",))),
        interviewed=interviewed,
        first_on=first,
        last_on=last,
        modes=_modes(session, wave),
        fieldwork=_fieldwork(session, wave, policy),
        snapshot=snapshot,
        effective_size=effective,
        precisions=tuple(precision(size) for size in _sizes(interviewed, effective)),
        intervals=interval_sentence(method, language, interviewed, effective),
    )


def precision(size: float) -> Precision:
    """Half-width of the 95 % interval of a share p of a random sample: 1.96 √(p (1 − p) / n).

    The table of every institute; for n = 1000 and p = 50 %, 3.1 points.
    """
    return Precision(size, tuple(_NORMAL * math.sqrt(share * (1 - share) / size) for share in SHARES))


def _sizes(interviewed: int | None, effective: float | None) -> Iterable[float]:
    if interviewed is not None:
        yield float(interviewed)
        if effective is not None and round(effective) != interviewed:
            yield effective


def _days(session: Session, wave: Wave) -> tuple[dt.date | None, dt.date | None]:
    """The first and the last day of fieldwork in Paris: from the first start to the last sending."""
    began, ended = session.execute(
        select(func.min(Response.started_at), func.max(Response.completed_at)).where(
            Response.wave_id == wave.id, Response.disposition.in_(SENT)
        )
    ).one()
    return _day(began or wave.opened_at), _day(ended or wave.closed_at)


def _day(moment: dt.datetime | None) -> dt.date | None:
    return None if moment is None else moment.astimezone(PARIS).date()


def _modes(session: Session, wave: Wave) -> tuple[str, ...]:
    return tuple(
        session.scalars(
            select(Response.mode)
            .where(Response.wave_id == wave.id, Response.disposition.in_(SENT))
            .distinct()
            .order_by(Response.mode)
        )
    )


def _fieldwork(session: Session, wave: Wave, policy: Policy) -> Fieldwork:
    """Counts of 1 to 10 are withheld; where a single one is, the number of those who began would tell it."""
    progress = wave_progress(session, wave)
    left = progress.started - progress.complete - progress.screened_out - progress.withdrawn
    parts = (progress.complete, progress.screened_out, left, progress.withdrawn)
    hidden = [0 < one < policy.minimum_count for one in parts]
    complete, screened_out, unfinished, _withdrawn = (
        None if is_hidden else one for one, is_hidden in zip(parts, hidden, strict=True)
    )
    started = progress.started if not any(hidden) and progress.started >= policy.minimum_count else None
    asked = progress.started - progress.screened_out
    rate = left / asked if asked >= policy.minimum_base and unfinished is not None else None
    return Fieldwork(started, complete, screened_out, unfinished, rate if started is not None else None)


TO_WRITE = "à compléter"
WITHHELD = "c"


def lines(sheet: MethodSheet) -> list[tuple[str, str]]:
    """The sheet as names and values, for the command line: what is missing and what is withheld are said."""
    found = [("wave", sheet.wave.key), *((name, sheet.texts[name] or TO_WRITE) for name in TEXTS)]
    found.append(("selection", sheet.selection or TO_WRITE))
    found.append(("shares_persons_with", ", ".join(sheet.shares_persons_with) or "-"))
    found.append(("interviewed", _told(sheet.interviewed)))
    found.append(
        ("dates", " / ".join(TO_WRITE if day is None else day.isoformat() for day in (sheet.first_on, sheet.last_on)))
    )
    found.append(("modes", ", ".join(sheet.modes) or "-"))
    work = sheet.fieldwork
    found += [(name, _told(getattr(work, name))) for name in ("started", "complete", "screened_out", "left")]
    found.append(("unfinished", WITHHELD if work.unfinished is None else f"{work.unfinished:.4f}"))
    weighting = sheet.snapshot.weighting_number if sheet.snapshot else None
    found.append(("weighting", "-" if weighting is None else str(weighting)))
    if sheet.snapshot is not None and weighting is not None:
        for margin in sheet.snapshot.recipe.get("margins", ()):
            said = (margin["name"], margin["universe"].get("fr", ""), margin["date"], margin["source"])
            found.append(("margin", " | ".join(str(one) for one in said)))
    for one in sheet.precisions:
        reaches = " ".join(
            f"{100 * share:.0f}%:{100 * reach:.1f}" for share, reach in zip(SHARES, one.reaches, strict=True)
        )
        found.append(("margins of error", f"n={one.size:.0f} {reaches}"))
    found.append(("intervals", sheet.intervals))
    return [(name, " ".join(value.split())) for name, value in found]


def _told(count: int | None) -> str:
    return WITHHELD if count is None else str(count)
