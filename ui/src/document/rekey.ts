import { seatOf, sourceOf, splice } from "./lines";
import { changed } from "./plain";
import { inFlow, putLines } from "./put";
import { written } from "./scalar";
import { keyOf } from "./source";
import { fieldsOf } from "./steps";
import type { Edit, Path, Plain } from "./types";
import { verified } from "./verify";

/**
 * rekeyed makes a key another one, with another value, in the same place: the comments
 * above and behind it stay, and so do the keys around it.
 */
export function rekeyed(text: string, path: Path, key: string, value: string | number | boolean): Edit {
  const home = path.slice(0, -1);
  const old = String(path[path.length - 1]);
  return verified(
    text,
    path,
    (before) => {
      const source = sourceOf(putLines(text, path, typeof value === "string" ? written(value, "plain", inFlow(before, path)) : [String(value)]));
      const entry = seatOf(source, path)?.entry;
      if (!entry) return source.text;
      const [from, to] = entry.key.range;
      return splice(source.text, { from, to, text: source.text.slice(from, to).replace(keyOf(entry), key) });
    },
    (root) => changed(root, home, (map) => Object.fromEntries(Object.entries(fieldsOf(map)).map(([k, v]): [string, Plain] => (k === old ? [key, value] : [k, v])))),
  );
}
