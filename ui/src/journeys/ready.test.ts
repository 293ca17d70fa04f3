import { expect, test } from "vitest";
import { parse } from "yaml";

import { blank, confirmAppointment, missedVisit, satisfactionSurvey, surroundings } from "./ready";

const workspace = `
workspace: demo
events:
  appointment.scheduled: {appointment_id: string, starts_at: {type: time}, doctor: string}
  order.paid: {total: int}
queues: [reception, quality]
schedules: {office: {days: mon-fri, from: "08:00", to: "18:00"}}
`;

test("a workspace says what the journey can begin with", () => {
  expect(surroundings(workspace)).toEqual({ events: [{ name: "appointment.scheduled", time: "starts_at", key: "appointment_id", fields: "{appointment_id: string, starts_at: {type: time}, doctor: string}" }], every: ["appointment.scheduled", "order.paid"], queue: "", schedule: "office" });
  expect(surroundings("queues: [reception]").queue).toBe("reception");
  for (const broken of ["", "{", "events: 3", "[]"]) expect(surroundings(broken).events).toEqual([]);
});

test.each(["remind", "desk", "leave"] as const)("the file reads, whoever stays silent (%s)", (silent) => {
  const around = surroundings(workspace);
  const text = confirmAppointment({ id: "ask", name: 'Com "aspas"', event: around.events[0]!, hours: 24, silent, surroundings: around });
  const journey = parse(text) as { name: string; steps: { id: string; branches?: Record<string, unknown> }[] };
  expect(journey.name).toBe('Com "aspas"');
  expect(journey.steps.map((s) => s.id)).toEqual(["eve", "office", "confirm", "front_desk", "end_handed_over"]);
  expect("timeout" in (journey.steps[2]?.branches ?? {})).toBe(silent !== "desk");
  expect(text.match(/^ *#|  # /gm)!.length).toBeGreaterThan(4);
});

test.each([satisfactionSurvey, missedVisit])("%O reads, whatever is answered", (make) => {
  for (const more of [true, false]) {
    const text = make({ id: "later", name: "Depois", event: "order.paid", hours: 2, more, surroundings: surroundings(workspace) });
    const journey = parse(text) as { name: string; triggers: unknown; steps: { id: string }[] };
    expect(journey).toMatchObject({ name: "Depois", triggers: [{ event: "order.paid" }] });
    expect(journey.steps.slice(0, 2).map((s) => s.id)).toEqual(["breathe", "office"]);
    expect(text.match(/^#|  # /gm)!.length).toBeGreaterThan(2);
  }
});

test("without a queue, a schedule or an id the file still reads", () => {
  const event = { name: "e", time: "at", key: "", fields: "{at: time}" };
  expect(() => parse(confirmAppointment({ id: "a", name: "b", event, hours: 2, silent: "desk", surroundings: { events: [event], every: [], queue: "", schedule: "" } }))).not.toThrow();
  expect(parse(blank("a", "b"))).toMatchObject({ journey: "a", name: "b" });
});
