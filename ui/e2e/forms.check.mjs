// The form of every verb, in the editor: it can be used by everybody, and does what it
// says to the text and to nothing else in it.
import { readFileSync } from "node:fs";

const id = "every_verb";
const original = readFileSync(new URL(`${id}.journey.yaml`, import.meta.url), "utf8");
const steps = ["eve", "confirm", "thanks", "desk", "many", "letter", "rate", "free", "pause", "hours", "react", "choose", "test_ab", "both", "again", "count", "child", "hook", "tag", "tell", "back", "end"];

/** form opens the draft as it was written, with one step's form beside the list. */
async function form(product, open, step, options = {}) {
  await product.call("PUT", `/api/v1/journeys/${id}/draft`, { source: original });
  const one = await open({ path: `/journeys/${id}/list`, ...options });
  await one.page.locator("[data-step]").nth(2).waitFor();
  await show(one.page, step);
  await one.page.locator(".problem-bar .is-error").first().waitFor(); // it is checked
  return one;
}

async function show(page, step) {
  await page.locator("[data-step]").filter({ has: page.locator("strong", { hasText: new RegExp(`^${step === "confirm" ? "Pedir confirmação" : step}$`) }) }).click();
  await page.locator(".inspector [role=tabpanel] input").first().waitFor();
}

/** becomes waits for the saved text to be as it should. */
async function becomes(product, holds) {
  let source = "";
  for (let i = 0; i < 50; i++) {
    source = (await product.call("GET", `/api/v1/journeys/${id}`)).draft.source;
    if (holds(source)) return source;
    await new Promise((done) => setTimeout(done, 200));
  }
  throw new Error(`the saved text did not become what it should; it is:\n${source}`);
}

export const checks = {
  "nobody is shut out of any form: light in Portuguese, dark in English": async ({ product, open, expect }) => {
    for (const [theme, language] of [["light", "pt-BR"], ["dark", "en"]]) {
      const { page, accessible, picture } = await form(product, open, steps[0], { theme, language });
      for (const step of steps) {
        await show(page, step);
        if (["confirm", "thanks", "many"].includes(step)) await page.locator(".phone").waitFor();
        expect.deepEqual(await accessible(".inspector"), [], `${step}, ${theme}`);
        if (["confirm", "test_ab", "both"].includes(step)) await picture(`form-${step}-${theme}`);
      }
      await page.locator("[data-step='[]']").click();
      await page.locator(".inspector .form-panel fieldset").first().waitFor();
      expect.deepEqual(await accessible(".inspector"), [], `the journey's own card, ${theme}`);
    }
  },
  "the preview marks what a channel does not carry, and typing changes one line": async ({ product, open, expect }) => {
    const { page } = await form(product, open, "thanks");
    await page.getByText(/Janela provada aberta/).waitFor();
    await page.getByLabel("Rodapé", { exact: true }).fill("x".repeat(61));
    await page.getByText("Rodapé: 61 de 60 (passa do limite)").waitFor();
    const now = await becomes(product, (s) => s.includes("x".repeat(61)));
    expect.equal(now.split("\n").filter((line, i) => line !== original.split("\n")[i]).length, 1);
    await show(page, "many");
    await page.getByText("viram uma lista que a pessoa abre").waitFor();
    await page.getByText(/aí vai o modelo post_visit_csat/).waitFor();
    await page.getByRole("button", { name: "Tirar a resposta “Noite”" }).click();
    await becomes(product, (s) => !s.includes("Noite"));
    await page.getByRole("textbox", { name: "Resposta 1" }).fill("x".repeat(21));
    await page.getByText("Botão 1: 21 de 20 (passa do limite)").waitFor();
    await show(page, "confirm");
    await page.locator(".phone").getByText("Podemos confirmar?").waitFor();
    await page.locator(".phone").locator("..").getByText("SMS", { exact: true }).last().click();
    await page.getByText(/Por causa de “á” “ã”, cada SMS leva 70/).waitFor();
  },
  "a new name goes wherever the old one was read: a step's, an answer's, a variant's, a lane's": async ({ product, open }) => {
    const { page } = await form(product, open, "confirm");
    const named = async (label, name) => {
      await page.getByRole("textbox", { name: label, exact: true }).fill(name);
      await page.keyboard.press("Tab");
    };
    await named("Identificador", "ask_them");
    await becomes(product, (s) => s.includes("id: ask_them") && s.includes("steps.ask_them.outcome") && s.includes("ask_them.options.confirmed"));
    await page.locator(".inspector summary").first().click();
    await page.locator(".inspector details[open] input").first().fill("comes");
    await page.keyboard.press("Tab");
    await becomes(product, (s) => s.includes("{id: comes, title: Confirmar") && s.includes("      comes:\n        - {id: thanks") && s.includes("ask_them.options.comes: Confirm"));
    await show(page, "test_ab");
    await named("Nome da variante 2", "long");
    await becomes(product, (s) => s.includes("{a: 50, long: 40, holdout: 10}") && s.includes('steps.test_ab.outcome == "long"'));
    await show(page, "both");
    await named("Nome da raia 1", "calls");
    await becomes(product, (s) => s.includes("branches: {calls: [{id: x1"));
  },
  "an SMS is counted as it is sent: with smart encoding without its accents, and it says what that saves": async ({ product, open, expect }) => {
    const files = (await product.call("GET", "/api/v1/workspace/files")).files;
    const smart = files["workspace.yaml"].replace("sms: {unicode: allow}", "sms: {unicode: allow, smart_encoding: true}");
    expect.notEqual(smart, files["workspace.yaml"]);
    const long = "Olá! Confirmamos a sua sessão de fisioterapia amanhã às 14h30. Responda SIM ou NÃO.";
    try {
      const before = await form(product, open, "free");
      await before.page.getByLabel("Texto", { exact: true }).fill(long);
      await before.page.getByText(/^2 SMS · UCS-2/).waitFor();
      await before.close();
      await product.call("PUT", "/api/v1/workspace/files", { files: { ...files, "workspace.yaml": smart } });
      const { page, accessible, picture } = await form(product, open, "free");
      await page.getByLabel("Texto", { exact: true }).fill(long);
      await page.getByText(/^1 SMS · GSM-7/).waitFor();
      await page.getByText("Vai sem acentos, porque assim economiza 1 SMS: 1 em vez de 2.").waitFor();
      expect.equal(await page.getByText(/^Por causa de/).count(), 0);
      expect.deepEqual(await accessible(".inspector"), []);
      await picture("form-sms-smart");
      await page.getByLabel("Texto", { exact: true }).fill(`${long} 😀`);
      await page.getByText("Por causa de “😀”, cada SMS leva 70 caracteres em vez de 160.").waitFor();
    } finally {
      await product.call("PUT", "/api/v1/workspace/files", { files });
    }
  },
  "a template is found among those that may go, fills its parameters, and brings its buttons as answers": async ({ product, open }) => {
    const { page } = await form(product, open, "rate");
    await page.getByRole("button", { name: "Trocar modelo" }).click();
    await page.getByRole("textbox", { name: "Buscar modelo" }).fill("remarcar");
    await page.getByRole("button", { name: /^no_show_rebook/ }).click();
    await becomes(product, (s) => s.includes("template: no_show_rebook, params: {name:"));
    await page.getByLabel("Que resposta se espera").selectOption("options");
    await page.getByRole("button", { name: "Trocar modelo" }).click();
    await page.getByRole("button", { name: /^slot_offer/ }).click();
    await becomes(product, (s) => s.includes("title: Quero esse horário") && s.includes("quero_esse_horario: []") && s.includes("nao_posso: []"));
  },
  "what cannot be drawn stays code, a row is changed in place, and the checker's mend and the step's own text are applied": async ({ product, open }) => {
    const { page } = await form(product, open, "choose");
    await page.getByText('any(contact.tags ?? [], # == "vip")').waitFor();
    await page.getByLabel("Valor, linha 1").fill("RJ");
    await becomes(product, (s) => s.includes(`when: contact.city == "RJ" and contact.opt_in.sms`) && s.includes(`when: 'any(contact.tags ?? [], # == "vip")'`));
    await show(page, "desk");
    await page.getByRole("button", { name: "Por quê?" }).first().click();
    await page.getByText(/^J0404: /).waitFor();
    await page.getByRole("button", { name: "Corrigir" }).first().click();
    await becomes(product, (s) => s.includes("queue: reception"));
    await page.getByRole("tab", { name: "YAML do passo" }).click();
    const area = page.getByRole("textbox", { name: "O passo como texto" });
    await area.fill((await area.inputValue()).replace("timeout: 4h", "timeout: 15m"));
    await page.getByRole("button", { name: "Aplicar" }).click();
    await becomes(product, (s) => s.includes("timeout: 15m") && s.includes("# waits for the eve"));
  },
  "a reaction is chosen by key or written, stands on the person's message, and becomes text again": async ({ product, open, expect }) => {
    const { page, accessible, picture } = await form(product, open, "thanks");
    await page.getByText("Reação", { exact: true }).click();
    await becomes(product, (s) => s.includes("send: {whatsapp: {reaction: 👍}}"));
    await page.getByRole("img", { name: "Reação 👍" }).waitFor();
    await page.getByRole("button", { name: "🙏 obrigado" }).press("Enter");
    await becomes(product, (s) => s.includes("{reaction: 🙏}"));
    await page.getByLabel("Emoji na última mensagem do contato").fill("🎉");
    await becomes(product, (s) => s.includes("{reaction: 🎉}"));
    await page.getByRole("img", { name: "Reação 🎉" }).waitFor();
    expect.deepEqual(await accessible(".inspector"), []);
    await picture("form-reaction");
    await page.getByRole("button", { name: "tirar a reação" }).click();
    await page.getByText("A reação que a jornada deixou é tirada.").waitFor();
    await page.getByText("Texto livre", { exact: true }).click();
    await becomes(product, (s) => s.includes('send: {whatsapp: {text: ""}}'));
  },
  "an answer that is renamed is renamed in the saved tests too, and back by undo": async ({ product, open }) => {
    const tests = `# how it must behave\ntest: ${id}\ncases:\n  - name: confirma  # by the button\n    script: [{expect: confirm}, {reply: {option: confirmed}}]\n    stop: true\n`;
    const { page } = await form(product, open, "confirm");
    await product.call("PUT", `/api/v1/journeys/${id}/tests`, { source: tests });
    const say = async (want) => {
      let source = "";
      for (let i = 0; i < 50 && source !== want; i++) {
        await new Promise((done) => setTimeout(done, 200));
        source = (await product.call("GET", `/api/v1/journeys/${id}/tests`)).source;
      }
      if (source !== want) throw new Error(`the tests did not follow; they say:\n${source}`);
    };
    await page.getByText("Resultado e sinônimos de “Confirmar”").click();
    const name = page.getByLabel("Resultado", { exact: true }).first();
    await name.fill("agreed");
    await name.press("Enter");
    await becomes(product, (s) => s.includes("{id: agreed, title: Confirmar"));
    await say(tests.replace("option: confirmed", "option: agreed"));
    await page.getByRole("button", { name: "Desfazer" }).click();
    await say(tests);
  },
  "every form explains its verb, by keyboard too, in the language of the page and in the words of `jornada explain`": async ({ product, open, expect }) => {
    const verbs = { confirm: "ask", thanks: "send", eve: "wait", choose: "switch", test_ab: "split", both: "parallel", again: "repeat", child: "enroll", hook: "call", desk: "handoff", count: "set", tag: "update", tell: "emit", back: "goto", end: "exit" };
    for (const [theme, language, label] of [["light", "pt-BR", /^O que faz “/], ["dark", "en", /^What “.+” does$/]]) {
      const { page, accessible, picture } = await form(product, open, "confirm", { theme, language });
      for (const [step, verb] of Object.entries(verbs)) {
        await show(page, step);
        const help = page.locator(".inspector").getByRole("button", { name: label });
        await help.focus();
        await page.keyboard.press("Enter");
        const dialog = page.getByRole("dialog");
        await dialog.locator("pre").waitFor();
        const said = await product.call("GET", `/api/v1/verbs/${verb}`, undefined, language);
        expect.ok((await dialog.getByRole("heading").innerText()).endsWith(` · ${verb}: ${said.title}`), verb);
        const plain = (text) => text.replace(/^# .*|^```.*$|^- /gm, "").replace(/[`\s]/g, "");
        expect.equal(plain(await dialog.locator(".explanation").innerText()), plain(said.text), verb);
        expect.deepEqual(await accessible("dialog"), [], `${verb}, ${theme}`);
        if (verb === "ask") await picture(`help-${theme}`);
        await page.keyboard.press("Escape");
        await dialog.waitFor({ state: "detached" });
        expect.ok(await help.evaluate((b) => b === document.activeElement), "the focus goes back to the ?");
      }
    }
  },
  "an answer that is renamed by typing in the YAML is renamed everywhere when one says so, and back by one undo": async ({ product, open, expect }) => {
    const tests = `test: ${id}\ncases:\n  - name: confirma  # by the button\n    script: [{expect: confirm}, {reply: {option: confirmed}}]\n    stop: true\n`;
    const { page, accessible, picture } = await form(product, open, "confirm");
    await product.call("PUT", `/api/v1/journeys/${id}/tests`, { source: tests });
    await page.getByRole("link", { name: "YAML", exact: true }).click();
    await page.getByRole("textbox", { name: "Texto YAML da jornada" }).waitFor();
    const at = await page.locator(".cm-line", { hasText: "{id: confirmed," }).evaluate((line) => {
      line.scrollIntoView({ block: "center" });
      const walker = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
      let node;
      while ((node = walker.nextNode()) && !node.data.includes("confirmed"));
      const range = document.createRange();
      range.setStart(node, node.data.indexOf("confirmed"));
      range.setEnd(node, node.data.indexOf("confirmed") + "confirmed".length);
      const { x, y, width, height } = range.getBoundingClientRect();
      return { x: x + width / 2, y: y + height / 2 };
    });
    await page.mouse.dblclick(at.x, at.y);
    await page.keyboard.type("agreed");
    await page.getByText("“confirmed” agora se chama “agreed”").waitFor();
    expect.deepEqual(await accessible(".editor"), []);
    await picture("typed-rename");
    await page.getByRole("button", { name: "Renomear em todos" }).click();
    await becomes(product, (s) => s === original.replace(/\bconfirmed\b/g, "agreed"));
    const say = async (want) => {
      for (let i = 0; i < 50 && (await product.call("GET", `/api/v1/journeys/${id}/tests`)).source !== want; i++) await new Promise((done) => setTimeout(done, 200));
      expect.equal((await product.call("GET", `/api/v1/journeys/${id}/tests`)).source, want);
    };
    await say(tests.replace("option: confirmed", "option: agreed"));
    await page.getByRole("button", { name: "Desfazer" }).click();
    await becomes(product, (s) => s === original);
    await say(tests);
  },
  "the bar explains what a code means, whichever view is open": async ({ product, open, expect }) => {
    const { page, accessible } = await form(product, open, "desk");
    await page.getByRole("link", { name: "YAML", exact: true }).click();
    await page.getByRole("button", { name: /^O que quer dizer J/ }).click();
    await page.getByRole("dialog").locator("pre").first().waitFor();
    expect.deepEqual(await accessible("[role=dialog], dialog"), []);
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
  },
};
