// Narrow windows: 320 CSS pixels, which is also 1280 at 400 %, and 720 × 450, which is
// 1440 × 900 at 200 %. No page scrolls sideways, and what each is for can be reached.

const views = [
  { width: 320, height: 640 },
  { width: 720, height: 450 },
];

const journey = "/journeys/confirm_appointment";

/** What each page is for: its role and name. */
const routes = {
  "/journeys": [["button", "Nova jornada"], ["link", "Confirmação de consulta"], ["button", "Ações de Confirmação de consulta"], ["link", "Ajustes"], ["button", "Idioma, aparência e conta"]],
  [journey]: [["link", "Publicar"], ["link", "Simular"], ["button", "Desfazer"], ["button", "Excluir: eve"], ["button", "Adicionar depois: eve"]],
  [`${journey}/list`]: [["link", "YAML"], ["button", "Mover para baixo: confirm"]],
  [`${journey}/yaml`]: [["link", "Publicar"]],
  [`${journey}/simulate`]: [["button", "Começar de novo"], ["button", "Até acontecer algo"], ["button", "Voltar um passo"]],
  [`${journey}/tests`]: [["button", "Rodar todos"], ["button", "Salvar testes"]],
  [`${journey}/versions`]: [["button", "Comparar com o texto aberto"]],
  [`${journey}/config`]: [["textbox", "Nome"], ["button", "Adicionar meta"]],
  [`${journey}/publish`]: [["button", "Publicar"]],
  "/contacts": [["searchbox", "Nome, telefone, e-mail ou id"], ["link", "Ana"]],
  "/contacts/demo-ana": [["link", "Confirmação de consulta"]],
  passage: [["button", "Encerrar percurso"]],
  "/templates": [["searchbox", "Procurar modelo"]],
  "/channels": [["button", "Conectar canal"]],
  "/settings/people": [["button", "Adicionar pessoa"]],
  "/settings/tokens": [["button", "Novo token"]],
  "/settings/hours": [["button", "Adicionar horário"]],
  "/settings/schema": [["button", "Adicionar"]],
  "/settings/files": [["button", "Salvar"]],
  "/settings/audit": [["tab", "Minha senha"]],
  "/settings/password": [["button", "Trocar a senha"]],
};

/** seed gives the pages something to show. */
async function seed(product) {
  await product.call("PUT", "/api/v1/contacts/demo-ana", { attributes: { first_name: "Ana" }, addresses: { phone: "+5511900000001", email: "ana@patient.example" } });
  const made = await product.call("POST", `/api/v1${journey}/enrollments`, {
    contact_id: "demo-ana",
    inputs: { appointment_id: "e2e", starts_at: new Date(Date.now() + 72 * 3_600_000).toISOString(), doctor: "Dra. Demo", unit: { name: "Centro", map_url: "https://maps.example/centro" } },
  });
  const { source } = (await product.call("GET", `/api/v1${journey}`)).live;
  await product.call("PUT", `/api/v1${journey}/draft`, { source: source.replace("retries: 1", "retries: 2") });
  return `/enrollments/${made.enrollment_id}`;
}

/** sideways is by how many pixels the page, or its head and navigation, are wider than the window. */
const sideways = (page) =>
  page.evaluate(() => {
    const root = document.scrollingElement;
    return Math.max(root.scrollWidth - root.clientWidth, ...[...document.querySelectorAll(".shell-scroll, .shell-fill, .page, .shell-bar")].map((e) => e.scrollWidth - e.clientWidth));
  });

/**
 * cut lists what can be pressed or filled in and is cut off: it reaches out of the window,
 * outside of a table or a text that scrolls by itself, or its words do not fit into it.
 */
const cut = (page) =>
  page.evaluate(() => {
    const name = (e) => `${e.tagName.toLowerCase()} “${(e.getAttribute("aria-label") ?? e.innerText ?? "").trim().slice(0, 40)}”`;
    const scrolls = (e) => e.closest("[role=region][tabindex], .cm-scroller, textarea, pre");
    const list = [];
    for (const e of document.querySelectorAll("button, a, input, select, textarea, summary")) {
      const box = e.getBoundingClientRect();
      if (!e.checkVisibility() || box.width < 2 || e.matches(".skip") || scrolls(e.parentElement)) continue;
      if (box.left < -1 || box.right > innerWidth + 1) list.push(`${name(e)} reaches from ${Math.round(box.left)} to ${Math.round(box.right)}`);
      for (const words of [e, ...e.querySelectorAll(".mantine-Button-label")]) {
        if (e.matches("button, a") && getComputedStyle(words).overflowX !== "visible" && words.scrollWidth > words.clientWidth + 1) list.push(`${name(e)} is cut: ${words.scrollWidth} in ${words.clientWidth} px`);
      }
    }
    for (const e of document.querySelectorAll(".shell-scroll, .editor-main, .editor-main > *, .play")) if (e.scrollWidth > e.clientWidth + 1 && !e.matches(".cm-scroller, .react-flow")) list.push(`${e.className} scrolls sideways by ${e.scrollWidth - e.clientWidth} px`);
    return [...new Set(list)];
  });

/**
 * unreachable says why something cannot be pressed: it is nowhere, or after it was
 * scrolled to, something else lies over its middle or it stands outside of the window.
 */
async function unreachable(page, role, name) {
  const found = page.getByRole(role, { name: new RegExp(`^${name}`) }).first();
  if (!(await found.waitFor({ timeout: 8_000 }).then(() => true, () => false))) return "is not there";
  await found.scrollIntoViewIfNeeded();
  return found.evaluate((e) => {
    const box = e.getBoundingClientRect();
    const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
    if (x < 0 || y < 0 || x > innerWidth || y > innerHeight) return `stands at ${Math.round(x)}, ${Math.round(y)}`;
    const top = document.elementFromPoint(x, y);
    return e.contains(top) || top?.contains(e) || e.closest("label")?.contains(top) ? "" : `lies under ${top?.tagName} ${top?.className} ${top?.textContent?.slice(0, 30)}`;
  });
}

let passage;

export const checks = {};
for (const [path, actions] of Object.entries(routes)) {
  checks[`${path} does not scroll sideways, and its actions are reached`] = async ({ product, open, expect }) => {
    passage ??= await seed(product);
    const one = await open({ path: path === "passage" ? passage : path, size: views[0] });
    const { page } = one;
    await one.settle();
    const wrong = [];
    for (const size of views) {
      const say = (what) => wrong.push(`at ${size.width} × ${size.height} ${what}`);
      await page.setViewportSize(size);
      for (const [role, name] of actions) {
        const why = await unreachable(page, role, name);
        if (why) say(`${role} “${name}” ${why}`);
      }
      await one.picture(`narrow-${size.width}-${path.replace(/\W+/g, "-")}`);
      for (const what of await cut(page)) say(what);
      if ((await sideways(page)) > 0) say(`it scrolls sideways by ${await sideways(page)} px`);
      if (path === journey && (await page.locator(".react-flow").count()) > 0) say("there is a canvas, without room for one");
    }
    expect.deepEqual(wrong, []);
  };
}

checks["the sections have room for their names in English, too"] = async ({ open, expect }) => {
  for (const size of views) {
    const one = await open({ path: "/journeys", language: "en", size });
    await one.settle();
    expect.deepEqual(await cut(one.page), []);
  }
};

checks["a window that becomes narrow turns the canvas into the list, and back"] = async ({ open, expect }) => {
  const { page, settle } = await open({ path: `${journey}/flow` });
  await settle();
  await page.locator(".react-flow").waitFor();
  for (const width of [900, 720, 320]) {
    await page.setViewportSize({ width, height: 640 });
    await page.locator(".react-flow").waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Excluir: eve" }).waitFor();
  }
  await page.setViewportSize({ width: 1024, height: 768 });
  await page.locator(".react-flow").waitFor();
  expect.match(page.url(), /\/flow$/, "the address stays");
};
