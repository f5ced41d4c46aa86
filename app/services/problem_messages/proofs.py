"""What is said of a version that is proven: who cannot be, and of routes written where pages follow in order."""

from __future__ import annotations

from .words import Table

PROOFS: Table = {
    "route-written": (
        "Les pages se suivent dans l’ordre : « {key} » n’existe pas. "
        "Écrivez plutôt une condition (« when ») sur les pages à passer avant « {target} ».",
        "Pages follow in order: there is no “{key}”. Write a condition (“when”) on the pages to skip before "
        "“{target}” instead.",
    ),
    "route-backward": (
        "« {key} » renvoie à « {target} », qui n’est pas après : on tournerait sans fin. "
        "Retirez ce renvoi, ou posez une condition (« when ») sur une page qui suit.",
        "“{key}” goes back to “{target}”, which is not after: it would go round for ever. Remove it, or write a "
        "condition (“when”) on a page that follows.",
    ),
    "route-unknown": (
        "« {key} » renvoie à la page « {target} », qui n’existe pas. "
        "Retirez ce renvoi, et écrivez une condition (« when ») sur les pages à passer.",
        "“{key}” goes to the page “{target}”, which does not exist. Remove it, and write a condition (“when”) on "
        "the pages to skip.",
    ),
    "never-met": (
        "Personne ne peut atteindre {owner} « {name} » : « {cause} » l’empêche toujours. "
        "Corrigez « {cause} », ou supprimez ce qui ne sert pas.",
        "Nobody can meet {owner} “{name}”: “{cause}” always prevents it. Correct “{cause}”, or remove what is of "
        "no use.",
    ),
    "never-met/together": (
        "Personne ne peut atteindre {owner} « {name} » : ce qui précède l’empêche toujours. "
        "Revoyez les conditions, les contrôles et les sorties qui précèdent, ou supprimez ce qui ne sert pas.",
        "Nobody can meet {owner} “{name}”: what comes before always prevents it. Review the conditions, checks "
        "and exits before it, or remove what is of no use.",
    ),
    "rule-contradiction": (
        "La règle se contredit : aucune réponse ne la rend vraie ({owner} « {name} »). Corrigez l’une de ses parties.",
        "The rule contradicts itself: no answer makes it true ({owner} “{name}”). Correct one of its parts.",
    ),
    "rule-out-of-range": (
        "La règle n’est jamais vraie ({owner} « {name} ») : dans « {part} », la réponse va de {minimum} à {maximum}. "
        "Corrigez la valeur, ou les bornes de la question.",
        "The rule is never true ({owner} “{name}”): in “{part}”, the answer goes from {minimum} to {maximum}. "
        "Correct the value, or the bounds of the question.",
    ),
    "rule-out-of-range/open": (
        "La règle n’est jamais vraie ({owner} « {name} ») : aucune réponse n’est assez grande ou assez petite pour "
        "« {part} ». Corrigez la valeur, ou les bornes de la question.",
        "The rule is never true ({owner} “{name}”): no answer is large or small enough for “{part}”. Correct the "
        "value, or the bounds of the question.",
    ),
    "rule-prevented": (
        "La règle n’est jamais vraie ({owner} « {name} ») : « {cause} », qui précède, l’empêche. "
        "Corrigez la règle, ou « {cause} ».",
        "The rule is never true ({owner} “{name}”): “{cause}”, which comes before, prevents it. Correct the "
        "rule, or “{cause}”.",
    ),
    "rule-prevented/together": (
        "La règle n’est jamais vraie ({owner} « {name} ») : ce qui précède l’empêche. "
        "Revoyez la règle, et les conditions, contrôles et sorties qui précèdent.",
        "The rule is never true ({owner} “{name}”): what comes before prevents it. Review the rule, and the "
        "conditions, checks and exits before it.",
    ),
    "rule-always-true": (
        "La règle est toujours vraie ({owner} « {name} ») : elle ne décide rien. Retirez-la, ou corrigez-la.",
        "The rule is always true ({owner} “{name}”): it decides nothing. Remove it, or correct it.",
    ),
    "rule-identical": (
        "La règle est celle de « {earlier} », qui vient avant : {owner} « {name} » ne sert jamais. "
        "Corrigez l’une des deux règles, ou supprimez « {name} ».",
        "The rule is that of “{earlier}”, which comes first: {owner} “{name}” is never used. Correct one of the "
        "two rules, or remove “{name}”.",
    ),
    "rule-shadowed": (
        "« {earlier} », qui vient avant, prend tous les cas : {owner} « {name} » ne sert jamais. "
        "Placez « {name} » avant, ou restreignez la règle de « {earlier} ».",
        "“{earlier}”, which comes first, takes every case: {owner} “{name}” is never used. Put “{name}” first, "
        "or narrow the rule of “{earlier}”.",
    ),
    "part-never-true": (
        "« {part} » n’est jamais vrai : la réponse va de {minimum} à {maximum}. "
        "Corrigez la valeur, ou retirez cette partie de la règle.",
        "“{part}” is never true: the answer goes from {minimum} to {maximum}. Correct the value, or remove this "
        "part of the rule.",
    ),
    "part-never-true/open": (
        "« {part} » n’est jamais vrai : aucune réponse n’est assez grande ou assez petite. "
        "Corrigez la valeur, ou retirez cette partie de la règle.",
        "“{part}” is never true: no answer is large or small enough. Correct the value, or remove this part of "
        "the rule.",
    ),
    "part-always-true": (
        "« {part} » est vrai de toute réponse, qui va de {minimum} à {maximum}. "
        "Retirez cette partie de la règle, ou corrigez la valeur.",
        "“{part}” is true of every answer, which goes from {minimum} to {maximum}. Remove this part of the rule, "
        "or correct the value.",
    ),
    "part-always-true/open": (
        "« {part} » est vrai de toute réponse. Retirez cette partie de la règle, ou corrigez la valeur.",
        "“{part}” is true of every answer. Remove this part of the rule, or correct the value.",
    ),
    "check-never-passed": (
        "Personne ne peut passer le contrôle « {check} ». Corrigez sa règle : elle doit être vraie d’une bonne "
        "réponse.",
        "Nobody can pass the check “{check}”. Correct its rule: it must be true of a right answer.",
    ),
    "check-never-violated": (
        "Le contrôle « {check} » n’est jamais enfreint : il ne sert à rien. Retirez-le, ou corrigez sa règle.",
        "The check “{check}” is never violated: it is of no use. Remove it, or correct its rule.",
    ),
    "check-traps": (
        "Le contrôle « {check} » porte sur des réponses déjà données : qui l’enfreint ne peut plus avancer. "
        "Placez-le sur la page de ces réponses, ou faites-en un avertissement.",
        "The check “{check}” is about answers given before: whoever violates it cannot go on. Put it on the page "
        "of these answers, or make it a warning.",
    ),
    "page-trap": (
        "Des personnes arrivent à cette page et ne peuvent plus en sortir, quoi qu’elles répondent. "
        "Revoyez ses contrôles, ses bornes et ses questions obligatoires.",
        "Some people reach this page and cannot leave it, whatever they answer. Review its checks, its bounds "
        "and its required questions.",
    ),
    "bounds-may-cross": (
        "Selon les réponses précédentes, le minimum passe le maximum : aucune valeur ne convient. "
        "Bornez ces réponses, ou posez une condition sur la question.",
        "Depending on earlier answers, the minimum passes the maximum: no value will do. Bound these answers, or "
        "write a condition on the question.",
    ),
    "total-out-of-reach": (
        "Selon les réponses précédentes, aucune répartition ne donne le total. "
        "Revoyez le total et les bornes des lignes, ou posez une condition sur la question.",
        "Depending on earlier answers, no parts add up to the total. Review the total and the bounds of the "
        "rows, or write a condition on the question.",
    ),
    "bound-never-reached": (
        "Personne ne peut donner {limit} de cette question, {value}. Corrigez cette borne, ou ce qui l’empêche.",
        "Nobody can give {limit} of this question, {value}. Correct this bound, or what prevents it.",
    ),
    "pipe-may-be-empty": (
        "« {variable} » peut être sans réponse quand ce texte s’affiche. Prévoyez d’autres mots : {{{variable}, "
        "or {{…}}}}.",
        "“{variable}” may have no answer when this text is shown. Write other words for then: {{{variable}, or "
        "{{…}}}}.",
    ),
    "proof-undecided": (
        "La preuve n’a pas abouti pour {owner} « {name} ». Simplifiez les règles, ou passez outre en le disant.",
        "The proof did not come to an end for {owner} “{name}”. Simplify the rules, or waive it by name.",
    ),
}
