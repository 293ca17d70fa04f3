// The editor: one text in three views, changed by mouse, by keyboard and by typing.

const id = "confirm_appointment";

/** sourceOf is the text as the server has it: the draft, or what is live. */
async function sourceOf(product) {
  const journey = await product.call("GET", `/api/v1/journeys/${id}`);
  return journey.draft?.source ?? journey.live.source;
}

/** until waits for the saved text to be as it should; the editor saves a moment after a change. */
async function until(product, holds) {
  for (let i = 0; i < 50; i++) {
    const source = await sourceOf(product);
    if (holds(source)) return source;
    await new Promise((done) => setTimeout(done, 200));
  }
  throw new Error(`the saved text did not become what it should; it is:\n${await sourceOf(product)}`);
}

/** lines tells which lines went and came. */
function lines(before, after) {
  const [a, b] = [before.split("\n"), after.split("\n")];
  return { gone: a.filter((l) => !b.includes(l)), come: b.filter((l) => !a.includes(l)) };
}

const focused = (page) => page.evaluate(() => document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.tagName ?? "");

/** editor opens the journey and waits for its picture. */
async function editor(open, options = {}) {
  const one = await open({ path: `/journeys/${id}`, ...options });
  await one.page.locator(".react-flow__node-step").first().waitFor();
  await one.page.getByText("Nenhum problema").waitFor();
  return one;
}

export const checks = {
  "a rename changes one line, and undoing it leaves the file as it was": async ({ product, open, expect }) => {
    const original = await sourceOf(product);
    const { page } = await editor(open);
    await page.getByRole("group", { name: "Esperar: eve" }).click();
    await page.getByLabel("Nome", { exact: true }).fill("Véspera");
    await page.keyboard.press("Tab");
    const renamed = await until(product, (s) => s.includes("Véspera"));
    expect.deepEqual(lines(original, renamed), { gone: [], come: ["    name: Véspera"] });
    await page.getByRole("button", { name: "Desfazer" }).click();
    await until(product, (s) => s === original);
  },
  "a new message is chosen, and asks for its template; Ctrl+Z takes it back": async ({ product, open, expect }) => {
    const original = await sourceOf(product);
    const { page } = await editor(open);
    await page.getByRole("button", { name: "Adicionar passo aqui" }).nth(1).click();
    await page.keyboard.type("mens");
    await page.keyboard.press("Enter");
    await page.getByText("1 problema", { exact: true }).waitFor();
    await page.getByText("falta escolher modelo de whatsapp").first().waitFor();
    expect.equal(await focused(page), "Mensagem: Mensagem, 1 problema");
    expect.ok(await page.getByRole("link", { name: "Publicar: corrija 1 erro antes" }).isDisabled(), "nothing with a mistake is published");
    const added = await until(product, (s) => s.includes("id: message"));
    expect.deepEqual(lines(original, added), { gone: [], come: ["  - id: message", "    name: Mensagem", '    send: {whatsapp: {template: ""}}'] });
    await page.keyboard.press("Control+z");
    await until(product, (s) => s === original);
    expect.notEqual(await focused(page), "BODY", "the focus is lost");
  },
  "the keyboard alone walks every step, adds, moves, copies and deletes": async ({ product, open, expect }) => {
    const original = await sourceOf(product);
    const steps = (original.match(/\bid: /g) ?? []).length - (original.match(/\{id: \w+, (title|event)/g) ?? []).length;
    const { page } = await editor(open);
    await page.locator(".react-flow__node-entry").focus();
    const seen = new Set();
    for (let i = 0; i < steps; i++) {
      const last = await focused(page);
      await page.keyboard.press("ArrowDown");
      await page.waitForFunction((name) => document.activeElement?.getAttribute("aria-label") !== name && document.activeElement !== document.body, last);
      seen.add(await page.evaluate(() => document.activeElement?.getAttribute("data-id")));
    }
    expect.equal(seen.size, steps);
    await page.keyboard.press("a");
    await page.keyboard.type("esper");
    await page.keyboard.press("Enter");
    await until(product, (s) => s.includes("id: pause"));
    await page.keyboard.press("Alt+ArrowUp");
    await page.keyboard.press("Control+d");
    const doubled = await until(product, (s) => s.includes("id: pause_2"));
    expect.ok(doubled.indexOf("id: pause_2") < doubled.indexOf("id: end_done"), "the copy stands behind the step that was moved up");
    await page.keyboard.press("Delete");
    await until(product, (s) => !s.includes("pause_2"));
    await page.keyboard.press("Control+c");
    await page.keyboard.press("Control+v");
    await until(product, (s) => (s.match(/exit: done/g) ?? []).length + (s.match(/id: pause/g) ?? []).length === 3);
    for (let i = 0; i < 5; i++) await page.keyboard.press("Control+z");
    await until(product, (s) => s === original);
  },
  "what is typed as YAML shows its mistake, and the flow keeps its last picture": async ({ product, open }) => {
    const original = await sourceOf(product);
    const { page } = await editor(open);
    await page.getByRole("link", { name: "YAML" }).click();
    await page.getByRole("textbox", { name: "Texto YAML da jornada" }).click();
    await page.keyboard.press("Control+End");
    await page.keyboard.type('"x');
    await page.keyboard.press("Delete");
    await page.locator(".cm-lint-marker-error").first().waitFor();
    await page.getByRole("link", { name: "Fluxo" }).click();
    await page.getByText("O texto tem um erro na linha").waitFor();
    await page.locator(".react-flow__node-step").first().waitFor();
    await page.getByRole("button", { name: "Desfazer" }).click();
    await until(product, (s) => s === original);
  },
  "nobody is shut out: flow, list, YAML and dialogs, light and dark, wide and narrow": async ({ open, expect }) => {
    for (const theme of ["light", "dark"]) {
      const { page, accessible, picture } = await editor(open, { theme });
      expect.deepEqual(await accessible(), [], `flow, ${theme}`);
      await picture(`editor-flow-${theme}`);
      await page.getByRole("group", { name: "Pergunta: confirm" }).click();
      expect.deepEqual(await accessible(), [], `flow with a step's form, ${theme}`);
      await page.getByRole("button", { name: "Atalhos do teclado" }).click();
      expect.deepEqual(await accessible(), [], `keys, ${theme}`);
      await page.keyboard.press("Escape");
      for (const view of ["Lista", "YAML"]) {
        await page.getByRole("link", { name: view }).click();
        await page.locator(view === "YAML" ? ".cm-content" : ".list-view").waitFor();
        expect.deepEqual(await accessible(), [], `${view}, ${theme}`);
        await picture(`editor-${view}-${theme}`);
      }
    }
    const { page, accessible } = await open({ path: `/journeys/${id}`, size: { width: 390, height: 844 } });
    await page.locator(".list-view").waitFor();
    expect.equal(await page.locator(".react-flow").count(), 0);
    expect.deepEqual(await accessible(), [], "narrow");
  },
};
