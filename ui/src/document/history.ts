import { inverted } from "./tests";
import type { Renamed } from "./types";

/** What undo goes back to: a text, what was done to it, and what that renamed. */
export interface Past {
  text: string;
  label: string;
  renamed?: readonly Renamed[];
}

/** Where undo or redo leads: the text, and what is called otherwise in it. */
export interface Travel {
  history: History;
  text: string;
  renamed: readonly Renamed[];
}

export interface History {
  past: Past[];
  future: Past[];
  /** The label, the line and the time of the last change, by which typing is one step. */
  last: { label: string; line: number; at: number } | undefined;
}

export const nothing: History = { past: [], future: [], last: undefined };

const most = 200;
const mostCharacters = 1_500_000;
const pause = 800;

/** The line that alone differs between two texts, or -1 when more than one does. */
function onlyLine(a: string, b: string): number {
  let from = 0;
  while (from < a.length && from < b.length && a[from] === b[from]) from++;
  let foot = 0;
  while (foot < a.length - from && foot < b.length - from && a[a.length - 1 - foot] === b[b.length - 1 - foot]) foot++;
  const apart = a.slice(from, a.length - foot) + b.slice(from, b.length - foot);
  return apart.includes("\n") ? -1 : a.slice(0, from).split("\n").length;
}

/** noted records a change; what is typed into one line without a pause is one change. */
export function noted(history: History, before: string, after: string, label: string, at: number, renamed: readonly Renamed[] = []): History {
  const line = onlyLine(before, after);
  const last = history.last;
  const goesOn = line >= 0 && renamed.length === 0 && last !== undefined && last.label === label && last.line === line && at - last.at < pause && history.past.length > 0;
  const past = goesOn ? history.past : [...history.past, pastOf(before, label, renamed)].slice(-most);
  return { past, future: [], last: renamed.length > 0 ? undefined : { label, line, at } };
}

/** joined makes one change of all since a text: undo leads back to it, and takes back what was renamed. */
export function joined(history: History, since: string, label: string, renamed: readonly Renamed[]): History {
  const at = history.past.findLastIndex((p) => p.text === since);
  return { past: [...(at < 0 ? history.past : history.past.slice(0, at)), pastOf(since, label, renamed)], future: [], last: undefined };
}

const pastOf = (text: string, label: string, renamed: readonly Renamed[] = []): Past => (renamed.length > 0 ? { text, label, renamed } : { text, label });

export function back(history: History, now: string): Travel | undefined {
  const to = history.past[history.past.length - 1];
  if (!to) return undefined;
  return { text: to.text, renamed: inverted(to.renamed ?? []), history: { past: history.past.slice(0, -1), future: [...history.future, pastOf(now, to.label, to.renamed)], last: undefined } };
}

export function forth(history: History, now: string): Travel | undefined {
  const to = history.future[history.future.length - 1];
  if (!to) return undefined;
  return { text: to.text, renamed: to.renamed ?? [], history: { past: [...history.past, pastOf(now, to.label, to.renamed)], future: history.future.slice(0, -1), last: undefined } };
}

const keyFor = (id: string) => `jornada.history.${id}`;

/** keep writes the history where a reload finds it; the oldest goes when it grows too large. */
export function keep(id: string, history: History, now: string): void {
  let room = mostCharacters - now.length;
  const past: Past[] = [];
  for (const step of [...history.past].reverse()) {
    room -= step.text.length;
    if (room < 0) break;
    past.unshift(step);
  }
  try {
    sessionStorage.setItem(keyFor(id), JSON.stringify({ now, past, future: history.future.slice(-20) }));
  } catch {
    sessionStorage.removeItem(keyFor(id)); // a full store: undo then lasts as long as the page
  }
}

/** kept is the history of a text as it stood before a reload. */
export function kept(id: string, now: string): History {
  try {
    const stored = JSON.parse(sessionStorage.getItem(keyFor(id)) ?? "null") as { now: string; past: Past[]; future: Past[] } | null;
    if (stored?.now === now) return { past: stored.past, future: stored.future, last: undefined };
  } catch {
    sessionStorage.removeItem(keyFor(id));
  }
  return nothing;
}
