// Connecting a channel without a manual: against a gateway of SMS, and a stand-in for
// WhatsApp, that this file plays itself.
import { createServer } from "node:http";

/** standIn answers everything with success, and keeps what it was asked. */
async function standIn() {
  const asked = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (d) => (body += d));
    request.on("end", () => {
      asked.push({ method: request.method, url: request.url, key: request.headers["x-key"], body });
      response.setHeader("Content-Type", "application/json");
      response.end(JSON.stringify({ id: "106540352242922", messages: [{ id: "wamid.DEMO" }], data: [] }));
    });
  });
  await new Promise((r) => server.listen(0, "127.0.0.1", r));
  return { asked, address: `http://127.0.0.1:${server.address().port}`, stop: () => server.close() };
}

/** wizard opens the dialog at a provider's form. */
async function wizard(one, channel, provider) {
  const { page } = one;
  await one.settle();
  await page.getByRole("button", { name: "Conectar canal" }).first().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Por onde").first().click();
  await page.getByRole("option", { name: channel, exact: true }).click();
  await dialog.getByRole("button", { name: new RegExp(`^${provider}`) }).click();
  return dialog;
}

const ids = async (product) => (await product.call("GET", "/api/v1/integrations")).items.map((i) => i.id).sort();

export const checks = {
  "a gateway is connected, tested, and sends a message to oneself; later its form keeps the secret": async ({ product, open, expect }) => {
    const gateway = await standIn();
    const before = await ids(product);
    const one = await open({ path: "/channels", expected: ["422"] });
    const { page } = one;
    const dialog = await wizard(one, "SMS", "HTTP");
    await dialog.getByRole("button", { name: "Conectar", exact: true }).click();
    await dialog.getByText("Falta preencher.", { exact: true }).first().waitFor();
    await dialog.getByLabel("Endereço do gateway").fill(gateway.address);
    await dialog.getByLabel("Caminho", { exact: true }).fill("send");
    await dialog.getByLabel("Corpo", { exact: true }).fill('{"to": "{to}", "text": "{text}"}');
    await dialog.getByLabel("Cabeçalho", { exact: true }).fill("X-Key");
    await dialog.getByRole("button", { name: "Adicionar: Cabeçalho" }).click();
    await dialog.getByLabel("Cabeçalho: X-Key", { exact: true }).fill("{secret.chave}");
    await dialog.getByLabel("Segredo do gateway", { exact: true }).fill("chave");
    await dialog.getByRole("button", { name: "Adicionar: Segredo do gateway" }).click();
    await dialog.locator("input[name='secrets.chave']").fill("canary-secret");
    await dialog.getByLabel("Caminho do teste").fill("/balance");
    await dialog.getByRole("button", { name: "Conectar", exact: true }).click();
    await dialog.getByText("Caminho (settings.path): este valor não serve.").waitFor();
    expect.deepEqual(await one.accessible(), []);
    await one.picture("wizard-refused");
    await dialog.getByLabel("Caminho", { exact: true }).fill("/send");
    await dialog.getByRole("button", { name: "Conectar", exact: true }).click();
    await dialog.getByRole("heading", { name: "No provedor" }).waitFor();
    expect.match(await dialog.getByLabel("Endereço de webhook", { exact: true }).inputValue(), /\/webhooks\/sms_http$/);
    await dialog.getByRole("button", { name: "Testar conexão" }).click();
    await dialog.getByText("o provedor responde e aceita as credenciais").waitFor();
    expect.deepEqual(gateway.asked.map((a) => [a.method, a.url, a.key]), [["GET", "/balance", "canary-secret"]]);
    await dialog.getByLabel("Seu telefone").fill("(11) 90000-0009");
    await dialog.getByRole("textbox", { name: "Texto", exact: true }).fill("Oi de teste");
    await dialog.getByRole("button", { name: "Enviar teste" }).click();
    await dialog.getByText("o provedor aceitou a mensagem").waitFor();
    expect.deepEqual(gateway.asked[1], { method: "POST", url: "/send", key: "canary-secret", body: '{"to": "+5511900000009", "text": "Oi de teste"}' });
    expect.deepEqual(await one.accessible(), []);
    await one.picture("wizard-done");
    await dialog.getByRole("button", { name: "Concluir" }).click();
    await page.getByRole("button", { name: "Alterar sms_http" }).click();
    expect.equal(await dialog.locator("input[name='secrets.chave']").inputValue(), "");
    await dialog.getByText(/Definido (em|entre) /).first().waitFor();
    expect.deepEqual(await one.accessible(), []);
    await one.picture("wizard-edit");
    await dialog.getByLabel("Caminho", { exact: true }).fill("/v2/send");
    await dialog.getByRole("button", { name: "Salvar" }).click();
    await dialog.getByRole("heading", { name: "No provedor" }).waitFor();
    const kept = await product.call("GET", "/api/v1/integrations/sms_http");
    expect.deepEqual([kept.settings.path, kept.settings.base_url, kept.secrets_set], ["/v2/send", gateway.address, ["chave"]]);
    expect.deepEqual(await ids(product), [...before, "sms_http"].sort());
    gateway.stop();
  },
  "on WhatsApp a closed window says why, and the secrets that were made up are shown once": async ({ product, open, expect }) => {
    const meta = await standIn();
    const one = await open({ path: "/channels", theme: "dark", expected: ["409"] });
    const dialog = await wizard(one, "WhatsApp", "Meta");
    await dialog.getByLabel("ID do número de telefone").fill("106540352242922");
    await dialog.locator("input[name='secrets.token']").fill("canary-token");
    await dialog.locator("input[name='secrets.app_secret']").fill("canary-app-secret");
    await dialog.getByRole("button", { name: "Gerar Token de verificação" }).click();
    const made = await dialog.locator("input[name='secrets.verify_token']").inputValue();
    expect.match(made, /^[0-9a-f]{32}$/);
    await dialog.locator("summary").click();
    await dialog.getByLabel("Endereço da API").fill(meta.address);
    await dialog.getByRole("switch").uncheck();
    expect.deepEqual(await one.accessible(), []);
    await one.picture("wizard-meta");
    await dialog.getByRole("button", { name: "Conectar", exact: true }).click();
    expect.equal(await dialog.getByLabel(/^Token de verificação/).inputValue(), made);
    await dialog.getByLabel("Seu telefone").fill("+55 11 90000-0008");
    await dialog.getByRole("button", { name: "Enviar teste" }).click();
    await dialog.getByText("texto livre só pode ir até 24 horas depois que a pessoa escreveu").waitFor();
    expect.deepEqual(meta.asked.filter((a) => a.method === "POST"), []);
    expect.deepEqual(await one.accessible(), []);
    await one.picture("wizard-window");
    await product.call("POST", "/api/v1/integrations/whatsapp_meta/disable");
    meta.stop();
  },
  "a wizard that is closed in the middle leaves nothing behind": async ({ product, open, expect }) => {
    const before = await ids(product);
    const one = await open({ path: "/channels" });
    const dialog = await wizard(one, "E-mail", "SMTP");
    await dialog.getByLabel("Servidor", { exact: true }).fill("mail.clinic.example");
    await one.page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    expect.deepEqual(await ids(product), before);
    expect.ok(!(await one.page.evaluate(() => JSON.stringify({ ...localStorage }))).includes("mail.clinic.example"));
  },
  "hours, a queue and a field are changed in the file, whose comments stay": async ({ product, open, expect }) => {
    const text = async () => (await product.call("GET", "/api/v1/workspace/files")).files["workspace.yaml"];
    const before = await text();
    const one = await open({ path: "/settings/hours" });
    const { page } = one;
    await one.settle();
    await page.getByRole("button", { name: "Alterar business_hours" }).click();
    await page.getByLabel("Das").fill("07:30");
    await page.getByRole("button", { name: "Salvar" }).click();
    await page.getByRole("cell", { name: "07:30" }).waitFor();
    await page.getByLabel("Nova fila").fill("billing_desk");
    await page.getByRole("button", { name: "Adicionar", exact: true }).click();
    await page.getByText("billing_desk").waitFor();
    await one.picture("settings-hours");
    await page.getByRole("tab", { name: "Campos e eventos" }).click();
    await page.getByLabel("Novo campo").fill("plan");
    await page.getByRole("button", { name: "Adicionar", exact: true }).click();
    await page.getByRole("cell", { name: "plan", exact: true }).waitFor();
    await one.picture("settings-schema");
    expect.equal(await text(), before.replace('from: "08:00"', 'from: "07:30"').replace("customer_success]", "customer_success, billing_desk]").replace("  last_nps: int?\n", "  last_nps: int?\n  plan: string?\n"));
  },
};
