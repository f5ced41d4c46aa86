"""The words of the workspace, in French and in English: readings, tests, and what is wrong with a request."""

from __future__ import annotations

from collections.abc import Mapping

from app.services import problem_messages
from app.services.workspace.requests import RequestProblem
from app.services.workspace.testing import LEVELS, Association, Gaps
from questionnaires.model import Questionnaire
from questionnaires.problems import Problem

Words = Mapping[str, str]

WORDS: Mapping[str, Words] = {
    "fr": {
        "whole": "Ensemble",
        "no_opinion": "Ne se prononce pas",
        "no_value": "Sans réponse à cette variable",
        "mean": "Moyenne",
        "deviation": "Écart type",
        "median": "Médiane",
        "computed": "Variables calculées et contexte",
        "weighted": "Redressement n° {number}",
        "raw": "Non redressé",
        "impossible": "Non redressé : le redressement demandé est impossible sur ces réponses",
        "respondent": "Répondants",
        "trial": "Enquête d’essai",
        "simulated": "Données simulées",
        "above": "Plusieurs réponses possibles : le total peut dépasser 100 %.",
        "opinion": " (hors « Ne se prononce pas »)",
        "values": "Moyenne, écart type et médiane portent sur les valeurs données, hors « Ne se prononce pas ».",
        "domain": "Le filtre est un domaine : poids et intervalles sont ceux de la vague entière.",
        "signs": "+ et ++ : au-dessus des autres lignes réunies, à 95 et 99 % ; − et −− : au-dessous. "
        "Aucun signe sous {base} réponses.",
        "unadjusted": "Seuils non corrigés du nombre de comparaisons.",
        "benjamini-hochberg": "Taux de fausses découvertes contrôlé pour chaque question (Benjamini et Hochberg).",
        "benjamini-yekutieli": "Taux de fausses découvertes contrôlé pour chaque question (Benjamini et Yekutieli).",
        "index": "Indice : 100 quand la ligne est au niveau de l’ensemble.",
        "weighted_note": "Effectif redressé : nombre estimé de répondants, somme de leurs poids.",
        "interval-normal": "Intervalles normaux.",
        "interval-t": "Intervalles de Student.",
        "interval-logit": "Intervalles logit.",
        "interval-beta": "Intervalles de Korn et Graubard.",
        "compared": "Écarts avec « {wave} », en points pour les parts, avec leur intervalle à 95 %.",
        "noted": "À lire avec la réserve du registre de comparabilité : {reasons}",
        "live": "Réponses reçues, état {state}",
        "partial": "Les réponses partielles sont comptées, pour les questions auxquelles elles ont répondu.",
        "free": "Poids de base individuels : les sommes sont des nombres réels, égaux à l’arrondi près.",
        "independence": "Test d’indépendance de Rao et Scott : F({numerator} ; {denominator}) = {statistic}, "
        "p {p}. {verdict}",
        "independence_hidden": "Test d’indépendance de Rao et Scott : {verdict} La statistique n’est pas montrée : "
        "elle aiderait à retrouver les valeurs masquées.",
        "dependent": "Lignes et colonnes sont liées, au seuil de {level} %.",
        "independent": "Aucun lien établi entre lignes et colonnes, au seuil de 5 %.",
        "and": " et ",
    },
    "en": {
        "whole": "All",
        "no_opinion": "No opinion",
        "no_value": "No answer to this variable",
        "mean": "Mean",
        "deviation": "Standard deviation",
        "median": "Median",
        "computed": "Computed variables and context",
        "weighted": "Weighting no. {number}",
        "raw": "Unweighted",
        "impossible": "Unweighted: the weighting asked for is impossible on these responses",
        "respondent": "Respondents",
        "trial": "Trial survey",
        "simulated": "Simulated data",
        "above": "Several answers possible: the total may exceed 100%.",
        "opinion": " (excluding “No opinion”)",
        "values": "Mean, standard deviation and median are over the values given, “No opinion” excluded.",
        "domain": "The filter is a domain: weights and intervals are those of the whole wave.",
        "signs": "+ and ++: above the other rows together, at 95 and 99%; − and −−: below. "
        "No sign under {base} responses.",
        "unadjusted": "Levels not corrected for the number of comparisons.",
        "benjamini-hochberg": "False discovery rate controlled for each question (Benjamini and Hochberg).",
        "benjamini-yekutieli": "False discovery rate controlled for each question (Benjamini and Yekutieli).",
        "index": "Index: 100 when the row is at the level of the whole.",
        "weighted_note": "Weighted count: estimated number of respondents, the sum of their weights.",
        "interval-normal": "Normal intervals.",
        "interval-t": "Student intervals.",
        "interval-logit": "Logit intervals.",
        "interval-beta": "Korn and Graubard intervals.",
        "compared": "Gaps to “{wave}”, in points for shares, with their 95% interval.",
        "noted": "To be read with the reservation of the comparability ledger: {reasons}",
        "live": "Responses received, state {state}",
        "partial": "Partial responses are counted, for the questions that they answered.",
        "free": "Individual base weights: sums are real numbers, equal up to rounding.",
        "independence": "Rao-Scott test of independence: F({numerator}; {denominator}) = {statistic}, p {p}. {verdict}",
        "independence_hidden": "Rao-Scott test of independence: {verdict} The statistic is not shown: "
        "it would help to find the hidden values.",
        "dependent": "Rows and columns are associated, at the {level}% level.",
        "independent": "No association established between rows and columns, at the 5% level.",
        "and": " and ",
    },
}

_PROBLEMS: Mapping[str, tuple[str, str]] = {
    "wave/unknown": (
        "Aucune vague ne s’appelle « {found} ». Choisissez-en une autre.",
        "No wave is called “{found}”. Choose another one.",
    ),
    "wave/nothing-counted": (
        "Aucune réponse n’est encore comptée. Revenez quand les premières seront arrivées.",
        "No response has been counted yet. Come back when the first ones have arrived.",
    ),
    "wave/busy": (
        "Les réponses viennent d’être regroupées. Demandez le tableau de nouveau.",
        "The responses were just regrouped. Ask for the table again.",
    ),
    "question/missing": ("Choisissez la question à mettre en colonnes.", "Choose the question to put in columns."),
    "question/unknown": (
        "« {found} » n’est pas une variable de cette version qui se compte. Choisissez-en une autre.",
        "“{found}” is not a variable of this version that can be counted. Choose another one.",
    ),
    "by/unknown": (
        "« {found} » n’est pas une variable de cette version qui se compte. Choisissez-en une autre.",
        "“{found}” is not a variable of this version that can be counted. Choose another one.",
    ),
    "by/not-divisible": (
        "« {found} » ne partage pas les répondants en lignes. Choisissez une variable à réponses fermées.",
        "“{found}” does not divide respondents into rows. Choose a variable with closed answers.",
    ),
    "by/twice": (
        "La même variable est demandée deux fois. Gardez-la une fois.",
        "A variable is there twice. Keep one.",
    ),
    "by/is-the-question": (
        "La question est déjà en colonnes. Choisissez une autre variable pour les lignes.",
        "The question is in columns already. Choose another variable for the rows.",
    ),
    "by/too-many": ("Choisissez au plus {most} variables en lignes.", "Choose at most {most} variables in rows."),
    "by/too-many-rows": (
        "Ce croisement fait {rows} lignes. Choisissez des variables qui en font au plus {most}.",
        "This crossing makes {rows} rows. Choose variables that make at most {most}.",
    ),
    "crossed/needs-two": (
        "Croiser demande exactement deux variables en lignes. Choisissez-en deux, ou ne les croisez pas.",
        "Crossing needs exactly two variables in rows. Choose two, or do not cross them.",
    ),
    "filter/too-long": (
        "Le filtre dépasse {most} caractères. Raccourcissez-le.",
        "The filter is longer than {most} characters. Shorten it.",
    ),
    "filter/words": (
        "Le filtre ne lit pas « {variable} » : ni les réponses libres, ni chaque élément d’une liste. "
        "Utilisez une variable à réponses fermées.",
        "The filter does not read “{variable}”: neither free words nor each item of a list. "
        "Use a variable with closed answers.",
    ),
    "filter/keeps-nobody": (
        "Ce filtre ne garde personne. Élargissez-le.",
        "This filter keeps nobody. Widen it.",
    ),
    "filter/keeps-few": (
        "Ce filtre garde de 1 à {most} personnes : rien n’est montré, pour les protéger. Élargissez-le.",
        "This filter keeps 1 to {most} persons: nothing is shown, to protect them. Widen it.",
    ),
    "filter/leaves-few": (
        "Ce filtre écarte de 1 à {most} personnes : rien n’est montré, car elles se déduiraient du tableau sans "
        "filtre. Retirez le filtre, ou resserrez-le.",
        "This filter leaves out 1 to {most} persons: nothing is shown, since they would follow from the table "
        "without a filter. Remove the filter, or narrow it.",
    ),
    "filter/menu-choices": (
        "Cochez au moins une réponse, puis ajoutez la condition.",
        "Tick at least one answer, then add the condition.",
    ),
    "filter/menu-variable": (
        "« {found} » ne peut pas servir de condition. Choisissez une autre variable.",
        "“{found}” cannot make a condition. Choose another variable.",
    ),
    "weighting/unknown": (
        "Cette vague n’a pas de redressement n° {number} terminé. Choisissez-en un autre.",
        "This wave has no finished weighting no. {number}. Choose another one.",
    ),
    "test/needs-rows": (
        "Un test compare des lignes. Choisissez une variable en lignes, ou aucun test.",
        "A test compares rows. Choose a variable in rows, or no test.",
    ),
    "test/needs-shares": (
        "Le test d’indépendance porte sur les réponses d’une question fermée. Choisissez-en une, ou les signes.",
        "The test of independence is about the answers of a closed question. Choose another question, or signs.",
    ),
    "compared/itself": ("Choisissez une autre vague que celle du tableau.", "Choose a wave other than the table’s."),
    "compared/unknown": (
        "Aucune vague ne s’appelle « {found} ». Choisissez-en une autre.",
        "No wave is called “{found}”. Choose another one.",
    ),
    "compared/origin": (
        "Ces deux vagues n’ont pas la même nature (enquête réelle, essai ou simulation) : leur écart n’a pas de sens. "
        "Choisissez une vague de même nature.",
        "These two waves are not of the same nature (real survey, trial or simulation): their gap means nothing. "
        "Choose a wave of the same nature.",
    ),
    "compared/shares-persons": (
        "Ces deux vagues ont des personnes en commun : elles ne sont pas indépendantes et leur écart ne peut pas "
        "être testé ainsi. Choisissez une autre vague.",
        "These two waves have persons in common: they are not independent, and their gap cannot be tested in this "
        "way. Choose another wave.",
    ),
    "compared/cut": (
        "Le registre de comparabilité coupe la série entre les versions {old} et {new} : leur écart ne se lit pas. "
        "{reasons} Choisissez une autre vague, ou confirmez la classe de ce changement dans le registre.",
        "The comparability ledger cuts the series between versions {old} and {new}: their gap cannot be read. "
        "{reasons} Choose another wave, or confirm the class of this change in the ledger.",
    ),
    "compared/variable": (
        "« {variable} » n’existe pas dans cette vague avec les mêmes réponses. Choisissez une autre vague.",
        "“{variable}” is not in that wave with the same answers. Choose another wave.",
    ),
    "compared/filter": (
        "Le filtre ne peut pas s’appliquer à cette vague. {why}",
        "The filter cannot be applied to that wave. {why}",
    ),
    "compared/nothing-counted": (
        "Cette vague n’a pas encore de réponse comptée. Choisissez-en une autre.",
        "That wave has no counted response yet. Choose another one.",
    ),
    "not-offered": (
        "« {found} » n’est pas proposé ici. Choisissez dans la liste.",
        "“{found}” is not offered here. Choose from the list.",
    ),
}


def words(language: str) -> Words:
    """The words of a language, English where there are none."""
    return WORDS.get(language, WORDS["en"])


def problem_sentence(problem: RequestProblem, language: str, questionnaire: Questionnaire | None = None) -> str:
    """What is wrong and what to do, as plain text."""
    if problem.code == "rule":
        rules: tuple[Problem, ...] = problem.data["problems"]
        return " ".join(problem_messages.message(one, language, questionnaire) for one in rules)
    key = f"{problem.field}/{problem.code}"
    sentence = _PROBLEMS.get(key) or _PROBLEMS[problem.code]
    data = {name: str(value)[:80] for name, value in problem.data.items() if name != "problem"}
    if "problem" in problem.data:
        data["why"] = problem_sentence(problem.data["problem"], language, questionnaire)
    return sentence[0 if language == "fr" else 1].format(**data)


def association_sentence(found: Association, language: str) -> str:
    """A test of independence read aloud."""
    said = words(language)
    verdict = said["independent"]
    if found.level is not None:
        verdict = said["dependent"].format(level=_figure(100 * found.level, 1 if found.level < 0.01 else 0, language))
    if found.statistic is None or found.numerator is None or found.denominator is None or found.p is None:
        return said["independence_hidden"].format(verdict=verdict)
    small = found.p < LEVELS[0]
    p = f"< {_figure(LEVELS[0], 3, language)}" if small else f"= {_figure(found.p, 3, language)}"
    return said["independence"].format(
        numerator=_figure(found.numerator, 2, language),
        denominator=_figure(found.denominator, 1, language),
        statistic=_figure(found.statistic, 2, language),
        p=p.replace(" ", "\u00a0"),
        verdict=verdict,
    )


def gap_note(gaps: Gaps, language: str) -> str:
    """What the differences of a table are with."""
    said = words(language)
    noted = [said["noted"].format(reasons=" ".join(gaps.reasons))] if gaps.reasons else []
    return " ".join([said["compared"].format(wave=gaps.wave), *noted])


def _figure(value: float, decimals: int, language: str) -> str:
    text = f"{value:.{decimals}f}"
    return text.replace(".", ",") if language == "fr" else text
