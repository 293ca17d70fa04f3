import { useSyncExternalStore } from "react";

// Whether the server answers. Every call says how it went; while it does not
// answer, we ask every few seconds.
let reachable = true;
const listeners = new Set<() => void>();

function set(now: boolean): void {
  if (now === reachable) return;
  reachable = now;
  for (const tell of listeners) tell();
  if (!reachable) setTimeout(() => void knock(), 3_000);
}

async function knock(): Promise<void> {
  try {
    const answer = await fetch("/healthz", { cache: "no-store" });
    if (answer.ok) return set(true);
  } catch {
    // still away
  }
  if (!reachable) setTimeout(() => void knock(), 3_000);
}

export const heard = (): void => set(true);
export const unheard = (): void => set(false);

function listen(tell: () => void): () => void {
  listeners.add(tell);
  return () => listeners.delete(tell);
}

/** useReachable is false while the server does not answer. */
export const useReachable = (): boolean => useSyncExternalStore(listen, () => reachable);
