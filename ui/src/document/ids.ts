import { fieldsOf, walk } from "./steps";
import { isFault, parse } from "./source";
import { renamed } from "./rename";
import type { Plain } from "./types";

/** Words that no step may be called. */
const reserved = new Set(
  "contact inputs vars steps trigger window now journey event loop secrets otherwise timeout other undelivered past failed true false nil in not and or let if else matches contains startsWith endsWith y n yes no on off".split(" "),
);

/** idsIn is every id that a text has taken: of steps, goals and exits. */
export function idsIn(text: string): Set<string> {
  const read = parse(text);
  if (isFault(read)) return new Set([...text.matchAll(/\bid:\s*["']?([a-z][a-z0-9_]*)/g)].map((m) => m[1] as string));
  const top = fieldsOf(read.root);
  const others = [top.goals, top.exits].flatMap((list) => (Array.isArray(list) ? list : [])).map((item: Plain) => fieldsOf(item).id);
  return new Set([...walk(read.root).map((s) => s.id), ...others.filter((id): id is string => typeof id === "string")]);
}

/** freeId is an id like the wanted one that nothing has yet. */
export function freeId(wanted: string, taken: ReadonlySet<string>): string {
  const clean =
    wanted
      .normalize("NFD")
      .replace(/[\u0300-\u036f]/g, "")
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "_")
      .replace(/^[^a-z]+|_+$/g, "")
      .slice(0, 40) || "step";
  if (!taken.has(clean) && !reserved.has(clean)) return clean;
  const stem = clean.replace(/_\d+$/, "");
  for (let n = 2; ; n++) if (!taken.has(`${stem}_${n}`)) return `${stem}_${n}`;
}

/** withFreeIds renames the steps of a list of steps whose ids are taken, and what they say of each other. */
export function withFreeIds(yaml: string, taken: ReadonlySet<string>): string {
  const all = new Set(taken);
  const wrapped = "steps:\n" + yaml.split("\n").map((l) => (l.trim() === "" ? "" : "  " + l)).join("\n");
  const read = parse(wrapped);
  if (isFault(read)) return yaml;
  let out = wrapped;
  for (const step of walk(read.root)) {
    if (!step.id) continue;
    const id = freeId(step.id, all);
    all.add(id);
    if (id !== step.id) out = renamed(out, step.path, step.id, id);
  }
  return out.split("\n").slice(1).map((l) => l.replace(/^ {2}/, "")).join("\n");
}
