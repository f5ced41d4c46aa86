"""What is said to a respondent about an answer: what is wrong, and what to do."""

from __future__ import annotations

from .words import Table

ANSWERS: Table = {
    "answer-required": ("Répondez à cette question.", "Answer this question."),
    "answer-required/choice": ("Choisissez une réponse.", "Choose an answer."),
    "answer-required/consent": ("Dites si vous acceptez ou non.", "Say whether you agree."),
    "answer-required/choices": ("Cochez au moins une réponse.", "Select at least one answer."),
    "answer-required/ranking": (
        "Classez les réponses par ordre de préférence.",
        "Rank the answers in order of preference.",
    ),
    "answer-required/score": ("Choisissez une note de {low} à {high}.", "Choose a score from {low} to {high}."),
    "answer-required/number": ("Écrivez un nombre.", "Enter a number."),
    "answer-required/allocation": (
        "Répartissez le total entre les lignes.",
        "Share out the total between the lines.",
    ),
    "answer-required/date": ("Écrivez une date, par exemple 31/12/2022.", "Enter a date, for example 31/12/2022."),
    "answer-required/month": ("Écrivez un mois, par exemple 12/2022.", "Enter a month, for example 12/2022."),
    "answer-required/year": ("Écrivez une année en quatre chiffres.", "Enter a year in four figures."),
    "answer-required/duration": ("Écrivez une durée.", "Enter a length of time."),
    "answer-required/text": ("Écrivez votre réponse.", "Enter your answer."),
    "answer-required/suggester": (
        "Écrivez le début d’un nom ou un code postal, puis choisissez dans la liste.",
        "Type the beginning of a name or a postcode, then choose from the list.",
    ),
    "answer-required/roster": ("Remplissez au moins une ligne.", "Fill in at least one line."),
    "answer-recommended": (
        "Vous n’avez pas répondu. Répondez si vous le pouvez, ou continuez sans répondre.",
        "You have not answered. Answer if you can, or continue without answering.",
    ),
    "answer-recommended/words": (
        "Vous n’avez pas précisé votre réponse. Précisez-la si vous le pouvez, ou continuez ainsi.",
        "You have not specified your answer. Specify it if you can, or continue as it is.",
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
        "Nombre de réponses cochées : {count}. Gardez-en {maximum} au plus.",
        "Answers selected: {count}. Keep {maximum} at most.",
    ),
    "too-many-choices/ranking": (
        "Nombre de réponses classées : {count}. Gardez-en {maximum} au plus.",
        "Answers ranked: {count}. Keep {maximum} at most.",
    ),
    "too-few-choices": (
        "Nombre de réponses cochées : {count}. Cochez-en au moins {minimum}.",
        "Answers selected: {count}. Select at least {minimum}.",
    ),
    "number-not-a-number": (
        "Écrivez un nombre en chiffres, par exemple 12.",
        "Enter a number in figures, for example 12.",
    ),
    "number-not-a-number/year": (
        "Écrivez une année en quatre chiffres, par exemple 2022.",
        "Enter a year in four figures, for example 2022.",
    ),
    "number-out-of-bounds": (
        "Écrivez un nombre de {minimum} à {maximum}.",
        "Enter a number from {minimum} to {maximum}.",
    ),
    "number-out-of-bounds/year": (
        "Écrivez une année de {minimum} à {maximum}.",
        "Enter a year from {minimum} to {maximum}.",
    ),
    "number-out-of-bounds/duration": (
        "Donnez une durée comprise entre {minimum} et {maximum}.",
        "Give a length of time between {minimum} and {maximum}.",
    ),
    "number-too-small": (
        "Écrivez un nombre supérieur ou égal à {minimum}.",
        "Enter a number of {minimum} or more.",
    ),
    "number-too-small/duration": (
        "Donnez une durée d’au moins {minimum}.",
        "Give a length of time of {minimum} or more.",
    ),
    "number-too-many-decimals": (
        "Nombre de chiffres permis après la virgule : {decimals}. Arrondissez.",
        "Digits allowed after the decimal point: {decimals}. Round your number.",
    ),
    "number-too-many-decimals/whole": (
        "Écrivez un nombre entier, sans virgule ni point.",
        "Enter a whole number, without any point or comma.",
    ),
    "limit-crossed": (
        "Cette réponse ne va pas avec une réponse précédente. Limite : {value}. Vérifiez les deux.",
        "This answer does not go with an earlier one. Limit: {value}. Check both.",
    ),
    "limit-crossed/at_least": (
        "D’après vos réponses, il faut {value} ou plus. Corrigez cette réponse ou la précédente.",
        "From your answers, this must be {value} or more. Correct this answer or the earlier one.",
    ),
    "limit-crossed/at_most": (
        "D’après vos réponses, il faut {value} ou moins. Corrigez cette réponse ou la précédente.",
        "From your answers, this must be {value} or less. Correct this answer or the earlier one.",
    ),
    "limit-crossed/above": (
        "D’après vos réponses, il faut plus de {value}. Corrigez cette réponse ou la précédente.",
        "From your answers, this must be more than {value}. Correct this answer or the earlier one.",
    ),
    "limit-crossed/below": (
        "D’après vos réponses, il faut moins de {value}. Corrigez cette réponse ou la précédente.",
        "From your answers, this must be less than {value}. Correct this answer or the earlier one.",
    ),
    "limit-crossed/date-at_least": (
        "D’après vos réponses, cette date est le {value} ou plus tard. Corrigez-la, ou la réponse précédente.",
        "From your answers, this date is {value} or later. Correct it, or the earlier answer.",
    ),
    "limit-crossed/date-at_most": (
        "D’après vos réponses, cette date est le {value} ou plus tôt. Corrigez-la, ou la réponse précédente.",
        "From your answers, this date is {value} or earlier. Correct it, or the earlier answer.",
    ),
    "limit-crossed/date-above": (
        "D’après vos réponses, cette date vient après le {value}. Corrigez-la, ou la réponse précédente.",
        "From your answers, this date comes after {value}. Correct it, or the earlier answer.",
    ),
    "limit-crossed/date-below": (
        "D’après vos réponses, cette date vient avant le {value}. Corrigez-la, ou la réponse précédente.",
        "From your answers, this date comes before {value}. Correct it, or the earlier answer.",
    ),
    "limit-crossed/month-at_least": (
        "D’après vos réponses, ce mois est {value} ou plus tard. Corrigez-le, ou la réponse précédente.",
        "From your answers, this month is {value} or later. Correct it, or the earlier answer.",
    ),
    "limit-crossed/month-at_most": (
        "D’après vos réponses, ce mois est {value} ou plus tôt. Corrigez-le, ou la réponse précédente.",
        "From your answers, this month is {value} or earlier. Correct it, or the earlier answer.",
    ),
    "limit-crossed/month-above": (
        "D’après vos réponses, ce mois vient après {value}. Corrigez-le, ou la réponse précédente.",
        "From your answers, this month comes after {value}. Correct it, or the earlier answer.",
    ),
    "limit-crossed/month-below": (
        "D’après vos réponses, ce mois vient avant {value}. Corrigez-le, ou la réponse précédente.",
        "From your answers, this month comes before {value}. Correct it, or the earlier answer.",
    ),
    "limit-crossed/year-at_least": (
        "D’après vos réponses, cette année est {value} ou plus tard. Corrigez-la, ou la réponse précédente.",
        "From your answers, this year is {value} or later. Correct it, or the earlier answer.",
    ),
    "limit-crossed/year-at_most": (
        "D’après vos réponses, cette année est {value} ou plus tôt. Corrigez-la, ou la réponse précédente.",
        "From your answers, this year is {value} or earlier. Correct it, or the earlier answer.",
    ),
    "limit-crossed/year-above": (
        "D’après vos réponses, cette année vient après {value}. Corrigez-la, ou la réponse précédente.",
        "From your answers, this year comes after {value}. Correct it, or the earlier answer.",
    ),
    "limit-crossed/year-below": (
        "D’après vos réponses, cette année vient avant {value}. Corrigez-la, ou la réponse précédente.",
        "From your answers, this year comes before {value}. Correct it, or the earlier answer.",
    ),
    "text-too-long": (
        "Votre texte compte {count} caractères. Ramenez-le à {maximum} au plus.",
        "Your text has {count} characters. Shorten it to {maximum} at most.",
    ),
    "text-too-short": (
        "Nombre de caractères de votre texte : {count}. Écrivez-en au moins {minimum}.",
        "Characters in your text: {count}. Enter at least {minimum}.",
    ),
    "text-pattern": (
        "Ce texte n’a pas la forme attendue ({pattern}). Vérifiez-le.",
        "This text does not have the expected form ({pattern}). Check it.",
    ),
    "text-pattern/email": (
        "Écrivez une adresse électronique, par exemple nom@exemple.fr.",
        "Enter an e-mail address, for example name@example.com.",
    ),
    "text-pattern/phone": (
        "Écrivez un numéro de téléphone, par exemple 01 23 45 67 89.",
        "Enter a telephone number, for example 01 23 45 67 89.",
    ),
    "text-pattern/postcode": (
        "Écrivez un code postal en cinq chiffres, par exemple 35000.",
        "Enter a French postcode in five figures, for example 35000.",
    ),
    "text-pattern/siren": (
        "Ce numéro Siren n’est pas valable. Vérifiez ses neuf chiffres.",
        "This Siren number is not valid. Check its nine figures.",
    ),
    "text-pattern/siret": (
        "Ce numéro Siret n’est pas valable. Vérifiez ses quatorze chiffres.",
        "This Siret number is not valid. Check its fourteen figures.",
    ),
    "text-pattern/url": (
        "Écrivez une adresse de site, par exemple https://www.exemple.fr.",
        "Enter the address of a website, for example https://www.example.com.",
    ),
    "date-not-a-date": (
        "Écrivez une date qui existe : jour, mois, année, par exemple 31/12/2022.",
        "Enter a date that exists: day, month, year, for example 31/12/2022.",
    ),
    "date-not-a-date/day": ("Corrigez le jour : un nombre de 1 à 31.", "Correct the day: a number from 1 to 31."),
    "date-not-a-date/month": (
        "Corrigez le mois : un nombre de 1 à 12.",
        "Correct the month: a number from 1 to 12.",
    ),
    "date-not-a-date/year": (
        "Corrigez l’année : quatre chiffres, par exemple 2022.",
        "Correct the year: four figures, for example 2022.",
    ),
    "date-out-of-bounds": (
        "Donnez une date du {minimum} au {maximum}.",
        "Give a date from {minimum} to {maximum}.",
    ),
    "date-out-of-bounds/from": ("Donnez le {minimum} ou une date plus tardive.", "Give {minimum} or a later date."),
    "date-out-of-bounds/until": ("Donnez le {maximum} ou une date antérieure.", "Give {maximum} or an earlier date."),
    "month-not-a-month": (
        "Écrivez un mois et une année, par exemple 12/2022.",
        "Enter a month and a year, for example 12/2022.",
    ),
    "month-not-a-month/month": ("Choisissez un mois.", "Choose a month."),
    "month-not-a-month/year": (
        "Corrigez l’année : quatre chiffres, par exemple 2022.",
        "Correct the year: four figures, for example 2022.",
    ),
    "month-out-of-bounds": (
        "Donnez un mois compris entre {minimum} et {maximum}.",
        "Give a month between {minimum} and {maximum}.",
    ),
    "month-out-of-bounds/from": ("Donnez {minimum} ou un mois plus tardif.", "Give {minimum} or a later month."),
    "month-out-of-bounds/until": ("Donnez {maximum} ou un mois antérieur.", "Give {maximum} or an earlier month."),
    "duration-not-a-duration": (
        "Écrivez la durée en nombres entiers, un par case.",
        "Enter the length of time in whole numbers, one in each box.",
    ),
    "score-unknown": (
        "Choisissez une note de {minimum} à {maximum}.",
        "Choose a score from {minimum} to {maximum}.",
    ),
    "ranking-incomplete": (
        "Nombre de réponses classées : {count} sur {expected}. Classez aussi les autres.",
        "Answers ranked: {count} of {expected}. Rank the others too.",
    ),
    "ranking-duplicate": (
        "Deux réponses ont le rang {rank}. Donnez un rang à chacune.",
        "Two answers have rank {rank}. Give each a rank of its own.",
    ),
    "sum-not-total": (
        "Vos réponses font {count} en tout, au lieu de {total}. Corrigez-les pour atteindre ce total.",
        "Your answers add up to {count} instead of {total}. Correct them to reach this total.",
    ),
    "suggestion-unknown": (
        "« {typed} » n’est pas dans la liste. Essayez un autre nom ou un code postal, puis choisissez dans la liste.",
        "“{typed}” is not in the list. Try another name or a postcode, then choose from the list.",
    ),
    "suggestion-ambiguous": (
        "Plusieurs réponses correspondent : {candidates}. Choisissez la vôtre.",
        "Several answers fit: {candidates}. Choose yours.",
    ),
    "items-too-few": (
        "Nombre de lignes remplies : {count}. Remplissez-en au moins {minimum}.",
        "Lines filled in: {count}. Fill in at least {minimum}.",
    ),
    "items-alike": (
        "«\u00a0{words}\u00a0» est déjà dans votre liste. Retirez cette ligne, ou précisez ce qui la distingue.",
        "“{words}” is already in your list. Remove this line, or say what makes it different.",
    ),
    "items-too-many": (
        "Nombre de lignes remplies : {count}. Gardez-en {maximum} au plus.",
        "Lines filled in: {count}. Keep {maximum} at most.",
    ),
    "consent-missing": (
        "Votre réponse porte sur une donnée sensible. Cochez l’accord pour la garder, ou effacez votre réponse.",
        "Your answer is sensitive data. Tick your consent to keep it, or clear your answer.",
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
