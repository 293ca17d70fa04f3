import type { Path, Plain } from "./types";

/** A branch of a step: what happens on an outcome. */
export interface Branch {
  outcome: string;
  list: Path;
  steps: number;
}

/** Step is one step as it stands in the text, right or wrong. */
export interface Step {
  path: Path;
  /** The list it stands in, and its index there. */
  list: Path;
  index: number;
  id: string;
  verb: string;
  name: string;
  condition: string;
  body: Plain;
  branches: Branch[];
  /** The steps inside a `repeat`. */
  inner: Path | undefined;
  /** The step it stands in, and by which outcome; "" inside a repeat. */
  owner: Path | undefined;
  outcome: string | undefined;
  depth: number;
}

/** The verbs of the language, as `jornada schema` lists them. */
export const verbs = ["send", "ask", "wait", "switch", "split", "parallel", "repeat", "enroll", "call", "handoff", "set", "update", "emit", "goto", "exit"] as const;

type Fields = { [key: string]: Plain };

export const fieldsOf = (value: Plain | undefined): Fields => (value !== null && typeof value === "object" && !Array.isArray(value) ? value : {});
export const listOf = (value: Plain | undefined): Plain[] => (Array.isArray(value) ? value : []);
export const textOf = (value: Plain | undefined): string => (value === undefined || value === null || typeof value === "object" ? "" : String(value));

/** walk gives every step of a journey in the order of the file; first those of `steps`, then those of exits. */
export function walk(root: Plain): Step[] {
  const out: Step[] = [];
  const top = fieldsOf(root);
  walkList(top.steps, ["steps"], undefined, undefined, 0, out);
  listOf(top.exits).forEach((exit, i) => walkList(fieldsOf(exit).steps, ["exits", i, "steps"], undefined, undefined, 0, out));
  return out;
}

function walkList(list: Plain | undefined, at: Path, owner: Path | undefined, outcome: string | undefined, depth: number, out: Step[]): void {
  listOf(list).forEach((item, index) => {
    const fields = fieldsOf(item);
    const path = [...at, index];
    const verb = verbs.find((v) => Object.hasOwn(fields, v)) ?? "";
    const body = verb ? (fields[verb] as Plain) : null;
    const inner = verb === "repeat" ? [...path, "repeat", "steps"] : undefined;
    const branches = Object.entries(fieldsOf(fields.branches)).map(([name, steps]) => ({ outcome: name, list: [...path, "branches", name], steps: listOf(steps).length }));
    out.push({ path, list: at, index, id: textOf(fields.id), verb, name: textOf(fields.name), condition: textOf(fields.if), body, branches, inner, owner, outcome, depth });
    if (inner) walkList(fieldsOf(body).steps, inner, path, "", depth + 1, out);
    for (const branch of branches) walkList(fieldsOf(fields.branches)[branch.outcome], branch.list, path, branch.outcome, depth + 1, out);
  });
}

/** The outcome after which a step simply goes on, by verb; "" where every one has a name of its own. */
export function normalOf(step: Step): string {
  const normal: Record<string, string> = { send: "sent", parallel: "done", repeat: "done", enroll: "completed", call: "ok", handoff: "resolved", set: "ok", update: "ok", emit: "ok" };
  if (step.verb !== "wait") return normal[step.verb] ?? "";
  const body = fieldsOf(step.body);
  if (body.events !== undefined) return "";
  return body.until !== undefined ? "reached" : "elapsed";
}

/**
 * outcomesOf lists the outcomes a step may end with, as far as its own text says, the
 * normal one left out. The checker has the last word; this serves to draw a text that
 * it cannot compile yet.
 */
export function outcomesOf(step: Step): string[] {
  const body = fieldsOf(step.body);
  switch (step.verb) {
    case "send":
      return ["undelivered"];
    case "ask":
      return [...answersOf(body), "timeout", "undelivered"];
    case "wait":
      if (body.events !== undefined) return [...Object.keys(fieldsOf(body.events)), "timeout"];
      return body.until !== undefined ? ["past"] : [];
    case "switch":
      return listOf(step.body).map((c) => textOf(fieldsOf(c).case)).filter(Boolean);
    case "split":
      return Object.keys(body).filter((key) => key !== "seed");
    case "repeat":
    case "goto":
      return ["exhausted"];
    case "enroll":
    case "call":
      return ["failed"];
    case "handoff":
      return ["timeout", "unavailable"];
    default:
      return [];
  }
}

function answersOf(body: Fields): string[] {
  if (body.options !== undefined) return [...listOf(body.options).map((o) => textOf(fieldsOf(o).id)).filter(Boolean), "other"];
  if (body.bands !== undefined) return Object.keys(fieldsOf(body.bands));
  if (body.scale === "csat") return ["satisfied", "neutral", "dissatisfied"];
  if (body.scale === "nps") return ["promoter", "passive", "detractor"];
  return ["answered"];
}

/** What a step's `otherwise` stands for: all that may happen and has no branch of its own. */
export function caughtBy(step: Step, known: string[] = outcomesOf(step)): string[] {
  const own = new Set(step.branches.map((b) => b.outcome));
  const normal = normalOf(step);
  return known.filter((outcome) => !own.has(outcome) && outcome !== normal);
}

export const pathKey = (path: Path): string => JSON.stringify(path);
