// The list of journeys: making, copying, pausing.

/** draftOf is a journey's draft as the server has it. */
const draftOf = async (product, id) => (await product.call("GET", `/api/v1/journeys/${id}`)).draft;

/** enter puts a demo contact into a journey. */
const enter = async (product, journey, contact) => {
  await product.call("PUT", `/api/v1/contacts/${contact}`, { attributes: { first_name: "Ana" } });
  return (await product.call("POST", `/api/v1/journeys/${journey}/enrollments`, { contact_id: contact, inputs: { appointment_id: contact } })).enrollment_id;
};

/** until asks again until something is so; the engine does its work in between. */
async function until(ask) {
  for (const end = Date.now() + 20_000; Date.now() < end; ) {
    if (await ask()) return;
    await new Promise((go) => setTimeout(go, 100));
  }
  throw new Error(`not so after 20 s: ${ask}`);
}

export const checks = {
  "a ready-made journey is a commented file whose open places the checker names": async ({ product, open, expect }) => {
    const { page, settle } = await open({ path: "/journeys" });
    await settle();
    await page.getByRole("button", { name: "Nova jornada" }).click();
    await page.getByRole("textbox", { name: "Nome da jornada" }).fill("Confirmar retorno");
    await page.getByRole("button", { name: "Criar" }).click();
    await page.waitForURL("**/journeys/confirmar_retorno");
    const draft = await draftOf(product, "confirmar_retorno");
    expect.match(draft.source, /^# Pergunta antes da consulta/);
    expect.match(draft.source, /name: "Confirmar retorno"/);
    const errors = draft.diagnostics.filter((d) => d.severity === "error");
    expect.ok(errors.length > 0 && errors.every((d) => d.code === "J0404"), `only the template is left to choose: ${JSON.stringify(errors, null, 1)}`);
  },
  "a copy keeps everything but its id and name": async ({ product, open, expect }) => {
    const { page, settle } = await open({ path: "/journeys" });
    await settle();
    await page.getByRole("button", { name: "Ações de Confirmação de consulta" }).click();
    await page.getByRole("menuitem", { name: "Duplicar" }).click();
    await page.waitForURL("**/journeys/confirm_appointment_2");
    const original = (await product.call("GET", "/api/v1/journeys/confirm_appointment")).live.source.split("\n");
    const copy = (await draftOf(product, "confirm_appointment_2")).source.split("\n");
    const differing = original.flatMap((line, i) => (line === copy[i] ? [] : [copy[i]]));
    expect.deepEqual(differing, ["journey: confirm_appointment_2", 'name: "Confirmação de consulta (cópia)"']);
    expect.equal(copy.length, original.length);
  },
  "the list shows the published name, and that a draft has another one": async ({ product, open, expect }) => {
    const path = "/api/v1/journeys/offer_slot";
    const source = (await product.call("GET", path)).live.source;
    await product.call("PUT", `${path}/draft`, { source: source.replace(/^name: .*$/m, "name: Oferecer vaga") });
    await product.call("PUT", "/api/v1/journeys/never_out/draft", { source: source.replace("journey: offer_slot", "journey: never_out").replace(/^name: .*$/m, "name: Nunca publicada\nmistake: 1") });
    const { page, settle, accessible, picture } = await open({ path: "/journeys" });
    await settle();
    const row = page.getByRole("row", { name: /offer_slot/ });
    expect.equal(await row.getByRole("link").first().innerText(), "Oferecer horário");
    await row.getByText("no rascunho: Oferecer vaga").waitFor();
    expect.equal(await page.getByRole("row", { name: /never_out/ }).getByRole("link").first().innerText(), "Nunca publicada");
    expect.equal(await page.getByText(/^no rascunho:/).count(), 1);
    expect.deepEqual(await accessible("main"), []);
    await picture("journeys-draft-name");
  },
  "pausing says whom it stops, and is undone": async ({ product, open, expect }) => {
    const { page, settle } = await open({ path: "/journeys", language: "en" });
    await settle();
    const menu = page.getByRole("button", { name: "Actions of Confirmação de consulta", exact: true });
    await menu.click();
    await page.getByRole("menuitem", { name: "Pause" }).click();
    await page.getByRole("dialog").getByText("until it is resumed").waitFor();
    await page.getByRole("button", { name: "Pause", exact: true }).click();
    await page.getByText(/^Paused v1$/).waitFor();
    expect.equal((await product.call("GET", "/api/v1/journeys/confirm_appointment")).status, "paused");
    await menu.click();
    await page.getByRole("menuitem", { name: "Resume" }).click();
    await page.getByText(/^Paused v1$/).waitFor({ state: "detached" });
    expect.equal((await product.call("GET", "/api/v1/journeys/confirm_appointment")).status, "live");
  },
  "the list says which goals were reached and which versions drain, and a tag narrows it, also after a reload and back": async ({ product, open, expect }) => {
    const path = "/api/v1/journeys/follow_up";
    const text = (days, more) => `dsl: 1
journey: follow_up
name: Retorno
category: utility
tags: [agenda, "pós-consulta"]
inputs: {appointment_id: string}
triggers: [{api: true}]
${more}steps:
  - {id: hold, wait: {for: ${days}d}}
`;
    const goals = "goals: [{id: came, event: appointment.completed, where: event.appointment_id == inputs.appointment_id, exit: true}]\n";
    const line = async () => (await product.call("GET", "/api/v1/journeys")).items.find((j) => j.id === "follow_up");
    await product.call("POST", `${path}/publish`, { source: text(20, "") });
    await enter(product, "follow_up", "demo-old");
    await product.call("POST", `${path}/publish`, { source: text(30, goals) });
    expect.deepEqual([(await line()).goal_30d, (await line()).draining, (await line()).tags], [null, [{ version: 1, inside: 1 }], ["agenda", "pós-consulta"]]);
    await enter(product, "follow_up", "demo-came");
    const left = await enter(product, "follow_up", "demo-left");
    const unit = { name: "Centro", map_url: "https://maps.example/centro" };
    await product.call("POST", "/api/v1/events", { event: "appointment.completed", contact_id: "demo-came", data: { appointment_id: "demo-came", starts_at: new Date().toISOString(), doctor: "Dra. Demo", specialty: "geral", unit } });
    await product.call("POST", `/api/v1/enrollments/${left}/unenroll`, { reason: "demo" });
    await until(async () => (await line()).goal_30d?.ended === 2 && (await line()).goal_30d.reached === 1);

    const { page, settle, accessible, picture } = await open({ path: "/journeys" });
    await settle();
    const row = page.getByRole("row", { name: /follow_up/ });
    expect.match(await row.innerText(), /Ativa v2\s·\sDrenando v1/);
    await row.getByText("1 pessoa termina na v1").waitFor();
    await row.getByText("1 de 2", { exact: true }).waitFor();
    expect.match(await page.getByRole("columnheader", { name: "Meta em 30 dias" }).getAttribute("title"), /terminou nos últimos 30 dias/);

    const rows = () => page.getByRole("row").filter({ has: page.locator("td") }).count();
    const all = await rows();
    expect.ok(all > 1, "there are others");
    await page.getByRole("navigation", { name: "Etiquetas" }).getByRole("link", { name: "pós-consulta" }).click();
    await page.waitForURL("**/journeys?tag=*");
    expect.equal(await rows(), 1);
    await page.reload();
    await settle();
    expect.equal(await rows(), 1);
    expect.equal(await page.locator("[aria-current=true]").innerText(), "pós-consulta");
    for (const width of [1440, 900, 320]) {
      await page.setViewportSize({ width, height: 900 });
      expect.deepEqual(await accessible("main"), []);
      await picture(`journeys-tag-${width}`);
    }
    await row.getByRole("link", { name: "Retorno" }).click();
    await page.waitForURL("**/journeys/follow_up");
    await page.goBack();
    await settle();
    expect.equal(await rows(), 1);
    await page.getByRole("link", { name: "Todas" }).click();
    expect.equal(await rows(), all);
    await page.goto(`${product.address}/journeys?tag=nobodys`);
    await page.getByText("Nenhuma jornada assim com a etiqueta “nobodys”").waitFor();
    for (const theme of ["light", "dark"]) {
      const one = await open({ path: "/journeys", theme, language: "en" });
      await one.settle();
      await one.page.getByText("Draining v1").waitFor();
      for (const width of [1440, 900, 320]) {
        await one.page.setViewportSize({ width, height: 900 });
        expect.deepEqual(await one.accessible("main"), []);
        expect.equal(await one.page.evaluate(() => document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth), 0);
        await one.picture(`journeys-${theme}-${width}`);
      }
    }
  },
};
