// The clinic's page: draws the agenda every second, posts what happened.
const words = { booked: "marcada", confirmed: "confirmada", completed: "compareceu", no_show: "faltou", cancelled: "cancelada" };
const actions = [["completed", "Compareceu"], ["no_show", "Faltou"], ["cancelled", "Cancelar"]];
const when = new Intl.DateTimeFormat("pt-BR", { dateStyle: "short", timeStyle: "short", timeZone: "America/Sao_Paulo" });
const problem = document.getElementById("problem");
let drawn = "";

function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

async function post(path) {
  const answer = await fetch(path, { method: "POST" });
  problem.textContent = answer.ok ? "" : await answer.text();
  await draw();
}

function row(appointment) {
  const buttons = ["booked", "confirmed"].includes(appointment.status)
    ? actions.map(([status, label]) => {
      const button = element("button", { type: "button", "aria-label": `${label}: ${appointment.first_name}, ${appointment.id}` }, label);
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
    element("td", {}, ...buttons));
}

async function draw() {
  const state = await (await fetch("state")).json();
  const key = JSON.stringify([state.appointments, state.calls]);
  if (key === drawn) return; // keep focus where it is
  drawn = key;
  document.getElementById("appointments").replaceChildren(...state.appointments.map(row));
  document.getElementById("calls").replaceChildren(...(state.calls ?? []).toReversed().map((call) =>
    element("li", {}, `${when.format(new Date(call.at))} `, element("code", {}, `${call.method} ${call.path}`))));
}

document.getElementById("book").addEventListener("click", () => post("book"));
draw();
setInterval(draw, 1000);
