// What a build needs before the binary may embed it: every file compressed once,
// and no chunk heavier than people's patience. It fails the build that is.
import { readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const dist = new URL("../dist/", import.meta.url).pathname;
writeFileSync(join(dist, ".gitkeep"), "");

const files = readdirSync(dist, { recursive: true }).filter((f) => statSync(join(dist, f)).isFile());
const manifest = JSON.parse(readFileSync(join(dist, ".vite/manifest.json"), "utf8"));
const gz = (file) => gzipSync(readFileSync(join(dist, file)), { level: 9 }).length;

// reach lists the scripts that a page loads before it can be used: an entry and
// what it imports statically.
function reach(key, seen = new Set()) {
  if (!seen.has(key)) {
    seen.add(key);
    for (const next of manifest[key].imports ?? []) reach(next, seen);
  }
  return seen;
}
const sum = (keys) => [...keys].map((k) => manifest[k].file).filter((f) => f.endsWith(".js")).reduce((n, f) => n + gz(f), 0);

const shell = reach("index.html");
const beyond = (key) => new Set([...reach(key)].filter((k) => !shell.has(k)));
// Kilobytes of gzipped JavaScript. A page counts with what the shell already has.
const budgets = [
  ["shell and the list of journeys", sum(new Set([...shell, ...(manifest["src/journeys/Journeys.tsx"] ? beyond("src/journeys/Journeys.tsx") : [])])), 180],
  ["editor", sum(new Set([...shell, ...(manifest["src/editor/Editor.tsx"] ? beyond("src/editor/Editor.tsx") : [])])), 300],
];
const css = files.filter((f) => f.endsWith(".css")).reduce((n, f) => n + gz(f), 0);
budgets.push(["style sheets", css, 25]);
if ([...shell].some((k) => /xyflow|codemirror/.test(manifest[k].file))) throw new Error("the canvas or the code view is in the first chunk: a static import pulls it in");

let heavy = false;
for (const [what, bytes, most] of budgets) {
  const kb = bytes / 1024;
  console.log(`${what}: ${kb.toFixed(1)} KB gzipped of ${most}`);
  heavy ||= kb > most;
}
if (heavy) {
  console.error("too heavy: see what the newest import pulls in, and load it when it is wanted");
  process.exit(1);
}
for (const f of files) {
  if (/\.(js|css|svg|html)$/.test(f)) {
    writeFileSync(join(dist, f + ".br"), brotliCompressSync(readFileSync(join(dist, f)), { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }));
  }
}
