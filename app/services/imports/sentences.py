"""What is wrong with a file or a mapping, in words: one table, French and English."""

from __future__ import annotations

from collections.abc import Mapping

from app.services.imports.parsing import MappingProblem

_Words = tuple[str, str]

SENTENCES: Mapping[str, _Words] = {
    # A file.
    "empty": ("Le fichier est vide.", "The file is empty."),
    "too-large": (
        "Le fichier dépasse {megabytes} Mo. Retirez-en les colonnes inutiles, puis recommencez.",
        "The file is larger than {megabytes} MB. Take useless columns out, then try again.",
    ),
    "not-text": (
        "Ce fichier n’est ni un texte CSV ni un fichier SPSS. Exportez vos données au format « CSV UTF-8 » ou .sav.",
        "This file is neither CSV text nor an SPSS file. Export your data as “CSV UTF-8” or .sav.",
    ),
    "mangled": (
        "Ce fichier SPSS est incomplet ou abîmé. Exportez-le de nouveau, au format .sav.",
        "This SPSS file is incomplete or damaged. Export it again as .sav.",
    ),
    "csv-syntax": (
        "Ligne {line} : un guillemet n’est pas fermé, ou une case est trop longue. Corrigez-la, puis recommencez.",
        "Line {line}: a quotation mark is not closed, or a cell is too long. Correct it, then try again.",
    ),
    "row-length": (
        "Ligne {line} : {count} cases, alors que la ligne de titres en a {expected}. Corrigez-la, puis recommencez.",
        "Line {line}: {count} cells, while the line of titles has {expected}. Correct it, then try again.",
    ),
    "no-rows": (
        "Le fichier n’a pas de réponses : il faut une ligne de titres, puis une ligne par personne.",
        "The file has no responses: it needs a line of titles, then one line for each person.",
    ),
    "column-unnamed": (
        "La colonne n° {place} n’a pas de nom. Donnez-lui un titre, puis recommencez.",
        "Column {place} has no name. Give it a title, then try again.",
    ),
    "column-twice": (
        "Deux colonnes s’appellent « {name} ». Renommez l’une d’elles, puis recommencez.",
        "Two columns are called “{name}”. Rename one of them, then try again.",
    ),
    "too-many-columns": ("Le fichier a plus de {maximum} colonnes.", "The file has more than {maximum} columns."),
    "too-many-rows": (
        "Avec autant de colonnes, le fichier ne peut pas dépasser {maximum} lignes.",
        "With so many columns, the file cannot have more than {maximum} lines.",
    ),
    "file-missing": (
        "Le fichier n’est plus dans le stockage. Supprimez cet import et déposez le fichier de nouveau.",
        "The file is no longer in the storage. Remove this import and upload the file again.",
    ),
    # An import.
    "values-unknown": (
        "Des valeurs du fichier ne correspondent à rien, et la règle est de refuser l’import. Complétez la "
        "correspondance.",
        "Values of the file correspond to nothing, and the rule is to refuse the import. Complete the mapping.",
    ),
    "wave-key-taken": (
        "Une autre vague a déjà l’adresse « {key} ». Changez wave.key.",
        "Another wave already has the address “{key}”. Change wave.key.",
    ),
    # A mapping.
    "not-a-section": (
        "Il faut ici des lignes « clé : valeur ».",
        "Lines of “key: value” are needed here.",
    ),
    "not-a-text": ("« {key} » attend un texte.", "“{key}” takes a text."),
    "not-a-list": ("« {key} » attend une liste de textes.", "“{key}” takes a list of texts."),
    "key-unknown": (
        "La clé « {key} » n’existe pas ici. Vérifiez son orthographe, ou retirez-la.",
        "There is no key “{key}” here. Check its spelling, or take it out.",
    ),
    "key-missing": ("Il manque ici la clé « {key} ».", "The key “{key}” is missing here."),
    "not-this-one": ("« {key} » doit être {expected}.", "“{key}” must be {expected}."),
    "not-in-list": ("« {key} » est l’un de : {words}.", "“{key}” is one of: {words}."),
    "other-file": (
        "Cette correspondance a été écrite pour un autre fichier (sha256 différent). Vérifiez-la, puis remplacez "
        "sha256 par celui de ce fichier, ou retirez les valeurs qui ne le concernent pas.",
        "This mapping was written for another file (its sha256 differs). Check it, then replace sha256 by that of "
        "this file.",
    ),
    "wave-key": (
        "L’adresse de la vague s’écrit en minuscules sans accent, chiffres et traits d’union simples, au plus 80.",
        "The address of the wave takes lower-case letters, digits and single hyphens, at most 80.",
    ),
    "wave-name": (
        "Donnez à la vague un nom de 1 à 200 caractères.",
        "Give the wave a name of 1 to 200 characters.",
    ),
    "wave-dates": (
        "La fin de la collecte ne peut pas précéder son début.",
        "Fieldwork cannot end before it begins.",
    ),
    "not-a-day": (
        "« {key} » est un jour, écrit comme 2015-06-30.",
        "“{key}” is a day, written as 2015-06-30.",
    ),
    "column-unknown": (
        "Le fichier n’a pas de colonne « {column} ».",
        "The file has no column “{column}”.",
    ),
    "variable-unknown": (
        "La version n’a pas de variable « {variable} ». Cherchez son nom dans le dictionnaire des variables.",
        "The version has no variable “{variable}”. Look its name up in the codebook.",
    ),
    "nothing-mapped": (
        "Aucune variable n’est citée : il n’y a rien à importer.",
        "No variable is named: there is nothing to import.",
    ),
    "code-unknown": (
        "« {value} » devient un code que la version n’a pas pour cette variable.",
        "“{value}” becomes a code that the version does not have for this variable.",
    ),
    "absence-unknown": (
        "« {value} » devient une absence qui n’existe pas : elles vont de -1 à -9.",
        "“{value}” becomes an absence that does not exist: they go from -1 to -9.",
    ),
    "code-twice": (
        "« {value} » est à la fois un code et une absence. Gardez l’un des deux.",
        "“{value}” is both a code and an absence. Keep one of them.",
    ),
    "codes-missing": (
        "{variable} : dites ce que deviennent les valeurs (codes).",
        "{variable}: say what the values become (codes).",
    ),
    "codes-of-text": (
        "{variable} est un texte : il n’a pas de codes.",
        "{variable} is a text: it has no codes.",
    ),
    "as-of-others": (
        "{variable} ne se lit pas ainsi : number pour un nombre ou une note, text pour un texte, date, month.",
        "{variable} is not read this way: number for a number or a score, text for a text, date, month.",
    ),
    "contains-of-others": (
        "{variable} : « contains » est pour les choix d’une question à plusieurs réponses.",
        "{variable}: “contains” is for the choices of a multiple question.",
    ),
    "contains-alone": (
        "{variable} : « contains » remplace « as » et « codes ». Gardez l’un ou l’autre.",
        "{variable}: “contains” replaces “as” and “codes”. Keep one or the other.",
    ),
    "contains-missing": (
        "{variable} : « separator » et « others » vont avec « contains ».",
        "{variable}: “separator” and “others” go with “contains”.",
    ),
    "separator-missing": (
        "{variable} : dites ce qui sépare les choix dans une case (separator).",
        "{variable}: say what separates the choices of a cell (separator).",
    ),
}

REASONS: Mapping[str, _Words] = {
    "same-name": ("même nom", "same name"),
    "same-name-but-case": ("même nom, à la casse près", "same name but for case"),
    "same-label": ("même libellé", "same label"),
    "similar-label": ("libellé proche", "similar label"),
    "same-code-and-label": ("mêmes codes et libellés", "same codes and labels"),
    "same-code": ("mêmes codes, sans libellé", "same codes, no label"),
    "label-of-code": ("codes reconnus par leur libellé", "codes known by their label"),
    "yes-or-no": ("oui ou non", "yes or no"),
    "blank-is-no": ("case vide lue comme « non coché »", "blank read as “not ticked”"),
    "no-code-known": ("aucun code reconnu", "no code known"),
    "several-in-a-cell": ("plusieurs choix par case", "several choices in a cell"),
}
"""Why the proposal takes a column for a variable."""


def sentence(code: str, data: Mapping[str, str | int], language: str) -> str:
    """What is wrong and what to do, as plain text."""
    return in_language(SENTENCES[code], language).format(**data)


def mapping_sentence(problem: MappingProblem, language: str) -> str:
    """The sentence of a problem of a mapping, without its line."""
    return problem.said or sentence(problem.code, problem.data, language)


def reason(code: str, language: str) -> str:
    """Why a column was taken, in words; one that a person wrote stays as it is."""
    return in_language(REASONS[code], language) if code in REASONS else code


def in_language(words: _Words, language: str) -> str:
    """French, or else English."""
    return words[0 if language == "fr" else 1]
