"""The audit log, for administrators: read, filtered, exported. Nothing here writes."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections.abc import Iterable
from zoneinfo import ZoneInfo

from flask import Response, request
from flask_babel import gettext as _

from app.services import audit, staffing
from app.web import pages

PARIS = ZoneInfo("Europe/Paris")
PER_PAGE = 50
MOST_EXPORTED = 100_000
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet would take for a formula at the beginning of a text."""


def journal() -> Response:
    """The events that pass the filter, the latest first, fifty a page."""
    wanted, page = _filter(), max(1, request.args.get("page", 1, type=int))
    database = pages.session()
    events = audit.read(database, wanted, limit=PER_PAGE + 1, offset=(min(page, 100_000) - 1) * PER_PAGE)
    kept = {key: value for key, value in request.args.items() if key != "page" and value}
    return pages.render(
        "account/journal.html",
        events=events[:PER_PAGE],
        names=action_names(),
        people=staffing.everyone(database),
        page=page,
        has_more=len(events) > PER_PAGE,
        kept=kept,
    )


def journal_csv() -> Response:
    """The same events as a table."""
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\r\n")
    lines.writerow(("id", "at", "user", "name", "action", "subject", "data"))
    for one in _exported():
        data = json.dumps(one.data, ensure_ascii=False, sort_keys=True)
        cells = (str(one.id), one.at.isoformat(), str(one.user_id or ""), one.name, one.action, one.subject, data)
        lines.writerow([f"'{cell}" if cell.startswith(FORMULA) else cell for cell in cells])
    return pages.attachment("\ufeff" + text.getvalue(), pages.CSV, "journal.csv")


def journal_lines() -> Response:
    """The same events, one JSON object a line."""
    lines = (
        json.dumps(
            {
                "id": one.id,
                "at": one.at.isoformat(),
                "user": one.user_id,
                "name": one.name,
                "action": one.action,
                "subject": one.subject,
                "data": one.data,
            },
            ensure_ascii=False,
        )
        for one in _exported()
    )
    return pages.attachment("".join(f"{line}\n" for line in lines), "application/jsonl; charset=utf-8", "journal.jsonl")


def _exported() -> Iterable[audit.Event]:
    return audit.read(pages.session(), _filter(), limit=MOST_EXPORTED, offset=0)


def _filter() -> audit.Filter:
    return audit.Filter(
        user_id=request.args.get("who", type=int),
        action=request.args.get("action", "")[:80],
        subject=request.args.get("subject", "").strip()[:200],
        since=_day(request.args.get("since", ""), 0),
        until=_day(request.args.get("until", ""), 1),
        is_refusal="refusals" in request.args,
    )


def _day(text: str, later: int) -> dt.datetime | None:
    """The beginning, in Paris, of a day written YYYY-MM-DD, `later` days on; None when it is no day."""
    try:
        day = dt.date.fromisoformat(text) + dt.timedelta(days=later)
    except (ValueError, OverflowError):
        return None
    return dt.datetime.combine(day, dt.time(), PARIS)


def action_names() -> dict[str, str]:
    """Each action of the log in words; a test refuses an action of the code that is not here."""
    return _of_accounts() | _of_questionnaires() | _of_waves() | _of_analysis()


def _of_accounts() -> dict[str, str]:
    return {
        "sign-in": _("Connexion"),
        "sign-in-refused": _("Connexion refusée"),
        "account-locked": _("Compte bloqué après trop d’essais"),
        "refused": _("Accès refusé"),
        "create-account": _("Compte créé"),
        "invite": _("Invitation d’un collègue"),
        "withdraw-invitation": _("Invitation retirée"),
        "accept-invitation": _("Invitation acceptée"),
        "set-password": _("Mot de passe changé"),
        "set-roles": _("Rôles changés"),
        "set-rights": _("Droits sur un questionnaire changés"),
        "open-account": _("Compte rouvert"),
        "close-account": _("Compte fermé"),
        "end-sessions": _("Sessions fermées"),
        "set-authenticator": _("Application d’authentification ajoutée"),
        "remove-authenticator": _("Application d’authentification retirée"),
        "reset-second-factor": _("Second facteur réinitialisé"),
        "make-recovery-codes": _("Codes de secours renouvelés"),
        "add-passkey": _("Clé d’accès ajoutée"),
        "remove-passkey": _("Clé d’accès retirée"),
        "link-identity": _("Compte lié à un fournisseur d’identité"),
    }


def _of_questionnaires() -> dict[str, str]:
    return {
        "import-version": _("Version importée"),
        "start-draft": _("Brouillon commencé"),
        "derive-draft": _("Brouillon tiré d’une version"),
        "restore-draft": _("Brouillon tiré d’une version passée"),
        "publish-version": _("Version publiée"),
        "schedule-version": _("Publication programmée"),
        "cancel-schedule": _("Publication programmée annulée"),
        "retire-version": _("Version retirée"),
        "reinstate-version": _("Version rétablie"),
        "comment-version": _("Version commentée"),
        "resolve-comment": _("Commentaire réglé"),
        "reopen-comment": _("Commentaire rouvert"),
        "request-review": _("Relecture demandée"),
        "withdraw-review": _("Demande de relecture retirée"),
        "approve-version": _("Version approuvée"),
        "ask-changes": _("Changements demandés"),
        "waive-finding": _("Constat de la preuve écarté"),
        "confirm-change": _("Changement confirmé"),
    }


def _of_waves() -> dict[str, str]:
    return {
        "create-wave": _("Vague préparée"),
        "open-wave": _("Vague ouverte"),
        "pause-wave": _("Vague mise en pause"),
        "resume-wave": _("Vague reprise"),
        "close-wave": _("Vague fermée"),
        "schedule-wave": _("Calendrier de la vague changé"),
        "pass-wave": _("Vague passée à une autre version"),
        "edit-notice": _("Notice changée"),
        "create-invitations": _("Codes personnels créés"),
        "withdraw-response": _("Réponse retirée"),
        "begin-interview": _("Entretien commencé"),
        "settle-paper-form": _("Formulaire papier réglé"),
        "discard-paper-entry": _("Saisie d’un formulaire écartée"),
    }


def _of_analysis() -> dict[str, str]:
    return {
        "create-weighting": _("Pondération créée"),
        "edit-weighting": _("Pondération modifiée"),
        "run-weighting": _("Pondération calculée"),
        "freeze-weighting": _("Pondération figée"),
        "use-weighting": _("Pondération employée"),
        "delete-weighting": _("Pondération supprimée"),
        "edit-method": _("Fiche de méthode modifiée"),
        "create-import": _("Fichier apporté"),
        "edit-import": _("Import préparé"),
        "review-import": _("Import relu"),
        "run-import": _("Import lancé"),
        "withdraw-import": _("Import retiré"),
        "remove-import": _("Import supprimé"),
        "import-microdata": _("Microdonnées importées"),
    }
