// Drives the built pages in a real browser: `node ui/e2e/run.mjs [NAME…]`, with
// bin/jornada or the binary that JORNADA_BIN names. Every file *.check.mjs beside this one exports checks:
//
//   export const checks = {
//     "a sentence that says what holds": async ({ product, browser, open, expect }) => { … },
//   };
//
// product is a `jornada dev` with the demo clinic ({address, binary, call, stop}), shared by
// the checks of a file; open(options) gives a watched page (browser.mjs). A file whose
// checks do not see each other's doings exports `together`, how many of them go on at
// a time. A check fails when it throws, and when a page of its has logged an error,
// thrown, or broken its content policy. With JORNADA_SCREENSHOTS=FOLDER pictures go there.
import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { launch, open } from "./browser.mjs";
import { start } from "./product.mjs";

const binary = process.env.JORNADA_BIN ?? fileURLToPath(new URL("../../bin/jornada", import.meta.url));
if (!existsSync(binary)) {
  console.error(`${binary} is not there: make build, or name another binary with JORNADA_BIN`);
  process.exit(2);
}
const wanted = process.argv.slice(2);
const here = new URL(".", import.meta.url);
const files = readdirSync(here).filter((f) => f.endsWith(".check.mjs")).sort();
const browser = await launch();
let failed = 0;
let passed = 0;

/** run does one check and says how it went. */
async function run(file, product, name, check) {
  const pages = [];
  const began = Date.now();
  const problems = [];
  try {
    await check({
      product,
      browser,
      expect: assert,
      open: async (options) => {
        const one = await open(browser, product.address, options);
        pages.push(one);
        return one;
      },
    });
  } catch (e) {
    problems.push(e.stack ?? String(e));
    for (const one of pages) await one.picture(`failed-${file}-${name}`.replace(/\W+/g, "-")).catch(() => {});
  }
  for (const one of pages) {
    problems.push(...one.complaints.map((c) => `the browser complains: ${c}`));
    await one.close();
  }
  const took = ((Date.now() - began) / 1000).toFixed(1);
  if (problems.length > 0) {
    failed++;
    console.log(`FAIL ${file}: ${name} (${took} s)\n  ${problems.join("\n  ")}`);
  } else {
    passed++;
    console.log(`ok   ${file}: ${name} (${took} s)`);
  }
}

/** play does the checks of a file. */
async function play({ file, checks, flags, together }) {
  const list = Object.entries(checks).filter(([name]) => wanted.length === 0 || wanted.some((w) => `${file} ${name}`.includes(w)));
  if (list.length === 0) return;
  const product = await start(binary, flags ?? []);
  try {
    await lanes(together ?? 1, list, (check) => run(file, product, ...check));
  } finally {
    await product.stop();
  }
}

/** lanes does something for each of a list, so many at a time. */
async function lanes(count, list, what) {
  const waiting = [...list];
  const lane = async () => {
    while (waiting.length > 0) await what(waiting.shift());
  };
  await Promise.all(Array.from({ length: count }, lane));
}

try {
  const all = await Promise.all(files.map(async (file) => ({ file, ...(await import(new URL(file, here).href)) })));
  // Pages mostly wait; two files at a time, each with a product of its own, and those
  // that do several checks at a time alone.
  await lanes(2, all.filter((f) => !f.together), play);
  await lanes(1, all.filter((f) => f.together), play);
} finally {
  await browser.close();
}
console.log(`${passed} passed, ${failed} failed`);
if (failed > 0 || passed === 0) process.exit(1);
