"""The sentences of problems: one table, French and English, for every code of the catalogue.

`message` says what is wrong and what to do. A code may have variants for what a respondent was asked
(`answer-required/number`) or offered (`+nsp`); the longest that fits is taken.
"""

from __future__ import annotations

from collections.abc import Mapping

from questionnaires.model import (
    Choice,
    ChoiceGrid,
    MultipleChoice,
    Number,
    Question,
    Questionnaire,
    Score,
    ScoreGrid,
    SingleChoice,
    Text,
)
from questionnaires.problems import Data, Problem

Table = Mapping[str, tuple[str, str]]

# code -> (French, English). Names in braces are the data of the problem, put into words by `_say`.
ANSWERS: Table = {
    "answer-required": ("Répondez à cette question.", "Answer this question."),
    "answer-required/choice": ("Choisissez une réponse.", "Choose an answer."),
    "answer-required/choice+nsp": (
        "Choisissez une réponse, ou « Je ne me prononce pas ».",
        "Choose an answer, or “No opinion”.",
    ),
    "answer-required/choices": ("Cochez au moins une réponse.", "Select at least one answer."),
    "answer-required/choices+nsp": (
        "Cochez au moins une réponse, ou « Je ne me prononce pas ».",
        "Select at least one answer, or “No opinion”.",
    ),
    "answer-required/score": (
        "Choisissez une note de {low} à {high}.",
        "Choose a score from {low} to {high}.",
    ),
    "answer-required/score+nsp": (
        "Choisissez une note de {low} à {high}, ou « Je ne me prononce pas ».",
        "Choose a score from {low} to {high}, or “No opinion”.",
    ),
    "answer-required/number": ("Écrivez un nombre.", "Enter a number."),
    "answer-required/number+nsp": (
        "Écrivez un nombre, ou cochez « Je ne me prononce pas ».",
        "Enter a number, or select “No opinion”.",
    ),
    "answer-required/text": ("Écrivez votre réponse.", "Enter your answer."),
    "answer-required/text+nsp": (
        "Écrivez votre réponse, ou cochez « Je ne me prononce pas ».",
        "Enter your answer, or select “No opinion”.",
    ),
    "answer-recommended": (
        "Vous n’avez pas répondu. Répondez si vous le pouvez, ou continuez sans répondre.",
        "You have not answered. Answer if you can, or continue without answering.",
    ),
    "answer-malformed": (
        "Cette réponse n’a pas pu être lue. Répondez de nouveau.",
        "This answer could not be read. Please answer again.",
    ),
    "answer-conflict": (
        "Cette réponse a été changée dans une autre fenêtre. Gardez celle qui convient, puis continuez.",
        "This answer was changed in another window. Keep the right one, then continue.",
    ),
    "choice-unknown": (
        "Cette réponse n’est pas proposée. Choisissez-en une de la liste.",
        "This answer is not on offer. Choose one from the list.",
    ),
    "choice-exclusive": (
        "Vous avez donné {others} et aussi {exclusive}. Gardez l’un ou l’autre.",
        "You gave {others} and also {exclusive}. Keep one or the other.",
    ),
    "too-many-choices": (
        "Vous avez coché {count} réponses. Gardez-en {maximum} au plus.",
        "You selected {count} answers. Keep {maximum} at most.",
    ),
    "too-few-choices": (
        "Nombre de réponses cochées : {count}. Cochez-en au moins {minimum}.",
        "Answers selected: {count}. Select at least {minimum}.",
    ),
    "number-not-a-number": (
        "Écrivez un nombre en chiffres, par exemple 12.",
        "Enter a number in figures, for example 12.",
    ),
    "number-out-of-bounds": (
        "Écrivez un nombre de {minimum} à {maximum}.",
        "Enter a number from {minimum} to {maximum}.",
    ),
    "number-too-small": (
        "Écrivez un nombre supérieur ou égal à {minimum}.",
        "Enter a number of {minimum} or more.",
    ),
    "number-too-many-decimals": (
        "Nombre de chiffres permis après la virgule : {decimals}. Arrondissez.",
        "Digits allowed after the decimal point: {decimals}. Round your number.",
    ),
    "text-too-long": (
        "Votre texte compte {count} caractères. Ramenez-le à {maximum} au plus.",
        "Your text has {count} characters. Shorten it to {maximum} at most.",
    ),
    "score-unknown": (
        "Choisissez une note de {minimum} à {maximum}.",
        "Choose a score from {minimum} to {maximum}.",
    ),
    "no-opinion-not-offered": (
        "« Je ne me prononce pas » n’est pas proposé ici. Choisissez une autre réponse.",
        "“No opinion” is not on offer here. Choose another answer.",
    ),
    "refusal-not-offered": (
        "« Je ne souhaite pas répondre » n’est pas proposé ici. Choisissez une autre réponse.",
        "“I prefer not to answer” is not on offer here. Choose another answer.",
    ),
    "check-violated": (
        "Ces réponses ne vont pas ensemble ({at}). Vérifiez-les.",
        "These answers do not go together ({at}). Check them.",
    ),
}

FILES: Table = {
    "file-too-large": (
        "Le fichier compte {count} octets ; le maximum est {maximum}. Réduisez-le.",
        "The file has {count} bytes; the maximum is {maximum}. Make it smaller.",
    ),
    "file-not-utf8": (
        "Le fichier n’est pas en UTF-8 (octet {position}). Enregistrez-le en UTF-8.",
        "The file is not UTF-8 (byte {position}). Save it as UTF-8.",
    ),
    "file-empty": (
        "Le fichier est vide. Choisissez un fichier de questionnaire.",
        "The file is empty. Choose a questionnaire file.",
    ),
    "file-too-deep": (
        "Le fichier a plus de {maximum} niveaux d’imbrication. Simplifiez-le.",
        "The file is nested deeper than {maximum} levels. Simplify it.",
    ),
    "file-several-documents": (
        "Le fichier contient plusieurs documents YAML. Gardez-en un.",
        "The file holds several YAML documents. Keep one.",
    ),
    "yaml-syntax": (
        "Ce n’est pas du YAML valide : {detail}. Corrigez cette ligne.",
        "This is not valid YAML: {detail}. Correct this line.",
    ),
    "yaml-alias": (
        "Les alias YAML (*{name}) ne sont pas admis. Écrivez le contenu en entier.",
        "YAML aliases (*{name}) are not allowed. Write the content in full.",
    ),
    "yaml-anchor": (
        "Les ancres YAML (&{name}) ne sont pas admises. Supprimez-la.",
        "YAML anchors (&{name}) are not allowed. Remove it.",
    ),
    "yaml-tag": (
        "Les étiquettes YAML ({name}) ne sont pas admises. Supprimez-la.",
        "YAML tags ({name}) are not allowed. Remove it.",
    ),
    "key-duplicate": (
        "La clé « {key} » est écrite deux fois. Gardez-en une.",
        "The key “{key}” is written twice. Keep one.",
    ),
    "key-unknown": (
        "La clé « {key} » n’existe pas ici. Clés admises : {known}.",
        "There is no key “{key}” here. Known keys: {known}.",
    ),
    "key-missing": ("Il manque la clé « {key} ». Ajoutez-la.", "The key “{key}” is missing. Add it."),
    "format-unknown": (
        "Le format {found} n’est pas connu. Formats admis : {known}.",
        "Format {found} is not known. Known formats: {known}.",
    ),
    "question-type-unknown": (
        "Le type de question « {found} » n’existe pas. Types admis : {known}.",
        "There is no question type “{found}”. Known types: {known}.",
    ),
    "mapping-expected": ("Écrivez ici des lignes « clé: valeur ».", "Write “key: value” lines here."),
    "list-expected": (
        "Écrivez ici une liste, une ligne « - » par élément.",
        "Write a list here, one “-” line an item.",
    ),
    "list-empty": (
        "Cette liste est vide. Donnez-lui au moins un élément.",
        "This list is empty. Give it at least one item.",
    ),
    "text-expected": ("Écrivez ici un texte.", "Write a text here."),
    "text-empty": ("Ce texte est vide. Écrivez-le.", "This text is empty. Write it."),
    "integer-expected": ("« {found} » n’est pas un nombre entier.", "“{found}” is not a whole number."),
    "boolean-expected": ("« {found} » : écrivez true ou false.", "“{found}”: write true or false."),
    "value-unknown": (
        "« {found} » n’est pas admis ici. Valeurs admises : {known}.",
        "“{found}” is not allowed here. Known values: {known}.",
    ),
    "name-malformed": (
        "« {name} » ne peut pas être un nom : minuscules sans accent, chiffres et « _ », une lettre d’abord.",
        "“{name}” cannot be a name: lower-case letters without accents, digits and “_”, a letter first.",
    ),
}

RULES: Table = {
    "rule-syntax": (
        "La règle n’est pas complète à la position {position} : {expected} attendu, {found} trouvé.",
        "The rule breaks at position {position}: {expected} expected, {found} found.",
    ),
    "rule-too-large": (
        "La règle est trop grande. Limites : {depth} niveaux, {nodes} éléments. Partagez-la par une variable calculée.",
        "The rule is too large. Limits: {depth} levels, {nodes} nodes. Split it with a computed variable.",
    ),
    "rule-variable-unknown": (
        "Aucune variable ne s’appelle « {variable} ». Vérifiez le nom.",
        "No variable is called “{variable}”. Check the name.",
    ),
    "rule-variable-later": (
        "« {variable} » n’est connue qu’après cet endroit. Une règle lit ce qui précède.",
        "“{variable}” is only known after this place. A rule reads what comes before.",
    ),
    "rule-choice-unknown": (
        "« {choice} » n’est pas une réponse de « {variable} ». Réponses : {known}.",
        "“{choice}” is not a choice of “{variable}”. Choices: {known}.",
    ),
    "rule-choice-without-variable": (
        "La réponse '{choice}' n’est comparée à aucune variable. Écrivez variable = '{choice}'.",
        "The choice '{choice}' is compared with no variable. Write variable = '{choice}'.",
    ),
    "rule-type-mismatch": (
        "« {operation} » attend {expected} et reçoit {found}.",
        "“{operation}” expects {expected} and gets {found}.",
    ),
    "rule-not-linear": (
        "Deux variables ne peuvent pas être multipliées. Un des deux facteurs est un nombre.",
        "Two variables cannot be multiplied. One of the factors must be a number.",
    ),
    "rule-result": (
        "Cette règle donne {found} ; il faut {expected}.",
        "This rule gives {found}; {expected} is needed.",
    ),
    "rule-too-many-decimals": (
        "Ce calcul a {found} décimales ; le maximum est {decimals}.",
        "This calculation has {found} decimals; the maximum is {decimals}.",
    ),
}

VERSIONS: Table = {
    "name-duplicate": (
        "Le nom « {name} » est déjà pris. Choisissez-en un autre.",
        "The name “{name}” is already taken. Choose another.",
    ),
    "name-reserved": (
        "Le nom « {name} » est réservé. Choisissez-en un autre.",
        "The name “{name}” is reserved. Choose another.",
    ),
    "code-duplicate": (
        "Le code {code} est déjà celui d’une autre réponse. Choisissez-en un autre.",
        "Code {code} is already that of another choice. Choose another.",
    ),
    "code-out-of-bounds": (
        "Le code {code} est hors des limites. Les codes vont de 0 à 2147483647.",
        "Code {code} is out of bounds. Codes go from 0 to 2147483647.",
    ),
    "choices-too-few": (
        "Nombre de réponses proposées : {count}. Il en faut au moins deux.",
        "Choices on offer: {count}. At least two are needed.",
    ),
    "rows-missing": ("Cette grille n’a pas de ligne. Ajoutez-en une.", "This grid has no row. Add one."),
    "page-empty": (
        "Cette page n’a ni question ni texte. Ajoutez-en, ou supprimez-la.",
        "This page has no question and no text. Add some, or remove it.",
    ),
    "subtotal-choice-unknown": (
        "Ce sous-total cite « {choice} », qui n’est pas une réponse de la question.",
        "This subtotal names “{choice}”, which is not a choice of the question.",
    ),
    "at-unknown": (
        "« {name} » n’est pas une réponse de cette page. Un contrôle parle sur une question de sa page.",
        "“{name}” is not an answer of this page. A check speaks at a question of its own page.",
    ),
    "language-unknown": (
        "La langue « {language} » n’est pas une de celles du questionnaire.",
        "The language “{language}” is not one of the questionnaire’s.",
    ),
    "translation-missing": (
        "Il manque le texte en « {language} ». Traduisez-le.",
        "The text in “{language}” is missing. Translate it.",
    ),
    "exclusive-alone": (
        "Toutes les réponses sont exclusives. Une réponse exclusive s’oppose à d’autres.",
        "Every choice is exclusive. An exclusive choice stands against others.",
    ),
    "exclusive-misplaced": (
        "« {choice} » est exclusive dans une question à réponse unique, où toutes le sont. Retirez « exclusive ».",
        "“{choice}” is exclusive in a single-choice question, where all are. Remove “exclusive”.",
    ),
    "bounds-crossed": (
        "Le maximum ({maximum}) est au-dessous du minimum ({minimum}) ou égal à lui. Corrigez l’un des deux.",
        "The maximum ({maximum}) is not above the minimum ({minimum}). Correct one of them.",
    ),
    "bounds-negative": (
        "Le minimum ({minimum}) est négatif. Les nombres négatifs sont réservés aux absences de réponse.",
        "The minimum ({minimum}) is negative. Negative numbers are kept for absent answers.",
    ),
    "bounds-out-of-reach": (
        "La borne {maximum} ne peut pas être atteinte : la limite est {count}.",
        "The bound {maximum} is out of reach: the limit is {count}.",
    ),
    "decimals-out-of-bounds": (
        "Nombre de décimales : {decimals}. Il va de 0 à {maximum}.",
        "Number of decimals: {decimals}. It goes from 0 to {maximum}.",
    ),
    "number-not-exact": (
        "Le nombre {found} est trop grand pour être exact partout. Choisissez-en un plus petit.",
        "The number {found} is too large to be exact everywhere. Choose a smaller one.",
    ),
    "sensitive-required": (
        "Une question sensible ne peut pas être obligatoire. Rendez-la facultative, ou proposez le refus.",
        "A sensitive question cannot be required. Make it optional, or offer a refusal.",
    ),
}

MESSAGES: Table = {**ANSWERS, **FILES, **RULES, **VERSIONS}
"""Every sentence; a test holds it against the catalogue."""

ABSENCE_WORDS: Table = {
    "nsp": ("Je ne me prononce pas", "No opinion"),
    "refus": ("Je ne souhaite pas répondre", "I prefer not to answer"),
}
"""The absences that a question may offer, by their posted value."""

KINDS: Mapping[type[Question], str] = {
    SingleChoice: "choice",
    ChoiceGrid: "choice",
    MultipleChoice: "choices",
    Score: "score",
    ScoreGrid: "score",
    Number: "number",
    Text: "text",
}


def message(problem: Problem, language: str, questionnaire: Questionnaire | None = None) -> str:
    """The sentence of a problem, as plain text. With the questionnaire, answers are named as they are read."""
    question = _question(problem, questionnaire)
    if problem.code == "check-violated" and questionnaire is not None:
        return questionnaire.check(str(problem.data["check"])).message.in_(language)
    column = 0 if language == "fr" else 1
    kind = f"{problem.code}/{KINDS[type(question)]}" if question is not None else problem.code
    offered = f"{kind}+nsp" if question is not None and question.no_opinion else kind
    texts = MESSAGES.get(offered) or MESSAGES.get(kind) or MESSAGES[problem.code]
    words = {name: _say(name, value, problem, question, language) for name, value in problem.data.items()}
    if isinstance(question, Score | ScoreGrid):
        words |= {"low": str(question.minimum), "high": str(question.maximum)}
    return texts[column].format(**words)


def _question(problem: Problem, questionnaire: Questionnaire | None) -> Question | None:
    name = problem.place.question
    if questionnaire is None or name is None:
        return None
    return next((one for one in questionnaire.questions if one.name == name), None)


def _say(name: str, value: Data, problem: Problem, question: Question | None, language: str) -> str:
    """A datum in words: choices by their label between quotes, scaled numbers with their decimals."""
    if isinstance(value, tuple):
        return ", ".join(_name(name, one, question, language) for one in value)
    decimals = problem.data.get("decimals")
    if name != "decimals" and isinstance(value, int) and isinstance(decimals, int) and decimals:
        mark = "," if language == "fr" else "."
        text = str(value).rjust(decimals + 1, "0")
        return f"{text[:-decimals]}{mark}{text[-decimals:]}"
    return _name(name, value, question, language)


def _name(datum: str, value: str | int, question: Question | None, language: str) -> str:
    if datum not in ("exclusive", "others"):
        return str(value)
    label = _label(str(value), question, language)
    return f"« {label} »" if language == "fr" else f"“{label}”"


def _label(name: str, question: Question | None, language: str) -> str:
    choices: tuple[Choice, ...] = question.choices if isinstance(question, MultipleChoice) else ()
    for choice in choices:
        if choice.name == name:
            return choice.label.in_(language)
    if name in ABSENCE_WORDS:
        return ABSENCE_WORDS[name][0 if language == "fr" else 1]
    return name
