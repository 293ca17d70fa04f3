import type { Schemas } from "../../api/client";
import { normalOf, outcomesOf, type Step } from "../../document/steps";
import type { Plain } from "../../document/types";
import { typeOf } from "../preview/samples";
import { mapping, words } from "./plain";

/** A name that an expression may use, with what it holds. */
export interface Named {
  path: string;
  type: Schemas["SchemaField"]["type"];
  /** What it may be, when only a few values are possible. */
  choices?: string[];
}

/** named lists what a condition or text at a step may read. `event` adds that event's fields. */
export function named(root: Plain, steps: readonly Step[], schema: Schemas["Schema"] | undefined, at?: Step, event?: string): Named[] {
  const list: Named[] = [];
  for (const f of (event !== undefined && schema?.events[event]) || []) list.push({ path: `event.${f.path}`, type: f.type });
  for (const f of schema?.contact ?? []) list.push({ path: `contact.${f.path}`, type: f.type });
  inputs(mapping(root).inputs, "inputs.", list);
  for (const [name, v] of Object.entries(mapping(mapping(root).vars))) list.push({ path: `vars.${name}`, type: varType(v) });
  for (const s of steps) if (s.id !== "" && s.id !== at?.id) list.push(...results(s));
  for (const c of schema?.channels ?? []) {
    if (c.window_seconds > 0) list.push({ path: `window.${c.channel}.open`, type: "bool" }, { path: `window.${c.channel}.closes_at`, type: "time" });
  }
  list.push({ path: "now", type: "time" });
  return list;
}

function inputs(v: Plain | undefined, prefix: string, list: Named[]): void {
  for (const [name, t] of Object.entries(mapping(v))) {
    const inner = mapping(t);
    if (Object.keys(inner).length === 0) list.push({ path: prefix + name, type: typeOf(words(t)) });
    else if (typeof inner.type === "string") list.push({ path: prefix + name, type: typeOf(inner.type) });
    else inputs(t, `${prefix}${name}.`, list);
  }
}

/** A variable has a default value, or a type. */
function varType(v: Plain): Named["type"] {
  if (typeof v === "number") return Number.isInteger(v) ? "int" : "number";
  if (typeof v === "boolean") return "bool";
  if (Array.isArray(v)) return "list";
  const type = typeOf(words(v));
  return type === "any" ? "string" : type;
}

const more: Record<string, readonly (readonly [string, Named["type"]])[]> = {
  send: [["channel", "string"], ["reason", "string"]],
  ask: [["text", "string"], ["channel", "string"]],
  call: [["status", "int"]],
  handoff: [["note", "string"]],
  repeat: [["count", "int"]],
  enroll: [["result", "string"]],
};

function results(s: Step): Named[] {
  const normal = normalOf(s);
  const outcomes = [...(normal === "" ? [] : [normal]), ...outcomesOf(s)];
  const list: Named[] = outcomes.length === 0 ? [] : [{ path: `steps.${s.id}.outcome`, type: "string", choices: outcomes }];
  const body = mapping(s.body);
  if (s.verb === "ask" && body.scale !== undefined) list.push({ path: `steps.${s.id}.score`, type: "int" });
  for (const [field, type] of more[s.verb] ?? []) list.push({ path: `steps.${s.id}.${field}`, type });
  if (s.verb === "call") for (const [field, t] of Object.entries(mapping(body.returns))) list.push({ path: `steps.${s.id}.body.${field}`, type: typeOf(words(t)) });
  if (list.length > 0) list.push({ path: `steps.${s.id}.at`, type: "time" });
  return list;
}

/** written is how a text holds a name: dates and amounts as people read them. */
export function writtenAs(n: Named): string {
  if (n.type === "time") return `{{ format(${n.path}, 'dd/MM HH:mm') }}`;
  return `{{ ${n.path} }}`;
}

const sameMeaning: readonly (readonly [pattern: RegExp, wanted: RegExp])[] = [
  [/^(?:name|nome|first_?name|primeiro_?nome)$/, /^contact\.first_name$/],
  [/^(?:when|quando|date|data|hora|time|horario|starts_?at)$/, /^inputs\.(?:.*_at|date|data|when)$/],
];

/** guessed is what a template's parameter most likely stands for, by its name. */
export function guessed(param: string, names: readonly Named[]): Named | undefined {
  const ends = (prefix: string) => names.find((n) => n.path === prefix + param);
  const exact = ends("inputs.") ?? ends("vars.") ?? ends("event.");
  if (exact) return exact;
  for (const [pattern, wanted] of sameMeaning) {
    const found = pattern.test(param) ? names.find((n) => wanted.test(n.path)) : undefined;
    if (found) return found;
  }
  return ends("contact.") ?? names.find((n) => n.path.startsWith("inputs.") && n.path.endsWith(`.${param}`));
}
