import { expect, test } from "vitest";

import { once } from "./later";

const failing = (times: number) => {
  let left = times;
  return () => (left-- > 0 ? Promise.reject(new Error("no such file")) : Promise.resolve("here"));
};

test("without a connection it is loaded as soon as there is one", async () => {
  expect(await once(failing(3), () => Promise.resolve(false), 0)).toBe("here");
});

test("what a server that answers does not have is missing", async () => {
  await expect(once(failing(1), () => Promise.resolve(true), 0)).rejects.toThrow("no such file");
});
