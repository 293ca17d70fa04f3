import type { Schemas } from "../../api/client";
import { counted as countedAsSms, type SmsRules, type SmsSize } from "./sms";

export type Channel = Schemas["SchemaChannel"];

/** A message as the preview needs it, its texts already filled in for a sample. */
export interface Message {
  channel: string;
  template?: string;
  text: string;
  subject?: string;
  footer?: string;
  /** An emoji on the contact's newest message; "" takes it back. Such a message says nothing else. */
  reaction?: string;
  media?: { kind: string; url: string };
  /** Titles of buttons or list rows. */
  options: string[];
  /** What stands above each of them in a list; left out where nothing does. */
  sections?: string[];
  /** Longer than written, when a template names the buttons. */
  fromTemplate: boolean;
}

export type CountedPart = "text" | "body" | "template" | "footer" | "button" | "row" | "section" | "options";

/** A Count is one limit that is near or passed; `nth` is which option. */
export interface Count {
  part: CountedPart;
  used: number;
  most: number;
  nth?: number;
  level: "fine" | "near" | "over";
}

/** How the options are shown: as the channel does it. */
export type Shape = "none" | "buttons" | "list" | "numbered";

export interface Measured {
  shape: Shape;
  /** Every limit that applies, in the order of the message. */
  counts: Count[];
  sms?: SmsSize;
}

/** Characters as people and providers count them: code points. */
export const lengthOf = (text: string) => [...text].length;

const counted = (part: CountedPart, used: number, most: number, nth?: number): Count => ({
  part,
  used,
  most,
  ...(nth === undefined ? {} : { nth }),
  level: used > most ? "over" : used >= most * 0.8 ? "near" : "fine",
});

export function shapeOf(channel: Channel, options: number, fromTemplate: boolean, sections: boolean): Shape {
  if (options === 0) return "none";
  if (fromTemplate || (options <= channel.buttons && !(sections && channel.section_title > 0))) return "buttons";
  return channel.list_rows > 0 ? "list" : channel.buttons > 0 ? "buttons" : "numbered";
}

/** measured says which limits of its channel a message is near to or beyond. */
export function measured(m: Message, channel: Channel, rules: SmsRules): Measured {
  if (m.reaction !== undefined) return { shape: "none", counts: [] };
  const shape = shapeOf(channel, m.options.length, m.fromTemplate, m.sections !== undefined);
  const counts: Count[] = [];
  const add = (part: CountedPart, used: number, most: number, nth?: number) => {
    if (most > 0) counts.push(counted(part, used, most, nth));
  };
  if (m.fromTemplate) add("template", lengthOf(m.text), channel.template_body);
  else if (channel.segments) add("text", lengthOf(written(m, shape)), channel.text);
  else if (shape === "none") add("text", lengthOf(m.text), channel.text);
  else add("body", lengthOf(m.text), channel.interactive);
  if (m.footer) add("footer", lengthOf(m.footer), channel.footer);
  if (shape === "list") add("options", m.options.length, channel.list_rows);
  if (shape === "buttons" && !m.fromTemplate) add("options", m.options.length, channel.buttons);
  const title = shape === "list" ? channel.list_title : m.fromTemplate ? channel.template_button : channel.button_title;
  if (shape === "list" || shape === "buttons") m.options.forEach((o, i) => add(shape === "list" ? "row" : "button", lengthOf(o), title, i));
  m.sections?.forEach((s, i) => {
    if (shape === "list" && begins(m, i)) add("section", lengthOf(s), channel.section_title, i);
  });
  return { shape, counts, ...(channel.segments ? { sms: countedAsSms(written(m, shape), rules) } : {}) };
}

/** begins reports whether a section of the list begins with an option. */
export const begins = (m: Message, i: number): boolean => m.sections !== undefined && m.sections[i] !== m.sections[i - 1];

/** written is a text with its choices as numbered lines, where there are no buttons.
 * One that lists them already, each beside its number, stays as it is. */
export function written(m: Message, shape: Shape): string {
  const text = [m.text, m.media?.url ?? ""].filter((t) => t !== "").join("\n");
  if (shape !== "numbered") return m.text;
  if (m.options.every((o, i) => beside(text.toLowerCase(), o.trim().toLowerCase(), String(i + 1)))) return text;
  return [text.replace(/[ \n]+$/, ""), ...m.options.map((o, i) => `${begins(m, i) ? `${m.sections?.[i]}\n` : ""}${i + 1}. ${o}`)].filter((l) => l !== "").join("\n");
}

/** beside reports whether a title stands right after or before its number. */
function beside(text: string, title: string, number: string): boolean {
  if (title === "") return false;
  for (let at = text.indexOf(title); at >= 0; at = text.indexOf(title, at + title.length)) {
    const before = text.slice(0, at).replace(/[ \t\-–—.:=)(\]*_>"']+$/, "");
    const after = text.slice(at + title.length).replace(/^[ \t\-–—.:=)([*_<"']+/, "");
    if (new RegExp(`(?:^|[^0-9])${number}$`).test(before) || new RegExp(`^${number}(?:$|[^0-9])`).test(after)) return true;
  }
  return false;
}
