// Measures how the canvas keeps up: `node scripts/measure.mjs ADDRESS JOURNEY…` opens
// each journey of a product that runs at ADDRESS, moves the canvas with the wheel, adds
// a step, and prints what it took. Chromium draws in software here, as in CI; the
// targets are for that: 200 steps pan at 25 ms a frame (p95) and show an edit within
// 100 ms; 1,000 steps open within 2 s and pan at 35 ms.
import { chromium } from "playwright-core";

const [address, ...journeys] = process.argv.slice(2);
if (!address || journeys.length === 0) {
  console.error("usage: node scripts/measure.mjs ADDRESS JOURNEY…");
  process.exit(2);
}
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
const at = (list, q) => [...list].sort((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * q))] ?? 0;

for (const id of journeys) {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  // Saves are not measured: each of them checks the text on the same two cores.
  await page.route("**/draft", (route) => route.fulfill({ status: 200, json: { source: "", etag: "x", diagnostics: [] } }));
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("Performance.enable", { timeDomain: "threadTicks" });
  // What the page's own thread worked, in milliseconds: other processes do not count.
  const worked = async () => 1000 * ((await devtools.send("Performance.getMetrics")).metrics.find((m) => m.name === "TaskDuration")?.value ?? 0);
  const began = Date.now();
  await page.goto(`${address}/journeys/${id}`);
  await page.waitForSelector(".react-flow__node-step");
  const opened = Date.now() - began;
  const opening = await worked();
  await page.waitForTimeout(2500);
  const nodes = await page.locator(".react-flow__node-step, .react-flow__node-entry").count();

  await page.mouse.move(700, 500);
  await page.evaluate(() => {
    window.frames_ = [];
    let last = performance.now();
    const frame = (now) => {
      window.frames_.push(now - last);
      last = now;
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  });
  const still = await worked();
  for (let i = 0; i < 90; i++) {
    await page.mouse.wheel(0, i % 30 < 24 ? 40 : -120);
    await page.waitForTimeout(16);
  }
  const panning = ((await worked()) - still) / 90;
  const frames = await page.evaluate(() => window.frames_);

  // From the click that adds a step to the second frame after.
  const edits = [];
  for (let i = 0; i < 5; i++) {
    await page.keyboard.press("Control+f");
    await page.keyboard.press("Enter");
    await page.waitForTimeout(400);
    const before = await worked();
    await page.locator(".palette .kind").nth(2).click();
    await page.waitForFunction((n) => document.querySelectorAll(".plus").length > 0 && document.querySelector(".for-readers")?.textContent && n >= 0, i);
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    edits.push((await worked()) - before);
    await page.waitForTimeout(1500);
  }
  console.log(`${id}: opened in ${opened} ms (${opening.toFixed(0)} ms of work); ${nodes} cards drawn; panning ${panning.toFixed(1)} ms of work for each move, frames p50 ${at(frames, 0.5).toFixed(1)} ms, p95 ${at(frames, 0.95).toFixed(1)} ms; an edit ${at(edits, 0.5).toFixed(0)} ms of work, worst ${Math.max(...edits).toFixed(0)} ms`);
  await page.close();
}
await browser.close();
