"""What a response brings from its start: orders, arms, context; and what is told from its answers: cells, wordings."""

from __future__ import annotations

from dataclasses import replace

from questionnaires.model import (
    Absence,
    Answer,
    Context,
    Order,
    Questionnaire,
)
from questionnaires.routing import (
    draw,
    draw_arms,
    known_answers,
    part_order,
    path,
    prefilled,
    quota_cells,
    wording,
)
from tests.questionnaires.builders import (
    ONLINE,
    choices,
    computed,
    context_variable,
    experiment,
    kept_in_place,
    leaves,
    multiple,
    number,
    page,
    questionnaire,
    quota,
    score,
    score_grid,
    section,
    single,
    text,
    variant,
    words,
)

OUI, NON = 1, 2


def test_a_draw_is_the_same_for_ever() -> None:
    # Responses keep their seed: another result here would show people another questionnaire half-way.
    assert draw(2022, "order:priorites", 5) == (3, 4, 2, 1, 0)
    assert draw(1, "x", 0) == ()


def test_every_order_is_as_likely_as_another() -> None:
    seen = [draw(seed, "order:q", 3) for seed in range(6_000)]
    assert len(set(seen)) == 6
    # 1,000 expected of each; 4.5 standard deviations (28.9) around it.
    assert all(870 < seen.count(order) < 1_130 for order in set(seen))


def test_choices_in_a_random_order_keep_fixed_ones_in_their_place() -> None:
    listed = kept_in_place(choices("a", "b", "c", "autre", "aucun", exclusive="aucun"), "autre")
    question = multiple("q", choices=listed, order=Order.RANDOM)
    orders = {part_order(question, Context(seed=seed)) for seed in range(200)}
    assert len(orders) == 6
    assert {order[3:] for order in orders} == {(3, 4)}


def test_a_list_upside_down_for_half() -> None:
    question = single("q", "a", "b", "c", order=Order.REVERSED)
    orders = [part_order(question, Context(seed=seed)) for seed in range(1_000)]
    assert set(orders) == {(0, 1, 2), (2, 1, 0)}
    assert 400 < orders.count((0, 1, 2)) < 600
    assert part_order(score_grid("g", "x", "y"), ONLINE) == (0, 1)
    assert part_order(score("s"), ONLINE) == ()


def shuffled() -> Questionnaire:
    return questionnaire(
        sections=(
            section("debut", page("a", single("q"))),
            section("un", page("b", score("x")), page("c", score("y")), shuffle="ordre"),
            section("deux", page("d", score("z")), shuffle="ordre"),
            section("fin", page("e", single("haut", when="total > 10"))),
        ),
        computed=(computed("total", "x + z"),),
    )


def test_shuffled_sections_move_whole_and_stay_between_their_neighbours() -> None:
    given: dict[str, Answer] = {"q": OUI, "x": 6, "y": 1, "z": 6}
    paths = {path(shuffled(), Context(seed=seed), given).pages for seed in range(20)}
    assert paths == {("a", "b", "c", "d", "e"), ("a", "d", "b", "c", "e")}


def test_what_is_computed_from_shuffled_sections_waits_for_all_of_them() -> None:
    for seed in range(20):
        found = path(shuffled(), Context(seed=seed), {"q": OUI, "x": 6, "y": 1, "z": 6})
        assert found.effective["total"] == 12
        first, second = found.pages[1], found.pages[-2]
        assert (found.before(first), found.after(second)) == ("a", "e")


def test_arms_of_an_experiment() -> None:
    version = questionnaire(
        page("a", single("court", when="longueur = 'courte'"), single("long", when="longueur = 'longue'")),
        experiments=(experiment("longueur", "courte", "longue"), experiment("autre", "x", "y", "z")),
    )
    drawn = [draw_arms(version, seed) for seed in range(1_000)]
    assert drawn[7] == draw_arms(version, 7)
    assert 400 < sum(arms["longueur"] == "courte" for arms in drawn) < 600
    assert {arms["autre"] for arms in drawn} == {"x", "y", "z"}
    assert len({tuple(arms.values()) for arms in drawn}) == 6
    assert path(version, Context(arms={"longueur": "longue"}), {}).shown["a"] == ("long",)
    assert path(version, Context(arms={"longueur": "unknown"}), {}).pages == ()


def test_the_response_itself_gives_its_language_its_mode_and_its_day() -> None:
    version = questionnaire(
        page("a", text("x", when='langue = "en"')),
        page("b", text("y", when='mode = "telephone"')),
        page("c", text("z", when='debut >= "2022-09-12"')),
        context=(
            context_variable("langue", "text", provider="language"),
            context_variable("mode", "text", provider="mode"),
            context_variable("debut", "date", provider="started_on"),
        ),
    )
    assert path(version, Context(language="en", started_on="2022-09-11"), {}).pages == ("a",)
    assert path(version, Context(mode="telephone", started_on="2022-09-12"), {}).pages == ("b", "c")
    # What an invitation says under these names is not asked.
    assert path(version, Context(external={"langue": "en", "mode": "telephone"}), {}).pages == ()


def test_what_is_known_beforehand_is_shown_and_is_no_answer() -> None:
    version = questionnaire(
        page("a", number("effectif", prefill="taille"), single("q")), context=(context_variable("taille", "number"),)
    )
    context = Context(external={"taille": 250})
    assert prefilled(version, context) == {"effectif": 250}
    assert prefilled(version, ONLINE) == {}
    assert path(version, context, {}).causes["effectif"] is Absence.NOT_REACHED


def test_a_response_is_in_the_first_cell_that_is_true() -> None:
    version = questionnaire(
        page("a", number("age"), single("ville")),
        quotas=(
            quota("age", jeunes="age < 30", adultes="age < 60", autres="age >= 60"),
            quota("lieu", urbains="ville = 'oui'"),
        ),
    )

    def cells(given: dict[str, Answer]) -> dict[str, str | None]:
        return quota_cells(version, known_answers(version, ONLINE, path(version, ONLINE, given)))

    assert cells({}) == {"age": None, "lieu": None}
    assert cells({"age": 29, "ville": NON}) == {"age": "jeunes", "lieu": None}
    assert cells({"age": 30, "ville": OUI}) == {"age": "adultes", "lieu": "urbains"}
    assert cells({"age": 60})["age"] == "autres"


def test_the_first_variant_that_is_true_words_a_question() -> None:
    asked = single(
        "q", help=words("aide"), variants=(variant("elu", "elu = 'oui'"), variant("long", "longueur = 'longue'"))
    )
    version = questionnaire(page("a", single("elu")), page("b", asked), experiments=(experiment("longueur"),))

    def said(given: dict[str, Answer], arm: str) -> str:
        context = Context(arms={"longueur": arm})
        question = wording(version, "q", known_answers(version, context, path(version, context, given)))
        assert question.help == words("aide")
        return question.text.in_("fr")

    assert said({"elu": OUI}, "longue") == "autrement : elu"
    assert said({"elu": NON}, "longue") == "autrement : long"
    assert said({}, "courte") == "q"
    assert wording(version, "elu", {}) is version.question("elu")


# -- what waits for answers to come ---------------------------------------------------------------


def test_a_quota_cell_waits_for_every_answer_that_it_reads() -> None:
    version = questionnaire(
        page("a", number("a"), number("b")),
        quotas=(quota("taille", petit="sum(a, b) < 50", grand="sum(a, b) >= 50"),),
    )

    def cell(**given: Answer) -> str | None:
        return quota_cells(version, known_answers(version, ONLINE, path(version, ONLINE, given)))["taille"]

    assert cell() is None
    assert cell(a=30) is None, "the sum is not known yet"
    assert cell(a=30, b=10) == "petit"
    assert cell(a=30, b=60) == "grand"
    assert cell(a=30, b=Absence.SKIPPED) == "petit"


def test_an_exit_waits_for_every_answer_that_it_reads() -> None:
    version = questionnaire(
        page("a", number("a")),
        page("b", number("b")),
        page("c", number("c"), exits=(leaves("peu", "sum(a, b) < 10"),)),
        page("d", number("d")),
    )
    early = path(version, ONLINE, {"a": 3})
    assert early.exit is None
    assert early.causes["d"] is Absence.NOT_REACHED
    taken = path(version, ONLINE, {"a": 3, "b": 4, "c": 1})
    assert taken.exit is not None
    assert taken.causes["d"] is Absence.SCREENED_OUT


def test_what_the_invitation_says_counts_only_with_the_declared_type() -> None:
    version = questionnaire(page("p", number("n"), when="age >= 18"), context=(context_variable("age", "number"),))
    assert path(version, replace(ONLINE, external={"age": 20}), {}).pages == ("p",)
    for wrong in ("20", -20, (20,)):
        assert path(version, replace(ONLINE, external={"age": wrong}), {}).pages == ()
