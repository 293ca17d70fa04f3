import { parse, stringify } from "yaml";

/** What the ready-made journey needs to know of a workspace. */
export interface Surroundings {
  /** Events that tell of a moment: the field that says when, where there is one the field that says which, and all fields with their types, as YAML in brackets. */
  events: { name: string; time: string; key: string; fields: string }[];
  /** Every event, whatever it tells of. */
  every: string[];
  /** Who takes over, where there is only one queue: else a person says. */
  queue: string;
  schedule: string;
}

type Table = Record<string, unknown>;
const table = (v: unknown): Table => (v !== null && typeof v === "object" && !Array.isArray(v) ? (v as Table) : {});
const typeOf = (v: unknown): string => (typeof v === "string" ? v : String(table(v)["type"] ?? ""));

/** surroundings reads workspace.yaml; what it cannot read is not there. */
export function surroundings(workspaceYAML: string): Surroundings {
  let ws: Table = {};
  try {
    ws = table(parse(workspaceYAML));
  } catch {
    // Settings → Files says what is wrong with it.
  }
  const events = Object.entries(table(ws["events"])).flatMap(([name, fields]) => {
    const typed = Object.entries(table(fields));
    const time = typed.find(([, type]) => typeOf(type) === "time")?.[0];
    const key = typed.find(([field, type]) => field.endsWith("_id") && typeOf(type) === "string")?.[0] ?? "";
    return time ? [{ name, time, key, fields: stringify(fields, { collectionStyle: "flow", flowCollectionPadding: false, lineWidth: 0 }).trim() }] : [];
  });
  const queues = ws["queues"];
  return {
    events,
    every: Object.keys(table(ws["events"])),
    queue: Array.isArray(queues) && queues.length === 1 ? String(queues[0]) : "",
    schedule: Object.keys(table(ws["schedules"]))[0] ?? "",
  };
}

export interface Answers {
  id: string;
  name: string;
  event: Surroundings["events"][number];
  hours: number;
  silent: "remind" | "desk" | "leave";
  surroundings: Surroundings;
}

const options = `options:
@- {id: confirmed, title: Confirmar, match: [sim, ok]}
@- {id: reschedule, title: Remarcar}
@- {id: cancelled, title: Cancelar, match: [nao]}`;

const indented = (text: string, by: number): string => text.replaceAll("\n@", "\n" + " ".repeat(by));

/**
 * confirmAppointment is the ready-made journey as a commented file. It leaves open on
 * purpose what only its author knows, and the checker points at: which templates ask,
 * and, unless the workspace has just one queue, who takes over.
 */
export function confirmAppointment(a: Answers): string {
  const { event, surroundings: around } = a;
  const starts = `inputs.${event.time}`;
  const remind = `      timeout:  # sem resposta: lembra uma vez
        - id: remind
          name: Lembrar
          ask:
            whatsapp: {template: ""}
            ${indented(options, 14)}
            deadline: ${starts} - hours(2)
          branches:
            confirmed: [{id: confirmed_late, exit: confirmed}]
            cancelled: [{id: cancelled_late, exit: cancelled}]
            otherwise: []  # remarcar, outra resposta, silêncio
`;
  const leave = `      timeout: [{id: silent, exit: no_answer}]  # sem resposta: nada mais acontece
`;
  return `# Pergunta antes da consulta se a pessoa vem, e leva o que não se resolve sozinho
# a uma pessoa da equipe.
dsl: 1
journey: ${a.id}
name: ${JSON.stringify(a.name)}
category: utility
locale: pt-BR
inputs: ${event.fields}
triggers: [{event: ${event.name}}]  # os campos do evento com o mesmo nome preenchem inputs
${event.key ? `entry: {key: inputs.${event.key}, overlap: replace}  # remarcou: vale a última\n` : ""}steps:
  - id: eve
    name: Esperar até a hora de perguntar
    wait: {until: ${starts}, offset: -${a.hours}h}
    branches: {past: []}  # marcada em cima da hora: pergunta já
${around.schedule ? `  - {id: office, name: Esperar o horário de atendimento, wait: {schedule: ${around.schedule}}}\n` : ""}  - id: confirm
    name: Pedir confirmação
    ask:
      whatsapp: {template: ""}
      ${indented(options, 8)}
      deadline: ${starts} - hours(4)
    branches:
      confirmed: [{id: end_confirmed, exit: confirmed}]
      cancelled: [{id: end_cancelled, exit: cancelled}]
${a.silent === "remind" ? remind : a.silent === "leave" ? leave : ""}      otherwise: []  # ${a.silent === "desk" ? "remarcar, outra resposta, sem resposta, não entregue" : "remarcar, outra resposta, não entregue"}
  - id: front_desk
    name: Passar para a equipe
    handoff: {queue: ${around.queue || '""'}, note: "{{ steps.confirm.outcome }}", timeout: 4h}
    branches: {timeout: []}
  - {id: end_handed_over, exit: handed_over}
`;
}

/** What the ready-made journeys that begin after something are made of. */
export interface After {
  id: string;
  name: string;
  event: string;
  hours: number;
  /** Who gave a low mark goes to the team; who does not answer is asked once more. */
  more: boolean;
  surroundings: Surroundings;
}

const begun = (a: After, why: string, entry: string): string => `${why}
dsl: 1
journey: ${a.id}
name: ${JSON.stringify(a.name)}
category: utility
locale: pt-BR
triggers: [{event: ${a.event}}]
${entry}
steps:
  - {id: breathe, name: Esperar um pouco, wait: {for: ${a.hours}h}}
${a.surroundings.schedule ? `  - {id: office, name: Esperar o horário de atendimento, wait: {schedule: ${a.surroundings.schedule}}}\n` : ""}`;

/** satisfactionSurvey asks how much people recommend us, as a commented file like confirmAppointment's. */
export function satisfactionSurvey(a: After): string {
  const low = `      detractor:  # nota de 0 a 6
        - id: recover
          name: Passar para a equipe
          handoff: {queue: ${a.surroundings.queue || '""'}, note: "Nota {{ steps.nps.score }}", timeout: 1d}
          branches: {timeout: []}
`;
  return `${begun(a, "# Pergunta o quanto a pessoa nos recomendaria, de 0 a 10.", "entry: {reentry: 90d}  # uma pesquisa por pessoa a cada 90 dias")}  - id: nps
    name: Perguntar a nota
    ask:
      whatsapp: {template: ""}
      scale: nps
      survey: nps
      timeout: 3d
    branches:
${a.more ? low : ""}      timeout: [{id: end_silent, exit: no_answer}]
      otherwise: []  # ${a.more ? "promotor, neutro, não entregue" : "qualquer nota, não entregue"}
  - {id: end_answered, exit: answered}
`;
}

/** missedVisit asks whoever did not come whether they want another day. */
export function missedVisit(a: After): string {
  return `${begun(a, "# Quem faltou escolhe se quer outro dia; quem quer fala com a equipe.", "entry: {overlap: replace}  # faltou de novo: vale a última")}  - id: rebook
    name: Perguntar se quer remarcar
    ask:
      whatsapp: {template: ""}
      options:
        - {id: wants, title: Quero remarcar, match: [sim, quero]}
        - {id: declines, title: Agora não, match: [nao]}
      timeout: 1d
    branches:
      declines: [{id: end_declined, exit: declined}]
${a.more ? "      timeout: [{id: ask_again, name: Perguntar mais uma vez, goto: {step: rebook, max: 1}}]\n" : "      timeout: [{id: end_silent, exit: no_answer}]\n"}      otherwise: []  # quer remarcar, outra resposta, não entregue
  - id: front_desk
    name: Passar para a equipe
    handoff: {queue: ${a.surroundings.queue || '""'}, note: "{{ steps.rebook.outcome }}", timeout: 4h}
    branches: {timeout: []}
  - {id: end_handed_over, exit: handed_over}
`;
}

/** blank is a journey of one message, to begin from. */
export const blank = (id: string, name: string): string => `dsl: 1
journey: ${id}
name: ${JSON.stringify(name)}
category: utility
triggers: [{api: true}]
steps:
  - {id: end, name: Fim, exit: done}
`;
