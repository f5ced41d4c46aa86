"""What is said of a version that is read as a whole."""

from __future__ import annotations

from .words import Table

VERSIONS: Table = {
    "name-duplicate": (
        "Le nom « {name} » est déjà pris. Choisissez-en un autre.",
        "The name “{name}” is already taken. Choose another.",
    ),
    "name-reserved": (
        "Le nom « {name} » est réservé. Choisissez-en un autre.",
        "The name “{name}” is reserved. Choose another.",
    ),
    "formerly-taken": (
        "Le nom « {name} » est encore pris dans cette version : ce ne peut être l’ancien nom d’autre chose. "
        "Donnez le nom que portait cet élément dans la version précédente, ou retirez « formerly ».",
        "The name “{name}” is still taken in this version: it cannot be the former name of something else. "
        "Give the name it had in the previous version, or remove “formerly”.",
    ),
    "code-duplicate": (
        "Le code {code} est déjà celui d’une autre réponse. Choisissez-en un autre.",
        "Code {code} is already that of another choice. Choose another.",
    ),
    "code-out-of-bounds": (
        "Le code {code} est hors des limites. Donnez un code de 0 à 2147483647, "
        "ou de 1 à 999999 si une section se répète sur la question.",
        "Code {code} is out of bounds. Give a code from 0 to 2147483647, "
        "or from 1 to 999999 where a section is repeated over them.",
    ),
    "choices-too-few": (
        "Nombre de réponses proposées : {count}. Proposez-en au moins deux.",
        "Choices on offer: {count}. Offer at least two.",
    ),
    "rows-missing": ("Cette grille n’a pas de ligne. Ajoutez-en une.", "This grid has no row. Add one."),
    "page-empty": (
        "Cette page n’a ni question ni texte. Ajoutez-en, ou supprimez-la.",
        "This page has no question and no text. Add some, or remove it.",
    ),
    "subtotal-choice-unknown": (
        "Ce sous-total cite « {choice} », qui n’est pas une réponse de la question. Vérifiez le nom.",
        "This subtotal names “{choice}”, which is not a choice of the question. Check the name.",
    ),
    "at-unknown": (
        "« {name} » n’est pas une réponse de cette page. Nommez une question de la page du contrôle.",
        "“{name}” is not an answer of this page. Name a question of the page of the check.",
    ),
    "language-unknown": (
        "La langue « {language} » n’est pas une de celles du questionnaire. "
        "Ajoutez-la à « languages », ou retirez ce texte.",
        "The language “{language}” is not one of the questionnaire’s. Add it to “languages”, or remove this text.",
    ),
    "translation-missing": (
        "Il manque le texte en {language}. Traduisez-le.",
        "The text in {language} is missing. Translate it.",
    ),
    "exclusive-alone": (
        "Toutes les réponses sont exclusives. Retirez « exclusive » de celles qui vont ensemble.",
        "Every choice is exclusive. Remove “exclusive” from those that go together.",
    ),
    "exclusive-misplaced": (
        "« {choice} » est exclusive dans une question où une réponse n’en exclut pas d’autres. Retirez « exclusive ».",
        "“{choice}” is exclusive in a question where no choice excludes others. Remove “exclusive”.",
    ),
    "bounds-crossed": (
        "Le maximum ({maximum}) est trop petit pour le minimum ({minimum}). Corrigez l’un des deux.",
        "The maximum ({maximum}) is too small for the minimum ({minimum}). Correct one of them.",
    ),
    "bounds-negative": (
        "La borne {minimum} est négative. Donnez 0 ou plus : les nombres négatifs sont ceux des absences de réponse.",
        "The bound {minimum} is negative. Give 0 or more: negative numbers are those of absent answers.",
    ),
    "bounds-out-of-reach": (
        "La borne {maximum} ne peut pas être atteinte : la limite est {count}. Corrigez-la.",
        "The bound {maximum} is out of reach: the limit is {count}. Correct it.",
    ),
    "decimals-out-of-bounds": (
        "Nombre de décimales : {decimals}. Donnez-en de 0 à {maximum}.",
        "Number of decimals: {decimals}. Give from 0 to {maximum}.",
    ),
    "number-not-exact": (
        "Le nombre {found} est trop grand pour être exact partout. Choisissez-en un plus petit.",
        "The number {found} is too large to be exact everywhere. Choose a smaller one.",
    ),
    "sensitive-required": (
        'Une question sensible n’est jamais obligatoire. Écrivez « required: "no" ».',
        'A sensitive question is never required. Write “required: "no"”.',
    ),
    "computed-negative": (
        "Ce calcul peut tomber au-dessous de zéro, où sont les codes d’absence. Bornez ce qu’il lit, ou ajoutez une "
        "constante.",
        "This calculation may fall below zero, where the codes of absence are. Bound what it reads, or add a constant.",
    ),
    "specify-misplaced": (
        "« {choice} » demande à préciser, dans une question qui ne le permet pas. Retirez « specify ».",
        "“{choice}” asks for words, in a question that cannot. Remove “specify”.",
    ),
    "neutral-unknown": (
        "Le niveau neutre « {choice} » n’est pas une réponse de la question. Donnez le nom de l’une d’elles.",
        "The neutral level “{choice}” is not a choice of the question. Give the name of one of them.",
    ),
    "total-missing": (
        "Il manque le total à répartir. Écrivez « total » ou « total_from ».",
        "The total to share out is missing. Write “total” or “total_from”.",
    ),
    "total-twice": (
        "Le total à répartir est donné deux fois. Gardez « total » ou « total_from ».",
        "The total to share out is given twice. Keep “total” or “total_from”.",
    ),
    "arms-too-few": (
        "Nombre de bras de l’expérience : {count}. Donnez-en au moins deux.",
        "Arms of the experiment: {count}. Give at least two.",
    ),
    "provider-type": (
        "La source « {provider} » donne {expected}. Corrigez le type de cette variable.",
        "The provider “{provider}” gives {expected}. Correct the type of this variable.",
    ),
    "prefill-unknown": (
        "Aucune variable de contexte ne s’appelle « {variable} ». Déclarez-la sous « context ».",
        "No context variable is called “{variable}”. Declare it under “context”.",
    ),
    "prefill-type": (
        "« {variable} » ne peut pas préremplir cette question : elle a {found}. Donnez ce qu’il faut : {expected}.",
        "“{variable}” cannot prefill this question: it has {found}. Give what is needed: {expected}.",
    ),
    "repeat-unknown": (
        "« {name} » n’est ni une liste ni une question à plusieurs réponses. Nommez l’une de ces deux.",
        "“{name}” is neither a list nor a question with several answers. Name one of these.",
    ),
    "repeat-later": (
        "« {name} » n’est pas posée dans une section antérieure. Posez-la avant la section qui se répète.",
        "“{name}” is not asked in an earlier section. Ask it before the section that is repeated.",
    ),
    "repeat-nested": (
        "« {name} » est dans une section qui se répète déjà. Placez-la dans une section qui ne se répète pas.",
        "“{name}” is in a section that is repeated already. Move it to a section that is not repeated.",
    ),
    "shuffle-apart": (
        "Les sections du mélange « {shuffle} » ne se suivent pas. Placez-les côte à côte, ou donnez un autre nom.",
        "The sections shuffled as “{shuffle}” are not neighbours. Put them side by side, or give another name.",
    ),
}
