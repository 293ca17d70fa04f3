import type { Named } from "../names";
import { textOf, type Compare, type Row, type TextTest, type Value } from "./condition";
import type { words } from "./words";

/** The operators as a select offers them; each is one way of writing a row. */
export const operators = ["is", "is_not", "eq", "ne", "gt", "ge", "lt", "le", "contains", "starts", "ends", "member", "not_member", "one_of", "has", "has_not"] as const satisfies readonly (keyof typeof words)[];
export type Operator = (typeof operators)[number];

const compares: Partial<Record<Operator, Compare>> = { eq: "==", ne: "!=", gt: ">", ge: ">=", lt: "<", le: "<=" };
const tests: Partial<Record<Operator, TextTest>> = { contains: "contains", starts: "startsWith", ends: "endsWith" };

export function operatorOf(r: Row): Operator {
  switch (r.kind) {
    case "is":
      return r.not ? "is_not" : "is";
    case "has":
      return r.not ? "has_not" : "has";
    case "member":
      return r.not ? "not_member" : "member";
    case "oneOf":
      return "one_of";
    case "compare":
      return operators.find((o) => compares[o] === r.op) as Operator;
    case "text":
      return operators.find((o) => tests[o] === r.op) as Operator;
  }
}

/** fitting are the operators that make sense for a type. */
export function fitting(type: Named["type"], choices: boolean): Operator[] {
  switch (type) {
    case "bool":
      return ["is", "is_not"];
    case "list":
      return ["member", "not_member"];
    case "number":
    case "int":
      return ["eq", "ne", "gt", "ge", "lt", "le", "has", "has_not"];
    case "time":
      return ["gt", "ge", "lt", "le", "has", "has_not"];
    case "string":
      return choices ? ["eq", "ne", "one_of"] : ["eq", "ne", "contains", "starts", "ends", "one_of", "has", "has_not"];
    default:
      return [...operators];
  }
}

/** valueOf is what a row compares with, for the next operator to keep. */
export function valueOf(r: Row): Value | undefined {
  return "value" in r ? r.value : r.kind === "oneOf" ? r.values[0] : undefined;
}

/** rowOf writes a row anew; `value` is kept where the operator takes one. */
export function rowOf(field: Named, operator: Operator, value: Value | undefined): Row {
  const op = compares[operator];
  if (op) return { kind: "compare", field: field.path, op, value: fits(value, field) };
  const test = tests[operator];
  const text = value?.kind === "text" ? value : textOf(field.choices?.[0] ?? "");
  if (test) return { kind: "text", field: field.path, op: test, value: text };
  switch (operator) {
    case "member":
    case "not_member":
      return { kind: "member", field: field.path, value: text, not: operator === "member" ? "" : "not " };
    case "one_of":
      return { kind: "oneOf", field: field.path, values: [text] };
    case "has":
    case "has_not":
      return { kind: "has", field: field.path, not: operator === "has" ? "" : "not " };
    default:
      return { kind: "is", field: field.path, not: operator === "is_not" ? "not " : "" };
  }
}

function fits(value: Value | undefined, field: Named): Value {
  switch (field.type) {
    case "number":
    case "int":
      return value?.kind === "plain" && /^-?[0-9.]+$/.test(value.raw) ? value : { kind: "plain", raw: "0" };
    case "time":
      return value?.kind === "moment" ? value : { kind: "moment", raw: "now" };
    case "bool":
      return value?.kind === "plain" ? value : { kind: "plain", raw: "true" };
    default:
      if (field.choices && !(value?.kind === "text" && field.choices.includes(value.text))) return textOf(field.choices[0] ?? "");
      return value?.kind === "text" || (value && field.type === "any") ? value : textOf("");
  }
}

/** fresh is the row that a field begins with. */
export const fresh = (field: Named): Row => rowOf(field, fitting(field.type, field.choices !== undefined)[0] as Operator, undefined);
