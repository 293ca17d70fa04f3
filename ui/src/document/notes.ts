import { isMap, isSeq } from "yaml";

import { expanded } from "./expand";
import { blockOf, entryBlock, lineOf, linesOf, Refused, seatOf, sourceOf, splice, type Block, type Cut } from "./lines";
import { inFlow } from "./put";
import { isFault, isFlow, parse, type List, type Source } from "./source";
import type { Edit, Path } from "./types";
import { verified } from "./verify";

function blockAt(source: Source, path: Path): Block | undefined {
  const seat = seatOf(source, path);
  if (!seat || isFlow(seat.parent) || inFlow(source, path.slice(0, -1))) return undefined;
  if (seat.entry) return entryBlock(source, seat.entry);
  return blockOf(source, seat.parent as List, seat.index as number);
}

const words = (line: string): string => line.trim().replace(/^# ?/, "");

/** The comment behind the first line of a step or key, when its own words stand there. */
function behind(source: Source, path: Path, block: Block): Cut | undefined {
  const seat = seatOf(source, path);
  let first = seat?.node;
  while (isMap(first) && !first.flow) first = (first.items[0] as { value?: typeof first } | undefined)?.value ?? null;
  const line = source.line(block.first);
  let from = 0;
  if (isSeq(first) && !first.flow) from = 0;
  else if (first && source.lineAt(first.range[0]) === block.first) {
    if (source.lineAt(Math.max(first.range[0], first.range[1] - 1)) !== block.first) return undefined;
    from = first.range[1] - source.start(block.first);
  }
  const found = /\s+#.*$/.exec(line.slice(from));
  if (!found) return undefined;
  const start = source.start(block.first) + from + found.index;
  return { from: start, to: source.end(block.first), text: found[0] };
}

/** comment is what the author noted on a step or key: above it, or behind its first line. */
export function comment(text: string, path: Path): string {
  const source = parse(text);
  if (isFault(source)) return "";
  const block = blockAt(source, path);
  if (!block) return "";
  const above = linesOf(source, block.own, block.first - 1).map(words);
  const tail = behind(source, path, block);
  return [...above, ...(tail ? [words(tail.text)] : [])].join("\n");
}

/** setComment writes what is noted on a step or key as # lines above it; none takes them away. */
export function setComment(text: string, path: Path, note: string): Edit {
  if (comment(text, path) === note.trim()) return { text };
  return verified(text, path, (source) => noted(source, path, note), (root) => root);
}

function noted(before: Source, path: Path, note: string): string {
  const source = blockAt(before, path) ? before : sourceOf(expanded(before.text, path.slice(0, -1)));
  const block = blockAt(source, path);
  if (!block) throw new Refused("too_tangled", lineOf(before, path));
  const lines = note.replace(/\r\n/g, "\n").trim().split("\n").filter((l, i, all) => all.length > 1 || l !== "" || i > 0);
  const tail = behind(source, path, block);
  const wasTail = tail !== undefined && block.own === block.first;
  if (wasTail && lines.length === 1) return splice(source.text, { from: tail.from, to: tail.to, text: `  # ${lines[0]}` });
  const shared = "shared" in block && block.shared === true;
  if (shared && lines.length > 0) {
    if (lines.length > 1) throw new Refused("too_tangled", lineOf(source, path));
    return splice(source.text, { from: source.end(block.first), to: source.end(block.first), text: `  # ${lines[0]}` });
  }
  const pad = " ".repeat(block.column);
  const above = lines.map((l) => (l.trim() === "" ? pad + "#" : `${pad}# ${l.trimEnd()}`) + source.eol).join("");
  const cuts: Cut[] = [{ from: source.start(block.own), to: source.start(block.first), text: above }];
  if (tail) cuts.push({ from: tail.from, to: tail.to, text: "" });
  return splice(source.text, ...cuts);
}
