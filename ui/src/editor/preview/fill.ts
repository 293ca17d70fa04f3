import type { Language } from "../../app/language";

/** A made-up value for everything that a text may name. */
export type Sample = (path: string) => string | number | Date | undefined;

/** fill writes a text as the sample would read it; what cannot be worked out here
 * stands in brackets. `params` are the values of a template's {{name}}. */
export function fill(text: string, sample: Sample, language: Language, params: Readonly<Record<string, string>> = {}): string {
  let out = "";
  for (const piece of pieces(text)) {
    if (!piece.code) out += piece.text;
    else if (Object.hasOwn(params, piece.text)) out += fill(params[piece.text] as string, sample, language);
    else out += worth(piece.text, sample, language) ?? `[${piece.text}]`;
  }
  return out;
}

interface Piece {
  code: boolean;
  text: string;
}

/** pieces cuts a text at its {{ }}; braces within quotes belong to the expression. */
export function pieces(text: string): Piece[] {
  const found: Piece[] = [];
  const pattern = /\{\{((?:[^"'{}]|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\{(?!\{)|\}(?!\}))*)\}\}/g;
  let from = 0;
  for (const m of text.matchAll(pattern)) {
    if (m.index > from) found.push({ code: false, text: text.slice(from, m.index) });
    found.push({ code: true, text: (m[1] as string).trim() });
    from = m.index + m[0].length;
  }
  if (from < text.length) found.push({ code: false, text: text.slice(from) });
  return found;
}

const path = String.raw`[a-z_]\w*(?:\??\.[A-Za-z_]\w*)*`;
const forms = {
  plain: new RegExp(`^(${path})$`),
  either: new RegExp(String.raw`^(${path}) \?\? (["'])(.*)\2$`),
  date: new RegExp(String.raw`^format\((${path}),\s*(["'])(.*)\2\)$`),
  money: new RegExp(String.raw`^money\((${path})\)$`),
  first: new RegExp(String.raw`^(?:first|upper|lower|trim)\((${path})\)$`),
};

function worth(code: string, sample: Sample, language: Language): string | undefined {
  const look = (m: RegExpExecArray) => sample((m[1] as string).replaceAll("?.", "."));
  const either = forms.either.exec(code);
  if (either) return show(look(either), language) || either[3];
  const date = forms.date.exec(code);
  if (date) {
    const at = look(date);
    return at instanceof Date ? formatted(at, date[3] as string, language) : undefined;
  }
  const money = forms.money.exec(code);
  if (money) {
    const n = look(money);
    return typeof n === "number" ? n.toLocaleString("pt-BR", { style: "currency", currency: "BRL" }) : undefined;
  }
  const m = forms.plain.exec(code) ?? forms.first.exec(code);
  return m ? show(look(m), language) : undefined;
}

function show(v: ReturnType<Sample>, language: Language): string | undefined {
  if (v instanceof Date) return formatted(v, "dd/MM HH:mm", language);
  return v === undefined ? undefined : String(v);
}

const two = (n: number) => String(n).padStart(2, "0");

/** formatted writes a date by the letters of the language's format(). */
export function formatted(at: Date, pattern: string, language: Language): string {
  const week = (weekday: "short" | "long") => at.toLocaleDateString(language, { weekday }).replace(/\.$/, "");
  return pattern.replace(/EEEE|EEE|yyyy|yy|dd|MM|HH|mm/g, (part) => {
    switch (part) {
      case "EEEE":
        return week("long");
      case "EEE":
        return week("short");
      case "yyyy":
        return String(at.getFullYear());
      case "yy":
        return two(at.getFullYear() % 100);
      case "dd":
        return two(at.getDate());
      case "MM":
        return two(at.getMonth() + 1);
      case "HH":
        return two(at.getHours());
      default:
        return two(at.getMinutes());
    }
  });
}
