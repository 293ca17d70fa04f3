/** How a text is written in YAML. */
export type Style = "plain" | "single" | "double" | "literal" | "folded";

// Words and numbers that YAML, or another YAML tool, takes for something else than
// text. `jornada fmt` quotes the same ones.
const misreadWords = /^(?:~|[yYnN]|yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF|true|True|TRUE|false|False|FALSE|null|Null|NULL|=|<<|[-?](?:\s.*)?|(?:---|\.\.\.).*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;
const misreadNumbers =
  /^(?:[-+]?0b[01_]+|[-+]?0o?[0-7_]+|[-+]?0x[0-9a-fA-F_]+|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?|[-+]?(?:[0-9][0-9_]*\.?|[0-9][0-9_]*\.[0-9_]+|\.[0-9][0-9_]*)(?:[eE][-+]?[0-9]+)?|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt \t].*)?)$/;
// eslint-disable-next-line no-control-regex
const unprintable = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufeff]/;

function plainly(text: string, flow: boolean): boolean {
  if (text === "" || text !== text.trim() || unprintable.test(text)) return false;
  if (misreadWords.test(text) || misreadNumbers.test(text)) return false;
  if (/^[?:,[\]{}#&*!|>'"%@`]/.test(text) || /^-(?![0-9A-Za-z])/.test(text)) return false;
  if (/: |:$|\s#/.test(text)) return false;
  return !flow || !/[,[\]{}]/.test(text);
}

function quoted(text: string): string {
  return JSON.stringify(text).replace(/[\u007f-\u009f\u2028\u2029\ufeff]/g, (c) => "\\u" + c.charCodeAt(0).toString(16).padStart(4, "0"));
}

/** A block scalar, its lines still without the indentation of their place. */
function block(text: string, style: "literal" | "folded"): string[] | undefined {
  const body = text.replace(/\n+$/, "");
  const tail = text.length - body.length;
  if (body === "" || tail > 1 || /[ \t]+(\n|$)/.test(body) || /^[ \t\n]/.test(body) || unprintable.test(body.replaceAll("\n", ""))) return undefined;
  const folded = style === "folded" && !body.includes("\n");
  return [(folded ? ">" : "|") + (tail === 1 ? "" : "-"), ...body.split("\n")];
}

/**
 * written gives the lines of a text in YAML: one, or a header and the lines under
 * it, which go one step deeper than their key. It keeps the style it had as long as
 * the new text may be written so.
 */
export function written(text: string, style: Style, flow: boolean): string[] {
  if (!flow && (style === "literal" || style === "folded" || text.includes("\n"))) {
    const lines = block(text, style === "folded" ? "folded" : "literal");
    if (lines) return lines;
  }
  if (style === "single" && !unprintable.test(text)) return ["'" + text.replaceAll("'", "''") + "'"];
  if (style !== "double" && plainly(text, flow)) return [text];
  return [quoted(text)];
}

/** value writes any scalar on one line, as in brackets. */
export function value(of: string | number | boolean | null): string {
  if (of === null) return "null";
  return typeof of === "string" ? (written(of, "plain", true)[0] as string) : String(of);
}
