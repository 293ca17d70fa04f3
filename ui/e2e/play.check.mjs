// Simulating, testing and publishing a journey from the editor.

const id = "confirm_appointment";
const at = (view) => `/journeys/${id}/${view}`;

async function simulated(page) {
  await page.getByRole("button", { name: "Até acontecer algo" }).click();
  await page.getByRole("button", { name: "Confirmar" }).click();
  await page.locator(".play-bubble", { hasText: "Combinado!" }).waitFor();
}

export const checks = {
  "a simulation answers on the phone, steps back exactly, and becomes a test that passes": async ({ open, expect }) => {
    const { page } = await open({ path: at("simulate") });
    const clock = () => page.locator("[data-clock]").getAttribute("data-clock");
    await page.getByText("Esperando em eve").waitFor();
    await simulated(page);
    await page.getByText("Janela de WhatsApp aberta até").waitFor();
    const answered = await clock();
    await page.getByRole("button", { name: "Acontece appointment.completed" }).click();
    await page.locator(".play-bubble", { hasText: "como foi o seu atendimento" }).waitFor();
    await page.getByRole("button", { name: "Voltar um passo" }).click();
    await page.locator(".play-bubble", { hasText: "como foi o seu atendimento" }).waitFor({ state: "detached" });
    expect.equal(await clock(), answered);
    const later = new Date(Date.parse(answered) + 3_600_000);
    await page.getByLabel("Ir até o dia e a hora").fill(new Intl.DateTimeFormat("sv", { timeZone: "America/Sao_Paulo", dateStyle: "short", timeStyle: "short" }).format(later).replace(" ", "T"));
    await page.getByRole("button", { name: "Ir", exact: true }).click();
    await page.waitForFunction((at) => Math.abs(Date.parse(document.querySelector("[data-clock]").dataset.clock) - at) < 60_000, later.getTime());
    await page.getByRole("button", { name: "Voltar um passo" }).click();
    await page.waitForFunction((at) => document.querySelector("[data-clock]").dataset.clock === at, answered);
    await page.getByLabel("Nome do teste").fill("confirma pelo botão");
    await page.getByRole("button", { name: "Salvar como teste" }).click();
    await page.getByText("Teste salvo").waitFor();
    await page.getByRole("link", { name: "Testes" }).click();
    await page.getByRole("button", { name: "Rodar todos" }).click();
    await page.getByText("14 de 14 passaram").waitFor({ timeout: 60_000 }); // the demo brings thirteen
  },
  "what the journey has set is shown beside the play": async ({ product, open, expect }) => {
    const source = `dsl: 1
journey: counting
category: utility
locale: pt-BR
timezone: America/Sao_Paulo
vars: {tries: 0}
triggers: [{event: appointment.scheduled}]
steps:
  - {id: pause, wait: {for: 1h}}
  - {id: note, set: {tries: "{{ vars.tries + 1 }}"}}
  - {id: longer, wait: {for: 2d}}
`;
    await product.call("PUT", "/api/v1/journeys/counting/draft", { source });
    const { page } = await open({ path: "/journeys/counting/simulate" });
    const tries = page.locator(".play-values div").filter({ hasText: "tries" }).locator("dd");
    await tries.getByText("0", { exact: true }).waitFor();
    await page.getByRole("button", { name: "+1 h" }).click();
    await tries.getByText("1", { exact: true }).waitFor();
    expect.equal(await page.locator(".play-values div").count(), 1);
  },
  "without an answer the clock goes exactly to the deadline, and the desk takes over": async ({ open, expect }) => {
    const { page } = await open({ path: at("simulate") });
    await page.getByText("Esperando em eve").waitFor();
    await page.getByRole("button", { name: "Até acontecer algo" }).click();
    await page.locator(".play-bubble", { hasText: "Podemos confirmar?" }).waitFor();
    // Each press goes to the next moment at which the journey wakes; the deadline is
    // four hours before the appointment, which is the last of them.
    for (let i = 0; i < 6 && (await page.getByText("Esperando em front_desk").count()) === 0; i++) {
      const before = await page.locator("[data-clock]").getAttribute("data-clock");
      await page.getByRole("button", { name: "Até acontecer algo" }).click();
      await page.waitForFunction((was) => document.querySelector("[data-clock]")?.getAttribute("data-clock") !== was, before);
    }
    await page.getByText("Esperando em front_desk").waitFor();
    const shown = await page.locator(".play-who textarea").inputValue();
    const starts = JSON.parse(shown).inputs.starts_at; // in the journey's zone, São Paulo
    const now = new Date(await page.locator("[data-clock]").getAttribute("data-clock"));
    expect.equal(now.getTime() - (now.getTime() % 60_000), Date.parse(`${starts}:00-03:00`) - 4 * 3_600_000);
  },
  "each message says what it costs, all of them what the play cost, and an unknown price is no 0": async ({ product, open, expect }) => {
    const files = (await product.call("GET", "/api/v1/workspace/files")).files;
    const priced = (prices) => product.call("PUT", "/api/v1/workspace/files", { files: { ...files, "workspace.yaml": `${files["workspace.yaml"]}\nprices: ${prices}\n` } });
    try {
      await priced("{currency: BRL, whatsapp: {utility: 0.05, service: 0.01}}");
      const { page, accessible, picture } = await open({ path: at("simulate") });
      await page.getByText("Esperando em eve").waitFor();
      expect.equal(await page.locator(".play-sum").count(), 0);
      await simulated(page);
      expect.deepEqual(await page.locator(".play-cost").allInnerTexts(), ["R$ 0,05", "R$ 0,01"]);
      expect.equal(await page.locator(".play-sum").innerText(), "Até aqui: custo R$ 0,06");
      expect.deepEqual(await accessible(".play-left"), []);
      await picture("simulate-cost");
      await priced("{currency: BRL, whatsapp: {utility: 0.05}}");
      const unknown = await open({ path: at("simulate"), language: "en" });
      await unknown.page.getByText("Waiting at eve").waitFor();
      await unknown.page.getByRole("button", { name: "Until something happens" }).click();
      await unknown.page.getByRole("button", { name: "Confirmar" }).click();
      await unknown.page.getByText("price not known").waitFor();
      expect.equal(await unknown.page.locator(".play-sum").innerText(), "So far: cost R$ 0,05, and no known price of whatsapp service (BR)");
    } finally {
      await product.call("PUT", "/api/v1/workspace/files", { files });
    }
  },
  "a change is published as it was shown; the older version is one dialog away": async ({ product, open }) => {
    const journey = await product.call("GET", `/api/v1/journeys/${id}`);
    const source = journey.live.source.replace("retries: 1", "retries: 2");
    await product.call("PUT", `/api/v1/journeys/${id}/draft`, { source });
    const { page } = await open({ path: at("publish") });
    await page.getByText("Não há ninguém dentro agora.").waitFor();
    await page.getByRole("main").getByRole("button", { name: "Publicar", exact: true }).click();
    await page.getByText("Publicada: versão 2.").waitFor();
    await page.getByRole("link", { name: "Versões" }).click();
    await page.getByRole("button", { name: "Voltar a esta versão" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Voltar a esta versão" }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
    const back = await product.call("GET", `/api/v1/journeys/${id}`);
    if (back.live_version !== 1) throw new Error(`version ${back.live_version} is live`);
  },
  "nobody is shut out of simulating, tests, versions and publishing": async ({ open, expect }) => {
    for (const theme of ["light", "dark"]) {
      const { page, accessible, picture } = await open({ path: at("simulate"), theme });
      await page.getByText("Esperando em eve").waitFor();
      await simulated(page);
      expect.deepEqual(await accessible(), [], `simulate, ${theme}`);
      await picture(`editor-simulate-${theme}`);
      for (const [view, sign] of [["Testes", "Rodar todos"], ["Versões", "Comparar com o texto aberto"], ["Publicar", "Em palavras"]]) {
        await page.getByRole("link", { name: view }).click();
        await page.getByText(sign).first().waitFor();
        if (view === "Versões") await page.getByRole("button", { name: sign }).first().click();
        expect.deepEqual(await accessible(), [], `${view}, ${theme}`);
      }
      await picture(`editor-publish-${theme}`);
    }
  },
  "a journey that is only called otherwise is published, and nobody changes version": async ({ product, open, expect }) => {
    const before = await product.call("GET", `/api/v1/journeys/${id}`);
    const source = before.live.source.replace(/^name: .*$/m, "name: Confirmar a consulta de amanhã");
    await product.call("PUT", `/api/v1/journeys/${id}/draft`, { source });
    const { page } = await open({ path: at("publish") });
    await page.getByText(/^nome da jornada: /).waitFor();
    await page.getByRole("main").getByRole("button", { name: "Publicar" }).click();
    await page.getByText("faz o mesmo e passa a ser mostrada assim").waitFor();
    const after = await product.call("GET", `/api/v1/journeys/${id}`);
    expect.deepEqual([after.name, after.live.source, after.live.hash, after.draft], ["Confirmar a consulta de amanhã", source, before.live.hash, null]);
  },
};
