// Every page, in both languages and both themes, on a desktop and on a phone, with
// its dialogs open: no accessibility rule broken, no error, no policy violated.
import { desktop, phone } from "./browser.mjs";

const narrow = { width: 320, height: 640 };

/** press clicks a button by its name, in whichever language the page has. */
const press = (...names) => (page) => page.getByRole("button", { name: new RegExp(`^(${names.join("|")})`) }).first().click();
const choose = (...names) => (page) => page.getByRole("menuitem", { name: new RegExp(`^(${names.join("|")})`) }).first().click();
const seen = (page) => page.getByRole("dialog").first().waitFor();
const menu = (page) => page.getByRole("menu").first().waitFor();
const key = (name) => (page) => page.keyboard.press(name);

const actions = press("Ações de", "Actions of");
const routes = [
  {
    path: "/journeys",
    states: {
      list: [],
      "new journey": [press("Nova jornada", "New journey"), seen],
      "menu of a journey": [actions, menu],
      "pause a journey": [actions, choose("Pausar", "Pause"), seen],
      palette: [key("Control+k"), seen],
      preferences: [press("Idioma", "Language"), menu],
    },
  },
  { path: "/journeys/confirm_appointment", states: { editor: [] } },
  { path: "/journeys/confirm_appointment/config", states: { "its card": [] } },
  { path: "/contacts", states: { list: [] } },
  { path: "/contacts/demo-ana", states: { contact: [] } },
  { path: enrollment, states: { passage: [], "end the passage": [press("Encerrar", "End the"), seen] } },
  { path: "/templates", states: { list: [] } },
  { path: "/channels", states: { list: [], connect: [press("Conectar canal", "Connect a channel"), seen], "a provider's form": [press("Conectar canal", "Connect a channel"), seen, press("360dialog"), (page) => page.locator("summary").click()] } },
  { path: "/settings/people", states: { people: [], "add a person": [press("Adicionar pessoa", "Add a person"), seen], "a new link": [actions, choose("Fazer novo", "Make a new"), seen] } },
  { path: "/settings/tokens", states: { tokens: [], "new token": [press("Novo token", "New token"), seen], revoke: [press("Revogar", "Revoke"), seen] } },
  { path: "/settings/hours", states: { hours: [], "change hours": [press("Alterar business_hours", "Change business_hours"), seen] } },
  { path: "/settings/schema", states: { schema: [] } },
  { path: "/settings/password", states: { password: [] } },
  { path: "/settings/files", states: { files: [] } },
  { path: "/settings/audit", states: { audit: [] } },
  { path: "/welcome", states: { "without a link": [] } },
  { path: "/welcome#secret", states: { "with a link": [] } },
];

/** contact makes somebody to look at. */
async function contact(product) {
  await product.call("PUT", "/api/v1/contacts/demo-ana", {
    attributes: { first_name: "Ana" },
    addresses: { phone: "+5511900000001", email: "ana@patient.example" },
    opt_in: { whatsapp: true, sms: false },
  });
}

/** enrollment is the address of a passage through a journey. */
async function enrollment(product) {
  const made = await product.call("POST", "/api/v1/journeys/confirm_appointment/enrollments", {
    contact_id: "demo-ana",
    inputs: { appointment_id: "e2e", starts_at: new Date(Date.now() + 72 * 3_600_000).toISOString(), doctor: "Dra. Demo", unit: { name: "Centro", map_url: "https://maps.example/centro" } },
  });
  return `/enrollments/${made.enrollment_id}`;
}

/** look opens a page in a language, brings it into a state, and judges it in each of the views: a theme and a size. */
async function look({ open, expect }, { path, language, name, steps, views }) {
  const [[theme, size]] = views;
  const one = await open({ path, language, theme, size });
  await one.settle();
  for (const step of steps) await step(one.page);
  if (steps.length > 0) await one.page.waitForLoadState("networkidle");
  expect.equal(await one.page.evaluate(() => document.documentElement.lang), language);
  for (const [i, [theme, size]] of views.entries()) {
    if (i > 0) {
      await one.page.setViewportSize(size);
      await one.turn(theme);
    }
    const place = `${path.replace(/enr_.*/, "x")} ${name} ${language} ${theme} ${size.width}`;
    await one.picture(place.replace(/\W+/g, "-"));
    const wrong = await one.accessible();
    expect.deepEqual(wrong, [], `${place}:\n  ${wrong.join("\n  ")}`);
    const wide = await one.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect.ok(wide <= 0, `${place} scrolls sideways by ${wide} px`);
  }
  await one.close();
}

export const checks = {};
/** Looking changes nothing that another look sees, but for passages that they begin. */
export const together = 2;
for (const { path: at, states } of routes) {
  for (const [name, steps] of Object.entries(states)) {
    checks[`${typeof at === "string" ? at : `/${at.name}s`}: ${name}`] = async (world) => {
      await contact(world.product);
      const path = typeof at === "string" ? at : await at(world.product);
      const both = [["light", desktop], ["dark", desktop]];
      await look(world, { path, language: "pt-BR", name, steps, views: both });
      await look(world, { path, language: "en", name, steps, views: both });
      await look(world, { path, language: "pt-BR", name, steps, views: [["dark", phone], ["dark", narrow]] });
    };
  }
}

checks["the palette goes to a journey by a few letters"] = async ({ open, expect }) => {
  const one = await open({ path: "/templates" });
  await one.settle();
  await one.page.keyboard.press("Control+k");
  await one.page.getByRole("combobox").fill("confirmacao");
  await one.page.getByRole("option").first().waitFor();
  expect.deepEqual(await one.accessible(), []);
  await one.page.keyboard.press("Enter");
  await one.page.waitForURL("**/journeys/confirm_appointment");
};

checks["in a journey the palette goes to its steps and views, and the focus goes with it"] = async ({ open, expect }) => {
  const { page, accessible, settle } = await open({ path: "/journeys/confirm_appointment/yaml" });
  await settle();
  const seek = async (text) => {
    await page.keyboard.press("Control+k");
    await page.getByRole("dialog").getByRole("combobox").fill(text);
    await page.getByRole("dialog").getByRole("option").first().waitFor();
  };
  await seek("directions");
  expect.deepEqual(await accessible(), []);
  await page.keyboard.press("Enter");
  await page.waitForURL("**/journeys/confirm_appointment/flow");
  await page.locator(".react-flow__node-step:focus").filter({ hasText: "directions" }).waitFor();
  await page.keyboard.press("Control+k");
  await page.getByRole("dialog").waitFor();
  await page.keyboard.press("Escape");
  await page.locator(".react-flow__node-step:focus").filter({ hasText: "directions" }).waitFor();
  await seek("versoes jornada");
  await page.keyboard.press("Enter");
  await page.waitForURL("**/journeys/confirm_appointment/versions");
};

checks["a passage is drawn on its version: where it came by, and where it waits; a chosen step shows its own log"] = async ({ product, open, expect }) => {
  await contact(product);
  const { page } = await open({ path: await enrollment(product) });
  const waits = page.getByRole("group", { name: "Esperar: eve, espera aqui" });
  await waits.click();
  await page.getByRole("status").getByText("Só de “eve”").waitFor();
  expect.equal(await page.getByText("pedido de outro sistema", { exact: true }).count(), 0, "how they entered is no step");
  await page.getByRole("button", { name: "Mostrar tudo" }).click();
  await page.getByText("pedido de outro sistema", { exact: true }).waitFor();
  await page.goto(`${product.address}/contacts/demo-ana`);
  await page.getByRole("heading", { name: "Linha do tempo" }).waitFor();
  await page.getByText("Entrou na jornada").first().waitFor();
};

checks["the content is one key away"] = async ({ open, expect }) => {
  const one = await open({ path: "/journeys" });
  await one.settle();
  await one.page.keyboard.press("Tab");
  await one.page.keyboard.press("Enter");
  expect.equal(await one.page.evaluate(() => document.activeElement?.id), "main");
};

checks["an asset of an older build is gone, and no page"] = async ({ product, expect }) => {
  const gone = await fetch(`${product.address}/assets/index-00000000.js`);
  expect.equal(gone.status, 404);
  expect.match(gone.headers.get("content-type"), /json/);
  const page = await fetch(`${product.address}/journeys`);
  expect.equal(page.headers.get("cache-control"), "no-cache");
  const script = /src="(\/assets\/[^"]+\.js)"/.exec(await page.text())[1];
  const asset = await fetch(product.address + script, { headers: { "Accept-Encoding": "br" } });
  expect.match(asset.headers.get("cache-control"), /immutable/);
  expect.equal(asset.headers.get("content-encoding"), "br");
};
