import { plain } from "../app/fits";

/** idFor makes a journey's id of its name: small letters, digits, _; none of those taken. */
export function idFor(name: string, taken: readonly string[]): string {
  let base = plain(name)
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^[^a-z]+|_+$/g, "")
    .slice(0, 40);
  base = base.replace(/_+$/, "") || "jornada";
  let id = base;
  for (let n = 2; taken.includes(id); n++) id = `${base}_${n}`;
  return id;
}

const journeyLine = /^(journey:[ \t]*)(["']?)([a-z][a-z0-9_]{0,47})\2([ \t]*(?:#.*)?)$/m;
const nameLine = /^(name:[ \t]*)(.*)$/m;

/** idIn is what a file calls its journey, "" when it does not say. */
export const idIn = (source: string): string => journeyLine.exec(source)?.[3] ?? "";

/** nameIn is the name a file gives its journey, "" when it gives none. */
export function nameIn(source: string): string {
  const text = nameLine.exec(source)?.[2]?.trim() ?? "";
  if (/^".*"$/.test(text)) {
    try {
      return String(JSON.parse(text));
    } catch {
      return text;
    }
  }
  return text.replace(/\s+#.*$/, "").replace(/^'(.*)'$/, "$1");
}

/** renamed is a file under another id and name; nothing else in it changes. */
export function renamed(source: string, id: string, name: string): string {
  const out = source.replace(journeyLine, (_, key: string, _quote, _old, rest: string) => `${key}${id}${rest}`);
  const quoted = JSON.stringify(name);
  return nameLine.test(out) ? out.replace(nameLine, (_, key: string) => key + quoted) : out.replace(journeyLine, (line) => `${line}\nname: ${quoted}`);
}
