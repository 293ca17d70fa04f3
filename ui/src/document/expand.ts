import { isMap, isSeq, type ParsedNode } from "yaml";

import { below, lineOf, Refused, seatOf, sourceOf, splice, type Cut } from "./lines";
import { colonOf, dashOf, endOf, isFlow, type Entry, type List, type Mapping, type Source } from "./source";
import type { Path } from "./types";

/**
 * expanded writes the brackets on the way to a path, and those at the path itself, as
 * lines of their own, because what goes in there does not read well in brackets. All
 * else keeps its characters; a comment between brackets gets a line.
 */
export function expanded(text: string, path: Path): string {
  let out = text;
  for (let length = 0; length <= path.length; length++) {
    const source = sourceOf(out);
    const node = source.node(path.slice(0, length));
    if (!node || !isFlow(node)) continue;
    if (((node as Mapping).items as unknown[]).length === 0) continue;
    out = opened(source, path.slice(0, length), node);
  }
  return out;
}

/** What stands in brackets: the text of each part, and the comments above it. */
interface Part {
  above: string[];
  lines: string[];
  trail: string;
}

function partsOf(source: Source, node: ParsedNode): { parts: Part[]; foot: string[] } {
  const parts: Part[] = [];
  let at = node.range[0] + 1;
  const comments = (to: number): { same: string; own: string[] } => {
    const gap = source.text.slice(at, to);
    const own: string[] = [];
    let same = "";
    gap.split("\n").forEach((line, i) => {
      const found = /(?:^|[\s,])(#.*)$/.exec(line.trimEnd());
      if (!found) return;
      if (i === 0 && parts.length > 0) same = found[1] as string;
      else own.push(found[1] as string);
    });
    return { same, own };
  };
  const take = (start: number, end: number, text: string) => {
    const { same, own } = comments(start);
    const before = parts[parts.length - 1];
    if (same && before) before.trail = same;
    const [first = "", ...rest] = text.split(/\r?\n/);
    parts.push({ above: own, lines: [first, ...rest.map((l) => (l.trim() === "" ? "" : "  " + l.trimStart()))], trail: "" });
    at = end;
  };
  if (isMap(node)) {
    for (const entry of (node as Mapping).items as Entry[]) {
      const start = entry.key.range[0];
      const end = endOf(source, entry.value, Math.max(entry.key.range[1], colonOf(entry)));
      const written = source.text.slice(start, end);
      const key = source.text.slice(start, entry.key.range[1]);
      take(start, end, end > colonOf(entry) + 1 && entry.value ? written : key + ":");
    }
  } else {
    for (const item of (node as List).items) {
      const end = endOf(source, item, item.range[1]);
      take(item.range[0], end, "- " + source.text.slice(item.range[0], end));
    }
  }
  const { same, own } = comments(node.range[1] - 1);
  const last = parts[parts.length - 1];
  if (same && last) last.trail = same;
  return { parts, foot: own };
}

function opened(source: Source, path: Path, node: ParsedNode): string {
  const seat = seatOf(source, path);
  if (!seat) throw new Refused("too_tangled", lineOf(source, path));
  const { parts, foot } = partsOf(source, node);
  const lines: string[] = [];
  for (const part of parts) {
    lines.push(...part.above);
    if (part.trail && part.lines.length > 1) lines.push(part.trail, ...part.lines);
    else lines.push(...part.lines.map((l, i) => (i === 0 && part.trail ? `${l}  ${part.trail}` : l)));
  }
  lines.push(...foot);
  const [start, end] = node.range;
  const lastLine = source.lineAt(end - 1);
  const rest = source.text.slice(end, source.end(lastLine));
  if (rest.trim() !== "" && !rest.trimStart().startsWith("#")) throw new Refused("too_tangled", lineOf(source, path));
  if (seat.entry) {
    const colon = colonOf(seat.entry);
    const column = source.column(seat.entry.key.range[0]) + 2;
    const all = lines.map((l) => (l === "" ? "" : " ".repeat(column) + l));
    const close: Cut = { from: colon + 1, to: end, text: "" };
    return splice(source.text, close, below(source, lastLine, all));
  }
  if (!isSeq(seat.parent)) throw new Refused("too_tangled", lineOf(source, path));
  const dash = dashOf(seat.parent as List, seat.index as number);
  if (dash === undefined) throw new Refused("too_tangled", lineOf(source, path));
  const column = source.column(dash);
  const inner = " ".repeat(column + 2);
  const leading = lines.findIndex((l) => !l.startsWith("#"));
  const above = lines.slice(0, leading);
  const [first = "", ...others] = lines.slice(leading);
  const lineStart = source.start(source.lineAt(dash));
  const head = above.map((l) => " ".repeat(column) + l + source.eol).join("");
  const body = first + rest + others.map((l) => source.eol + (l === "" ? "" : inner + l)).join("");
  return splice(source.text, { from: lineStart, to: lineStart, text: head }, { from: start, to: source.end(lastLine), text: body });
}
