import { read } from "./read";
import type { Server } from "./server";
import { followed, holds, onward, queued, type Astray } from "./tests";
import type { Renamed } from "./types";

const key = (id: string) => `jornada.renamed.${id}`;
const againAfter = 5_000;
const tries = 3;

/** A Follower renames in a journey's tests what is renamed in its draft, once that is saved. */
export interface Follower {
  /** note takes renamings of the text, in order; those of undo are the way back. */
  note(renamed: readonly Renamed[]): void;
  /** follow brings the tests up to date with the saved text. */
  follow(): void;
  /** forget says no more of the names that tests still say. */
  forget(): void;
  close(): void;
}

function waitingFor(id: string): Renamed[] {
  try {
    return JSON.parse(localStorage.getItem(key(id)) ?? "[]") as Renamed[];
  } catch {
    return [];
  }
}

/**
 * follower keeps what the tests have yet to follow on this device, so that neither a
 * reload nor a lost network leaves them behind. `saved` gives the journey's text once
 * it is with the server. `tell` hears how many times the tests changed, and what they
 * still call by its old name.
 */
export function follower(id: string, server: Server, saved: () => string | undefined, tell: (changes: number, astray: readonly Astray[]) => void): Follower {
  let waiting = waitingFor(id);
  let later: Renamed[] = []; // noted while the tests were on their way
  let astray: Astray[] = [];
  let changes = 0;
  let busy = false;
  let closed = false;
  let again: ReturnType<typeof setTimeout> | undefined;

  function keep(next: Renamed[]): void {
    waiting = next;
    if (waiting.length > 0) localStorage.setItem(key(id), JSON.stringify(waiting));
    else localStorage.removeItem(key(id));
  }

  function take(one: Renamed): void {
    // What tests still call by its old name has no other name in them to go back from.
    const at = astray.findIndex((a) => onward(a, one));
    if (at < 0) keep(queued(waiting, one));
    else astray = astray.map((a, i) => (i === at ? { ...a, to: one.to } : a)).filter((a) => a.from !== a.to);
  }

  async function follow(): Promise<void> {
    const text = saved();
    const reading = text === undefined ? undefined : read(text);
    if (busy || closed || waiting.length === 0 || !reading?.ok) return;
    busy = true;
    clearTimeout(again);
    try {
      for (let n = 0; n < tries; n++) {
        const kept = await server.tests(id);
        const left: Astray[] = [];
        let source = kept.source;
        // What the text does not say any more was taken back by somebody else's.
        for (const renamed of waiting.filter((r) => holds(r, reading.root))) {
          const now = followed(source, renamed, reading.root);
          source = now.text;
          if (now.astray) left.push(now.astray);
        }
        if (source !== kept.source && !(await server.saveTests(id, source, kept.etag))) continue;
        keep([]);
        if (source !== kept.source) changes++;
        astray = [...astray, ...left];
        break;
      }
    } catch {
      // The server is away, or takes no tests now: what waits stays with this device.
    }
    busy = false;
    const noted = later;
    later = [];
    noted.forEach(take);
    tell(changes, astray);
    if (waiting.length > 0 && !closed) again = setTimeout(() => void follow(), againAfter);
  }

  return {
    note(renamed) {
      if (renamed.length === 0) return;
      if (busy) later.push(...renamed);
      else renamed.forEach(take);
      tell(changes, astray);
    },
    follow: () => void follow(),
    forget() {
      astray = [];
      tell(changes, astray);
    },
    close() {
      closed = true;
      clearTimeout(again);
    },
  };
}
