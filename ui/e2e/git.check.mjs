// Two sides of one journey: a folder under git and the editor, and two people in the
// editor. Each sees what the other does, and nothing that somebody wrote is lost.

const id = "visit";
const text = `# Written in git.
dsl: 1
journey: visit
name: Visita
category: utility
timezone: America/Sao_Paulo
triggers: [{api: true}]
steps:
  - id: pause
    wait: {for: 1h}
  - id: hi
    send: {sms: {text: "Oi"}}
`;
const tests = `test: visit
cases:
  - name: diz oi
    now: "2026-03-09T10:00"
    contact: {first_name: Ana}
    script: [{expect: hi}]
    end: completed
`;
const joined = (page) => page.getByRole("alert").filter({ hasText: "Mudou no git" });

/** push publishes the journey as `jornada publish` does. */
const push = (product, source, origin, test = tests) => product.call("POST", "/api/v1/publish", { files: { "visit.journey.yaml": source, "visit.test.yaml": test }, origin });

const journey = (product) => product.call("GET", `/api/v1/journeys/${id}`);

/** until waits for what the server says of the journey. */
async function until(product, holds) {
  for (let i = 0; i < 100; i++) {
    const now = await journey(product);
    if (holds(now)) return now;
    await new Promise((done) => setTimeout(done, 200));
  }
  throw new Error(`it did not come so: ${JSON.stringify(await journey(product), null, 1)}`);
}

/** signedIn is a page of somebody who has signed in. */
async function signedIn(product, open, name, path) {
  const made = await product.call("POST", "/api/v1/users", { name, email: `${name.split(" ")[0].toLowerCase()}@clinic.example`, role: "author" });
  const one = await open({ path: "/welcome" });
  const status = await one.page.evaluate(
    async (link) => (await fetch("/api/v1/session", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ link, password: "four words that fit" }) })).status,
    new URL(made.link).hash.slice(1),
  );
  if (status !== 201) throw new Error(`signing in answers ${status}`);
  await one.page.goto(product.address + path);
  return one;
}

export const checks = {
  "a page without a draft takes up by itself what git brings": async ({ product, open }) => {
    await push(product, text, "main@1111111");
    const { page } = await open({ path: `/journeys/${id}/list` });
    await page.getByRole("button", { name: /Mensagem/ }).first().waitFor();
    await push(product, text.replace("wait: {for: 1h}", "wait: {for: 3h}"), "main@1212121");
    await page.getByText("por 3 h").waitFor();
    await push(product, text, "main@1111112");
    await page.getByText("por 1 h").waitFor();
  },
  "what git brings beside a draft is shown and joined, line by line": async ({ product, open, expect }) => {
    await push(product, text, "main@1111111");
    const live = (await journey(product)).live;
    await product.call("PUT", `/api/v1/journeys/${id}/draft`, { source: text.replace('"Oi"', '"Olá"'), based_on: live.etag });
    const { page, accessible, picture } = await open({ path: `/journeys/${id}` });
    await page.locator(".react-flow__node-step").first().waitFor();
    await push(product, text.replace("for: 1h", "for: 2h"), "main@2222222");
    await joined(page).waitFor();
    await page.getByText("Mudou no git (main@2222222)").waitFor();
    await picture("git-banner");
    await page.getByRole("button", { name: "Ver diferença" }).click();
    await page.getByRole("dialog").locator(".cm-changedLine").first().waitFor();
    expect.deepEqual(await accessible(), [], "the difference");
    await picture("git-difference");
    await page.getByRole("dialog").getByRole("button", { name: "Juntar ao rascunho" }).click();
    const now = await until(product, (j) => !j.draft_behind);
    expect.equal(now.draft.source, text.replace('"Oi"', '"Olá"').replace("for: 1h", "for: 2h"));
    await joined(page).waitFor({ state: "detached" });
  },
  "where both changed one line a person chooses, now or later, and can take it back": async ({ product, open, expect }) => {
    await push(product, text.replace('"Oi"', '"Bom dia"'), "main@3333333");
    const before = (await journey(product)).draft.source;
    const { page, accessible, picture } = await open({ path: `/journeys/${id}`, theme: "dark" });
    await joined(page).getByRole("button", { name: "Juntar ao rascunho" }).click();
    await page.getByRole("dialog", { name: "Duas mudanças nas mesmas linhas" }).waitFor();
    expect.deepEqual(await accessible(), [], "choosing");
    await picture("git-choose");
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.goto(`${product.address}/journeys`);
    await page.getByText("mudou no git").waitFor();
    expect.deepEqual(await accessible(), [], "the list");
    await picture("git-list");
    await page.goto(`${product.address}/journeys/${id}`);
    await joined(page).getByRole("button", { name: "Juntar ao rascunho" }).click();
    await page.getByRole("button", { name: "Ficar com o publicado" }).click();
    await until(product, (j) => !j.draft_behind && j.draft.source.includes("Bom dia"));
    await page.getByRole("button", { name: "Desfazer" }).click();
    await until(product, (j) => j.draft.source === before);
  },
  "tests of git and those that were saved here are joined": async ({ product, open, expect }) => {
    const own = `${tests}\n  - name: diz oi de novo\n    now: "2026-03-09T11:00"\n    contact: {first_name: Bia}\n    script: [{expect: hi}]\n    end: completed\n`;
    await product.call("PUT", `/api/v1/journeys/${id}/tests`, { source: own });
    await push(product, text, "main@4444444", `# How a visit must go.\n${tests}`);
    const { page, accessible, picture } = await open({ path: `/journeys/${id}/tests` });
    const sent = page.getByRole("region", { name: /^Mudou no git: outros testes/ });
    await sent.waitFor();
    expect.deepEqual(await accessible(), [], "tests of two sides");
    await picture("git-tests");
    await page.getByRole("button", { name: "Juntar", exact: true }).click();
    await sent.waitFor({ state: "detached" });
    const saved = await product.call("GET", `/api/v1/journeys/${id}/tests`);
    expect.equal(saved.source, `# How a visit must go.\n${own}`);
    expect.equal(saved.sent, null);
  },
  "two people see each other, and the step that the other is at": async ({ product, open, expect }) => {
    const path = `/journeys/${id}`;
    const ana = await signedIn(product, open, "Ana Prado", path);
    const bia = await signedIn(product, open, "Bia Rocha", path);
    await ana.page.getByRole("img", { name: "Também aqui: Bia Rocha" }).waitFor();
    await bia.page.getByRole("img", { name: "Também aqui: Ana Prado" }).waitFor();
    await bia.page.getByRole("group", { name: /^Mensagem: hi/ }).click();
    await ana.page.getByRole("img", { name: "Neste passo agora: Bia Rocha" }).waitFor();
    expect.equal(await ana.page.getByText("terá de ser escolhido").count(), 0, "nobody is warned of a step they are not at");
    await ana.page.getByRole("group", { name: /^Mensagem: hi/ }).click();
    await ana.page.getByText("Neste passo agora: Bia Rocha. O que vocês dois mudarem").waitFor();
    expect.deepEqual(await ana.accessible(), [], "two at one step");
    await ana.picture("presence-flow");
    await ana.page.getByRole("link", { name: "Lista" }).click();
    await ana.page.getByRole("region", { name: "Passos da jornada" }).getByRole("img", { name: "Neste passo agora: Bia Rocha" }).waitFor();
    await ana.picture("presence-list");

    // What one changes the other sees a moment later, without asking.
    await bia.page.getByLabel("Nome", { exact: true }).fill("Cumprimento");
    await bia.page.keyboard.press("Tab");
    await ana.page.getByRole("button", { name: /Cumprimento/ }).first().waitFor();
    await bia.page.goto(`${product.address}/journeys`);
    await ana.page.getByRole("img", { name: "Também aqui: Bia Rocha" }).waitFor({ state: "detached" });
  },
  "an archived journey is taken back from the list": async ({ product, open }) => {
    await push(product, text, "main@5555555");
    await product.call("POST", `/api/v1/journeys/${id}/archive`);
    const { page, settle } = await open({ path: "/journeys" });
    await settle();
    await page.getByRole("switch", { name: "Mostrar arquivadas" }).click();
    await page.getByRole("button", { name: "Ações de Visita" }).click();
    await page.getByRole("menuitem", { name: "Desarquivar" }).click();
    await until(product, (j) => j.status === "live");
  },
  "a journey that cannot be simulated says why and leads to its first problem": async ({ product, open, expect }) => {
    await product.call("PUT", `/api/v1/journeys/${id}/draft`, { source: text.replace("for: 1h", "for: 1 hour") });
    const { page, accessible, picture } = await open({ path: `/journeys/${id}/simulate` });
    await page.getByText("Falta corrigir 1 erro").waitFor();
    expect.deepEqual(await accessible(), [], "a simulation that does not run");
    await picture("simulate-broken");
    await page.getByRole("link", { name: "Ir ao primeiro problema" }).click();
    await page.getByLabel("O passo escolhido").waitFor();
    await page.getByRole("group", { name: /^Esperar: pause/ }).waitFor();
  },
  "templates name the journeys that send them": async ({ open, expect }) => {
    const { page, settle, accessible, picture } = await open({ path: "/templates" });
    await settle();
    await page.getByRole("columnheader", { name: "Usado por" }).waitFor();
    await page.getByRole("cell", { name: /1 jornada/ }).first().waitFor();
    expect.deepEqual(await accessible(), [], "templates");
    await picture("templates-used-by");
  },
};
