"""What is said of a file that cannot be read, and of a rule or a text in it."""

from __future__ import annotations

from .words import Table

FILES: Table = {
    "file-too-large": (
        "Le fichier est trop grand : {count} octets ou éléments, pour un maximum de {maximum}. Réduisez-le.",
        "The file is too large: {count} bytes or items, for a maximum of {maximum}. Make it smaller.",
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
        "Ce n’est pas du YAML valide ({detail}). Regardez cette ligne et celle d’avant : guillemet non fermé, "
        "alignement, ou texte qui contient deux-points, à mettre entre guillemets.",
        "This is not valid YAML ({detail}). Look at this line and at the one before: an unclosed quotation mark, the "
        "alignment, or a text with a colon, which needs quotation marks.",
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
        "La clé « {key} » n’existe pas ici. Corrigez-la ou supprimez-la. Clés admises : {known}.",
        "There is no key “{key}” here. Correct or remove it. Known keys: {known}.",
    ),
    "key-missing": ("Il manque la clé « {key} ». Ajoutez-la.", "The key “{key}” is missing. Add it."),
    "format-unknown": (
        "Le format {found} n’est pas connu. Choisissez parmi : {known}.",
        "Format {found} is not known. Choose among: {known}.",
    ),
    "question-type-unknown": (
        "Le type de question « {found} » n’existe pas. Choisissez parmi : {known}.",
        "There is no question type “{found}”. Choose among: {known}.",
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
    "text-expected": (
        "Il faut ici un texte. Écrivez-le entre guillemets si besoin.",
        "A text is needed here. Write it, between double quotes if need be.",
    ),
    "text-empty": ("Ce texte est vide. Écrivez-le.", "This text is empty. Write it."),
    "integer-expected": (
        "« {found} » n’est pas un nombre entier. Écrivez-le en chiffres, sans espace ni virgule.",
        "“{found}” is not a whole number. Write it in figures, without spaces or commas.",
    ),
    "boolean-expected": (
        "« {found} » n’est pas admis ici. Écrivez true ou false.",
        "“{found}” is not allowed here. Write true or false.",
    ),
    "value-unknown": (
        "« {found} » n’est pas admis ici. Choisissez parmi : {known}.",
        "“{found}” is not allowed here. Choose among: {known}.",
    ),
    "name-malformed": (
        "« {name} » ne peut pas être un nom. Écrivez une lettre, puis des minuscules sans accent, des chiffres ou "
        "« _ », 64 signes au plus.",
        "“{name}” cannot be a name. Write a letter, then lower-case letters without accents, digits or “_”, "
        "64 characters at most.",
    ),
    "date-malformed": (
        "« {found} » n’est pas une date admise ici. Écrivez un jour « 2022-12-31 » ou un mois « 2022-12 ».",
        "“{found}” is not a date allowed here. Write a day as “2022-12-31” or a month as “2022-12”.",
    ),
}

RULES: Table = {
    "rule-syntax": (
        "À la position {position} de la règle, il faut {expected} ; il y a {found}. Corrigez-la.",
        "At position {position} of the rule, {expected} is needed; there is {found}. Correct it.",
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
        "« {variable} » n’est connue qu’après cet endroit. Déplacez la question, ou lisez une réponse qui précède.",
        "“{variable}” is only known after this place. Move the question, or read an answer that comes before.",
    ),
    "rule-choice-unknown": (
        "« {choice} » n’est pas une réponse de « {variable} ». Choisissez parmi : {known}.",
        "“{choice}” is not a choice of “{variable}”. Choose among: {known}.",
    ),
    "rule-choice-without-variable": (
        "La réponse '{choice}' n’est comparée à aucune variable. Écrivez variable = '{choice}'.",
        "The choice '{choice}' is compared with no variable. Write variable = '{choice}'.",
    ),
    "rule-type-mismatch": (
        "« {operation} » attend {expected} et reçoit {found}. Vérifiez les variables de la règle.",
        "“{operation}” expects {expected} and gets {found}. Check the variables of the rule.",
    ),
    "rule-not-linear": (
        "Deux variables ne peuvent pas être multipliées. Remplacez l’un des deux facteurs par un nombre.",
        "Two variables cannot be multiplied. Replace one of the factors by a number.",
    ),
    "rule-result": (
        "Cette règle donne {found} ; il faut {expected}. Récrivez-la.",
        "This rule gives {found}; {expected} is needed. Write it again.",
    ),
    "rule-too-many-decimals": (
        "Nombre de décimales de ce calcul : {found}. Réduisez-les à {decimals} au plus.",
        "Decimals of this calculation: {found}. Reduce them to {decimals} at most.",
    ),
    "rule-date-malformed": (
        '"{found}" n’est pas une date. Écrivez un jour "2022-12-31" ou un mois "2022-12".',
        '"{found}" is not a date. Write a day as "2022-12-31" or a month as "2022-12".',
    ),
    "rule-item-variable": (
        "« {variable} » a une valeur pour chaque élément de « {roster} ». Hors de sa section, écrivez sum({variable}).",
        "“{variable}” has a value for each item of “{roster}”. Outside of its section, write sum({variable}).",
    ),
    "pipe-syntax": (
        "À la position {position} du texte, il faut {expected} ; il y a {found}. "
        "Corrigez-le ; une accolade qui n’est qu’un signe s’écrit deux fois.",
        "At position {position} of the text, {expected} is needed; there is {found}. "
        "Correct it; a brace that is only a sign is written twice.",
    ),
    "pipe-variable-unknown": (
        "Aucune variable ne s’appelle « {variable} ». Vérifiez le nom dans le texte.",
        "No variable is called “{variable}”. Check the name in the text.",
    ),
    "pipe-variable-later": (
        "« {variable} » n’est pas encore connue quand ce texte s’affiche. Reprenez une réponse d’une page précédente.",
        "“{variable}” is not known yet when this text is shown. Take up an answer of an earlier page.",
    ),
    "pipe-item-variable": (
        "« {variable} » a une valeur pour chaque élément de « {roster} ». Reprenez-la dans la section répétée.",
        "“{variable}” has a value for each item of “{roster}”. Take it up inside the repeated section.",
    ),
    "pipe-choice-unknown": (
        "« {choice} » n’est pas une réponse de « {variable} ». Choisissez parmi : {known}.",
        "“{choice}” is not a choice of “{variable}”. Choose among: {known}.",
    ),
    "pipe-type": (
        "« {variable} » ne peut pas être reprise sous la forme « {form} » : c’est {found}. Choisissez une autre forme.",
        "“{variable}” cannot be taken up in the form “{form}”: it is {found}. Choose another form.",
    ),
}
