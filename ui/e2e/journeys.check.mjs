// The list of journeys: making, copying, pausing.

/** draftOf is a journey's draft as the server has it. */
const draftOf = async (product, id) => (await product.call("GET", `/api/v1/journeys/${id}`)).draft;

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
};
