import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { comment, duplicateStep, insertStep, moveStep, removeStep, renameOutcome, renameStep, setComment, setValue, setYaml, stepYaml } from "./edits";
import { isFault, parse } from "./source";
import { outcomesOf, walk } from "./steps";
import type { Edit, Path, Place } from "./types";

// Each fixture is a file with the text before, one edit, and the text after; Go reads
// the same files and asks `jornada fmt` what it thinks of the result.
const folder = join(import.meta.dirname, "fixtures");

interface Fixture {
  edit: { do: string; path: Path; to: Path | Place; value: string | number | boolean; yaml: string };
  before: string;
  after: string;
}

function fixture(file: string): Fixture {
  const text = readFileSync(join(folder, file), "utf8");
  const [, edit = "", before = "", after = ""] = text.split(/^# --- (?:edit|before|after)\n/m);
  return { edit: JSON.parse(edit.replace(/^# /gm, "")) as Fixture["edit"], before, after };
}

function make(text: string, edit: Fixture["edit"]): Edit {
  switch (edit.do) {
    case "set":
      return setValue(text, edit.path, edit.value);
    case "unset":
      return setValue(text, edit.path, undefined);
    case "yaml":
      return setYaml(text, edit.path, edit.yaml);
    case "insert":
      return insertStep(text, edit.to as Place, edit.yaml);
    case "remove":
      return removeStep(text, edit.path);
    case "move":
      return moveStep(text, edit.path, edit.to as Place);
    case "duplicate":
      return duplicateStep(text, edit.path);
    case "rename":
      return renameStep(text, edit.path, edit.value as string);
    case "rename_outcome":
      return renameOutcome(text, edit.path, (edit.to as Path)[0] as string, edit.value as string);
    case "comment":
      return setComment(text, edit.path, edit.value as string);
    default:
      throw new Error(`no such edit: ${edit.do}`);
  }
}

describe("every fixture", () => {
  for (const file of readdirSync(folder)) {
    it(file, () => {
      const { edit, before, after } = fixture(file);
      expect(make(before, edit).text).toEqual(after);
      const windows = (text: string) => text.replaceAll("\n", "\r\n");
      expect(make(windows(before), edit).text).toEqual(windows(after));
      const cut = (text: string) => text.replace(/\n$/, "");
      expect(make(cut(before), edit).text).toEqual(cut(after));
    });
  }
});

const examples = join(import.meta.dirname, "../../../examples");
const journeys = readdirSync(examples, { recursive: true, encoding: "utf8" })
  .filter((f) => f.endsWith(".journey.yaml"))
  .map((f) => ({ file: f, text: readFileSync(join(examples, f), "utf8") }))
  .filter(({ text }) => !isFault(parse(text)));

const commentsOf = (text: string) => [...text.matchAll(/(?:^|\s)(#[^"'\r\n]*?)\r?$/gm)].map((m) => (m[1] as string).trim()).sort();

/** A small generator of pseudo-random numbers: a failure repeats. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1664525 + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** scalars lists the paths of all single values of a text. */
function scalars(value: unknown, at: Path = []): { path: Path; value: string | number | boolean }[] {
  if (value === null) return [];
  if (Array.isArray(value)) return value.flatMap((v, i) => scalars(v, [...at, i]));
  if (typeof value === "object") return Object.entries(value as object).flatMap(([k, v]) => scalars(v, [...at, k]));
  return [{ path: at, value: value as string }];
}

const values = ["Olá", "com: dois pontos", "# não é comentário", "{{ contact.first_name }}, oi", "linha um\nlinha dois", "no", "20:30", 42, true, "", "it's", 'aspas "duplas"', "a, b [c] {d}", "- traço", "áé😀"];

const steps = [
  "{id: new_end, exit: done}",
  "id: new_wait\nname: Esperar\nwait: {for: 1d}",
  "id: new_ask\nask:\n  whatsapp: {text: Oi}\n  options:\n    - {id: a, title: A}\n  timeout: 1d\nbranches:\n  otherwise: []",
];

function anyEdit(text: string, next: (below: number) => number): { edit: Edit; what: string; removes: string[] } {
  const source = parse(text);
  if (isFault(source)) throw new Error("the text is broken");
  const all = walk(source.root);
  const lists = [["steps"] as Path, ...all.flatMap((s) => s.branches.map((b) => b.list))];
  const list = lists[next(lists.length)] as Path;
  const place: Place = { list, index: next(4) };
  const step = all[next(all.length)];
  const leaves = scalars(source.root);
  const leaf = leaves[next(leaves.length)];
  const kind = next(10);
  if (!step || !leaf || kind === 0) return { edit: insertStep(text, place, steps[next(steps.length)] as string), what: `insert ${JSON.stringify(place)}`, removes: [] };
  const at = JSON.stringify(step.path);
  switch (kind) {
    case 1: {
      const value = values[next(values.length)] as string;
      return { edit: setValue(text, leaf.path, value), what: `set ${JSON.stringify(leaf.path)} ${JSON.stringify(value)}`, removes: [] };
    }
    case 2:
      return { edit: setValue(text, [...step.path, "name"], values[next(values.length)]), what: `name ${at}`, removes: [] };
    case 3: {
      const inside = place.list.length > step.path.length && step.path.every((p, i) => place.list[i] === p);
      if (inside) return { edit: { text }, what: "nothing", removes: [] };
      return { edit: moveStep(text, step.path, place), what: `move ${at} ${JSON.stringify(place)}`, removes: [] };
    }
    case 4:
      return { edit: duplicateStep(text, step.path), what: `duplicate ${at}`, removes: [] };
    case 5:
      return { edit: setYaml(text, [...step.path, "branches", "new_branch"], "[]"), what: `branch ${at}`, removes: [] };
    case 6:
      return { edit: setComment(text, step.path, comment(text, step.path) + "\nUma nota"), what: `note ${at}`, removes: commentsOf(comment(text, step.path)) };
    case 7:
      return { edit: renameStep(text, step.path, `s${next(100000)}`), what: `rename ${at}`, removes: [] };
    case 8: {
      const asks = step.verb === "ask" && Object.hasOwn(step.body as object, "options");
      const own = asks || ["switch", "split"].includes(step.verb) ? outcomesOf(step).filter((o) => !["other", "timeout", "undelivered"].includes(o)) : step.verb === "parallel" ? step.branches.map((b) => b.outcome) : [];
      const old = own[next(own.length || 1)];
      if (old === undefined) return { edit: { text }, what: "nothing", removes: [] };
      return { edit: renameOutcome(text, step.path, old, `o${next(100000)}`), what: `rename ${old} of ${at}`, removes: [] };
    }
    default: {
      const gone = removeStep(text, step.path);
      return { edit: gone, what: `remove ${at}`, removes: commentsOf(stepYaml(text, step.path) ?? "") };
    }
  }
}

it("what ends a step by itself keeps its name, and no two outcomes have one", () => {
  const text = "dsl: 1\njourney: demo\nsteps:\n  - {id: a, ask: {options: [{id: x, title: X}, {id: y, title: Y}]}, branches: {x: [], timeout: [], otherwise: []}}\n";
  for (const [old, name] of [["timeout", "late"], ["otherwise", "rest"], ["nobody", "z"], ["x", "y"], ["x", "timeout"]] as const) {
    expect(renameOutcome(text, ["steps", 0], old, name), `${old} to ${name}`).toEqual({ refused: "missing", line: 4 });
  }
});

describe("any edit of any example", () => {
  for (const eol of ["\n", "\r\n"]) {
    it(`loses no comment and is never refused (${eol === "\n" ? "LF" : "CRLF"})`, () => {
      const next = random(7);
      let made = 0;
      for (const { file, text: original } of journeys) {
        let text = original.replaceAll("\n", eol);
        const first = text;
        const history: string[] = [];
        for (let i = 0; i < 40; i++) {
          const before = text;
          const { edit, what, removes } = anyEdit(text, next);
          expect(edit.refused, `${file}: ${what}\n${before}`).toBeUndefined();
          text = edit.text as string;
          const kept = new Map<string, number>();
          for (const c of commentsOf(text)) kept.set(c, (kept.get(c) ?? 0) + 1);
          for (const c of commentsOf(before)) {
            if (!removes.includes(c)) expect(kept.get(c) ?? 0, `${file}: ${what} lost ${c}\n${before}\n-----\n${text}`).toBeGreaterThan(0);
          }
          expect(text.endsWith(eol), `${file}: ${what} ends differently`).toBe(true);
          if (eol === "\r\n") expect(text.replaceAll("\r\n", "").includes("\n"), `${file}: ${what} mixes line breaks`).toBe(false);
          history.push(before);
          made++;
          if (i % 10 === 9) {
            while (history.length > 0) text = history.pop() as string;
            expect(text).toBe(first);
          }
        }
      }
      expect(made).toBeGreaterThan(600);
    }, 120_000);
  }
});
