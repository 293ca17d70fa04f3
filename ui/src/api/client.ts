import createClient from "openapi-fetch";

import { heard, unheard } from "../app/connection";
import { languageNow } from "../app/language";
import type { components, paths } from "./schema";

export type Schemas = components["schemas"];

/** ApiError is a refusal of the server: `code` never changes, `message` is for people. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly details: Record<string, unknown> = {},
  ) {
    super(message);
  }
}

/** Offline: the server did not answer at all. */
export class Offline extends Error {}

/** signedOut fires "signedout" when a call was refused because the session is over, and "signedin" when there is one again. */
export const signedOut = new EventTarget();

export const api = createClient<paths>({
  baseUrl: "",
  fetch: async (request) => {
    try {
      const answer = await fetch(request);
      heard();
      if (answer.status === 401 && new URL(request.url).pathname !== "/api/v1/session") signedOut.dispatchEvent(new Event("signedout"));
      return answer;
    } catch (e) {
      if (request.signal.aborted) throw e;
      unheard();
      throw new Offline(String(e));
    }
  },
});

api.use({
  onRequest({ request }) {
    request.headers.set("Accept-Language", languageNow());
    return request;
  },
});

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** given is the data of an answer, or the refusal thrown as an ApiError. */
export async function given<T>(call: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await call;
  if (response.ok) return data as T;
  const e = (error as { error?: { code?: string; message?: string; details?: Record<string, unknown> } } | undefined)?.error;
  throw new ApiError(response.status, e?.code ?? "unknown", e?.message ?? response.statusText, e?.details ?? {});
}
