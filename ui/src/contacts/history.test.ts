import { expect, test } from "vitest";

import { historyOf } from "./history";

const enrollment = (id: string, started_at: string, ended_at: string | null = null) => ({ id, journey: id, started_at, ended_at, outcome: ended_at ? "done" : "", status: "active" }) as never;
const message = (id: string, created_at: string) => ({ id, journey: "a", enrollment_id: "a", created_at }) as never;
const keys = (...known: Parameters<typeof historyOf>) => historyOf(...known).map((d) => d.key);

const passages = [enrollment("b", "2026-03-03T10:00:00Z"), enrollment("a", "2026-03-01T10:00:00Z", "2026-03-04T10:00:00Z")];
const sent = [message("m2", "2026-03-02T10:00:00.5Z"), message("m1", "2026-03-01T10:00:01Z")];

test("what happened in all journeys is one line of time", () => {
  expect(keys({ items: passages, more: false }, { items: sent, more: false })).toEqual(["out a", "in b", "m2", "m1", "in a"]);
});

test("it does not go further back than what is known whole", () => {
  expect(keys({ items: passages, more: false }, { items: sent.slice(0, 1), more: true })).toEqual(["out a", "in b", "m2"]);
  expect(keys({ items: passages.slice(0, 1), more: true }, { items: sent, more: false })).toEqual(["in b"]);
});
