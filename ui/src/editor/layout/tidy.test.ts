import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { isFault, parse } from "../../document/source";
import { fieldsOf, listOf, pathKey, walk } from "../../document/steps";
import type { Plain } from "../../document/types";
import { tidy, type Drawing, type Rectangle } from "./tidy";

const examples = join(import.meta.dirname, "../../../../examples");

function drawn(root: Plain): Drawing {
  const exits = listOf(fieldsOf(root).exits).flatMap((exit, i) => (fieldsOf(exit).steps ? [{ kind: "exit" as const, exit: i, list: ["exits", i, "steps"], height: 72 }] : []));
  return tidy(walk(root), [{ kind: "trigger", exit: -1, list: ["steps"], height: 120 }, ...exits]);
}

const meets = (a: Rectangle, b: Rectangle) => a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

function sound(drawing: Drawing, root: Plain): void {
  const pluses = drawing.pluses.map((p) => ({ key: p.key, x: p.x - 12, y: p.y - 12, width: 24, height: 24 }));
  const all = [...drawing.boxes, ...drawing.chips, ...pluses].sort((a, b) => a.y - b.y);
  for (const [i, a] of all.entries()) {
    for (const b of all.slice(i + 1)) {
      if (b.y >= a.y + a.height) break;
      if (meets(a, b)) throw new Error(`${a.key} and ${b.key} overlap`);
    }
  }
  const boxes = new Map(drawing.boxes.map((b) => [b.key, b]));
  const steps = walk(root);
  expect(drawing.boxes.filter((b) => b.kind === "step")).toHaveLength(steps.length);
  for (const step of steps) {
    const firsts = step.branches.filter((b) => b.steps > 0).map((b) => boxes.get(pathKey([...b.list, 0]))?.x ?? NaN);
    expect(firsts).toEqual([...firsts].sort((a, b) => a - b));
    const above = step.index > 0 ? boxes.get(pathKey([...step.list, step.index - 1])) : undefined;
    if (above) expect(boxes.get(pathKey(step.path))?.y).toBeGreaterThan(above.y + above.height);
  }
  expect(drawing.lines.filter((line) => !line.points.flat().every(Number.isFinite))).toEqual([]);
}

function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1664525 + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Any journey of about n steps: deep, wide, with empty branches, jumps and repeats. */
function anyJourney(n: number, next: (below: number) => number): Plain {
  let made = 0;
  const list = (depth: number): Plain[] => {
    const out: Plain[] = [];
    const length = depth === 0 ? Infinity : 1 + next(4);
    while (out.length < length && made < n) {
      const id = `s${made++}`;
      const kind = next(depth > 5 ? 3 : 7);
      if (kind === 0) out.push({ id, send: { sms: { text: "Oi" } } });
      else if (kind === 1) out.push({ id, exit: "done" });
      else if (kind === 2) out.push({ id, goto: { step: `s${next(made)}`, max: 1 } });
      else if (kind === 3) out.push({ id, repeat: { max: 2, steps: list(depth + 1) } });
      else if (kind === 4) out.push({ id, handoff: {}, branches: { timeout: [] } });
      else out.push({ id, ask: { options: [{ id: "a" }, { id: "b" }] }, branches: Object.fromEntries(["a", "b", "timeout", "otherwise"].slice(0, 1 + next(4)).map((o) => [o, next(3) === 0 ? [] : list(depth + 1)])) });
    }
    return out;
  };
  return { steps: list(0) };
}

describe("tidy", () => {
  for (const file of readdirSync(examples, { recursive: true, encoding: "utf8" }).filter((f) => f.endsWith(".journey.yaml"))) {
    const read = parse(readFileSync(join(examples, file), "utf8"));
    if (isFault(read)) continue;
    it(file, () => sound(drawn(read.root), read.root));
  }

  it("places any journey without overlaps, branches in the order of the file", () => {
    const next = random(3);
    for (let i = 0; i < 120; i++) {
      const root = anyJourney(5 + next(60), next);
      sound(drawn(root), root);
    }
  }, 60_000);

  it("looks at a step as often among a thousand as among a hundred, and places it twice the same", () => {
    const looks = (n: number): number => {
      const root = anyJourney(n, random(5));
      let reads = 0;
      const steps = walk(root).map((step) => new Proxy(step, { get: (of, key) => (reads++, Reflect.get(of, key) as unknown) }));
      const first = tidy(steps, heads);
      const once = reads / steps.length;
      expect(tidy(steps, heads).boxes).toEqual(first.boxes);
      sound(first, root);
      return once;
    };
    const heads = [{ kind: "trigger" as const, exit: -1, list: ["steps"], height: 120 }];
    expect(looks(1000)).toBeLessThan(1.1 * looks(100));
  }, 60_000);

  it("moves nothing above or beside what is inserted", () => {
    const root = { steps: [{ id: "a", ask: {}, branches: { answered: [{ id: "b", exit: "x" }], timeout: [{ id: "c", exit: "y" }] } }, { id: "d", exit: "z" }] };
    const before = new Map(drawn(root).boxes.map((b) => [b.step?.id ?? b.key, b]));
    const more = structuredClone(root) as { steps: { branches?: { answered: Plain[] } }[] };
    more.steps[0]?.branches?.answered.push({ id: "new", send: {} });
    const after = new Map(drawn(more as unknown as Plain).boxes.map((b) => [b.step?.id ?? b.key, b]));
    for (const id of ["$trigger", "a", "b", "c"]) expect([after.get(id)?.x, after.get(id)?.y]).toEqual([before.get(id)?.x, before.get(id)?.y]);
  });
});
