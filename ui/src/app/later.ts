import { lazy, type ComponentType, type LazyExoticComponent } from "react";

/** Whether the server answers at all: then what is missing is missing, and not only far away. */
const answers = (): Promise<boolean> =>
  fetch("/healthz", { cache: "no-store" }).then(
    () => true,
    () => false,
  );

/** once loads something; while there is no connection it waits for one, a few seconds at a time. */
export async function once<T>(load: () => Promise<T>, reachable = answers, pause = 3_000): Promise<T> {
  for (;;) {
    try {
      return await load();
    } catch (e) {
      // A server that answers has another build than this page by now: Mishap says what helps.
      if (await reachable()) throw e;
      await new Promise((done) => setTimeout(done, pause));
    }
  }
}

/**
 * later is a component that is loaded when it is first shown. Who loses the connection
 * in the middle of their work sees it come when the connection does, and keeps the rest.
 */
// Any props: what is loaded knows its own.
// oxlint-disable-next-line typescript/no-explicit-any
export const later = <T extends ComponentType<any>>(load: () => Promise<{ default: T }>): LazyExoticComponent<T> => lazy(() => once(load));
