// Publishing speaks of people: who waits where a change takes the step away, and what
// somebody saw before they agreed.

const id = "confirm_appointment";
const diff = (product, source) => product.call("POST", `/api/v1/journeys/${id}/diff`, { source });

/** enters makes somebody who waits for the eve of an appointment, days ahead. */
async function enters(product, contact) {
  const starts = new Date(Date.now() + 9 * 24 * 3_600_000).toISOString();
  await product.call("PUT", `/api/v1/contacts/${contact}`, { attributes: { first_name: "Pessoa" } });
  await product.call("POST", `/api/v1/journeys/${id}/enrollments`, {
    contact_id: contact,
    inputs: { appointment_id: `consulta-${contact}`, starts_at: starts, doctor: "Dra. Demo", unit: { name: "Centro", map_url: "https://mapa.example/centro" } },
  });
}

/** waits until so many people stand at a step, as the server counts them. */
async function stand(product, source, step, people) {
  for (let i = 0; i < 100; i++) {
    const at = (await diff(product, source)).people.at.find((a) => a.step_id === step);
    if (at?.people === people) return;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error(`${people} people do not stand at ${step}: ${JSON.stringify((await diff(product, source)).people)}`);
}

export const checks = {
  "the sheet names the step that goes and its three people; when a fourth arrives it refuses, and is shown anew": async ({ product, open, expect }) => {
    const original = (await product.call("GET", `/api/v1/journeys/${id}`)).live.source;
    const eve = /  - id: eve\n(    .*\n)+/;
    const named = original.replace("  - id: eve\n", "  - id: eve\n    name: Véspera\n").replace("retries: 1", "retries: 2");
    await product.call("POST", `/api/v1/journeys/${id}/publish`, { source: named });
    const without = named.replace(eve, "");
    for (const contact of ["p1", "p2", "p3"]) await enters(product, contact);
    await stand(product, without, "eve", 3);
    await product.call("PUT", `/api/v1/journeys/${id}/draft`, { source: without });

    const { page, picture } = await open({ path: `/journeys/${id}/flow`, expected: ["409"] });
    const main = page.getByRole("main");
    await page.getByRole("link", { name: /^Publicar \(\d+ mudanças?\)$/ }).click();
    await main.getByText(/3 pessoas em “Véspera” ficam na versão antiga: ./).waitFor();
    await main.getByRole("application", { name: "Como está no ar" }).getByRole("group", { name: "Esperar: Véspera, sai" }).waitFor();
    await picture("publish-three-people");
    await enters(product, "p4");
    await stand(product, without, "eve", 4);
    await main.getByRole("button", { name: "Publicar", exact: true }).click();
    await main.getByRole("alert").getByText("nada foi publicado").waitFor();
    await main.getByText(/4 pessoas em “Véspera” ficam/).waitFor();
    await picture("publish-fourth-person");
    expect.equal((await product.call("GET", `/api/v1/journeys/${id}`)).live_version, 2, "nothing is published that nobody saw");
    await main.getByRole("button", { name: "Publicar", exact: true }).click();
    await page.getByText("Publicada: versão 3.").waitFor();
  },

  "a version is tried with 10 % of those who enter, seen in the list and in the header, raised, compared, and ended": async ({ product, open, expect }) => {
    const state = async () => (await product.call("GET", `/api/v1/journeys/${id}`)).trial?.share;
    const before = await product.call("GET", `/api/v1/journeys/${id}`);
    const live = before.live_version;
    const tried = live + 1;
    await product.call("PUT", `/api/v1/journeys/${id}/draft`, { source: before.live.source.replace(/retries: \d/, "retries: 4") });

    const { page, picture, accessible } = await open({ path: `/journeys/${id}/publish` });
    const main = page.getByRole("main");
    await main.getByRole("button", { name: "Publicar para 10 %" }).click();
    await main.getByRole("status").getByText(`Em teste: de quem entrar a partir de agora, 10 % seguem a versão ${tried}.`).waitFor();
    expect.equal(await state(), 10);
    expect.equal((await product.call("GET", `/api/v1/journeys/${id}`)).live_version, live, "what is live stays");
    await main.getByRole("button", { name: "Aumentar para 25 %" }).waitFor();
    await picture("publish-trial");
    expect.deepEqual(await accessible(), []);

    // The header with all that it may hold: a trial, a draft that was saved, and a change in it.
    const draft = (retries) => product.call("PUT", `/api/v1/journeys/${id}/draft`, { source: before.live.source.replace(/retries: \d/, `retries: ${retries}`) });
    await draft(3);
    for (const language of ["pt-BR", "en"]) {
      for (const width of [1280, 1440]) {
        const one = await open({ path: `/journeys/${id}/flow`, language, size: { width, height: 900 } });
        await one.page.locator(".editor-head .tag-care").waitFor();
        await one.page.getByRole("link", { name: /^Publi(car|sh) \(1 (mudança|change)\)$/ }).waitFor();
        const seen = await one.page.locator(".editor-head").evaluate((head) => ({
          middles: [...head.children].filter((c) => c.offsetHeight > 0).map((c) => c.getBoundingClientRect()).map((r) => Math.round(r.top + r.height / 2)),
          cut: [...head.querySelectorAll("h1, a, button, [role=status]")].filter((e) => e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== "inline").map((e) => e.textContent),
          out: head.scrollWidth > head.clientWidth,
        }));
        expect.ok(Math.max(...seen.middles) - Math.min(...seen.middles) <= 2, `one row at ${width} in ${language}: ${seen.middles}`);
        expect.deepEqual([seen.cut, seen.out], [[], false], `nothing is cut at ${width} in ${language}`);
        await one.picture(`header-trial-${width}-${language}`);
        await one.close();
      }
    }
    await draft(4);
    await page.getByRole("link", { name: "em teste: 10 %" }).click();
    await main.getByRole("heading", { name: `Versão ${tried} em teste: 10 %` }).waitFor();
    for (const contact of ["t1", "t2", "t3"]) await enters(product, contact);
    await page.reload();
    for (const n of [live, tried]) await main.getByText(new RegExp(`^Versão ${n}: entraram \\d, dentro agora \\d`)).waitFor();
    const { versions } = await product.call("GET", `/api/v1/journeys/${id}/trial`);
    expect.equal(versions[0].entered + versions[1].entered, 3, "who entered is counted by version");
    await main.getByLabel("Parte de quem entra").selectOption("50");
    await main.getByRole("button", { name: "Aumentar para 50 %" }).click();
    await main.getByRole("heading", { name: `Versão ${tried} em teste: 50 %` }).waitFor();
    expect.equal(await state(), 50);
    await picture("versions-trial");
    expect.deepEqual(await accessible(), []);

    await page.goto(new URL("/journeys", page.url()).href);
    await page.getByRole("row", { name: /confirm_appointment/ }).getByText("em teste: 50 %").waitFor();
    await picture("journeys-trial");
    await page.goto(new URL(`/journeys/${id}/versions`, page.url()).href);
    await main.getByRole("button", { name: "Encerrar o teste" }).click();
    await main.getByText("só em teste").waitFor();
    expect.equal(await state(), undefined, "the trial has ended");

    await product.call("POST", `/api/v1/journeys/${id}/publish`, { share: 10 });
    await page.reload();
    await main.getByRole("button", { name: "Publicar para todos" }).click();
    await page.getByRole("dialog", { name: `Publicar a versão ${tried} para todos` }).getByRole("button", { name: "Publicar para todos" }).click();
    await main.getByText("no ar", { exact: true }).waitFor();
    await main.getByRole("heading", { name: /em teste/ }).waitFor({ state: "detached" });
    expect.equal((await product.call("GET", `/api/v1/journeys/${id}`)).live_version, tried, "it is for everybody");
  },
};
