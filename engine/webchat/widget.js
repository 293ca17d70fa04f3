// The chat on a web site. One tag loads it:
//
//   <script src="https://jornada.example/webchat/widget.js" data-integration="chat"
//           data-title="Clínica Centro" data-locale="pt-BR" async></script>
//
// It draws into a shadow root, so that the page's styles and its own do not meet,
// and shows every text as text. It keeps one thing: the visitor's token.
(() => {
  "use strict";
  const tag = document.currentScript;
  const integration = tag && tag.dataset.integration;
  if (!integration || document.getElementById("jornada-webchat")) return;

  const base = new URL(".", tag.src).href + encodeURIComponent(integration) + "/";
  const locale = (tag.dataset.locale || document.documentElement.lang || navigator.language || "pt-BR").toLowerCase();
  const english = locale.startsWith("en");
  const words = english ? {
    open: "Open chat", close: "Close chat", title: "Chat", write: "Write a message", send: "Send", log: "Conversation",
    you: "You", us: "Us", empty: "How can we help?", offline: "No connection. Trying again…", fast: "One moment: too many messages at once.",
    failed: "Not sent. Send again", long: "This message is too long.", gone: "This chat is not available now.",
    picture: "Picture", file: "Open the file", unread: "new messages", options: "Answers",
  } : {
    open: "Abrir o chat", close: "Fechar o chat", title: "Chat", write: "Escreva uma mensagem", send: "Enviar", log: "Conversa",
    you: "Você", us: "Nós", empty: "Como podemos ajudar?", offline: "Sem conexão. Tentando de novo…", fast: "Um momento: muitas mensagens de uma vez.",
    failed: "Não enviada. Enviar de novo", long: "Esta mensagem é longa demais.", gone: "Este chat não está disponível agora.",
    picture: "Imagem", file: "Abrir o arquivo", unread: "mensagens novas", options: "Respostas",
  };
  const title = tag.dataset.title || words.title;
  const textMax = 4000;

  // --- what is kept ---------------------------------------------------------
  const place = "jornada-webchat:" + base;
  let token = "";
  try { token = localStorage.getItem(place) || ""; } catch { /* kept for this page only */ }
  const keep = (value) => {
    token = value;
    try { localStorage.setItem(place, value); } catch { /* private window */ }
  };

  // A link of ours says who the visitor is; its word does not stay in the address.
  const here = new URL(location.href);
  const invitation = here.searchParams.get("jornada") || "";
  if (invitation) {
    here.searchParams.delete("jornada");
    history.replaceState(history.state, "", here.href);
  }

  // --- drawing --------------------------------------------------------------
  const make = (name, attributes = {}, ...children) => {
    const node = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (key === "text") node.textContent = value;
      else if (value !== false && value != null) node.setAttribute(key, value === true ? "" : value);
    }
    node.append(...children);
    return node;
  };
  const host = make("div", { id: "jornada-webchat", lang: english ? "en" : "pt-BR" });
  const root = host.attachShadow({ mode: "open" });
  const style = new CSSStyleSheet();
  style.replaceSync(`
    :host { all: initial; }
    * { box-sizing: border-box; font: 16px/1.45 system-ui, sans-serif; }
    [hidden] { display: none !important; }
    .open, .panel { position: fixed; right: 16px; z-index: 2147483000; }
    .open { bottom: 16px; min-width: 56px; height: 56px; padding: 0 18px; border: 0; border-radius: 28px; background: #0b6e4f; color: #fff; cursor: pointer; box-shadow: 0 4px 16px #0004; }
    .panel { bottom: 84px; display: flex; flex-direction: column; width: min(380px, calc(100vw - 32px)); height: min(560px, calc(100vh - 110px)); background: #fff; color: #1b1f1d; border: 1px solid #c8d0cc; border-radius: 14px; overflow: hidden; box-shadow: 0 8px 32px #0004; }
    header { display: flex; align-items: center; gap: 8px; padding: 10px 14px; background: #0b6e4f; color: #fff; }
    header h2 { flex: 1; margin: 0; font-size: 17px; font-weight: 600; overflow-wrap: anywhere; }
    header button { width: 44px; height: 44px; border: 0; border-radius: 8px; background: transparent; color: inherit; font-size: 22px; cursor: pointer; }
    .log { flex: 1; overflow-y: auto; padding: 14px; }
    ol { display: flex; flex-direction: column; gap: 8px; margin: 0; padding: 0; list-style: none; }
    li { max-width: 86%; padding: 8px 12px; border-radius: 12px; background: #eef2f0; align-self: flex-start; }
    li.mine { align-self: flex-end; background: #d3efe2; }
    li p { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; }
    li a { color: #06553b; }
    li img { display: block; max-width: 100%; height: auto; border-radius: 8px; margin-top: 6px; }
    time { display: block; margin-top: 2px; font-size: 12px; color: #55605b; }
    .choices { display: flex; flex-wrap: wrap; gap: 6px; margin-top: 8px; }
    .choices button, .again { min-height: 40px; padding: 6px 14px; border: 1px solid #0b6e4f; border-radius: 20px; background: #fff; color: #06553b; cursor: pointer; }
    .choices button:disabled { border-color: #9aa5a0; color: #55605b; cursor: default; }
    .choices button[aria-pressed="true"] { background: #0b6e4f; color: #fff; }
    .status { margin: 0; padding: 0 14px; font-size: 14px; color: #7a2e00; }
    form { display: flex; gap: 8px; padding: 10px; border-top: 1px solid #c8d0cc; }
    textarea { flex: 1; min-height: 44px; max-height: 120px; padding: 9px 12px; border: 1px solid #6d7a74; border-radius: 10px; background: #fff; color: inherit; resize: none; }
    form button { min-width: 64px; border: 0; border-radius: 10px; background: #0b6e4f; color: #fff; cursor: pointer; }
    button:focus-visible, textarea:focus-visible, a:focus-visible, .log:focus-visible { outline: 3px solid #1a73e8; outline-offset: 2px; }
    .hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
    @media (max-width: 480px) { .panel { right: 0; bottom: 0; width: 100vw; height: 100dvh; border: 0; border-radius: 0; } }
    @media (prefers-color-scheme: dark) {
      .panel { background: #18201d; color: #eef2f0; border-color: #3a4641; }
      li { background: #26312d; } li.mine { background: #14503b; } li a { color: #8fe0bd; } time { color: #b4c0ba; }
      .choices button, .again, textarea { background: #18201d; color: #d3efe2; border-color: #6fae95; }
      form { border-color: #3a4641; } .status { color: #ffb38a; }
    }
  `);
  root.adoptedStyleSheets = [style];

  const launcher = make("button", { type: "button", class: "open", "aria-expanded": "false", "aria-controls": "panel", text: words.open });
  const list = make("ol");
  const empty = make("p", { text: words.empty });
  const log = make("div", { class: "log", role: "log", "aria-live": "polite", "aria-relevant": "additions", "aria-label": words.log, tabindex: "0" }, empty, list);
  const status = make("p", { class: "status", role: "status" });
  const area = make("textarea", { id: "text", rows: "1", maxlength: String(textMax), autocomplete: "off", enterkeyhint: "send" });
  const form = make("form", {}, make("label", { class: "hidden", for: "text", text: words.write }), area, make("button", { type: "submit", text: words.send }));
  area.placeholder = words.write;
  const shut = make("button", { type: "button", "aria-label": words.close, text: "×" });
  const panel = make("section", { id: "panel", class: "panel", role: "dialog", "aria-labelledby": "title", hidden: true },
    make("header", {}, make("h2", { id: "title", text: title }), shut), log, status, form);
  root.append(launcher, panel);

  // --- the conversation -----------------------------------------------------
  const drawn = new Map(); // id -> li
  let unread = 0;
  const web = (address) => {
    try { const u = new URL(address); return u.protocol === "https:" || u.protocol === "http:" ? u.href : ""; } catch { return ""; }
  };
  const link = (address, text) => make("a", { href: address, target: "_blank", rel: "noopener noreferrer", text });
  // Addresses in a text become links; everything else stays text.
  const paragraph = (text) => {
    const p = make("p");
    for (const part of text.split(/(https?:\/\/[^\s<>"]+)/)) {
      const address = /^https?:\/\//.test(part) ? web(part) : "";
      p.append(address ? link(address, part) : part);
    }
    return p;
  };
  const draw = (item) => {
    if (drawn.has(item.id)) return false;
    const li = make("li", { class: item.mine ? "mine" : false }, make("span", { class: "hidden", text: (item.mine ? words.you : title) + ": " }));
    if (item.text) li.append(paragraph(item.text));
    const address = item.media && web(item.media.url);
    if (address && item.media.kind === "image") li.append(make("img", { src: address, alt: words.picture, loading: "lazy", referrerpolicy: "no-referrer" }));
    else if (address) li.append(link(address, words.file));
    if (item.choices) {
      const group = make("div", { class: "choices", role: "group", "aria-label": words.options });
      for (const c of item.choices) {
        const button = make("button", { type: "button", text: c.title });
        button.addEventListener("click", () => tap(item.id, c, button, group));
        group.append(button);
      }
      li.append(group);
    }
    const at = new Date(item.at);
    if (!isNaN(at)) li.append(make("time", { datetime: at.toISOString(), text: at.toLocaleTimeString(locale, { hour: "2-digit", minute: "2-digit" }) }));
    drawn.set(item.id, li);
    list.append(li);
    empty.hidden = true;
    log.scrollTop = log.scrollHeight;
    return true;
  };
  const badge = () => { launcher.textContent = unread > 0 && panel.hidden ? `${words.open} (${unread} ${words.unread})` : panel.hidden ? words.open : words.close; };

  // --- calls ----------------------------------------------------------------
  const say = (text) => { if (status.textContent !== text) status.textContent = text; };
  const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
  const ask = async (path, method, body, signal) => {
    const headers = {};
    if (token) headers.Authorization = "Bearer " + token;
    if (body) headers["Content-Type"] = "application/json";
    return fetch(base + path, { method, headers, body: body && JSON.stringify(body), signal, credentials: "omit", referrerPolicy: "no-referrer", cache: "no-store" });
  };
  let asking; // one session for all who ask at once
  const session = () => {
    asking ||= (async () => {
      const answer = await ask("session", "POST", { invitation });
      if (!answer.ok) throw new Error(String(answer.status));
      keep((await answer.json()).token);
    })().finally(() => { asking = undefined; });
    return asking;
  };
  const newID = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");

  // A message is repeated with the id it had: the second has no effect.
  const send = async (body) => {
    for (let tries = 0; tries < 4; tries++) {
      try {
        if (!token) await session();
        const answer = await ask("messages", "POST", body);
        if (answer.ok) { say(""); return true; }
        if (answer.status === 401) { token = ""; continue; }
        if (answer.status === 429) { say(words.fast); await sleep(1000 * Math.min(30, Number(answer.headers.get("Retry-After")) || 2)); continue; }
        if (answer.status < 500) { say(answer.status === 422 ? words.long : words.gone); return false; }
      } catch { /* the network */ }
      say(words.offline);
      await sleep(1000 * 2 ** tries);
    }
    return false;
  };
  const speak = async (item, body) => {
    draw({ ...item, mine: true, at: new Date().toISOString() });
    start();
    if (await send(body)) return true;
    const li = drawn.get(item.id);
    const again = make("button", { type: "button", class: "again", text: words.failed });
    again.addEventListener("click", async () => { again.disabled = true; if (await send(body)) again.remove(); else again.disabled = false; });
    li.append(again);
    return false;
  };
  const tap = async (id, c, button, group) => {
    for (const other of group.children) other.disabled = true;
    button.setAttribute("aria-pressed", "true");
    area.focus();
    const own = newID();
    await speak({ id: own, text: c.title }, { id: own, message_id: id, option: c.id });
  };

  let running = false;
  const start = async () => {
    if (running) return;
    running = true;
    let have = "", pause = 1, first = true;
    for (;;) {
      try {
        if (!token) await session();
        const answer = await ask("messages?have=" + encodeURIComponent(have), "GET");
        if (answer.status === 401) { token = ""; await sleep(1000 * pause); pause = Math.min(60, pause * 2); continue; }
        if (answer.status === 403 || answer.status === 404) { say(words.gone); return; }
        if (answer.status === 200) {
          const news = await answer.json();
          have = news.mark;
          let fresh = 0;
          for (const item of news.items) if (draw(item) && !item.mine) fresh++;
          if (!first && panel.hidden) unread += fresh;
          first = false;
          badge();
        } else if (answer.status !== 204) {
          throw new Error(answer.headers.get("Retry-After") || "");
        }
        if (status.textContent === words.offline) say("");
        pause = 1;
      } catch (e) {
        say(words.offline);
        await sleep(1000 * Math.max(Number(e.message) || 0, pause));
        pause = Math.min(60, pause * 2);
      }
    }
  };

  // --- hands ----------------------------------------------------------------
  const toggle = (open) => {
    panel.hidden = !open;
    launcher.setAttribute("aria-expanded", String(open));
    if (open) { unread = 0; start(); area.focus(); log.scrollTop = log.scrollHeight; } else launcher.focus();
    badge();
  };
  launcher.addEventListener("click", () => toggle(panel.hidden));
  shut.addEventListener("click", () => toggle(false));
  panel.addEventListener("keydown", (e) => { if (e.key === "Escape") { e.stopPropagation(); toggle(false); } });
  area.addEventListener("keydown", (e) => {
    if (e.key === "Enter" && !e.shiftKey && !e.isComposing) { e.preventDefault(); form.requestSubmit(); }
  });
  form.addEventListener("submit", (e) => {
    e.preventDefault();
    const text = area.value.trim();
    if (!text) return;
    area.value = "";
    const id = newID();
    speak({ id, text }, { id, text });
  });

  const put = async () => {
    document.body.append(host);
    if (invitation) { try { await session(); } catch { say(words.offline); } }
    if (token) start(); // who was here before hears of answers with the chat closed
    if (tag.dataset.open === "true") toggle(true);
  };
  if (document.body) put(); else document.addEventListener("DOMContentLoaded", put);
})();
