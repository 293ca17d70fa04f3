import type { Schemas } from "../api/client";

export type Provider = Schemas["Provider"];
export type Field = Schemas["ProviderField"];

/** Given is what stands in a form, by the names that the API's errors use: settings.from, secrets.token. */
export type Given = Record<string, string>;

export const nameOf = (field: Field, key = field.key): string => `${field.secret ? "secrets" : "settings"}.${key}`;

/** familyOf is what the names of a field's many settings begin with; undefined for one that is a single setting. */
export function familyOf(field: Field): string | undefined {
  const at = field.key.indexOf("<");
  return at < 0 ? undefined : field.key.slice(0, at);
}

/** fieldsOn are a provider's fields that count on a channel: those most people fill in, and the others. */
export function fieldsOn(provider: Provider, channel: string): { usual: Field[]; more: Field[] } {
  const all = provider.fields.filter((f) => f.channels.some((c) => c === channel));
  return { usual: all.filter((f) => f.required || f.advised), more: all.filter((f) => !f.required && !f.advised) };
}

/** membersOf are the settings of a family that a form holds, sorted. */
export function membersOf(field: Field, given: Given, all: Field[]): string[] {
  const prefix = nameOf(field, familyOf(field));
  const own = new Set(all.filter((f) => familyOf(f) === undefined).map((f) => nameOf(f)));
  return Object.keys(given)
    .filter((name) => name.startsWith(prefix) && name.length > prefix.length && !own.has(name))
    .sort();
}

/** missing are the fields that must be filled in and are not; `kept` are secrets that the server has. */
export function missing(fields: Field[], given: Given, kept: string[] = []): Field[] {
  const there = (key: string, secret: boolean) => (given[`${secret ? "secrets" : "settings"}.${key}`] ?? "").trim() !== "" || (secret && kept.includes(key));
  return fields.filter((f) => f.required && familyOf(f) === undefined && !there(f.key, f.secret) && !(f.unless && (there(f.unless, f.secret) || there(f.unless, !f.secret))));
}

/**
 * bodyOf is what is sent: everything that is filled in and, of what stood there before,
 * an empty value for what was taken away. A secret that is left empty stays as it is.
 */
export function bodyOf(given: Given, before: Given = {}): { settings: Record<string, string>; secrets: Record<string, string> } {
  const body = { settings: {} as Record<string, string>, secrets: {} as Record<string, string> };
  for (const [name, value] of Object.entries({ ...Object.fromEntries(Object.keys(before).map((n) => [n, ""])), ...given })) {
    const at = name.indexOf(".");
    const [where, key] = [name.slice(0, at), name.slice(at + 1)];
    if (value.trim() === "" && !(name in before)) continue;
    if (value === before[name]) continue;
    (where === "secrets" ? body.secrets : body.settings)[key] = value.trim();
  }
  return body;
}

/** freeId is an identifier that no integration has: sms_twilio, sms_twilio_2. */
export function freeId(channel: string, provider: string, taken: string[]): string {
  const plain = channel === provider ? channel : `${channel}_${provider}`;
  for (let n = 1; ; n++) {
    const id = n === 1 ? plain : `${plain}_${n}`;
    if (!taken.includes(id)) return id;
  }
}

/** madeUp is a secret that nobody guesses: 128 random bits. */
export function madeUp(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join("");
}

/**
 * keptWords say since when a secret is set. Only the channel has dates, so of one that
 * was changed after it was connected it is known between which moments.
 */
export function keptWords(made: string, changed: string, moment: (at: string) => string): ["kept" | "keptBetween", { made: string; when: string }] {
  const said = { made: moment(made), when: moment(changed) };
  return [said.made === said.when ? "kept" : "keptBetween", said];
}
