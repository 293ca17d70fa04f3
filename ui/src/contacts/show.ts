import type { Schemas } from "../api/client";

export type Contact = Schemas["Contact"];

/** nameOf is what to call a contact: its name, else its id. */
export function nameOf(c: Contact): string {
  const name = c.attributes["name"] ?? c.attributes["first_name"];
  return typeof name === "string" && name.trim() ? name : c.id;
}

/** addressesOf lists every address with its kind. */
export function addressesOf(c: Contact): { kind: string; value: string }[] {
  return Object.entries(c.addresses as Record<string, unknown>).flatMap(([kind, given]) =>
    (Array.isArray(given) ? given : [given]).filter((v): v is string => typeof v === "string" && v !== "").map((value) => ({ kind, value })),
  );
}

/** agreed lists the channels a contact has agreed to. */
export const agreed = (c: Contact): string[] =>
  Object.entries(c.opt_in as Record<string, unknown>)
    .filter(([, yes]) => yes === true)
    .map(([channel]) => channel);

/** shown is any value as a person reads it. */
export function shown(value: unknown): string {
  if (value === null || value === undefined) return "—";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** left is how long until a moment: "3 h 05 min". */
export function left(until: string, now: number): string {
  const minutes = Math.max(0, Math.ceil((new Date(until).getTime() - now) / 60_000));
  return minutes >= 60 ? `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min` : `${minutes} min`;
}

/** isMoment reports whether a text is a moment as the API writes it. */
export const isMoment = (text: string): boolean => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text);

/** leaves lists the values of a record by their names; those inside of others by both: `unit.name`. */
export function leaves(values: Record<string, unknown>): [name: string, value: unknown][] {
  return Object.entries(values).flatMap(([name, value]) =>
    value !== null && typeof value === "object" && !Array.isArray(value) ? leaves(value as Record<string, unknown>).map(([inner, v]): [string, unknown] => [`${name}.${inner}`, v]) : [[name, value] as [string, unknown]],
  );
}
