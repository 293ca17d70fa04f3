import { Document, isScalar, visit, YAMLMap, YAMLSeq, type Scalar } from "yaml";

import type { Schemas } from "../api/client";

/** Sample is who is enrolled, and with what: as a scenario writes it. */
export type Sample = NonNullable<Schemas["SimulationResult"]["sample"]>;
export type Case = Schemas["PlayedCase"];
export type Line = Case["lines"][number];
export type Rest = NonNullable<Case["rest"]>;

/** Act is one thing that the world does, at a moment in the journey's own time. */
export type Act = { at: string } & (
  | { reply: { option?: string; text?: string; via?: string } }
  | { status: "undeliverable" }
  | { event: string; data: Record<string, unknown> }
  | { finish: string; step?: string }
);

/** Script is everything that has been done so far: playing it again gives the same play. */
export interface Script {
  acts: Act[];
  /** Where the clock was moved to after the last act; undefined: where the journey rests. */
  until?: string;
}

/** localTime is a moment as scenarios write it: the journey's own time, to the minute. */
export function localTime(at: Date, zone: string): string {
  const parts = Object.fromEntries(
    new Intl.DateTimeFormat("en-CA", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).formatToParts(at).map((p) => [p.type, p.value]),
  );
  return `${parts.year}-${parts.month}-${parts.day}T${parts.hour}:${parts.minute}`;
}

/** momentOf is the moment that a clock of the zone shows as `local`; of two such, the first. */
export function momentOf(local: string, zone: string): Date {
  const wanted = Date.parse(`${local}Z`);
  // How far the zone is from UTC there and then: guessed by the wall clock, and looked at once more.
  const off = (at: number) => Date.parse(`${localTime(new Date(at), zone)}Z`) - at;
  return new Date(wanted - off(wanted - off(wanted)));
}

/** nextMinute is when the world acts on what it has just seen: on the next full minute. */
export const nextMinute = (at: string): Date => new Date((Math.floor(Date.parse(at) / 60_000) + 1) * 60_000);

/** scenario is the text in which a script is sent to be played. JSON is YAML, too. */
export function scenario(journey: string, sample: Sample, script: Script): string {
  return JSON.stringify({ test: journey, cases: [{ name: "exploration", now: sample.now, contact: sample.contact, inputs: sample.inputs, script: script.acts, stop: true }] });
}

/** happened reports whether the journey did something since. */
export const happened = (now: Case, before: Case): boolean => now.lines.length > before.lines.length;

/** passed reports whether the journey waits no more at a step. */
export const passed = (step: string) => (now: Case): boolean => !now.rest?.steps.some((s) => s.step_id === step);

const expected = ["send", "ask", "call", "handoff", "enroll"];

/** asCase is a play as a case of a test: what the journey did is expected, what the world did is done again. */
export function asCase(name: string, sample: Sample, played: Case, script: Script, zone: string): Record<string, unknown> {
  const lines: Record<string, unknown>[] = [];
  const acts = [...script.acts];
  let before = played.started_at;
  for (const line of played.lines) {
    if (line.by === "world") {
      const act = acts.shift();
      if (act) lines.push({ ...act });
    } else if (expected.includes(line.verb)) {
      const late = Date.parse(line.at) - Date.parse(before) > 3_600_000;
      lines.push({ expect: line.step_id, ...(late ? { at: localTime(new Date(line.at), zone) } : {}), ...(line.channel ? { via: line.channel } : {}), ...(line.verb === "call" ? { respond: { status: 200 } } : {}) });
    }
    before = line.at;
  }
  return { name, now: sample.now, contact: sample.contact, inputs: sample.inputs, script: lines, ...(played.rest ? { stop: true } : { end: played.ending }) };
}

/** withCase is the text of a test file with one more case in it; everything else keeps its characters. */
export function withCase(text: string, journey: string, added: Record<string, unknown>): string {
  const item = new Document([added]);
  visit(item, { Scalar: (_, node) => void (typeof node.value === "string" && /^\d{4}-/.test(node.value) && (node.type = "QUOTE_DOUBLE")) }); // moments are text
  flowing((item.contents as YAMLSeq).items[0]);
  const lines = item.toString({ lineWidth: 0, flowCollectionPadding: false }).trimEnd().split("\n");
  const block = lines.map((l) => `  ${l}`).join("\n");
  if (text.trim() === "") return `# How ${journey} must behave. Play it with: jornada test\ntest: ${journey}\ncases:\n${block}\n`;
  return `${text.trimEnd()}\n\n${block}\n`;
}

/** flowing writes a case as people do: a line for each thing that happens. */
function flowing(node: unknown): void {
  if (!(node instanceof YAMLMap)) return;
  for (const { key, value } of node.items as { key: Scalar; value: unknown }[]) {
    const name = isScalar(key) ? key.value : "";
    if (name === "script" && value instanceof YAMLSeq) {
      for (const line of value.items) if (line instanceof YAMLMap) line.flow = true;
      if (value.items.length === 0) value.flow = true;
    } else if (value instanceof YAMLMap) value.flow = true;
  }
}
