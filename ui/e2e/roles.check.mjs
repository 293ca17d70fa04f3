// What each role finds in the pages: what it may do is offered, what it may not is not
// there, and the API refuses it in words when it is called anyway.

const password = "four words that fit";
const roles = ["administrator", "author", "operator", "viewer"];
const writers = ["administrator", "author"];
const admins = ["administrator"];

const sections = { Jornadas: roles, Contatos: roles, Modelos: roles, Canais: admins, Ajustes: roles };

/** Who finds what to press or fill in, by page: its role, its name, and who may. */
const offers = {
  "/journeys": [
    ["button", "Nova jornada", writers],
    ["button", "Ações de Confirmação de consulta", writers],
  ],
  "/journeys/confirm_appointment/flow": [
    ["link", /^Publicar|erros/, writers],
    ["link", "Simular", roles],
    ["button", "Desfazer", writers],
    ["button", "Mensagem", writers],
    ["button", "Adicionar passo aqui", writers],
  ],
  "/journeys/confirm_appointment/list": [
    ["button", "Excluir: eve", writers],
    ["button", "Mover para baixo: eve", writers],
    ["button", "Adicionar depois: eve", writers],
  ],
  "/journeys/confirm_appointment/simulate": [
    ["button", "Salvar como teste", writers],
    ["button", "Começar de novo", roles],
  ],
  "/journeys/confirm_appointment/tests": [
    ["button", "Rodar todos", roles],
    ["button", "Salvar testes", writers],
  ],
  "/journeys/confirm_appointment/versions": [
    ["button", "Voltar a esta versão", writers],
    ["button", "Encerrar o teste", writers],
    ["button", "Publicar para todos", writers],
  ],
  "/journeys/confirm_appointment/config": [
    ["textbox", "Nome", writers],
    ["button", "Adicionar gatilho", writers],
    ["button", "Adicionar meta", writers],
  ],
  "/journeys/confirm_appointment/publish": [["button", /^Publicar/, writers]],
  "/contacts": [["searchbox", /^Nome, telefone/, roles]],
  "/contacts/demo-ana": [["link", "Confirmação de consulta", roles]],
  passage: [["button", "Encerrar percurso", ["administrator", "author", "operator"]]],
  "/templates": [["searchbox", "Procurar modelo", roles]],
  "/channels": [
    ["button", "Conectar canal", admins],
    ["button", /^Desativar /, admins],
  ],
  "/settings/people": [
    ["tab", "Pessoas", admins],
    ["button", "Adicionar pessoa", admins],
  ],
  "/settings/tokens": [
    ["tab", "Tokens de API", admins],
    ["button", "Novo token", admins],
    ["button", /^Revogar/, admins],
  ],
  "/settings/hours": [
    ["button", "Adicionar horário", writers],
    ["button", "Remover reception", writers],
    ["button", "Alterar business_hours", writers],
  ],
  "/settings/schema": [["button", "Adicionar", writers]],
  "/settings/files": [["button", "Salvar", writers]],
  "/settings/audit": [["tab", "Auditoria", admins]],
  "/settings/password": [["button", "Trocar a senha", roles]],
};

/** Calls that a page of somebody else would make, and who may make them. */
const calls = [
  ["PUT", "/api/v1/journeys/confirm_appointment/draft", writers],
  ["PUT", "/api/v1/journeys/confirm_appointment/tests", writers],
  ["POST", "/api/v1/journeys/confirm_appointment/publish", writers],
  ["POST", "/api/v1/journeys/confirm_appointment/pause", writers],
  ["POST", "/api/v1/journeys/confirm_appointment/archive", writers],
  ["PUT", "/api/v1/workspace/files", writers],
  ["POST", "/api/v1/templates/sync", writers],
  ["POST", "/api/v1/enrollments/none/unenroll", ["administrator", "author", "operator"]],
  ["PUT", "/api/v1/contacts/demo-ana", ["administrator", "operator"]],
  ["DELETE", "/api/v1/contacts/nobody", ["administrator", "operator"]],
  ["POST", "/api/v1/messages/none/resolve", ["administrator", "operator"]],
  ["POST", "/api/v1/integrations", admins],
  ["GET", "/api/v1/integrations", admins],
  ["GET", "/api/v1/users", admins],
  ["POST", "/api/v1/users", admins],
  ["GET", "/api/v1/tokens", admins],
  ["POST", "/api/v1/tokens", admins],
  ["GET", "/api/v1/audit", admins],
];

/** seed gives every page something to act on: a contact inside, two versions, one on trial. */
async function seed(product) {
  await product.call("PUT", "/api/v1/contacts/demo-ana", { attributes: { first_name: "Ana" }, addresses: { phone: "+5511900000001" } });
  const made = await product.call("POST", "/api/v1/journeys/confirm_appointment/enrollments", {
    contact_id: "demo-ana",
    inputs: { appointment_id: "e2e", starts_at: new Date(Date.now() + 72 * 3_600_000).toISOString(), doctor: "Dra. Demo", unit: { name: "Centro", map_url: "https://maps.example/centro" } },
  });
  const path = "/api/v1/journeys/confirm_appointment";
  const { source } = (await product.call("GET", path)).live;
  const retries = (n) => source.replace("retries: 1", `retries: ${n}`);
  await product.call("POST", `${path}/publish`, { source: retries(2) });
  await product.call("POST", `${path}/publish`, { source: retries(3), share: 10 });
  await product.call("PUT", `${path}/draft`, { source: retries(0) });
  return `/enrollments/${made.enrollment_id}`;
}

/** enter signs somebody of a role in, in a browser of their own. */
async function enter({ product, open }, role) {
  const made = await product.call("POST", "/api/v1/users", { name: `Demo ${role}`, email: `${role}@clinic.example`, role });
  const link = new URL(made.link);
  const one = await open({ path: link.pathname + link.hash, expected: ["the server responded with a status of 4"] });
  await one.page.locator("input[type=password]").fill(password);
  await one.page.getByRole("button", { name: "Guardar a senha e entrar" }).click();
  await one.page.waitForURL("**/journeys");
  return one;
}

const named = (page, role, name) => page.getByRole(role, { name, exact: typeof name === "string" });

/** usable counts what can be seen and used of something. */
async function usable(found) {
  let n = 0;
  for (const one of await found.all()) if ((await one.isVisible()) && (await one.isEnabled())) n++;
  return n;
}

let passage;

export const checks = {};
for (const role of roles) {
  checks[`of what ${role}s may not do they are offered nothing, and the API says whom to ask`] = async (world) => {
    const { product, expect } = world;
    passage ??= await seed(product);
    const one = await enter(world, role);
    const { page } = one;
    const refused = [];
    page.on("response", (r) => r.status() === 403 && refused.push(`${r.request().method()} ${new URL(r.url()).pathname}`));

    const bar = page.getByRole("navigation", { name: "Seções" });
    const shown = (await bar.getByRole("link").allInnerTexts()).map((text) => text.trim());
    expect.deepEqual(shown, Object.keys(sections).filter((name) => sections[name].includes(role)));
    await bar.getByRole("note").getByText("Demo", { exact: true }).waitFor();
    await page.keyboard.press("Control+k");
    await page.getByRole("dialog").getByRole("option").first().waitFor();
    expect.equal(await page.getByRole("option", { name: "Canais", exact: true }).count(), sections.Canais.includes(role) ? 1 : 0);
    await page.keyboard.press("Escape");

    const wrong = [];
    for (const [path, list] of Object.entries(offers)) {
      await page.goto(product.address + (path === "passage" ? passage : path));
      await one.settle();
      for (const [what, name, who] of list) {
        const found = named(page, what, name);
        if (who.includes(role)) {
          await found.first().waitFor().catch(() => wrong.push(`${path}: there is no ${what} ${name}`));
        } else if ((await usable(found)) > 0) {
          wrong.push(`${path}: there is a ${what} ${name}`);
        }
      }
      if (!(await page.getByRole("main").innerText()).trim()) wrong.push(`${path} is empty`);
      if (path === "/channels") await one.picture(`channels-of-${role}`);
    }
    expect.deepEqual(wrong, []);
    expect.deepEqual(refused, [], "no page asks for what its reader may not see");

    for (const [method, path, who] of calls) {
      if (who.includes(role)) continue;
      const answer = await page.evaluate(
        async ([method, path]) => {
          const said = ["POST", "PUT"].includes(method) ? { "Content-Type": "application/json" } : undefined;
          const r = await fetch(path, { method, headers: { "Accept-Language": "pt-BR", ...said }, ...(said && { body: "{}" }) });
          return { status: r.status, error: (await r.json()).error };
        },
        [method, path],
      );
      expect.equal(answer.status, 403, `${method} ${path} answers ${answer.status}`);
      expect.match(answer.error.message, /^o seu papel não permite isto: peça a quem é administrador( ou [a-z]+)*$/, `${method} ${path}`);
    }
  };
}
