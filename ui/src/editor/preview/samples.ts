import type { Schemas } from "../../api/client";
import type { Language } from "../../app/language";
import { mapping, words } from "../forms/plain";
import type { Plain } from "../../document/types";
import type { Sample } from "./fill";

/** The contacts that a preview offers; none of them is a person. */
export const sampleContacts = ["usual", "long", "nameless"] as const;
export type SampleContact = (typeof sampleContacts)[number];

/** 40 letters in two words: about the longest name that a message meets. */
const longName = "Maximilianadasdores Boaventuradoespirito";

const names: Record<SampleContact, { first: string; whole: string }> = {
  usual: { first: "Marina", whole: "Marina de Exemplo" },
  long: { first: longName, whole: longName },
  nameless: { first: "", whole: "" },
};

type Field = Schemas["SchemaField"];

/** sampleOf gives every name of a journey a value: of contacts and events by the
 * types of the schema, of variables their defaults. */
export function sampleOf(who: SampleContact, schema: Schemas["Schema"], root: Plain, language: Language, now: Date): Sample {
  const journey = mapping(root);
  const contact = new Map(schema.contact.map((f) => [f.path, f]));
  const soon = new Date(now);
  soon.setDate(soon.getDate() + 2);
  soon.setHours(14, 30, 0, 0);
  const byType = (f: Pick<Field, "path" | "type">): ReturnType<Sample> => {
    switch (f.type) {
      case "time":
        return soon;
      case "number":
        return 89.9;
      case "int":
        return 3;
      case "bool":
        return language === "en" ? "yes" : "sim";
      case "string":
      case "list":
        return f.path.includes("url") ? "https://exemplo.example/abc" : (f.path.split(".").at(-1) ?? f.path).replaceAll("_", " ");
      default:
        return undefined;
    }
  };
  return (path) => {
    const [head, ...rest] = path.split(".");
    const tail = rest.join(".");
    switch (head) {
      case "now":
        return now;
      case "contact":
        if (tail === "first_name") return names[who].first;
        if (tail === "name") return names[who].whole;
        if (tail === "id") return "exemplo-1";
        return contact.has(tail) ? byType(contact.get(tail) as Field) : undefined;
      case "inputs":
        return byType({ path: tail, type: typeOf(inputType(mapping(journey.inputs), rest)) });
      case "vars":
        return words(mapping(journey.vars)[tail]) || undefined;
      case "steps":
        return { score: 4, text: language === "en" ? "the answer" : "a resposta", outcome: "outcome", count: 1, note: "…", channel: "whatsapp" }[rest[1] ?? ""];
      default:
        return undefined;
    }
  };
}

function inputType(inputs: Plain, path: readonly string[]): string {
  const [key, ...rest] = path;
  const v = key === undefined ? undefined : mapping(inputs)[key];
  if (v !== null && typeof v === "object") return "type" in mapping(v) && rest.length === 0 ? words(mapping(v).type) : inputType(v, rest);
  return words(v);
}

export function typeOf(written: string): Field["type"] {
  const name = written.replace(/\?$/, "");
  return name.startsWith("list") ? "list" : (["string", "number", "int", "bool", "time", "duration"] as const).find((t) => t === name) ?? "any";
}
