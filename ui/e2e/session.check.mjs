// Signing in: a person is made, chooses a password behind the link, and does what
// their role may.

/** elsewhere makes a page believe that it is not opened at the machine itself. */
const elsewhere = (page, change = {}) =>
  page.route("**/api/v1/session", async (route) => {
    const answer = await route.fetch();
    if (!answer.ok() || answer.status() === 204) return route.fulfill({ response: answer });
    return route.fulfill({ response: answer, json: { ...(await answer.json()), local: false, ...change } });
  });

async function author(product, name) {
  const email = `${name.toLowerCase()}@clinic.example`;
  const made = await product.call("POST", "/api/v1/users", { name, email, role: "author" });
  const answer = await fetch(`${product.address}/api/v1/session`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Origin: product.address },
    body: JSON.stringify({ link: new URL(made.link).hash.slice(1), password }),
  });
  if (answer.status !== 201) throw new Error(`${answer.status} ${await answer.text()}`);
  return email;
}

const password = "four words that fit";

export const checks = {
  "whoever is not signed in is asked for a password, in both languages and themes": async ({ open, expect }) => {
    for (const language of ["pt-BR", "en"]) {
      for (const theme of ["light", "dark"]) {
        const one = await open({ path: "/welcome", language, theme });
        await elsewhere(one.page, { signed_in: false, scopes: [], setup: true });
        await one.page.goto(new URL("/journeys", one.page.url()).href);
        await one.page.getByRole("button", { name: language === "en" ? "Sign in" : "Entrar" }).waitFor();
        await one.picture(`sign-in-${language}-${theme}`);
        expect.deepEqual(await one.accessible(), []);
      }
    }
  },
  "a session that ends asks for the password above the page, and keeps what was written": async ({ product, open, expect }) => {
    const email = await author(product, "Eva");
    const one = await open({ path: "/welcome", language: "en", expected: ["401"] });
    const { page } = one;
    await elsewhere(page);
    await page.context().clearCookies();
    await page.goto(`${product.address}/settings/files`);
    await page.getByLabel("E-mail").fill(email);
    await page.locator("input[type=password]").fill(password);
    await page.getByRole("button", { name: "Sign in" }).click();
    const text = page.getByRole("textbox", { name: "workspace.yaml" });
    await text.fill("workspace: written_meanwhile\n");
    await page.context().clearCookies();
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("dialog").getByText("Your session is over").waitFor();
    expect.deepEqual(await one.accessible(), []);
    await page.locator("input[type=password]").fill(password);
    await page.getByRole("dialog").getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
    expect.equal(await text.inputValue(), "workspace: written_meanwhile\n");
  },
  "a viewer chooses a password, sees journeys, and is offered nothing they may not do": async ({ product, open, expect }) => {
    const made = await product.call("POST", "/api/v1/users", { name: "Vera", email: "vera@clinic.example", role: "viewer" });
    const link = new URL(made.link);
    const { page } = await open({ path: link.pathname + link.hash });
    await page.locator("input[type=password]").fill("quatro palavras sem relacao");
    expect.equal(await page.evaluate(() => location.hash), "", "the secret has left the address");
    await page.getByRole("button", { name: "Guardar a senha e entrar" }).click();
    await page.waitForURL("**/journeys");
    await page.getByRole("link", { name: "Confirmação de consulta" }).first().waitFor();
    expect.equal(await page.getByRole("button", { name: "Nova jornada" }).count(), 0);
    expect.equal(await page.getByRole("link", { name: "Canais" }).count(), 0);
    await page.getByRole("link", { name: "Confirmação de consulta" }).first().click();
    await page.getByRole("group", { name: "Pergunta: confirm" }).press("Delete");
    await page.getByText("Só leitura").waitFor();
    expect.equal(await page.getByRole("group", { name: "Pergunta: confirm" }).count(), 1);
    expect.equal(await page.getByRole("button", { name: /^Adicionar passo|^Excluir|^Desfazer/ }).count(), 0);
    const cookie = (await page.context().cookies()).find((c) => c.name === "jornada_session");
    expect.ok(cookie?.httpOnly && cookie.sameSite === "Lax", JSON.stringify({ ...cookie, value: "" }));
  },
  "one's own password is changed with the old one, and the other browsers are out": async ({ product, open, expect }) => {
    const email = await author(product, "Otto");
    const login = async (expected) => {
      const one = await open({ path: "/welcome", language: "en", expected });
      await elsewhere(one.page);
      await one.page.context().clearCookies();
      await one.page.goto(`${product.address}/settings/password`);
      return one;
    };
    const enter = async ({ page }, word) => {
      await page.getByLabel("E-mail").fill(email);
      await page.locator("input[type=password]").fill(word);
      await page.getByRole("button", { name: "Sign in" }).click();
    };
    const here = await login(["422"]);
    await enter(here, password);
    const there = await login(["401"]);
    await enter(there, password);
    await there.page.getByRole("textbox", { name: "New password" }).waitFor();
    await here.page.getByRole("textbox", { name: "Password you have now" }).fill("not this one at all");
    await here.page.getByRole("textbox", { name: "New password" }).fill("five words that fit well");
    await here.page.getByRole("button", { name: "Change the password" }).click();
    await here.page.getByText("this is not the password you have now").waitFor();
    await here.page.getByRole("textbox", { name: "Password you have now" }).fill(password);
    await here.page.getByRole("button", { name: "Change the password" }).click();
    await here.page.getByText("The password was changed.").waitFor();
    expect.deepEqual(await here.accessible(), []);
    await here.page.reload();
    await here.page.getByRole("textbox", { name: "New password" }).waitFor();
    await there.page.reload();
    await enter(there, "five words that fit well");
    await there.page.getByRole("textbox", { name: "New password" }).waitFor();
  },
  "a link works once": async ({ product, open }) => {
    const made = await product.call("POST", "/api/v1/users", { name: "Ute", email: "ute@clinic.example", role: "author" });
    const secret = new URL(made.link).hash.slice(1);
    const used = await fetch(`${product.address}/api/v1/session`, {
      method: "POST",
      headers: { "Content-Type": "application/json", Origin: product.address },
      body: JSON.stringify({ link: secret, password }),
    });
    if (used.status !== 201) throw new Error(`${used.status} ${await used.text()}`);
    const { page } = await open({ path: `/welcome#${secret}`, language: "en", expected: ["410"] });
    await page.locator("input[type=password]").fill(password);
    await page.getByRole("button", { name: "Keep the password and sign in" }).click();
    await page.getByRole("alert").getByText("ask an administrator for a new one").waitFor();
  },
};
