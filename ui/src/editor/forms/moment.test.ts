import { describe, expect, it } from "vitest";

import { parseDuration, printDuration, sayDuration } from "./duration";
import { parseMoment, printMoment, sayMoment } from "./moment";

describe("moments", () => {
  it.each([
    ["inputs.starts_at - hours(4)", "4 h antes de inputs.starts_at"],
    ["inputs.starts_at + days(1)", "1 dia depois de inputs.starts_at"],
    ["now + minutes(30)", "30 min depois de now"],
    ["window.whatsapp.closes_at", "window.whatsapp.closes_at"],
  ])("says %s", (source, sentence) => {
    expect(printMoment(parseMoment(source) ?? { base: "", sign: "", n: 0, unit: "hours" })).toBe(source);
    expect(sayMoment(source, "pt-BR", (p) => p)).toBe(sentence);
  });

  it.each(["", "inputs.starts_at-hours(4)", "inputs.starts_at - hours(04)", "inputs.starts_at - hours(a)", "max(a, b)", "a ?? b", " now"])("leaves %j as code", (source) =>
    expect(parseMoment(source)).toBeUndefined(),
  );
});

describe("durations", () => {
  it("keeps what it reads", () => {
    for (const text of ["90m", "24h", "2d", "1w", "-24h", "0m"]) expect(printDuration(parseDuration(text) ?? { n: -1, unit: "m" })).toBe(text);
    for (const text of ["", "1h30m", "007h", "2 h", "h", "10s"]) expect(parseDuration(text)).toBeUndefined();
  });

  it("says them in words", () => {
    expect(sayDuration("1h30m", "pt-BR")).toBe("1 h 30 min");
    expect(sayDuration("-1d", "pt-BR")).toBe("1 dia");
    expect(sayDuration("2w", "en")).toBe("2 weeks");
    expect(sayDuration("logo", "en")).toBe("logo");
  });
});
