// The same journey without a pointer: every key leaves the focus somewhere.
import { delivered } from "./delivered.mjs";

const id = "confirmar_consulta";

/** hands are the keyboard of somebody who has nothing else. */
function hands(page, expect) {
  // The page has some frames to bring the focus to where it belongs: another view is loaded first.
  const settled = () =>
    page.waitForFunction(() => document.activeElement !== document.body, null, { timeout: 2_000 }).then(
      () => true,
      () => false,
    );
  const press = async (key) => {
    await page.keyboard.press(key);
    expect.ok(await settled(), `the focus is lost after ${key}`);
  };
  return {
    press,
    async type(text) {
      await page.keyboard.type(text);
      expect.ok(await settled(), `the focus is lost after typing ${text}`);
    },
    /** tabTo goes on, or back, until the focus is in the target. */
    async tabTo(target) {
      await target.waitFor();
      for (let n = 0; n < 250; n++) {
        const way = await target.evaluate((e) => {
          const at = document.activeElement;
          if (!at || at === e || e.contains(at)) return 0;
          return at.compareDocumentPosition(e) & (Node.DOCUMENT_POSITION_FOLLOWING | Node.DOCUMENT_POSITION_CONTAINED_BY) ? 1 : -1;
        });
        if (way === 0) return;
        await press(way > 0 ? "Tab" : "Shift+Tab");
      }
      throw new Error(`Tab does not lead to ${target}`);
    },
    /** focusOn waits for the page to bring the focus to a target by itself. */
    async focusOn(target) {
      await target.waitFor();
      const handle = await target.elementHandle();
      await page.waitForFunction((e) => document.activeElement === e, handle);
    },
  };
}

export const checks = {
  "a journey is made, played, tested and published by keyboard alone": async ({ product, open, expect }) => {
    const { page, settle } = await open({ path: "/journeys" });
    const { press, type, tabTo, focusOn } = hands(page, expect);
    const button = (name, within = page) => within.getByRole("button", { name, exact: typeof name === "string" });
    const problems = (n) => page.getByText(n === 0 ? "Nenhum problema" : `${n} problema${n > 1 ? "s" : ""}`, { exact: true }).waitFor();
    const bubble = (text) => page.locator(".play-bubble", { hasText: text });
    await settle();
    await press("Tab");
    await tabTo(button("Nova jornada"));
    await press("Enter");
    for (const question of ["De onde vem a consulta?", "Quando perguntar?", "E quem não responde?"]) {
      await tabTo(page.locator("input").and(page.getByLabel(question)));
      await press("ArrowDown");
      await press("Enter");
    }
    await tabTo(button("Criar"));
    await press("Enter");
    await page.waitForURL(`**/journeys/${id}`);

    await problems(3);
    for (const left of [2, 1]) {
      await press("F8");
      await focusOn(page.getByRole("textbox", { name: "Buscar modelo" }));
      await type("appointment_confirm");
      await tabTo(button(/^appointment_confirm\b/));
      await press("Enter");
      await focusOn(button("Trocar modelo"));
      await problems(left);
    }
    await press("F8");
    await focusOn(page.getByLabel("Fila", { exact: true }));
    await press("ArrowDown");
    await problems(0);

    // The list and the flow are walked in one order, every step once.
    await press("Escape");
    await press("Control+2");
    await page.locator("[data-step]:not([data-step='[]'])").first().waitFor();
    const order = await page.locator("[data-step]").evaluateAll((all) => all.map((e) => e.dataset.step).filter((key) => key !== "[]"));
    expect.equal(new Set(order).size, order.length);
    const walk = async (start, attribute) => {
      await tabTo(start);
      const seen = [];
      let last = await start.getAttribute(attribute);
      for (let i = 0; i < order.length; i++) {
        await press("ArrowDown");
        await page.waitForFunction(([name, was]) => ![was, undefined].includes(document.activeElement?.getAttribute(name) ?? undefined), [attribute, last]);
        last = await page.evaluate((name) => document.activeElement.getAttribute(name), attribute);
        seen.push(last);
      }
      expect.deepEqual(seen, order);
    };
    await walk(page.locator("[data-step='[]']"), "data-step");
    await press("Control+1");
    await focusOn(page.locator(`.react-flow__node[data-id='${order.at(-1)}']`)); // where the list was left
    for (let i = 0; i < order.length; i++) await press("ArrowUp");
    await walk(page.locator(".react-flow__node-entry"), "data-id");

    // A message into the branch of those who confirm: after its end, then up by one.
    await press("Control+f");
    await type("end_confirmed");
    await press("Enter");
    await focusOn(page.getByRole("group", { name: "Fim: end_confirmed" }));
    await press("a");
    await type("mens");
    await press("Enter");
    await focusOn(page.getByRole("group", { name: /^Mensagem: Mensagem/ }));
    await press("Alt+ArrowUp");
    await press("Enter");
    await tabTo(page.getByRole("radiogroup", { name: "Como escrever" }));
    await press("ArrowRight");
    await page.waitForFunction(() => document.activeElement?.tagName === "TEXTAREA");
    await type("Combinado! Estamos na Rua das Flores, 120.");
    await problems(0);

    await press("Control+Enter");
    await page.getByText("Esperando em Esperar até a hora de perguntar").waitFor();
    await tabTo(button("Até acontecer algo"));
    await press("Enter");
    await bubble("Podemos confirmar?").waitFor();
    await tabTo(button("Confirmar", page.locator(".play-phone")));
    await press("Enter");
    await bubble("Rua das Flores").waitFor();
    await tabTo(button("Voltar um passo"));
    await press("Enter");
    await bubble("Rua das Flores").waitFor({ state: "detached" });
    await tabTo(button("Sem resposta"));
    await press("Enter");
    await bubble("Podemos confirmar?").nth(1).waitFor();
    await tabTo(button("Sem resposta"));
    await press("Enter");
    await page.getByText("Esperando em Passar para a equipe").waitFor();
    await tabTo(page.getByLabel("Nome do teste"));
    await type("sem resposta → recepção");
    await press("Enter");
    await page.getByText("Teste salvo").waitFor();

    await tabTo(page.getByRole("link", { name: "Publicar" }));
    await press("Enter");
    await page.getByText("1 de 1 testes passaram.").waitFor();
    await tabTo(button("Publicar", page.getByRole("main")));
    await press("Enter");
    await page.getByText("Publicada: versão 1.").waitFor();
    const { source } = await delivered(product, id);
    expect.ok(source.indexOf("Rua das Flores, 120.") < source.indexOf("id: end_confirmed") && source.indexOf("Rua das Flores") > 0, source);
  },
};
