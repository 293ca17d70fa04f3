import { BellRing, Braces, CircleHelp, Clock, CornerUpLeft, Flag, GitBranch, Globe, Headset, type LucideIcon, MessageSquare, MessagesSquare, Radio, Repeat, Rows3, Split, Tag, Waypoints } from "lucide-react";

import { freeId } from "../document/ids";
import type { Say, Word } from "./words";

/** Tint is one of the colours of editor.css; it always stands beside an icon and a word. */
export type Tint = "blue" | "violet" | "amber" | "teal" | "green" | "red" | "gray";

export interface Look {
  word: Word;
  icon: LucideIcon;
  tint: Tint;
}

const looks: Record<string, Look> = {
  send: { word: "message", icon: MessageSquare, tint: "blue" },
  ask: { word: "question", icon: MessagesSquare, tint: "violet" },
  wait: { word: "wait", icon: Clock, tint: "amber" },
  switch: { word: "condition", icon: GitBranch, tint: "teal" },
  split: { word: "split", icon: Split, tint: "teal" },
  parallel: { word: "parallel", icon: Rows3, tint: "teal" },
  repeat: { word: "repeat", icon: Repeat, tint: "amber" },
  call: { word: "call", icon: Globe, tint: "green" },
  update: { word: "update", icon: Tag, tint: "green" },
  set: { word: "set", icon: Braces, tint: "green" },
  emit: { word: "emit", icon: Radio, tint: "green" },
  handoff: { word: "handoff", icon: Headset, tint: "red" },
  enroll: { word: "enroll", icon: Waypoints, tint: "violet" },
  goto: { word: "goto", icon: CornerUpLeft, tint: "gray" },
  exit: { word: "end", icon: Flag, tint: "gray" },
};

export const entryLook: Look = { word: "entry", icon: BellRing, tint: "green" };
export const exitLook: Look = { word: "exit", icon: Flag, tint: "gray" };
const unknownLook: Look = { word: "unknown", icon: CircleHelp, tint: "red" };

export const lookOf = (verb: string): Look => looks[verb] ?? unknownLook;

/** Kind is an entry of the palette. */
export interface Kind extends Look {
  verb: string;
  /** The id that a step of this kind gets, when it is free. */
  stem: string;
  /** The lines of a new step under its id and name. */
  lines: (free: (wanted: string) => string) => string[];
}

const of = (verb: string, stem: string, ...lines: string[]): Kind => ({ ...lookOf(verb), verb, stem, lines: () => lines });

/**
 * The palette. A new step is right as it comes, or has exactly the one problem that a
 * person expects of it: a template, a queue, a journey, a step or an event has yet to be chosen.
 */
export const kinds: Kind[] = [
  of("send", "message", 'send: {whatsapp: {template: ""}}'),
  of("ask", "question", "ask:", '  whatsapp: {template: ""}', "  options:", "    - {id: agree, title: Sim}", "    - {id: decline, title: Não}", "  timeout: 1d", "branches:", "  agree: []", "  decline: []", "  otherwise: []"),
  of("wait", "pause", "wait: {for: 1d}"),
  of("switch", "choice", "switch:", "  - {case: matches_it, when: contact.opt_in.whatsapp}", "  - {case: rest}", "branches:", "  matches_it: []", "  rest: []"),
  of("split", "test", "split: {a: 50, b: 50}", "branches:", "  a: []", "  b: []"),
  of("parallel", "together", "parallel: {join: all}", "branches:", "  lane_a: []", "  lane_b: []"),
  { ...lookOf("repeat"), verb: "repeat", stem: "again", lines: (free) => ["repeat:", "  max: 3", "  every: 1d", "  steps:", `    - {id: ${free("pause")}, wait: {for: 1h}}`] },
  of("call", "call_system", 'call: {method: POST, url: ""}'),
  of("update", "update_contact", "update: {add_tags: []}"),
  of("handoff", "person", 'handoff: {queue: "", timeout: 1h}', "branches:", "  timeout: []"),
  of("enroll", "other_journey", 'enroll: {journey: "", timeout: 7d}'),
  of("goto", "jump", 'goto: {step: "", max: 3}'),
  of("set", "keep", "set: {}"),
  of("emit", "tell", 'emit: {event: ""}'),
  of("exit", "end", "exit: done"),
];

/** newStep writes a step of a kind: its id is free, and it has a name. */
export function newStep(kind: Kind, taken: ReadonlySet<string>, t: Say): string {
  const all = new Set(taken);
  const free = (wanted: string): string => {
    const id = freeId(wanted, all);
    all.add(id);
    return id;
  };
  const id = free(kind.stem);
  const name = t(kind.word);
  return [`id: ${id}`, `name: ${name}`, ...kind.lines(free)].join("\n");
}
