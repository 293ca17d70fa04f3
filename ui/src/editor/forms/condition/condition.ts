/**
 * A condition that can be drawn as rows (field, operator, value) joined by "and" or
 * "or". Whatever parse accepts, print writes back byte by byte; everything else is
 * refused and stays code. So a condition that nobody edits is never rewritten.
 */
export interface Condition {
  join: "and" | "or" | "&&" | "||";
  rows: Row[];
}

export type Compare = "==" | "!=" | ">" | ">=" | "<" | "<=";
export type TextTest = "contains" | "startsWith" | "endsWith";

/** How "not" is written: the word, or the sign. */
export type Not = "" | "not " | "!";

export type Row =
  | { kind: "is"; field: string; not: Not }
  | { kind: "compare"; field: string; op: Compare; value: Value }
  | { kind: "text"; field: string; op: TextTest; value: Text }
  /** A list holds a value; `not` in front needs brackets around. */
  | { kind: "member"; field: string; value: Text; not: Not }
  | { kind: "oneOf"; field: string; values: Text[] }
  | { kind: "has"; field: string; not: Not };

export interface Text {
  kind: "text";
  text: string;
  quote: '"' | "'";
}

export type Value =
  | Text
  /** A number, true, false or nil, as it is written. */
  | { kind: "plain"; raw: string }
  /** A moment: `now`, `inputs.starts_at`, `now + hours(3)`. */
  | { kind: "moment"; raw: string };

export const textOf = (text: string): Text => ({ kind: "text", text, quote: '"' });

const pathPattern = /[a-z_][A-Za-z0-9_]*(?:\??\.[A-Za-z_][A-Za-z0-9_]*)*/y;
const numberPattern = /-?[0-9]+(?:\.[0-9]+)?/y;
const momentTail = / [+-] (?:days|hours|minutes)\([0-9]+\)/y;
const words = new Set(["and", "or", "not", "in", "true", "false", "nil", "let", "if", "else", "matches", "contains", "startsWith", "endsWith"]);

/** parse reads a condition, or undefined when it cannot be drawn. */
export function parse(source: string): Condition | undefined {
  const reader = new Reader(source);
  const rows: Row[] = [];
  let join: Condition["join"] | undefined;
  for (;;) {
    const row = reader.row();
    if (!row) return undefined;
    rows.push(row);
    if (reader.done()) break;
    const next = (["and", "or", "&&", "||"] as const).find((j) => reader.takes(` ${j} `));
    if (!next || (join && join !== next)) return undefined;
    join = next;
  }
  const condition: Condition = { join: join ?? "and", rows };
  return print(condition) === source ? condition : undefined;
}

export function print(c: Condition): string {
  return c.rows.map(printRow).join(` ${c.join} `);
}

function printRow(r: Row): string {
  switch (r.kind) {
    case "is":
      return r.not + r.field;
    case "has":
      return `${r.not}has(${r.field})`;
    case "compare":
      return `${r.field} ${r.op} ${printValue(r.value)}`;
    case "text":
      return `${r.field} ${r.op} ${printValue(r.value)}`;
    case "oneOf":
      return `${r.field} in [${r.values.map(printValue).join(", ")}]`;
    case "member": {
      const test = `${printValue(r.value)} in ${r.field}`;
      return r.not ? `${r.not}(${test})` : test;
    }
  }
}

export function printValue(v: Value): string {
  if (v.kind !== "text") return v.raw;
  const escaped = v.text.replace(/\\/g, "\\\\").replace(/\n/g, "\\n").replace(/\t/g, "\\t").replace(/\r/g, "\\r");
  return v.quote + escaped.replaceAll(v.quote, "\\" + v.quote) + v.quote;
}

class Reader {
  private at = 0;
  constructor(private readonly source: string) {}

  done() {
    return this.at === this.source.length;
  }

  takes(text: string): boolean {
    if (!this.source.startsWith(text, this.at)) return false;
    this.at += text.length;
    return true;
  }

  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.source)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }

  /** path is a name with its fields, and no word of the language. */
  private path(): string | undefined {
    const start = this.at;
    const found = this.match(pathPattern);
    if (found !== undefined && !words.has(found) && this.source[this.at] !== "(") return found;
    this.at = start;
    return undefined;
  }

  private text(): Text | undefined {
    const quote = this.source[this.at];
    if (quote !== '"' && quote !== "'") return undefined;
    let text = "";
    for (let i = this.at + 1; i < this.source.length; i++) {
      const c = this.source[i];
      if (c === quote) {
        this.at = i + 1;
        return { kind: "text", text, quote };
      }
      if (c === "\\") {
        const next = this.source[++i] ?? "";
        const plain = { n: "\n", t: "\t", r: "\r", "\\": "\\", '"': '"', "'": "'" }[next];
        if (plain === undefined) return undefined;
        text += plain;
      } else text += c;
    }
    return undefined;
  }

  private value(): Value | undefined {
    const text = this.text();
    if (text) return text;
    const number = this.match(numberPattern);
    if (number !== undefined) return { kind: "plain", raw: number };
    for (const word of ["true", "false", "nil"]) if (this.word(word)) return { kind: "plain", raw: word };
    const base = this.path();
    if (base === undefined) return undefined;
    return { kind: "moment", raw: base + (this.match(momentTail) ?? "") };
  }

  private word(word: string): boolean {
    return !/[A-Za-z0-9_.?(]/.test(this.source[this.at + word.length] ?? "") && this.takes(word);
  }

  row(): Row | undefined {
    const not: Not = this.takes("not ") ? "not " : this.takes("!") ? "!" : "";
    if (this.takes("has(")) {
      const field = this.path();
      return field !== undefined && this.takes(")") ? { kind: "has", field, not } : undefined;
    }
    const bracket = not !== "" && this.takes("(");
    const literal = this.text();
    if (literal) {
      if ((not !== "") !== bracket || !this.takes(" in ")) return undefined;
      const field = this.path();
      return field !== undefined && (!bracket || this.takes(")")) ? { kind: "member", field, value: literal, not } : undefined;
    }
    if (bracket) return undefined;
    const field = this.path();
    if (field === undefined) return undefined;
    const op = (["==", "!=", ">=", "<=", ">", "<"] as const).find((o) => this.takes(` ${o} `));
    const test = op ? undefined : (["contains", "startsWith", "endsWith"] as const).find((o) => this.takes(` ${o} `));
    if (op || test) {
      if (not) return undefined; // it would negate the field, or the whole: code says which
      const value = this.value();
      if (!value) return undefined;
      if (op) return { kind: "compare", field, op, value };
      return value.kind === "text" && test ? { kind: "text", field, op: test, value } : undefined;
    }
    if (this.takes(" in [")) {
      const values: Text[] = [];
      do {
        const v = this.text();
        if (!v) return undefined;
        values.push(v);
      } while (this.takes(", "));
      return !not && this.takes("]") ? { kind: "oneOf", field, values } : undefined;
    }
    return { kind: "is", field, not };
  }
}
