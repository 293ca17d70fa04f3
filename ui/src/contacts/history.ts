import type { Schemas } from "../api/client";

/** Deed is one line of what happened with a contact, whichever journey it was in. */
export type Deed = { at: string; key: string; journey: string; enrollment: string } & ({ kind: "entered" } | { kind: "left"; outcome: string } | { kind: "message"; message: Schemas["Message"] });

/** A list that was read from its newest on; `more` says that older ones are left. */
export interface Known<T> {
  items: readonly T[];
  more: boolean;
}

/**
 * historyOf puts what is known of a contact into one line of time, newest first. It ends
 * where one of the lists does that has more: what is older is not known whole.
 */
export function historyOf(enrollments: Known<Schemas["Enrollment"]>, messages: Known<Schemas["Message"]>): Deed[] {
  const since = [enrollments.more && enrollments.items.at(-1)?.started_at, messages.more && messages.items.at(-1)?.created_at].filter((at): at is string => typeof at === "string");
  const all: Deed[] = [
    ...enrollments.items.flatMap((e): Deed[] => [
      { kind: "entered", at: e.started_at, key: `in ${e.id}`, journey: e.journey, enrollment: e.id },
      ...(e.ended_at ? [{ kind: "left" as const, at: e.ended_at, key: `out ${e.id}`, journey: e.journey, enrollment: e.id, outcome: e.outcome || e.status }] : []),
    ]),
    ...messages.items.map((message): Deed => ({ kind: "message", at: message.created_at, key: message.id, journey: message.journey, enrollment: message.enrollment_id, message })),
  ];
  const time = (at: string) => Date.parse(at);
  return all.filter((d) => since.every((s) => time(d.at) >= time(s))).sort((a, b) => time(b.at) - time(a.at));
}
