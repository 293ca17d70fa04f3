// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { signedOut } from "../api/client";
import { renameOutcome } from "./edits";
import { merged } from "./merge";
import { server as real, type Published, type Saving, type Server } from "./server";
import { openDocument } from "./store";

const first = "dsl: 1\njourney: demo\nname: Um\nsteps:\n  - {id: a, exit: done}\n";

/** A server in memory that can be away, and behind whose back others write. */
function fake(text = first) {
  const state = { text, etag: "1", away: false, saves: [] as string[], checks: [] as string[], basedOn: [] as string[], liveEtag: "live 1", published: undefined as Published | undefined, tests: { source: "", etag: "t1" }, testSaves: 0 };
  const server: Server = {
    load: () => (state.away ? Promise.reject(new Error("away")) : Promise.resolve({ text: state.text, etag: state.etag, liveEtag: state.liveEtag, published: state.published })),
    save: (_id, next, etag, basedOn): Promise<Saving> => {
      if (state.away) return Promise.resolve({ done: false, why: "offline", message: "" });
      if (etag !== state.etag) return Promise.resolve({ done: false, why: "conflict", message: "" });
      state.text = next;
      state.etag = String(Number(state.etag) + 1);
      state.saves.push(next);
      state.basedOn.push(basedOn);
      if (basedOn === state.liveEtag) state.published = undefined;
      return Promise.resolve({ done: true, etag: state.etag });
    },
    check: (_id, checked) => {
      state.checks.push(checked);
      return Promise.resolve({ ok: true, diagnostics: [], graph: undefined, estimate: undefined });
    },
    tests: () => (state.away ? Promise.reject(new Error("away")) : Promise.resolve({ ...state.tests })),
    saveTests: (_id, source, etag) => {
      if (state.away) return Promise.reject(new Error("away"));
      if (etag !== state.tests.etag) return Promise.resolve(false);
      state.tests = { source, etag: `t${++state.testSaves + 1}` };
      return Promise.resolve(true);
    },
  };
  const others = (next: string) => {
    state.text = next;
    state.etag = String(Number(state.etag) + 1);
  };
  return { state, server, others };
}

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  localStorage.clear();
  sessionStorage.clear();
});

describe("a document", () => {
  it("is saved a moment after the last change, and checked before", async () => {
    const { state, server } = fake();
    const doc = openDocument("demo", server);
    await pass(0);
    doc.getState().setText(first.replace("Um", "Dois"));
    await pass(160);
    expect(state.checks.at(-1)).toContain("Dois");
    expect(state.saves).toEqual([]);
    await pass(1000);
    expect(state.saves).toHaveLength(1);
    expect(doc.getState().saved).toBe("saved");
    expect(localStorage.getItem("jornada.unsaved.demo")).toBeNull();
  });

  it("goes back and forth, and still does after a reload", async () => {
    const { server } = fake();
    const doc = openDocument("demo", server);
    await pass(0);
    doc.getState().apply({ text: first.replace("Um", "Dois") }, "name");
    await pass(2000);
    doc.getState().apply({ text: first.replace("Um", "Três") }, "name");
    await pass(2000);
    doc.getState().close();
    const again = openDocument("demo", server);
    await pass(0);
    again.getState().undo();
    expect(again.getState().text).toContain("Dois");
    again.getState().undo();
    expect(again.getState().text).toBe(first);
    again.getState().redo();
    expect(again.getState().text).toContain("Dois");
  });

  it("takes what is typed without a pause for one step", async () => {
    const { server } = fake();
    const doc = openDocument("demo", server);
    await pass(0);
    for (const name of ["D", "Do", "Doi", "Dois"]) {
      doc.getState().setText(first.replace("Um", name));
      await pass(100);
    }
    doc.getState().undo();
    expect(doc.getState().text).toBe(first);
  });

  it("keeps the text on this device while the server is away, and sends it later", async () => {
    const { state, server } = fake();
    const doc = openDocument("demo", server);
    await pass(0);
    state.away = true;
    doc.getState().setText(first.replace("Um", "Longe"));
    await pass(1000);
    expect(doc.getState().saved).toBe("local");
    doc.getState().close();
    const again = openDocument("demo", server);
    await pass(0);
    expect(again.getState().text).toContain("Longe");
    state.away = false;
    await pass(5000);
    expect(state.text).toContain("Longe");
    expect(again.getState().saved).toBe("saved");
  });

  it("sends at once what was written without a session when the person has signed in again", async () => {
    const { state, server } = fake();
    const doc = openDocument("demo", server);
    await pass(0);
    state.away = true;
    doc.getState().setText(first.replace("Um", "Sem sessão"));
    await pass(20_000); // by now it would be long until the next try
    state.away = false;
    signedOut.dispatchEvent(new Event("signedin"));
    await pass(0);
    expect(state.text).toContain("Sem sessão");
    expect(doc.getState().saved).toBe("saved");
  });

  it("takes a session that is over for no refusal", async () => {
    vi.stubGlobal("fetch", () => Promise.resolve(Response.json({ error: { code: "unauthorized", message: "no" } }, { status: 401 })));
    expect(await real.save("demo", first, "1", "")).toMatchObject({ done: false, why: "offline" });
    vi.unstubAllGlobals();
  });

  it("joins another's change of other lines", async () => {
    const { state, server, others } = fake();
    const doc = openDocument("demo", server);
    await pass(0);
    others(first.replace("exit: done", "exit: over"));
    doc.getState().setText(first.replace("Um", "Dois"));
    await pass(3000);
    expect(state.text).toBe(first.replace("Um", "Dois").replace("exit: done", "exit: over"));
    expect(doc.getState().text).toBe(state.text);
    expect(doc.getState().saved).toBe("saved");
  });

  it("asks when both changed the same line", async () => {
    const { state, server, others } = fake();
    const doc = openDocument("demo", server);
    await pass(0);
    others(first.replace("Um", "Outro"));
    doc.getState().setText(first.replace("Um", "Dois"));
    await pass(3000);
    expect(doc.getState().saved).toBe("conflict");
    expect(state.text).toContain("Outro");
    doc.getState().settle("mine");
    await pass(3000);
    expect(state.text).toContain("Dois");
    expect(doc.getState().saved).toBe("saved");
  });

  it("says where an edit was refused, and changes nothing", async () => {
    const { server } = fake();
    const doc = openDocument("demo", server);
    await pass(0);
    expect(doc.getState().apply({ refused: "too_tangled", line: 5 }, "move")).toBe(false);
    expect(doc.getState().refusal).toEqual({ reason: "too_tangled", line: 5 });
    expect(doc.getState().text).toBe(first);
  });
});

describe("a draft, when another text was published", () => {
  const edited = first.replace("Um", "Dois");
  /** The server has a draft that is edited, and a published text that it does not include. */
  async function behind(text: string) {
    const made = fake(edited);
    made.state.liveEtag = "live 2";
    made.state.published = { base: first, text, etag: "live 2", origin: "main@1111111" };
    const doc = openDocument("demo", made.server);
    await pass(0);
    return { ...made, doc };
  }

  it("is told, and joins it once a person wants that", async () => {
    const { doc, state } = await behind(first.replace("exit: done", "exit: over"));
    expect(doc.getState().published?.origin).toBe("main@1111111");
    doc.getState().include("joined");
    await pass(2000);
    expect(state.text).toBe(edited.replace("exit: done", "exit: over"));
    expect(state.basedOn).toEqual(["live 2"]);
    expect(doc.getState().published).toBeUndefined();
    doc.getState().undo();
    expect(doc.getState().text).toBe(edited);
  });

  it("makes room for it, and Ctrl+Z takes that back", async () => {
    const { doc, state } = await behind(first.replace("Um", "Outro"));
    doc.getState().include("instead");
    await pass(2000);
    expect(state.text).toContain("Outro");
    doc.getState().undo();
    expect(doc.getState().text).toBe(edited);
  });

  it("asks where both changed the same line, and can wait", async () => {
    const { doc, state } = await behind(first.replace("Um", "Outro"));
    doc.getState().include("joined");
    expect(doc.getState().conflict?.theirs).toContain("Outro");
    doc.getState().later();
    await pass(2000);
    expect(doc.getState().saved).toBe("saved");
    expect(doc.getState().published).toBeDefined();
    expect(state.saves).toEqual([]);
    doc.getState().include("joined");
    doc.getState().settle("mine");
    await pass(2000);
    expect(state.basedOn).toEqual(["live 2"]);
    expect(state.text).toBe(edited);
    expect(doc.getState().saved).toBe("saved");
  });

  it("hears of it while it is open, and an unchanged text follows by itself", async () => {
    const { doc, state, others } = await behind(first);
    state.liveEtag = "live 3";
    state.published = { base: first, text: first.replace("done", "over"), etag: "live 3", origin: "" };
    doc.getState().news("1", "live 3");
    await pass(0);
    expect(doc.getState().published?.etag).toBe("live 3");
    others(edited.replace("Dois", "Três"));
    doc.getState().news("2", "live 3");
    await pass(2000);
    expect(doc.getState().text).toContain("Três");
    expect(state.saves).toEqual([]);
  });
});

describe("merged", () => {
  const base = "a\nb\nc\nd\ne\n";
  const cases: [string, string, string, string | undefined][] = [
    ["nothing", base, base, base],
    ["one side", "a\nB\nc\nd\ne\n", base, "a\nB\nc\nd\ne\n"],
    ["both sides apart", "a\nB\nc\nd\ne\n", "a\nb\nc\nD\ne\n", "a\nB\nc\nD\ne\n"],
    ["lines in and out", "a\nc\nd\ne\n", "a\nb\nc\nd\ne\nf\n", "a\nc\nd\ne\nf\n"],
    ["the same change", "a\nX\nc\nd\ne\n", "a\nX\nc\nd\ne\n", "a\nX\nc\nd\ne\n"],
    ["one line twice", "a\nX\nc\nd\ne\n", "a\nY\nc\nd\ne\n", undefined],
    ["changed and taken out", "a\nX\nc\nd\ne\n", "a\nc\nd\ne\n", undefined],
  ];
  it.each(cases)("%s", (_, mine, theirs, want) => expect(merged(base, mine, theirs)).toBe(want));
});

describe("the tests of a journey", () => {
  const journey = `dsl: 1
journey: demo
steps:
  - id: invite
    ask: {whatsapp: {template: offer}, options: [{id: accepts, title: Quero}, {id: refuses, title: Não}], timeout: 1d}
    branches: {accepts: [], otherwise: []}
  - {id: late, ask: {whatsapp: {template: offer}, options: [{id: maybe, title: Talvez}], timeout: 1d}, branches: {otherwise: []}}
`;
  const tests = `test: demo
cases:
  - name: quer  # by the button
    script:
      - {expect: invite}
      - {after: 1m, reply: {option: accepts}}
`;
  const at = ["steps", 0];
  const renamed = tests.replace("option: accepts", "option: wants_it");
  async function opened() {
    const { state, server } = fake(journey);
    state.tests.source = tests;
    const doc = openDocument("demo", server);
    await pass(0);
    const rename = (from: string, to: string) => doc.getState().apply(renameOutcome(doc.getState().text, at, from, to), "name");
    return { state, server, doc, rename };
  }

  it("are renamed with it, once it is saved, and back with undo", async () => {
    const { state, doc, rename } = await opened();
    rename("accepts", "wants_it");
    expect(state.tests.source).toBe(tests);
    await pass(1000);
    expect(state.tests.source).toBe(renamed);
    expect(doc.getState().testsChanged).toBe(1);
    doc.getState().undo();
    await pass(1000);
    expect(state.tests.source).toBe(tests);
    doc.getState().redo();
    await pass(1000);
    expect(state.tests.source).toBe(renamed);
    expect(doc.getState().astray).toEqual([]);
  });

  it("are left alone by what was taken back before it was saved", async () => {
    const { state, doc, rename } = await opened();
    rename("accepts", "wants_it");
    doc.getState().undo();
    await pass(1000);
    expect([state.tests.source, state.testSaves]).toEqual([tests, 0]);
  });

  it("are renamed back by an undo after a reload", async () => {
    const { state, server, doc, rename } = await opened();
    rename("accepts", "wants_it");
    await pass(1000);
    doc.getState().close();
    const again = openDocument("demo", server);
    await pass(0);
    again.getState().undo();
    await pass(1000);
    expect(again.getState().text).toBe(journey);
    expect(state.tests.source).toBe(tests);
  });

  /** type puts a name over another one, letter by letter. */
  async function type(doc: Awaited<ReturnType<typeof opened>>["doc"], before: string, old: string, name: string, behind = "") {
    for (let n = 1; n <= name.length; n++) {
      doc.getState().setText(doc.getState().text.replace(before + (n === 1 ? old : name.slice(0, n - 1)) + behind, before + name.slice(0, n) + behind));
      await pass(100);
    }
  }

  it("follow a name that was typed when somebody says so, as one change", async () => {
    const { state, doc } = await opened();
    await type(doc, "options: [{id: ", "accepts", "wants_it", ",");
    expect(doc.getState().typed).toBeUndefined();
    await pass(1000);
    expect(doc.getState().typed).toEqual({ step: "invite", from: "accepts", to: "wants_it" });
    expect(state.tests.source).toBe(tests);
    doc.getState().rename(true);
    expect(doc.getState().text).toBe(journey.replaceAll("accepts", "wants_it"));
    await pass(1000);
    expect(state.tests.source).toBe(renamed);
    doc.getState().undo();
    expect(doc.getState().text).toBe(journey);
    await pass(1000);
    expect(state.tests.source).toBe(tests);
    doc.getState().redo();
    await pass(1000);
    expect([doc.getState().text, state.tests.source]).toEqual([journey.replaceAll("accepts", "wants_it"), renamed]);
  });

  it("follow also where all of the text says the typed name already", async () => {
    const { state, doc } = await opened();
    doc.getState().setText(journey.replaceAll("accepts", "wants_it"));
    await pass(1000);
    doc.getState().rename(true);
    await pass(1000);
    expect([doc.getState().text, state.tests.source]).toEqual([journey.replaceAll("accepts", "wants_it"), renamed]);
    doc.getState().undo();
    await pass(1000);
    expect([doc.getState().text, state.tests.source]).toEqual([journey, tests]);
  });

  it("follow a step's id that was typed", async () => {
    const { state, doc } = await opened();
    await type(doc, "- id: ", "invite", "asked", "\n");
    await pass(1000);
    expect(doc.getState().typed).toEqual({ from: "invite", to: "asked" });
    doc.getState().rename(true);
    await pass(1000);
    expect(state.tests.source).toBe(tests.replace("expect: invite", "expect: asked"));
  });

  it("are left as they are when somebody says so, and when what was typed is no renaming", async () => {
    const { state, doc } = await opened();
    doc.getState().setText(journey.replace("id: accepts", "id: wants_it"));
    await pass(1000);
    doc.getState().rename(false);
    expect(doc.getState().typed).toBeUndefined();
    for (const typed of [
      journey.replace("{id: accepts, title: Quero}, ", ""), // an answer less
      journey.replace("id: accepts", "id: refuses_it").replace("id: refuses,", "id: other_one,"), // two at once
      journey.replace("title: Quero", "title: Sim"),
      journey.replace("id: accepts", "id: Accepts"), // no name
      journey.replace("id: accepts", "id: refuses"), // another's
      journey.replace("id: late", "id: later"), // nobody mentions it
    ]) {
      doc.getState().setText(journey);
      await pass(1000);
      doc.getState().rename(false);
      doc.getState().setText(typed);
      await pass(1000);
      expect(doc.getState().typed, typed).toBeUndefined();
    }
    expect([state.tests.source, state.testSaves]).toEqual([tests, 0]);
  });

  it("follow when the server is back, also on a page that is opened later", async () => {
    const { state, server, doc, rename } = await opened();
    state.away = true;
    rename("accepts", "wants_it");
    await pass(1000);
    doc.getState().close();
    await pass(0);
    expect(state.tests.source).toBe(tests);
    state.away = false;
    openDocument("demo", server);
    await pass(2000);
    expect(state.text).toContain("wants_it");
    expect(state.tests.source).toBe(renamed);
  });

  it("follow onto what somebody else saved meanwhile", async () => {
    const { state, server, rename } = await opened();
    const taken = server.tests.bind(server);
    server.tests = async (id) => {
      const now = await taken(id);
      if (state.tests.etag === "t1") state.tests = { source: "# ours\n" + tests, etag: "t9" };
      return now;
    };
    rename("accepts", "wants_it");
    await pass(1000);
    expect(state.tests.source).toBe("# ours\n" + renamed);
  });

  it("are not renamed by a name that the draft lost to somebody else's", async () => {
    const { state, doc, rename } = await opened();
    rename("accepts", "wants_it");
    state.text = journey.replace("id: accepts", "id: agrees").replace("{accepts:", "{agrees:");
    state.etag = "7";
    await pass(1000);
    expect(doc.getState().saved).toBe("conflict");
    doc.getState().settle("theirs");
    await pass(1000);
    expect([state.tests.source, localStorage.getItem("jornada.renamed.demo")]).toEqual([tests, null]);
  });

  it("are named where it is not clear what they mean, until it is undone", async () => {
    const { state, doc, rename } = await opened();
    rename("accepts", "maybe");
    await pass(1000);
    expect(state.tests.source).toBe(tests);
    expect(doc.getState().astray).toEqual([{ step: "invite", from: "accepts", to: "maybe", cases: ["quer"] }]);
    doc.getState().undo();
    expect(doc.getState().astray).toEqual([]);
    await pass(1000);
    expect(state.tests.source).toBe(tests);
    doc.getState().redo();
    await pass(1000);
    doc.getState().forget();
    expect(doc.getState().astray).toEqual([]);
  });
});
