import type { CompletionContext, CompletionResult } from "@codemirror/autocomplete";

import { languageNow } from "../../app/language";

interface Schema {
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  enum?: unknown[];
  const?: unknown;
  $ref?: string;
  $defs?: Record<string, Schema>;
  description?: string;
}

let loading: Promise<Schema | undefined> | undefined;

/** The language's JSON Schema, as the server has it; without it there is no help, and no harm. */
function schema(): Promise<Schema | undefined> {
  loading ??= fetch("/api/v1/schemas/journey", { headers: { "Accept-Language": languageNow() } })
    .then((r) => (r.ok ? (r.json() as Promise<Schema>) : undefined))
    .catch(() => undefined);
  return loading;
}

/** The keys that lead to a line, by its indentation; "-" stands for an item of a list. */
export function pathTo(lines: string[], at: number): string[] {
  const path: string[] = [];
  // What leads to the line stands further left; a list may stand right under its key.
  let column = Infinity;
  let dashed = Infinity;
  for (let n = at; n >= 0; n--) {
    const line = lines[n] ?? "";
    if (line.trim() === "" || line.trimStart().startsWith("#")) continue;
    let indent = line.length - line.trimStart().length;
    let rest = line.trimStart();
    const dashes: number[] = [];
    while (rest.startsWith("- ")) {
      dashes.push(indent);
      indent += 2;
      rest = rest.slice(2);
    }
    const key = /^([\w.-]+):(\s|$)/.exec(rest)?.[1];
    if (n !== at && key !== undefined && indent < column) {
      path.unshift(key);
      column = indent;
      dashed = indent;
    } else if (n === at) {
      column = indent;
      dashed = indent;
    }
    for (const dash of dashes.reverse()) {
      if (dash < dashed) {
        path.unshift("-");
        column = dash + 1;
        dashed = dash;
      }
    }
  }
  return path;
}

/** Every schema that a path may lead to. */
export function schemasAt(root: Schema, path: string[]): Schema[] {
  const open = (s: Schema | undefined): Schema[] => {
    if (!s) return [];
    if (s.$ref) return open(s.$ref.split("/").slice(1).reduce<Schema | undefined>((at, part) => (at as Record<string, Schema> | undefined)?.[part], root));
    return [s, ...(s.anyOf ?? []).flatMap(open), ...(s.oneOf ?? []).flatMap(open)];
  };
  return path.reduce((at, part) => {
    const next = part === "-" ? at.map((s) => s.items) : at.map((s) => s.properties?.[part] ?? (typeof s.additionalProperties === "object" ? s.additionalProperties : undefined));
    return next.flatMap(open);
  }, open(root));
}

/** completions offers the keys, and the values of a fixed choice, that the language has at a place. */
export async function completions(context: CompletionContext): Promise<CompletionResult | null> {
  const word = context.matchBefore(/[\w.-]*/);
  if (!word || (word.from === word.to && !context.explicit)) return null;
  const root = await schema();
  if (!root) return null;
  const doc = context.state.doc;
  const line = doc.lineAt(context.pos);
  const lines = doc.toString().split("\n").slice(0, line.number);
  const before = line.text.slice(0, word.from - line.from);
  const key = /(?:^|[\s{,-])([\w.-]+):\s*$/.exec(before)?.[1];
  const path = pathTo(lines, line.number - 1);
  if (key) {
    const values = schemasAt(root, [...path, key]).flatMap((s) => s.enum ?? (s.const === undefined ? [] : [s.const]));
    return values.length > 0 ? { from: word.from, options: [...new Set(values.map(String))].map((label) => ({ label, type: "enum" })) } : null;
  }
  if (!/^[\s-]*$/.test(before)) return null;
  const found = new Map<string, string>();
  for (const s of schemasAt(root, path)) for (const [name, inner] of Object.entries(s.properties ?? {})) found.set(name, inner.description ?? "");
  return { from: word.from, options: [...found].map(([label, info]) => ({ label, apply: `${label}: `, type: "property", ...(info ? { info } : {}) })) };
}
