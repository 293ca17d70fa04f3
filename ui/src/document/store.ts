import { createContext, useContext, useMemo } from "react";
import { useStore } from "zustand";
import { createStore, type StoreApi } from "zustand/vanilla";

import { follower } from "./follow";
import { back, forth, joined, keep, kept, nothing, noted, type History } from "./history";
import { merged } from "./merge";
import { valueAt } from "./plain";
import { read, type Reading } from "./read";
import { server as real, whenBack, type Checked, type Published, type Server } from "./server";
import { followed, type Astray } from "./tests";
import { finished, typedInto } from "./typed";
import type { Edit, Path, Plain, Renamed } from "./types";

/** Where the text stands: with the server, on its way, on this device only, or beside another's change. */
export type Saved = "loading" | "missing" | "saved" | "saving" | "local" | "refused" | "conflict";

export interface Conflict {
  mine: string;
  theirs: string;
  etag: string;
  /** Theirs is no draft but what is live: nothing is in the way of deciding later. */
  published?: Published;
}

export interface DocumentState {
  id: string;
  text: string;
  etag: string;
  saved: Saved;
  /** When it was last stored, here or on the server; milliseconds, 0 for never. */
  savedAt: number;
  /** Why the server would not take it, in words. */
  complaint: string;
  conflict: Conflict | undefined;
  /** What was published since this draft began, and is not in it. */
  published: Published | undefined;
  /** The last edit that could not be made without touching what is not ours. */
  refusal: { reason: string; line: number } | undefined;
  history: History;
  /** How many times the journey's tests were renamed with it since it was opened. */
  testsChanged: number;
  /** What the tests still call by its old name. */
  astray: readonly Astray[];
  /** A name that was typed, by which the rest of the text and the tests do not call it yet. */
  typed: Renamed | undefined;
  checked: Checked | undefined;
  /** The text that was checked: what is said of another may no longer be true. */
  checkedText: string;
  apply(edit: Edit, label: string): boolean;
  setText(text: string, label?: string): void;
  /** rename brings the typed name to the rest of the text and to the tests, as one change with the typing; or leaves them as they are. */
  rename(everywhere: boolean): void;
  undo(): void;
  redo(): void;
  settle(choice: "mine" | "theirs", text?: string): void;
  /** later leaves what is published aside for now. */
  later(): void;
  /** include brings what is published into this draft: joined with it, or instead of it. */
  include(how: "joined" | "instead"): void;
  /** news tells which draft and which live text the server has now. */
  news(draftEtag: string, liveEtag: string): void;
  forgive(): void;
  /** forget says no more of what is astray. */
  forget(): void;
  close(): void;
}

export type DocumentStore = StoreApi<DocumentState>;

const unsavedKey = (id: string) => `jornada.unsaved.${id}`;
const saveAfter = 600;
const checkAfter = 150;
const retryMost = 30_000;
/** Who types no longer than this has written a name to its end. */
const typedAfter = 900;

interface Unsaved {
  text: string;
  base: string;
  etag: string;
}

function unsaved(id: string): Unsaved | undefined {
  try {
    return (JSON.parse(localStorage.getItem(unsavedKey(id)) ?? "null") as Unsaved | null) ?? undefined;
  } catch {
    return undefined;
  }
}

/**
 * openDocument loads a journey and keeps it: every change is a step of the history,
 * stands on this device at once, and is with the server a moment later.
 */
export function openDocument(id: string, server: Server = real): DocumentStore {
  let base = ""; // what the server has, as far as we know
  let live = ""; // the etag of what is published, as far as we know
  let basedOn = ""; // the published text that the next save includes
  let saving = false;
  let closed = false;
  let wait = 1_000;
  let saveTimer: ReturnType<typeof setTimeout> | undefined;
  let checkTimer: ReturnType<typeof setTimeout> | undefined;
  let keepTimer: ReturnType<typeof setTimeout> | undefined;
  let typing: string | undefined; // the text before it was typed in
  let typedTimer: ReturnType<typeof setTimeout> | undefined;

  const store = createStore<DocumentState>((set, get) => {
    const tests = follower(id, server, () => (get().saved === "saved" && get().text === base ? base : undefined), (testsChanged, astray) => set({ testsChanged, astray }));

    function changedTo(text: string, history: History, renamed: readonly Renamed[] = []): void {
      if (get().saved === "loading" || get().saved === "missing") return;
      typing = undefined;
      tests.note(renamed);
      set({ text, history, refusal: undefined, typed: undefined });
      stash();
      if (get().saved !== "conflict") plan(saveAfter);
      clearTimeout(checkTimer);
      checkTimer = setTimeout(() => void check(), checkAfter);
      clearTimeout(keepTimer);
      keepTimer = setTimeout(() => keep(id, get().history, get().text), 300);
    }

    /** What is typed may be a name: then the rest of the text and the tests may follow it. */
    async function lookAtTyping(): Promise<void> {
      const { text } = get();
      const [before, now] = [read(typing ?? ""), read(text)];
      if (typing === undefined || closed || !before.ok || !now.ok) return;
      const typed = typedInto(before.root, now.root);
      if (typed === "half") return;
      if (typeof typed === "string") {
        typing = undefined;
        return;
      }
      const whole = finished(text, typed);
      if (whole === undefined) return;
      const kept = await server.tests(id).catch(() => undefined);
      if (get().text !== text || typing === undefined) return;
      const after = kept && followed(kept.source, typed.renamed, now.root);
      if (whole !== text || after?.astray || (after && after.text !== kept.source)) set({ typed: typed.renamed });
    }

    function stash(): void {
      try {
        localStorage.setItem(unsavedKey(id), JSON.stringify({ text: get().text, base, etag: get().etag } satisfies Unsaved));
      } catch {
        set({ complaint: "" }); // no room on this device: the server is the only store then
      }
    }

    function plan(after: number): void {
      set({ saved: get().saved === "local" || get().saved === "refused" ? get().saved : "saving" });
      clearTimeout(saveTimer);
      saveTimer = setTimeout(() => void save(), after);
    }

    async function save(): Promise<void> {
      if (saving || closed || get().saved === "conflict") return;
      const { text, etag } = get();
      if (text === base && !basedOn) {
        localStorage.removeItem(unsavedKey(id));
        set({ saved: "saved", complaint: "" });
        tests.follow();
        return;
      }
      saving = true;
      const included = basedOn;
      const ended = await server.save(id, text, etag, included).catch((): Awaited<ReturnType<Server["save"]>> => ({ done: false, why: "offline", message: "" }));
      saving = false;
      if (ended.done) {
        base = text;
        if (basedOn === included) basedOn = "";
        wait = 1_000;
        set({ etag: ended.etag, saved: "saved", savedAt: Date.now(), complaint: "" });
        if (get().text === text) {
          localStorage.removeItem(unsavedKey(id));
          tests.follow();
        } else {
          stash();
          plan(saveAfter);
        }
        return;
      }
      if (ended.why === "conflict") return reconcile();
      set({ saved: ended.why === "offline" ? "local" : "refused", savedAt: Date.now(), complaint: ended.message });
      if (ended.why === "offline" && !closed) {
        clearTimeout(saveTimer);
        saveTimer = setTimeout(() => void save(), wait);
        wait = Math.min(wait * 2, retryMost);
      }
    }

    /** Someone else changed the draft: lines that only one of us touched are joined. */
    async function reconcile(): Promise<void> {
      const theirs = await server.load(id).catch(() => undefined);
      if (!theirs) {
        set({ saved: "local", savedAt: Date.now() });
        plan(wait);
        return;
      }
      live = theirs.liveEtag;
      set({ published: theirs.published });
      meet(theirs.text, theirs.etag);
    }

    /** Nothing of ours is unsaved: what others saved or published meanwhile is taken up. */
    async function lookAgain(): Promise<void> {
      const now = await server.load(id).catch(() => undefined);
      if (!now || closed || saving || get().saved !== "saved") return;
      live = now.liveEtag;
      set({ published: now.published });
      if (now.etag !== get().etag) meet(now.text, now.etag);
    }

    function take(published: Published, text: string): void {
      basedOn = published.etag;
      set({ published: undefined, conflict: undefined, saved: "saving" });
      if (text !== get().text) changedTo(text, noted(get().history, get().text, text, "merge", Date.now()));
      else plan(0);
    }

    function meet(theirs: string, etag: string): void {
      const mine = get().text;
      const both = merged(base, mine, theirs);
      if (both === undefined) {
        set({ saved: "conflict", conflict: { mine, theirs, etag } });
        return;
      }
      base = theirs;
      set({ etag, saved: "saving" });
      if (both !== mine) changedTo(both, noted(get().history, mine, both, "merge", Date.now()));
      else plan(0);
    }

    async function check(): Promise<void> {
      const { text } = get();
      try {
        const checked = await server.check(id, text);
        if (get().text === text) set({ checked, checkedText: text });
      } catch {
        // Said nowhere: the state of saving tells that the server is away.
      }
    }

    async function load(): Promise<void> {
      let loaded;
      try {
        loaded = await server.load(id);
      } catch (e) {
        const local = unsaved(id);
        if (!local) {
          set({ saved: "missing", complaint: e instanceof Error ? e.message : "" });
          return;
        }
        base = local.base;
        set({ text: local.text, etag: local.etag, saved: "local", history: kept(id, local.text) });
        plan(wait);
        return;
      }
      base = loaded.text;
      live = loaded.liveEtag;
      set({ published: loaded.published });
      const local = unsaved(id);
      const text = local && local.text !== loaded.text ? local.text : loaded.text;
      set({ text, etag: loaded.etag, saved: "saved", history: kept(id, text) });
      void check();
      if (text === loaded.text) return tests.follow();
      if (local?.etag === loaded.etag) plan(0);
      else {
        base = local?.base ?? "";
        meet(loaded.text, loaded.etag);
      }
    }

    const retry = () => {
      if (get().saved === "local") void save();
    };
    const notBack = whenBack(retry);
    const leave = () => {
      if (get().saved !== "loading" && get().saved !== "missing") keep(id, get().history, get().text);
    };
    if (typeof window !== "undefined") {
      window.addEventListener("pagehide", leave);
    }
    void load();

    return {
      id,
      text: "",
      etag: "",
      saved: "loading",
      savedAt: 0,
      complaint: "",
      conflict: undefined,
      published: undefined,
      refusal: undefined,
      history: nothing,
      testsChanged: 0,
      astray: [],
      typed: undefined,
      checked: undefined,
      checkedText: "",
      apply(edit, label) {
        if (edit.text === undefined) {
          set({ refusal: { reason: edit.refused, line: edit.line } });
          return false;
        }
        if (edit.text !== get().text) changedTo(edit.text, noted(get().history, get().text, edit.text, label, Date.now(), edit.renamed), edit.renamed);
        return true;
      },
      setText(text, label = "yaml") {
        if (text === get().text) return;
        const since = typing ?? get().text;
        changedTo(text, noted(get().history, get().text, text, label, Date.now()));
        typing = since;
        clearTimeout(typedTimer);
        typedTimer = setTimeout(() => void lookAtTyping(), typedAfter);
      },
      rename(everywhere) {
        const { text, typed } = get();
        const since = typing;
        const [before, now] = [read(since ?? ""), read(text)];
        const found = since !== undefined && before.ok && now.ok ? typedInto(before.root, now.root) : "other";
        const whole = typeof found === "string" ? undefined : finished(text, found);
        typing = undefined;
        set({ typed: undefined });
        if (everywhere && typed && since !== undefined && whole !== undefined) changedTo(whole, joined(get().history, since, "rename", [typed]), [typed]);
      },
      undo() {
        const to = back(get().history, get().text);
        if (to) changedTo(to.text, to.history, to.renamed);
      },
      redo() {
        const to = forth(get().history, get().text);
        if (to) changedTo(to.text, to.history, to.renamed);
      },
      settle(choice, text) {
        const conflict = get().conflict;
        if (!conflict) return;
        const chosen = text ?? (choice === "mine" ? get().text : conflict.theirs);
        if (conflict.published) return take(conflict.published, chosen);
        base = conflict.theirs;
        set({ conflict: undefined, etag: conflict.etag, saved: "saving" });
        if (chosen !== get().text) changedTo(chosen, noted(get().history, get().text, chosen, "merge", Date.now()));
        else plan(0);
      },
      later() {
        if (!get().conflict?.published) return;
        set({ conflict: undefined, saved: "saving" });
        plan(0);
      },
      include(how) {
        const published = get().published;
        if (!published) return;
        const mine = get().text;
        const text = how === "instead" ? published.text : merged(published.base, mine, published.text);
        if (text === undefined) set({ saved: "conflict", conflict: { mine, theirs: published.text, etag: get().etag, published } });
        else take(published, text);
      },
      news(draftEtag, liveEtag) {
        if (saving || get().saved !== "saved") return;
        if ((draftEtag || liveEtag) !== get().etag || liveEtag !== live) void lookAgain();
      },
      forgive: () => set({ refusal: undefined }),
      forget: () => tests.forget(),
      close() {
        leave();
        if (get().text !== base && !saving) void save();
        closed = true;
        tests.close();
        for (const timer of [saveTimer, checkTimer, keepTimer, typedTimer]) clearTimeout(timer);
        notBack();
        window.removeEventListener("pagehide", leave);
      },
    };
  });
  return store;
}

export const DocumentContext = createContext<DocumentStore | undefined>(undefined);

/** useDocument is the journey that is open, or a part of it. */
export function useDocument(): DocumentState;
export function useDocument<T>(pick: (state: DocumentState) => T): T;
export function useDocument<T>(pick?: (state: DocumentState) => T): T | DocumentState {
  const store = useContext(DocumentContext);
  if (!store) throw new Error("no document is open here");
  return useStore(store, (pick ?? ((state) => state)) as (state: DocumentState) => T);
}

/** useReading is what the text means now; readings are remembered, so asking often costs nothing. */
export function useReading(): Reading {
  const text = useDocument((d) => d.text);
  return useMemo(() => read(text), [text]);
}

/** useValue is what stands at a path, undefined when nothing does. */
export function useValue(path: Path): Plain | undefined {
  const reading = useReading();
  return reading.ok ? valueAt(reading.root, path) : undefined;
}
