// A Chromium whose pages are watched: what a browser complains about fails the
// check it happened in.
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

import { chromium } from "playwright-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

export const desktop = { width: 1440, height: 900 };
export const phone = { width: 390, height: 844 };

/** launch starts the browser that JORNADA_CHROMIUM names, or Debian's. */
export async function launch() {
  const executablePath = process.env.JORNADA_CHROMIUM ?? "/usr/bin/chromium";
  if (!existsSync(executablePath)) throw new Error(`${executablePath} is not there: apt-get install chromium, or name another with JORNADA_CHROMIUM`);
  return chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu", "--disable-quic"] });
}

/**
 * open makes a page in a context of its own. `expected` lists texts of complaints
 * that a check provokes on purpose.
 */
export async function open(browser, address, { path = "/", language = "pt-BR", theme = "light", size = desktop, expected = [] } = {}) {
  const context = await browser.newContext({ viewport: size, colorScheme: theme, locale: language, timezoneId: "America/Sao_Paulo", reducedMotion: "reduce", bypassCSP: false });
  await context.addInitScript(
    ([lang, scheme]) => {
      localStorage.setItem("jornada.language", lang);
      localStorage.setItem("mantine-color-scheme-value", scheme);
      addEventListener("securitypolicyviolation", (e) => console.error("policy", e.violatedDirective, e.blockedURI, e.sourceFile, e.lineNumber));
    },
    [language, theme],
  );
  const page = await context.newPage();
  const complaints = [];
  const complain = (text) => {
    if (!expected.some((e) => text.includes(e))) complaints.push(text);
  };
  page.on("console", (m) => (m.type() === "error" || m.type() === "warning") && complain(`${m.type()}: ${m.text()} ${m.location().url ?? ""}`));
  page.on("pageerror", (e) => complain(`exception: ${e.message}`));
  page.setDefaultTimeout(15_000);
  await page.goto(address + path);
  return {
    page,
    complaints,
    /** settle waits until nothing is loaded and nothing is announced as loading. */
    async settle() {
      await page.waitForLoadState("networkidle");
      await page.locator("h1").first().waitFor();
    },
    /** turn changes the theme where the page stands, as a choice in another tab does. */
    async turn(to) {
      await page.emulateMedia({ colorScheme: to, reducedMotion: "reduce" });
      await page.evaluate((scheme) => {
        const key = "mantine-color-scheme-value";
        localStorage.setItem(key, scheme);
        dispatchEvent(new StorageEvent("storage", { key, newValue: scheme, storageArea: localStorage }));
      }, to);
      await page.waitForFunction((scheme) => document.documentElement.dataset.mantineColorScheme === scheme, to);
      await page.evaluate(() => Promise.all(document.getAnimations().filter((a) => a.effect?.getComputedTiming().iterations !== Infinity).map((a) => a.finished.catch(() => {}))));
    },
    /** accessible lists what axe finds wrong with the page as it stands, or with a part of it. */
    async accessible(within) {
      // Evaluated by the driver, outside of the page's own policy.
      await page.evaluate(axe);
      const found = await page.evaluate(([tags, part]) => window.axe.run(part ?? document, { runOnly: tags, resultTypes: ["violations"] }), [rules, within]);
      return found.violations.map((v) => `${v.id}: ${v.help}\n    ${v.nodes.slice(0, 3).map((n) => `${n.target.join(" ")} ${(n.failureSummary ?? "").split("\n").slice(1, 2).join(" ").trim()}`).join("\n    ")}`);
    },
    async picture(name) {
      const folder = process.env.JORNADA_SCREENSHOTS;
      if (!folder) return;
      mkdirSync(folder, { recursive: true });
      await page.screenshot({ path: join(folder, `${name}.png`) });
    },
    close: () => context.close(),
  };
}
