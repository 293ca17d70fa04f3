// The clinic's page: draws the agenda every second, posts what happened.
const words = { booked: "marcada", confirmed: "confirmada", completed: "compareceu", no_show: "faltou", cancelled: "cancelada" };
const actions = [["completed", "Compareceu"], ["no_show", "Faltou"], ["cancelled", "Cancelar"]];
const formatter = (options) => new Intl.DateTimeFormat("pt-BR", { ...options, timeZone: "America/Sao_Paulo" });
const when = formatter({ weekday: "short", day: "2-digit", month: "2-digit", hour: "2-digit", minute: "2-digit" });
const offline = "Sem contato com o servidor. A página tenta de novo sozinha.";
const problem = document.getElementById("problem");
const clock = document.getElementById("clock");
let drawn = "";

function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

async function post(path) {
  try {
    const answer = await fetch(path, { method: "POST" });
    problem.textContent = answer.ok ? "" : await answer.text();
  } catch { problem.textContent = offline; }
  await draw();
}

function row(appointment) {
  const buttons = ["booked", "confirmed"].includes(appointment.status)
    ? actions.map(([status, label]) => {
      const button = element("button", { type: "button", "aria-label": `${label}: ${appointment.first_name}, ${appointment.id}`, "data-key": `${appointment.id}/${status}` }, label);
      button.addEventListener("click", () => post(`appointments/${encodeURIComponent(appointment.id)}/${status}`));
      return button;
    })
    : [];
  return element("tr", {},
    element("th", { scope: "row" }, appointment.id),
    element("td", {}, appointment.first_name),
    element("td", {}, when.format(new Date(appointment.starts_at))),
    element("td", {}, appointment.doctor),
    element("td", {}, element("span", { class: `status ${appointment.status}` }, words[appointment.status])),
    element("td", {}, element("div", { class: "actions" }, ...buttons)));
}

// said is a journey's call in the clinic's words; the call itself stands beside it.
function said(call, agenda) {
  const id = call.path.match(/^\/appointments\/([^/]+)\/confirm$/)?.[1];
  if (id) return `${agenda.find((a) => a.id === id)?.first_name ?? "Paciente"} confirmou a consulta ${id}`;
  return call.path.startsWith("/waitlist/next") ? "Quem é o próximo da lista de espera?" : "Chamada";
}

async function draw() {
  let state;
  try {
    const answer = await fetch("state");
    if (!answer.ok) throw new Error(answer.statusText);
    state = await answer.json();
  } catch { problem.textContent = offline; return; }
  if (problem.textContent === offline) problem.textContent = "";
  clock.textContent = when.format(new Date(state.now));
  clock.dateTime = state.now;
  const key = JSON.stringify([state.appointments, state.calls]);
  if (key === drawn) return;
  drawn = key;
  const focused = document.activeElement?.dataset?.key; // the focus stays where it was
  document.getElementById("appointments").replaceChildren(...state.appointments.map(row));
  if (focused) document.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
  document.getElementById("calls").replaceChildren(...(state.calls ?? []).toReversed().map((call) =>
    element("li", {}, element("time", { datetime: call.at }, when.format(new Date(call.at))), element("strong", {}, said(call, state.appointments)), element("code", {}, `${call.method} ${call.path}`))));
}

document.getElementById("book").addEventListener("click", () => post("book"));
(async function turn() { if (!document.hidden) await draw(); setTimeout(turn, 1000); })();
