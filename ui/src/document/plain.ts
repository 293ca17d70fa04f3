import type { Path, Plain } from "./types";

/** same compares two readings, the order of keys included: branches are drawn in it. */
export function same(a: Plain | undefined, b: Plain | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined || a === null || b === null || typeof a !== "object" || typeof b !== "object") return Object.is(a, b);
  if (Array.isArray(a) || Array.isArray(b)) {
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, i) => same(item, b[i]));
  }
  const keys = Object.keys(a);
  const others = Object.keys(b);
  return keys.length === others.length && keys.every((key, i) => key === others[i] && same(a[key], b[key]));
}

export function valueAt(root: Plain, path: Path): Plain | undefined {
  let at: Plain | undefined = root;
  for (const part of path) {
    if (at === null || typeof at !== "object") return undefined;
    at = Array.isArray(at) ? at[Number(part)] : Object.hasOwn(at, part) ? at[part] : undefined;
    if (at === undefined) return undefined;
  }
  return at;
}

/** changed is root with what stands at path put through `change`; undefined removes it. */
export function changed(root: Plain | undefined, path: Path, change: (old: Plain | undefined) => Plain | undefined): Plain | undefined {
  const [part, ...rest] = path;
  if (part === undefined) return change(root);
  if (Array.isArray(root)) {
    const next = changed(root[Number(part)], rest, change);
    const items = [...root];
    if (next === undefined) items.splice(Number(part), 1);
    else items[Number(part)] = next;
    return items;
  }
  const from = root !== null && typeof root === "object" ? root : {};
  const next = changed(Object.hasOwn(from, part) ? from[part] : undefined, rest, change);
  const out: { [key: string]: Plain } = Object.create(null) as { [key: string]: Plain };
  for (const key of Object.keys(from)) {
    if (key !== String(part)) out[key] = from[key] as Plain;
    else if (next !== undefined) out[key] = next;
  }
  if (next !== undefined && !Object.hasOwn(from, part)) out[part] = next;
  return out;
}

/** unordered compares readings without the order of keys: a new key goes where it reads best. */
export function unordered(a: Plain | undefined, b: Plain | undefined): boolean {
  if (a === null || b === null || typeof a !== "object" || typeof b !== "object" || Array.isArray(a) !== Array.isArray(b)) return same(a, b);
  if (Array.isArray(a)) return a.length === (b as Plain[]).length && a.every((item, i) => unordered(item, (b as Plain[])[i]));
  const other = b as { [key: string]: Plain };
  const keys = Object.keys(a);
  return keys.length === Object.keys(other).length && keys.every((key) => Object.hasOwn(other, key) && unordered(a[key], other[key]));
}
