import { describe, expect, it } from "vitest";

import { addressOf, allTags, goalOf } from "./lines";

describe("tags of the list", () => {
  it("are each there once, sorted with their accents", () => {
    const list = [{ tags: ["retorno", "água"] }, { tags: [] }, { tags: ["agenda", "retorno"] }];
    expect(allTags(list)).toEqual(["agenda", "água", "retorno"]);
  });
  it("stand in the address, whatever they hold", () => {
    expect(addressOf("")).toBe("/journeys");
    expect(new URL(addressOf("a&b c/é"), "http://x").searchParams.get("tag")).toBe("a&b c/é");
  });
});

describe("the goal of a line", () => {
  it("is nothing without goals, or when nobody ended", () => {
    expect(goalOf({ goal_30d: null })).toBeUndefined();
    expect(goalOf({ goal_30d: { ended: 0, reached: 0 } })).toBeUndefined();
  });
  it("is two numbers while they are few, a share then", () => {
    expect(goalOf({ goal_30d: { ended: 29, reached: 3 } })).toEqual({ ended: 29, reached: 3 });
    expect(goalOf({ goal_30d: { ended: 30, reached: 4 } })).toEqual({ share: 13 });
    expect(goalOf({ goal_30d: { ended: 4000, reached: 4000 } })).toEqual({ share: 100 });
  });
});
