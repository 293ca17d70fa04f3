import { isSeq } from "yaml";

import { expanded } from "./expand";
import { below, blockOf, indented, lineOf, Refused, sourceOf, splice } from "./lines";
import { openedEmpty, putLines } from "./put";
import { endOf, type List } from "./source";
import type { Path, Place } from "./types";

/** How long a line of brackets may get by a further step. */
const wide = 110;

/** asItems gives the lines of one or more list items: what is not one yet gets its dash. */
export function asItems(yaml: string): string[] {
  const lines = yaml.replace(/\r\n/g, "\n").replace(/\s+$/, "").split("\n");
  while (lines[0]?.trim() === "") lines.shift();
  const first = lines.find((l) => l.trim() !== "" && !l.trimStart().startsWith("#")) ?? "";
  const column = first.length - first.trimStart().length;
  const flush = lines.map((l) => l.slice(Math.min(column, l.length - l.trimStart().length)));
  if (/^-(\s|$)/.test(first.trimStart())) return flush;
  const start = flush.findIndex((l) => !l.startsWith("#"));
  return [...flush.slice(0, start), ...flush.slice(start).map((l, i) => (i === 0 ? "- " + l : l.trim() === "" ? "" : "  " + l))];
}

/** insertedAt puts items into a list, which is made when there is none. */
export function insertedAt(text: string, at: Place, items: string[]): string {
  let source = sourceOf(text);
  const node = source.node(at.list);
  if (!isSeq(node)) {
    if (node !== undefined && node !== null && source.text.slice(node.range[0], node.range[1]).trim() !== "" && source.text.slice(node.range[0], node.range[1]) !== "null") {
      throw new Refused("too_tangled", lineOf(source, at.list));
    }
    return insertedAt(putLines(text, at.list, ["[]"]), { list: at.list, index: 0 }, items);
  }
  const list = node as List;
  if (list.items.length === 0) return openedEmpty(source, at.list, items);
  const index = Math.max(0, Math.min(at.index, list.items.length));
  if (list.flow) {
    const flow = inlineOf(items);
    const end = source.line(source.lineAt(list.range[1] - 1)).length;
    if (flow !== undefined && source.lineAt(list.range[0]) === source.lineAt(list.range[1] - 1) && end + flow.length < wide) {
      if (index === 0) return splice(text, { from: list.items[0]?.range[0] ?? 0, to: list.items[0]?.range[0] ?? 0, text: flow + ", " });
      const before = list.items[index - 1];
      const stop = endOf(source, before, 0);
      return splice(text, { from: stop, to: stop, text: ", " + flow });
    }
    text = expanded(text, at.list);
    source = sourceOf(text);
  }
  return intoBlock(text, at.list, index, items);
}

function inlineOf(items: string[]): string | undefined {
  const only = items.length === 1 ? /^- (\{.*\})$/.exec(items[0] as string)?.[1] : undefined;
  return only?.includes("#") ? undefined : only;
}

function intoBlock(text: string, path: Path, index: number, items: string[]): string {
  const source = sourceOf(text);
  const list = source.node(path) as List;
  const block = blockOf(source, list, index > 0 ? index - 1 : 0);
  if (!block) throw new Refused("too_tangled", lineOf(source, path));
  const lines = indented(items, block.column);
  if (index > 0) return splice(text, below(source, block.last, lines));
  const start = source.start(block.own);
  return splice(text, { from: start, to: start, text: lines.map((l) => l + source.eol).join("") });
}
