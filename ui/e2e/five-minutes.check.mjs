// A whole journey by hand, as somebody does who has never seen YAML: from the list of
// journeys to people who get messages, in few moves of the pointer.
import { delivered } from "./delivered.mjs";

const most = 25; // clicks, drags, turns of the wheel
const plus = `.react-flow__node[data-id='+["steps",2,"branches","confirmed"].0'] button`;

export const checks = {
  "from nothing to a published and tested journey in twenty-five moves of the pointer": async ({ product, open, expect }) => {
    const { page, settle, picture } = await open({ path: "/journeys" });
    let moves = 0;
    const click = async (target) => {
      moves++;
      await target.click();
    };
    const button = (name, within = page) => within.getByRole("button", { name, exact: typeof name === "string" });
    const choose = async (question, answer) => {
      await click(page.locator("input").and(page.getByLabel(question)));
      await click(page.getByRole("option", { name: answer, exact: true }));
    };
    const problems = (n) => page.getByText(n === 0 ? "Nenhum problema" : `${n} problema${n > 1 ? "s" : ""}`, { exact: true }).waitFor();
    const bubble = (text) => page.locator(".play-bubble", { hasText: text });
    const mark = (name) => page.getByRole("group", { name });
    await settle();

    // Three questions.
    await click(button("Nova jornada"));
    await choose("De onde vem a consulta?", "appointment.scheduled");
    await choose("Quando perguntar?", "24 horas antes");
    await choose("E quem não responde?", "Lembrar uma vez e passar para uma pessoa");
    await picture("five-minutes-1-questions");
    await click(button("Criar"));
    await page.waitForURL("**/journeys/confirmar_consulta");

    // What only a person knows: F8 leads from field to field.
    await problems(3);
    for (const left of [2, 1]) {
      await page.keyboard.press("F8");
      await page.waitForFunction(() => document.activeElement?.getAttribute("aria-label") === "Buscar modelo");
      if (left === 2) await picture("five-minutes-2-template");
      await click(button(/^appointment_confirm\b/));
      await problems(left);
    }
    await page.locator(".inspector .phone").getByText("Podemos confirmar?").waitFor();
    await page.keyboard.press("F8");
    await page.waitForFunction(() => document.activeElement === document.querySelector(".inspector select[aria-invalid=true]"));
    moves += 2; // to open the list, and to choose
    await page.getByLabel("Fila", { exact: true }).selectOption("reception");
    await problems(0);
    await picture("five-minutes-3-mended");

    // A message more, where it belongs.
    moves++;
    await page.locator(".canvas").hover({ position: { x: 300, y: 300 } });
    await page.mouse.wheel(-450, -450);
    await click(page.locator(plus));
    const [pressed, palette] = [await page.locator(plus).boundingBox(), await page.getByRole("dialog").boundingBox()];
    expect.ok(Math.abs(palette.x - pressed.x) < 60 && Math.abs(palette.y - pressed.y) < 60 + palette.height, `the palette is where the + is: ${JSON.stringify({ palette, pressed })}`);
    await page.keyboard.type("mens");
    await picture("five-minutes-4-palette");
    await page.keyboard.press("Enter");
    await click(page.locator(".inspector").getByText("Texto livre", { exact: true }));
    await page.waitForFunction(() => document.activeElement?.tagName === "TEXTAREA");
    await page.keyboard.type("Combinado! Estamos na Rua das Flores, 120.");
    await page.getByText(/Janela provada aberta/).waitFor();
    await problems(0);
    await picture("five-minutes-5-message");

    // Played: who answers, and who does not.
    await click(page.getByRole("link", { name: "Simular" }));
    await page.getByText("Esperando em Esperar até a hora de perguntar").waitFor();
    await click(button("Até acontecer algo"));
    await bubble("Podemos confirmar?").waitFor();
    await mark("Pergunta: Pedir confirmação, espera aqui").waitFor();
    await click(button("Confirmar", page.locator(".play-phone")));
    await bubble("Rua das Flores").waitFor();
    await mark("Mensagem: Mensagem, passou").waitFor();
    await page.locator(".chip", { hasText: "✓ Confirmar" }).waitFor();
    await picture("five-minutes-6-confirmed");
    await click(button("Voltar um passo"));
    await bubble("Rua das Flores").waitFor({ state: "detached" });
    await click(button("Sem resposta"));
    await bubble("Podemos confirmar?").nth(1).waitFor();
    await mark("Pergunta: Lembrar, espera aqui").waitFor();
    await picture("five-minutes-7-reminded");
    await click(button("Sem resposta"));
    await page.getByText("Esperando em Passar para a equipe").waitFor();
    await click(page.getByLabel("Nome do teste"));
    await page.keyboard.type("sem resposta → recepção");
    await click(button("Salvar como teste"));
    await page.getByText("Teste salvo").waitFor();

    // Live.
    await click(page.getByRole("link", { name: "Publicar" }));
    await page.getByText("Jornada nova").waitFor();
    await page.getByText("1 de 1 testes passaram.").waitFor();
    await picture("five-minutes-8-publish");
    await click(button("Publicar", page.getByRole("main")));
    await page.getByText("Publicada: versão 1.").waitFor();

    expect.ok(moves <= most, `${moves} moves of the pointer`);
    const { source, tests, tested } = await delivered(product, "confirmar_consulta");
    expect.match(source, /^# Pergunta antes da consulta/);
    expect.ok(source.indexOf("Rua das Flores, 120.") < source.indexOf("id: end_confirmed") && source.indexOf("Rua das Flores") > 0, source);
    expect.equal(source.match(/template: "?appointment_confirm\b/g)?.length, 2);
    expect.match(tests, /name: sem resposta → recepção/);
    expect.match(tested, /^1 tests played, 0 failed/);
  },
};
