import type { Path, Plain } from "../../document/types";

export type Mapping = { [key: string]: Plain };

/** mapping is a value as a mapping; what is none is an empty one. */
export function mapping(v: Plain | undefined): Mapping {
  return v !== null && typeof v === "object" && !Array.isArray(v) ? v : {};
}

export const list = (v: Plain | undefined): Plain[] => (Array.isArray(v) ? v : []);

/** words is a scalar as a field shows it; lists and mappings are "". */
export function words(v: Plain | undefined): string {
  return v === undefined || v === null || typeof v === "object" ? "" : String(v);
}

/** at follows a path. */
export function at(root: Plain | undefined, path: Path): Plain | undefined {
  let v = root;
  for (const key of path) v = typeof key === "number" ? list(v)[key] : mapping(v)[key];
  return v;
}

/** A scalar as YAML, always on one line, quoted when it would be read otherwise. */
function scalar(v: null | boolean | number | string): string {
  if (typeof v !== "string") return v === null ? "null" : String(v);
  const plain = /^[A-Za-zÀ-ÿ_/][A-Za-zÀ-ÿ0-9_./()=<>@+*%ªº-]*(?: [A-Za-zÀ-ÿ0-9_./()=<>@+*%!?ªº-]+)*$/;
  const word = /^(?:true|false|null|yes|no|on|off|y|n|~)$/i;
  return plain.test(v) && !word.test(v) && !v.includes(": ") ? v : JSON.stringify(v);
}

/** flow writes a value as YAML on one line. */
export function flow(v: Plain): string {
  if (Array.isArray(v)) return `[${v.map(flow).join(", ")}]`;
  if (v !== null && typeof v === "object") return `{${Object.entries(v).map(([k, x]) => `${scalar(k)}: ${flow(x)}`).join(", ")}}`;
  return scalar(v);
}

/** fold is a title as an id: without accents, in small letters, at most 47 characters. */
export function fold(title: string, taken: readonly string[] = []): string {
  const letters = title.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase().replace(/[^a-z0-9]+/g, "_").replace(/^[^a-z]+|_+$/g, "").slice(0, 40);
  const reserved = ["otherwise", "timeout", "other", "undelivered", "past", "failed", "true", "false", "nil", "in", "not", "and", "or", "let", "if", "else", "matches", "contains", "y", "n", "yes", "no", "on", "off"];
  const base = letters === "" ? "option" : reserved.includes(letters) ? `${letters}_option` : letters;
  let id = base;
  for (let n = 2; taken.includes(id); n++) id = `${base}_${n}`;
  return id;
}
