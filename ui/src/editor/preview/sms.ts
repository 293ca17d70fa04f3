import type { Schemas } from "../../api/client";

export type SmsRules = Schemas["Schema"]["sms"];

/** What a text costs as SMS, counted by the server's rules while somebody types. */
export interface SmsSize {
  encoding: "GSM-7" | "UCS-2";
  units: number;
  segments: number;
  /** Units until the next segment begins. */
  left: number;
  /** The characters that are not in the GSM alphabet, each once, in order. */
  outside: string[];
  /** With smart encoding: what it would be with its accents, which go before it is sent. */
  spared?: { segments: number; encoding: "UCS-2" };
}

/**
 * plainForm is a character in the GSM alphabet: itself, without its accent, or the quote
 * or dash that a word processor made pretty. Of an emoji there is none.
 */
function plainForm(c: string, rules: SmsRules, alphabet: ReadonlySet<string>): string | undefined {
  if (alphabet.has(c)) return c;
  if (c in rules.plain) return rules.plain[c];
  const parts = [...c.normalize("NFKD")].filter((part) => !/\p{Mn}/u.test(part));
  return parts.length > 0 && parts.every((part) => alphabet.has(part)) ? parts.join("") : undefined;
}

/**
 * cheaper is a text as it is sent with smart encoding: without accents where that saves
 * a segment, and as it stands where it would not. `stays` are the characters that have no
 * plain form; with one of them nothing is left out.
 */
export function cheaper(text: string, rules: SmsRules): { text: string; stays: string[] } {
  const alphabet = new Set([...rules.basic, ...rules.extended]);
  const stays = new Set<string>();
  let plain = "";
  for (const c of text.normalize("NFC")) {
    const form = plainForm(c, rules, alphabet);
    if (form === undefined) stays.add(c);
    plain += form ?? c;
  }
  const saves = stays.size === 0 && measure(plain, rules).segments < measure(text, rules).segments;
  return { text: saves ? plain : text, stays: [...stays] };
}

/** counted is a text as the workspace sends it: with smart encoding an accent costs nothing. */
export function counted(text: string, rules: SmsRules): SmsSize {
  const size = measure(text, rules);
  if (!rules.smart_encoding) return size;
  const sent = cheaper(text, rules);
  if (sent.text !== text) return { ...measure(sent.text, rules), spared: { segments: size.segments, encoding: "UCS-2" } };
  return { ...size, outside: sent.stays };
}

export function measure(text: string, rules: SmsRules): SmsSize {
  const extended = new Set(rules.extended);
  const basic = new Set(rules.basic);
  const outside = [...new Set([...text].filter((c) => !basic.has(c) && !extended.has(c)))];
  const wide = outside.length > 0;
  const width = (c: string) => (wide ? c.length : extended.has(c) ? 2 : 1);
  const single = wide ? rules.wide_single : rules.single;
  const part = wide ? rules.wide_part : rules.part;
  let units = 0;
  let parts = 1;
  let left = part;
  for (const c of text) {
    const n = width(c);
    units += n;
    if (n > left) {
      parts++;
      left = part;
    }
    left -= n;
  }
  const one = units <= single;
  return { encoding: wide ? "UCS-2" : "GSM-7", units, segments: one ? 1 : parts, left: one ? single - units : left, outside };
}
