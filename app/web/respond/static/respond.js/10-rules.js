"use strict";

/**
 * Rules in the page: comfort only, the server decides. `rules.evaluate(tree, answers)` gives what the server finds
 * for the same rule; questionnaires/expression_vectors.json holds both to it.
 *
 * @typedef {number | string | boolean | null | Array<Tree>} Tree  what `to_browser` makes of a rule: a constant, or
 *   a list of the name of an operation and of its arguments
 * @typedef {number | string | number[] | {absence: number} | null} Answer  as given answers are kept: whole numbers
 *   at the scale of their variable, composed (NFC) texts, codes or ids of items, or the cause of an absence
 * @typedef {number | string | boolean | number[] | null} Value
 */
{
  const NO_OPINION = -5;

  /** Operations that are null as soon as an argument is. @type {Record<string, (...args: any[]) => Value>} */
  const OPERATIONS = {
    "=": (left, right) => left === right,
    "!=": (left, right) => left !== right,
    "<": (left, right) => left < right,
    "<=": (left, right) => left <= right,
    ">": (left, right) => left > right,
    ">=": (left, right) => left >= right,
    "+": (left, right) => left + right,
    "-": (left, right) => (right === undefined ? 0 - left : left - right),
    "*": (left, right) => left * right + 0, // never -0
    not: (value) => !value,
    in: (value, ...members) => members.includes(value),
    has: (codes, code) => codes.includes(code),
    rank: (codes, code) => codes.indexOf(code) + 1 || null,
    count: (codes) => codes.length,
  };

  /**
   * An answer as it was given. A variable may have the name of what every object has, `constructor` for one.
   * @param {Record<string, Answer>} answers
   * @param {string} name
   * @returns {Answer}
   */
  const given = (answers, name) => (Object.hasOwn(answers, name) ? answers[name] : null) ?? null;

  /** @returns {Value} the value of an answer, null while it has none */
  const read = (answers, name) => {
    const answer = given(answers, name);
    return answer !== null && typeof answer === "object" && !Array.isArray(answer) ? null : answer;
  };

  /** @returns {number | null} the sum of what is not null, null when all is */
  const sum = (values) => values.reduce((total, value) => (value === null ? total : (total ?? 0) + value), null);

  /**
   * Kleene's and/or: the first part with the decisive value decides; otherwise one null makes null.
   * @param {boolean} decisive
   */
  const logic = (parts, decisive, answers) => {
    let result = !decisive;
    for (const part of parts) {
      const found = evaluate(part, answers);
      if (found === decisive) return decisive;
      if (found === null) result = null;
    }
    return result;
  };

  /**
   * The value of a rule, null while it is not known.
   * @param {Tree} tree
   * @param {Record<string, Answer>} answers  of the page and of the pages before; item answers under their plain
   *   name for the current item, under `name[id]` for sums over a roster
   * @returns {Value}
   */
  const evaluate = (tree, answers) => {
    if (!Array.isArray(tree)) return tree;
    const [op, ...parts] = tree;
    if (op === "var") return read(answers, parts[0]);
    if (op === "and" || op === "or") return logic(parts, op === "or", answers);
    if (op === "no_opinion") return given(answers, parts[0][1])?.absence === NO_OPINION;
    if (op === "items") return sum((read(answers, parts[0]) ?? []).map((id) => read(answers, `${parts[1]}[${id}]`)));
    const values = parts.map((part) => evaluate(part, answers));
    if (op === "answered") return values[0] !== null;
    if (op === "sum") return sum(values);
    return values.includes(null) ? null : OPERATIONS[op](...values);
  };

  globalThis.rules = Object.freeze({ evaluate });
}
