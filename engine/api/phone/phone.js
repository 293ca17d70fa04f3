// The demo phone. It draws what /dev/outbox says and sends back what the person
// does; it keeps nothing but the language and whose phone it is.
import { words } from "/phone/words.js";

const $ = (id) => document.getElementById(id);
// The address may name whose phone it is, and the channel: /phone#ana/sms.
const [linked, linkedChannel] = decodeURIComponent(location.hash.slice(1)).split("/");
const state = { language: localStorage.getItem("language") || "pt-BR", contact: linked || localStorage.getItem("contact") || "", channel: "whatsapp", linked: linkedChannel, channels: [{ channel: "whatsapp", title: "WhatsApp", window: true, templates: true, buttons: 3, list_rows: 10, quotes: true, media: true }],
  people: [], items: [], windows: {}, handoffs: [], clock: null, clinic: false, seen: {}, drawn: "", sending: false };
const say = () => words[state.language];
// about is what the medium of a channel can do, as the server says.
const about = (channel) => state.channels.find((c) => c.channel === channel) ?? state.channels[0];

// el builds an element; text is always text, never markup.
function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (key === "class") node.className = value;
    else if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children.filter((c) => c !== null && c !== undefined && c !== false));
  return node;
}

// ---- the server

async function call(method, path, body, type = "application/json") {
  const answer = await fetch(path, { method, headers: { "Accept-Language": state.language, ...(body === undefined ? {} : { "Content-Type": type }) }, body });
  const data = answer.status === 204 ? null : await answer.json();
  if (!answer.ok) throw Object.assign(new Error(data?.error?.message || answer.statusText), { refused: true, code: data?.error?.code });
  return data;
}
const post = (path, body) => call("POST", path, JSON.stringify(body));

async function attempt(work, done) {
  try { await work(); if (done) toast(done); } catch (error) { toast(error.refused ? error.message : say().offline); }
}

let toastTimer;
function toast(text) {
  $("toast").textContent = text;
  $("toast").classList.add("on");
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => $("toast").classList.remove("on"), 4500);
}

// every runs a read again and again, never twice at once, and not while nobody looks.
function every(ms, work) {
  const turn = async () => {
    if (!document.hidden) {
      try { await work(); $("offline").hidden = true; } catch (error) { if (!error.refused) $("offline").hidden = false; }
    }
    setTimeout(turn, ms);
  };
  turn();
}

// ---- time

const zone = () => state.people.find((p) => p.id === state.contact)?.timezone || state.clock?.timezone || undefined;
function format(at, options) {
  try { return new Intl.DateTimeFormat(state.language, { ...options, timeZone: zone() }).format(new Date(at)); }
  catch { return new Intl.DateTimeFormat(state.language, options).format(new Date(at)); }
}
const hour = (at) => format(at, { hour: "2-digit", minute: "2-digit" });
const dayOf = (at) => format(at, { weekday: "short", day: "2-digit", month: "2-digit" });
const moment = (at) => format(at, { weekday: "short", day: "2-digit", month: "2-digit", hour: "2-digit", minute: "2-digit" });
const dayHour = (at) => format(at, { day: "2-digit", month: "2-digit", hour: "2-digit", minute: "2-digit" });
const now = () => (state.clock ? state.clock.now + (performance.now() - state.clock.read) * state.clock.speed : Date.now());
function tick() {
  if (!state.clock) return;
  $("clock").textContent = moment(now());
  $("clock").dateTime = new Date(now()).toISOString();
  $("mini-clock").textContent = hour(now());
  $("speed").textContent = say().speed(state.clock.speed);
}

// ---- people

const fewPeople = 6; // so many are seen at a glance; more need a search
const nameOf = (p) => p.attributes.name || p.attributes.first_name || p.id;
function drawPeople() {
  const wanted = $("search").value.trim().toLowerCase();
  const list = state.people.filter((p) => !wanted || `${nameOf(p)} ${p.id} ${JSON.stringify(p.addresses)}`.toLowerCase().includes(wanted));
  const focused = document.activeElement?.dataset?.contact;
  $("people").replaceChildren(...list.map((p) => el("li", {}, el("button", {
    type: "button", "data-contact": p.id, "aria-current": p.id === state.contact ? "true" : "false", onclick: () => choose(p.id) },
    el("span", { class: "face", "aria-hidden": "true" }, String(nameOf(p)).slice(0, 1).toUpperCase()),
    el("span", {}, el("span", {}, String(nameOf(p))), el("span", { class: "sub" }, [p.addresses.phone ?? p.addresses.email ?? p.id].flat()[0], " · ", p.opt_in.whatsapp ? say().optIn : say().noOptIn))))));
  $("no-people").hidden = state.people.length > 0;
  $("search-field").hidden = state.people.length <= fewPeople;
  if (focused) $("people").querySelector(`[data-contact="${CSS.escape(focused)}"]`)?.focus();
}
function choose(id) {
  state.contact = id; state.items = []; state.seen = {}; state.drawn = "";
  localStorage.setItem("contact", id);
  drawPeople(); draw(); attempt(readOutbox); attempt(readChannels);
}

// ---- the conversation

const ticks = { accepted: "✓", sent: "✓", delivered: "✓✓", read: "✓✓", failed: "⚠", unconfirmed: "?" };
function meta(item) {
  const word = say().status[item.status];
  return el("span", { class: "meta" }, hour(item.at), item.direction === "outbound" && word
    ? el("span", { class: `ticks ${item.status === "read" ? "read" : ""} ${item.status === "failed" ? "bad" : ""}`, role: "img", "aria-label": word, title: [word, item.error_code, item.reason].filter(Boolean).join(" · ") }, ticks[item.status] ?? "") : null);
}

// rich turns addresses and **bold** into elements; everything else stays text.
function rich(text) {
  const out = [];
  let rest = 0;
  for (const m of text.matchAll(/\[([^\]\n]{1,200})\]\((https?:\/\/[^\s)]+)\)|(https?:\/\/[^\s<>"]+)|\*{1,2}([^*\n]+)\*{1,2}/g)) {
    out.push(text.slice(rest, m.index));
    const url = m[2] || m[3];
    out.push(url ? el("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, m[1] || url) : el("strong", {}, m[4]));
    rest = m.index + m[0].length;
  }
  out.push(text.slice(rest));
  return out;
}

function letter(text) {
  return text.replace(/\r/g, "").split(/\n{2,}/).filter((p) => p.trim()).map((block) => {
    const lines = block.trim().split("\n");
    if (lines.every((l) => /^\s*[-*] /.test(l))) return el("ul", {}, ...lines.map((l) => el("li", {}, ...rich(l.replace(/^\s*[-*] /, "")))));
    const heading = block.match(/^#{1,6} (.*)$/);
    return heading ? el("h4", {}, ...rich(heading[1])) : el("p", {}, ...rich(lines.join(" ")));
  });
}

function bubble(item) {
  const mail = about(item.channel).letter, content = item.content || {}, choices = content.choices || [];
  const picture = content.media?.kind === "image" && /^https?:/.test(content.media.url) ? el("img", { src: content.media.url, alt: "", loading: "lazy" }) : null;
  const file = content.media && !picture ? el("a", { href: /^https?:/.test(content.media.url) ? content.media.url : "#", target: "_blank", rel: "noopener noreferrer" }, "↧ ", content.media.url) : null;
  const place = content.location ? el("a", { class: "place", href: `https://www.google.com/maps/search/?api=1&query=${content.location.latitude}%2C${content.location.longitude}`, target: "_blank", rel: "noopener noreferrer" },
    el("span", { "aria-hidden": "true" }, "◎ "), [content.location.name, content.location.address].filter(Boolean).join(" · ") || `${content.location.latitude}, ${content.location.longitude}`) : null;
  const body = el("div", { class: "body" },
    item.direction === "outbound" && content.template ? el("span", { class: "tag" }, `${say().template}: ${content.template}`) : null, content.template && !mail ? el("br") : null,
    picture, file, place, content.reaction ? content.reaction.emoji || "—" : null, mail && item.direction === "outbound" ? el("h4", {}, content.subject || say().subjectless) : null,
    ...(mail ? letter(item.text) : rich(item.text)), content.footer ? el("small", { class: "foot" }, content.footer) : null, meta(item));
  const node = el("li", { class: `bubble ${item.direction} ${mail ? "mail" : ""} ${item.status === "failed" ? "failed" : ""}` }, body);
  const inbox = about(item.channel);
  if (/^https?:/.test(content.link?.url ?? "")) node.append(el("div", { class: "choices" }, el("a", { href: content.link.url, target: "_blank", rel: "noopener noreferrer" }, "↗ ", content.link.title)));
  if (content.form) node.append(el("div", { class: "choices" }, el("button", { type: "button", onclick: () => openAttach("form", item) }, "▤ ", content.form.title)));
  if ((choices.length > inbox.buttons || choices[0]?.section) && inbox.list_rows) node.append(el("div", { class: "choices" }, el("button", { type: "button", onclick: () => openSheet(item) }, `☰ ${say().options}`)));
  else if (choices.length) node.append(el("div", { class: "choices" }, ...choices.map((c, i) => el("button", { type: "button", onclick: () => tap(item, c) }, inbox.quotes ? c.title : `${i + 1} · ${c.title}`))));
  if (item.direction === "outbound") node.append(provider(item));
  return node;
}

// provider lets the person play the company that carries the message. A status
// never goes back, so only what can still come is offered.
const codes = { whatsapp: ["131026", "131049", "131047", "131050", "130472"], sms: ["30003", "30005", "30007"], email: ["550", "452"], chat: ["131026", "131047"] };
const still = { delivered: ["read"], read: [], failed: [] };
function provider(item) {
  const step = item.step_id ? say().why(item.step_id) : "", news = still[item.status] ?? ["delivered", "read", "failed"];
  if (!news.length) return el("p", { class: "provider" }, step);
  const code = news.includes("failed") ? el("select", { "aria-label": say().errorCode }, ...(codes[item.channel] ?? codes.chat).map((c) => el("option", {}, c))) : null;
  const mark = (status) => attempt(async () => { await post("/dev/status", { message_id: item.id, status, error_code: status === "failed" ? code.value : "" }); await readOutbox(); }, say().done);
  return el("details", { class: "provider", "data-item": item.id }, el("summary", {}, [step, say().details].filter(Boolean).join(" · ")),
    el("div", {}, ...news.filter((s) => s !== "failed").map((s) => el("button", { type: "button", onclick: () => mark(s) }, say().mark[s])), code, code && el("button", { type: "button", onclick: () => mark("failed") }, say().mark.failed)));
}

function openSheet(item) {
  $("sheet-title").textContent = item.text;
  $("sheet-rows").replaceChildren(...item.content.choices.map((c, i, all) => el("li", {}, c.section && c.section !== all[i - 1]?.section ? el("small", {}, c.section) : "", el("button", { type: "button", onclick: () => { $("sheet").close(); tap(item, c); } }, c.title))));
  $("sheet").showModal();
}
const tap = (item, choice) => attempt(async () => {
  await post("/dev/inbound", { contact_id: state.contact, channel: item.channel, option: choice.payload || choice.id, message_id: item.id });
  await readOutbox();
});

// What is drawn stays: only news is added, so that a screen reader announces a
// message once and an open menu stays open.
let drawnNodes = new Map();
const firstSteps = () => el("li", { class: "first" }, el("h3", {}, say().firstSteps), el("ol", {}, ...say().steps.map((step, i) => el("li", {}, i ? step : el("a", { href: "/dev/clinic/" }, step)))));
function sync(parent, list) {
  const next = new Map(list.map(([key, make]) => [key, drawnNodes.get(key) ?? make()]));
  drawnNodes = next;
  const nodes = [...next.values()];
  for (const old of [...parent.children]) if (!nodes.includes(old)) old.remove();
  nodes.forEach((node, i) => { if (parent.children[i] !== node) parent.insertBefore(node, parent.children[i] ?? null); });
}

// drawTabs makes a tab for every channel that exists. They stay while the list does,
// so that nobody loses the one they stand on.
let tabsDrawn = "";
function drawTabs() {
  const signature = JSON.stringify(state.channels.map((c) => [c.channel, c.title]));
  if (signature === tabsDrawn) return;
  tabsDrawn = signature;
  const focused = document.activeElement?.closest("#tabs") ? document.activeElement.dataset.channel : "";
  $("tabs").replaceChildren(...state.channels.map((c) => el("button", { role: "tab", type: "button", id: `tab-${c.channel}`, "data-channel": c.channel, "aria-controls": "conversation",
    onclick: () => { state.channel = c.channel; draw(); }, onkeydown: moveTab }, el("span", {}, c.title.charAt(0).toUpperCase() + c.title.slice(1)), el("b", { class: "badge", hidden: true }))));
  if (focused) $(`tab-${focused}`)?.focus();
}
function moveTab(e) {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[e.key];
  if (!step) return;
  const all = [...document.querySelectorAll('[role="tab"]')], next = all[(all.indexOf(e.currentTarget) + step + all.length) % all.length];
  next.click(); next.focus();
}

function draw() {
  const person = state.people.find((p) => p.id === state.contact);
  $("who").textContent = say().clinic;
  $("who-sub").textContent = person ? `${nameOf(person)} · ${[person.addresses.phone ?? ""].flat()[0]}` : say().nobody;
  if (!state.channels.some((c) => c.channel === state.channel)) state.channel = state.channels[0].channel;
  document.querySelector(".screen").dataset.channel = state.channel;
  drawTabs();
  for (const tab of document.querySelectorAll('[role="tab"]')) {
    const mine = tab.dataset.channel === state.channel;
    tab.setAttribute("aria-selected", mine);
    tab.tabIndex = mine ? 0 : -1;
    if (mine && state.shown !== state.channel) { state.shown = state.channel; tab.scrollIntoView({ block: "nearest", inline: "center" }); }
    const total = state.items.filter((i) => i.channel === tab.dataset.channel && i.direction === "outbound").length;
    if (mine) state.seen[tab.dataset.channel] = total;
    const fresh = total - (state.seen[tab.dataset.channel] ?? 0);
    tab.querySelector(".badge").hidden = fresh <= 0;
    tab.querySelector(".badge").textContent = fresh;
  }
  $("conversation").setAttribute("aria-labelledby", `tab-${state.channel}`);
  const open = state.windows[state.channel], inbox = about(state.channel);
  $("window").className = `window ${!inbox.window ? "none" : open?.open ? "open" : ""}`;
  const strip = !inbox.window ? say().noWindow : open?.open ? `● ${say().windowOpen(dayHour(open.closes_at))} · ${say().windowOpenWhy}` : `○ ${inbox.templates ? say().windowClosed : say().windowClosedChat}`;
  if ($("window").textContent !== strip) $("window").textContent = strip;
  $("window").hidden = !state.contact;
  for (const button of $("composer").querySelectorAll("button")) button.disabled = !state.contact;
  $("attach-open").hidden = !inbox.media;
  const items = state.items.filter((i) => i.channel === state.channel);
  const signature = JSON.stringify([state.language, state.contact, inbox, zone(), state.clinic, items]);
  if (signature === state.drawn) return;
  state.drawn = signature;
  const box = $("conversation"), atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 80;
  const opened = new Set([...document.querySelectorAll(".provider[open]")].map((d) => d.dataset.item));
  const list = [], key = `${state.language} ${state.contact} ${state.channel} ${zone()}`;
  let day = "";
  for (const item of items) {
    const today = dayOf(item.at);
    if (today !== day) { day = today; list.push([`${key} ${today}`, () => el("li", { class: "day" }, today)]); }
    list.push([`${key} ${JSON.stringify(item)}`, () => bubble(item)]);
  }
  if (!items.length && !state.contact && state.clinic) list.push([`${key} first`, firstSteps]);
  else if (!items.length) list.push([`${key} void ${!state.contact}`, () => el("li", { class: "void" }, state.contact ? say().empty[state.channel] ?? say().emptyOf(inbox.title) : say().nobody)]);
  sync($("bubbles"), list);
  for (const d of document.querySelectorAll(".provider")) if (opened.has(d.dataset.item)) d.open = true;
  if (atEnd || !opened.size) box.scrollTop = box.scrollHeight;
}

// ---- the front desk

let deskDrawn = "";
function drawDesk() {
  const signature = JSON.stringify([state.language, state.handoffs, state.people.length, zone()]);
  $("no-desk").hidden = state.handoffs.length > 0;
  $("desk-count").hidden = !state.handoffs.length;
  $("desk-count").textContent = state.handoffs.length;
  if (signature === deskDrawn || $("desk").contains(document.activeElement) && document.activeElement.value) return; // never under somebody's typing
  deskDrawn = signature;
  $("desk").replaceChildren(...state.handoffs.map((h) => {
    const person = state.people.find((p) => p.id === h.contact_id);
    const note = el("input", { class: "note", placeholder: say().note, "aria-label": say().note, maxlength: 500 });
    const finish = () => attempt(async () => { await post(`/dev/handoffs/${encodeURIComponent(h.id)}/resolve`, { resolution: "resolved", note: note.value }); note.value = ""; await readDesk(); }, say().done);
    return el("li", { class: h.priority }, el("div", { class: "top" }, el("strong", {}, person ? String(nameOf(person)) : h.contact_id), el("span", { class: "chip" }, [h.queue, say().priority[h.priority]].filter(Boolean).join(" · "))),
      h.note ? el("p", { class: "said" }, h.note) : null, el("p", { class: "sub" }, say().since(moment(h.opened_at)), " · ", say().why(h.step_id)),
      el("form", { onsubmit: (e) => { e.preventDefault(); finish(); } }, note), el("button", { type: "button", class: "primary", onclick: finish }, say().resolve));
  }));
}

// ---- importing

// The clinic's system speaks of appointments: where the workspace knows them,
// they are what a sheet holds unless somebody says otherwise.
const appointments = "appointment.scheduled";
function drawEvents(names) {
  const clinic = names.includes(appointments);
  if (clinic !== state.clinic) { state.clinic = clinic; $("clinic-link").hidden = !clinic; draw(); }
  const chosen = $("import-event").value;
  if (names.join() !== [...$("import-event").options].map((o) => o.value).join()) {
    $("import-event").replaceChildren(...names.map((name) => el("option", { value: name }, name)));
    $("import-event").value = names.includes(chosen) ? chosen : names.includes(appointments) ? appointments : names[0] ?? "";
  }
  drawImport();
}
function drawImport() {
  const events = $("import-kind").value === "events";
  $("import-event-field").hidden = !events;
  $("import-go").textContent = say().importGo[!events ? "contacts" : ["", appointments].includes($("import-event").value) ? "appointments" : "events"];
}
async function importSheet(file) {
  const path = $("import-kind").value === "events" ? `/dev/events/import?event=${encodeURIComponent($("import-event").value || appointments)}` : "/dev/contacts/import";
  const line = (text, bad) => el("p", { class: bad ? "bad" : "" }, text);
  $("import-go").disabled = true;
  try {
    const report = await call("POST", path, file, "text/csv");
    $("import-result").replaceChildren(line(say().importDone(report)), ...report.errors.slice(0, 20).map((x) => line(say().importBad(x), true)),
      ...(report.ignored_columns.length ? [line(say().importIgnored(report.ignored_columns), true)] : []));
    await readPeople();
  } catch (error) {
    $("import-result").replaceChildren(line(error.refused ? error.message : say().offline, true));
  } finally { $("import-go").disabled = false; }
}

// ---- reading

async function readPeople() {
  state.people = (await call("GET", "/dev/contacts?limit=200")).items.sort((a, b) => String(nameOf(a)).localeCompare(String(nameOf(b)), state.language));
  if (!state.people.some((p) => p.id === state.contact)) { state.contact = state.people[0]?.id ?? ""; state.drawn = ""; }
  drawPeople(); draw(); drawDesk();
}
async function readOutbox() {
  const who = state.contact;
  if (!who) return;
  const view = await call("GET", `/dev/outbox?contact_id=${encodeURIComponent(who)}`);
  if (who !== state.contact) return; // the person looked at another phone meanwhile
  state.items = view.items; state.windows = view.windows;
  draw();
}
async function readChannels() {
  const who = state.contact;
  const view = await call("GET", `/dev/channels?contact_id=${encodeURIComponent(who)}`);
  if (who !== state.contact || !view.items.length) return;
  state.channels = view.items;
  if (state.linked && view.items.some((c) => c.channel === state.linked)) state.channel = state.linked;
  state.linked = "";
  draw();
}
async function readDesk() { state.handoffs = (await call("GET", "/dev/handoffs?state=open")).items; drawDesk(); }
async function readClock() { const c = await call("GET", "/dev/clock"); state.clock = { now: Date.parse(c.now), speed: c.speed, timezone: c.timezone, read: performance.now() }; tick(); drawEvents(c.events); drawDesk(); }

// ---- doing

function speak(language) {
  state.language = words[language] ? language : "pt-BR";
  localStorage.setItem("language", state.language);
  document.documentElement.lang = state.language;
  for (const node of document.querySelectorAll("[data-word]")) node.textContent = say()[node.dataset.word];
  for (const node of document.querySelectorAll("[data-label]")) node.setAttribute("aria-label", say()[node.dataset.label]);
  for (const button of document.querySelectorAll("[data-language]")) button.setAttribute("aria-pressed", button.dataset.language === state.language);
  $("text").placeholder = say().write;
  $("attach-answers").placeholder = say().formExample;
  readChannels().catch(() => {}); // their names are the server's; the next turn tries again
  drawPeople(); draw(); drawDesk(); drawImport(); tick();
}
for (const button of document.querySelectorAll("[data-language]")) button.addEventListener("click", () => speak(button.dataset.language));
$("search").addEventListener("input", drawPeople);
$("composer").addEventListener("submit", (e) => {
  e.preventDefault();
  const text = $("text").value.trim();
  if (!text || !state.contact || state.sending) return;
  state.sending = true;
  attempt(async () => { await post("/dev/inbound", { contact_id: state.contact, channel: state.channel, text }); $("text").value = ""; await readOutbox(); }).finally(() => { state.sending = false; });
});

// What the person sends beside words: a file by its address, a place, a form's answers.
let attachedTo = null;
function openAttach(kind, item = null) {
  attachedTo = item;
  const kinds = item ? [kind] : ["image", "audio", "document", "video", "location"];
  $("attach-kind").replaceChildren(...kinds.map((k) => el("option", { value: k }, say().attachKinds[k])));
  $("attach-answers").value = "";
  drawAttach();
  $("attach").showModal();
}
function drawAttach() {
  const kind = $("attach-kind").value, group = ["location", "form"].includes(kind) ? kind : "media";
  for (const field of document.querySelectorAll("#attach [data-kind]")) field.hidden = field.dataset.kind !== group;
  for (const input of document.querySelectorAll("#attach [data-kind] > :not(span)")) input.required = input.parentElement.dataset.kind === group;
}
function attached() {
  switch ($("attach-kind").value) {
    case "location": return { location: { latitude: Number($("attach-latitude").value), longitude: Number($("attach-longitude").value) } };
    case "form": return { form: Object.fromEntries($("attach-answers").value.split("\n").filter((line) => line.trim()).map((line) => { const [name, ...rest] = line.split("="); return [name.trim(), rest.join("=").trim()]; })) };
    default: return { media: { kind: $("attach-kind").value, url: $("attach-url").value.trim() } };
  }
}
$("attach-open").addEventListener("click", () => openAttach("image"));
$("attach-close").addEventListener("click", () => $("attach").close());
$("attach-kind").addEventListener("change", drawAttach);
$("attach-form").addEventListener("submit", (e) => {
  e.preventDefault();
  attempt(async () => {
    await post("/dev/inbound", { contact_id: state.contact, channel: attachedTo?.channel ?? state.channel, ...attached(), ...(attachedTo ? { message_id: attachedTo.id } : {}) });
    $("attach").close(); await readOutbox();
  });
});
$("import-kind").addEventListener("change", drawImport);
$("import-event").addEventListener("change", drawImport);
$("import").addEventListener("submit", (e) => e.preventDefault());
$("import-go").addEventListener("click", () => $("import-file").click());
$("import-file").addEventListener("change", async () => {
  const file = $("import-file").files[0];
  if (!file) return;
  await importSheet(file);
  $("import-file").value = ""; // the same file can be chosen again, corrected
  $("import-go").focus();
});

speak(state.language);
every(5000, readClock);
every(5000, readPeople);
every(5000, readChannels);
every(1000, readOutbox);
every(2000, readDesk);
setInterval(tick, 250);
