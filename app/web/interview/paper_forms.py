"""Paper forms: the number is typed, then the form; twice, by two people; what differs is settled."""

from __future__ import annotations

from flask import Response, abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_security import current_user
from werkzeug.wrappers import Response as Redirect

from app.services import interviewing, paper, responding
from app.services.interviewing import ConsentIsMissing
from app.services.paper import (
    EntryIsOver,
    FormHasBothEntries,
    FormIsTaken,
    FormNeedsSomebodyElse,
    FormNotFound,
    OpenEntry,
    Settling,
)
from app.services.responding import Entry
from app.web import formats, pages
from app.web.interview import settling
from app.web.interview.desk import blueprint, find_entry
from app.web.interview.forms import NumberForm
from app.web.respond import visits
from app.web.respond.places import SEND, go
from app.web.respond.staffed import ROLES


@blueprint.route("/<key>/paper", methods=["GET", "POST"])
@pages.requires(*ROLES)
def forms(key: str) -> Response | Redirect:
    """Every form with where it stands, and the number of the next one."""
    entry = find_entry(key, is_open=request.method == "POST")
    form = NumberForm()
    form.offer(entry)
    if form.validate_on_submit():
        opened = _opened(entry, form)
        if opened is not None:
            return _go_on(entry, opened)
    status = request.args.get("status", "")
    shown = status if status in paper.FORM_STATUSES else ""
    return pages.render(
        "interview/paper.html",
        entry=entry,
        form=form,
        rows=paper.list_forms(pages.session(), entry.wave_id, shown),
        counts=paper.count_forms(pages.session(), entry.wave_id),
        quality=paper.rate_operators(pages.session(), entry.wave_id),
        shown=shown,
        finished=_finished(entry),
    )


def _finished(entry: Entry) -> paper.FormRow | None:
    """The form of which an entry was just finished."""
    number = request.args.get("finished", "")
    if not number.isdigit() or len(number) > 9:
        return None
    return next(iter(paper.list_forms(pages.session(), entry.wave_id, number=int(number))), None)


def _opened(entry: Entry, form: NumberForm) -> OpenEntry | None:
    """The entry that this person types, or None with the reason said at the number."""
    number = form.number.data
    try:
        agreement = interviewing.agree(entry, form.has_agreed)
        return paper.open_form(
            pages.session(),
            entry.wave_key,
            number,
            form.language.data,
            pages.platform().settings.secret_key,
            agreement,
            current_user,
        )
    except ConsentIsMissing:
        form.agreed.errors = [_("Sans consentement signé, ne saisissez pas ce formulaire : mettez-le de côté.")]
    except FormIsTaken as taken:
        form.number.errors = [
            _("%(name)s saisit ce formulaire en ce moment. Vérifiez le numéro, ou prenez-en un autre.", name=taken.name)
        ]
    except FormNeedsSomebodyElse:
        form.number.errors = [
            _(
                "Vous avez fait la première saisie de ce formulaire. La seconde est faite par une autre personne, qui "
                "ne voit pas la vôtre : c’est ce qui révèle les fautes de frappe."
            )
        ]
    except FormHasBothEntries as both:
        form.number.errors = [
            _("Ce formulaire a été saisi deux fois et ses saisies diffèrent : il reste à les départager.")
            if both.status == "differs"
            else _("Ce formulaire est déjà saisi et envoyé. Vérifiez le numéro.")
        ]
    return None


def _go_on(entry: Entry, opened: OpenEntry) -> Redirect:
    state = responding.find_response(pages.session(), entry.wave_key, opened.token)
    place = state.path.first_incomplete if state is not None else None
    return visits.give_cookie(go(entry.wave_key, place or SEND), entry.wave_key, opened.token)


@blueprint.route("/<key>/paper/<int:number>/settle", methods=["GET", "POST"])
@pages.requires(*ROLES)
def settle(key: str, number: int) -> Response | Redirect:
    """What the two entries of a form read differently, question by question, settled with the paper at hand."""
    entry = find_entry(key)
    found = _find_settling(entry, number)
    if found is None:
        return redirect(url_for("interview.forms", key=key, finished=number), 303)
    language = formats.language()
    sheet = settling.Sheet(found, language)
    if request.method == "POST" and sheet.read(request.form):
        platform = pages.platform()
        unsettled = paper.settle_form(
            pages.session(), found, sheet.choices, current_user, platform.settings.secret_key, platform.sender
        )
        if unsettled is None:
            flash(_("Le formulaire %(number)s est départagé et envoyé.", number=number), "done")
            return redirect(url_for("interview.forms", key=key), 303)
        sheet.go_on(unsettled)
    return pages.render(
        "interview/settle.html",
        422 if request.method == "POST" else 200,
        entry=entry,
        head=sheet.head(entry),
        form=found.form,
        sheet=sheet,
        said=ngettext("Une question diffère", "%(num)s questions diffèrent", len(found.questions)),
    )


def _find_settling(entry: Entry, number: int) -> Settling | None:
    """The form and its entries; None when it is done, as after a second click."""
    try:
        secret_key = pages.platform().settings.secret_key
        return paper.find_settling(pages.session(), entry.wave_key, number, secret_key)
    except FormHasBothEntries:
        return None
    except (FormNotFound, EntryIsOver):
        abort(404)


@blueprint.route("/<key>/paper/<int:number>/discard", methods=["GET", "POST"])
@pages.requires("administrator")
def discard(key: str, number: int) -> Response | Redirect:
    """Say what giving up an entry does, then do it."""
    entry = find_entry(key, is_open=False)
    row = next(iter(paper.list_forms(pages.session(), entry.wave_id, number=number)), None)
    if row is None or row.status == "done":
        abort(404)
    if request.method == "POST":
        try:
            paper.discard_entry(pages.session(), key, number, current_user)
        except (FormNotFound, FormHasBothEntries):
            abort(404)
        flash(_("La dernière saisie du formulaire %(number)s est annulée.", number=number), "done")
        return redirect(url_for("interview.forms", key=key), 303)
    return pages.render("interview/discard.html", entry=entry, row=row)
