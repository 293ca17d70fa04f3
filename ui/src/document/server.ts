import { api, ApiError, given, Offline, signedOut, type Schemas } from "../api/client";

export type Diagnostic = Schemas["Diagnostic"];
export type Graph = Schemas["Graph"];

/** What the server makes of a text. */
export interface Checked {
  ok: boolean;
  diagnostics: Diagnostic[];
  graph: Graph | undefined;
  estimate: Schemas["Estimate"] | undefined;
  /** What is proved of the service window of each message; beside errors too. */
  windows?: Schemas["RouteWindow"][];
}

/** Published is a live text that a draft does not include: somebody published it since the draft began. */
export interface Published {
  /** What the draft and this text both began from. */
  base: string;
  text: string;
  etag: string;
  /** The state of the folder it came from, as branch@commit; "" from elsewhere. */
  origin: string;
}

/** Loaded is a journey as the server has it: its draft, or what is live. */
export interface Loaded {
  text: string;
  etag: string;
  liveEtag: string;
  published: Published | undefined;
}

/** How a save ended. */
export type Saving = { done: true; etag: string } | { done: false; why: "conflict" | "offline" | "refused"; message: string };

/** What a document asks of the server; tests give it another one. */
export interface Server {
  load(id: string): Promise<Loaded>;
  /** basedOn says that the text includes what was published under that etag; "" says nothing. */
  save(id: string, text: string, etag: string, basedOn: string): Promise<Saving>;
  check(id: string, text: string): Promise<Checked>;
  /** tests are the scenario tests that are kept beside the draft; "" for none. */
  tests(id: string): Promise<{ source: string; etag: string }>;
  /** saveTests reports whether they were taken; somebody else may have saved others meanwhile. */
  saveTests(id: string, source: string, etag: string): Promise<boolean>;
}

/** whenBack calls when what kept a save away may be over: the connection is there, or the person has signed in again. */
export function whenBack(again: () => void): () => void {
  if (typeof window === "undefined") return () => {};
  window.addEventListener("online", again);
  signedOut.addEventListener("signedin", again);
  return () => {
    window.removeEventListener("online", again);
    signedOut.removeEventListener("signedin", again);
  };
}

export const server: Server = {
  async load(id) {
    const journey = await given(api.GET("/api/v1/journeys/{id}", { params: { path: { id } } }));
    const { live, draft } = journey;
    return {
      text: draft?.source ?? live?.source ?? "",
      etag: draft?.etag ?? live?.etag ?? "",
      liveEtag: live?.etag ?? "",
      published: live && draft && journey.draft_behind ? { base: draft.base ?? "", text: live.source ?? "", etag: live.etag, origin: live.origin } : undefined,
    };
  },

  async save(id, text, etag, basedOn) {
    try {
      const header = etag ? { "If-Match": `"${etag}"` } : {};
      const draft = await given(api.PUT("/api/v1/journeys/{id}/draft", { params: { path: { id }, header }, body: { source: text, ...(basedOn ? { based_on: basedOn } : {}) } }));
      return { done: true, etag: draft.etag };
    } catch (e) {
      if (e instanceof ApiError && e.status === 412) return { done: false, why: "conflict", message: e.message };
      // Without a session nothing is refused for good: it is saved when there is one again.
      if (e instanceof Offline || (e instanceof ApiError && e.status === 401)) return { done: false, why: "offline", message: "" };
      if (e instanceof ApiError) return { done: false, why: e.status >= 500 ? "offline" : "refused", message: e.message };
      throw e;
    }
  },

  async check(id, text) {
    const answer = await given(api.POST("/api/v1/journeys/check", { body: { files: { [`${id}.journey.yaml`]: text } } }));
    const journey = answer.journeys[id] ?? Object.values(answer.journeys)[0];
    return { ok: answer.ok, diagnostics: answer.diagnostics, graph: journey?.graph, estimate: journey?.estimate, windows: Object.values(answer.windows).flat() };
  },

  tests: (id) => given(api.GET("/api/v1/journeys/{id}/tests", { params: { path: { id } } })),

  async saveTests(id, source, etag) {
    try {
      await given(api.PUT("/api/v1/journeys/{id}/tests", { params: { path: { id }, header: { "If-Match": `"${etag}"` } }, body: { source } }));
      return true;
    } catch (e) {
      if (e instanceof ApiError && e.status === 412) return false;
      throw e;
    }
  },
};
