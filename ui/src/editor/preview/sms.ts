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
