/** A piece of a page: prose, an example in YAML, or within prose what is written as code. */
export interface Piece {
  kind: "prose" | "example" | "code";
  text: string;
}

/** piecesOf cuts the page of a code at its examples; the heading says what stands above it already. */
export function piecesOf(page: string): Piece[] {
  return page
    .replace(/^#[^\n]*\n/, "")
    .split(/^```.*\n?/m)
    .map((text, i): Piece => ({ kind: i % 2 === 1 ? "example" : "prose", text: text.trim() }))
    .filter((piece) => piece.text !== "");
}

/** inline cuts prose at its `code`. */
export function inline(prose: string): Piece[] {
  return prose.split(/`([^`]+)`/).map((text, i): Piece => ({ kind: i % 2 === 1 ? "code" : "prose", text })).filter((piece) => piece.text !== "");
}

/** itemsOf are the items of a block that is a list; of another there are none. */
export function itemsOf(block: string): string[] | undefined {
  const lines = block.split("\n");
  return lines.every((line) => line.startsWith("- ")) ? lines.map((line) => line.slice(2)) : undefined;
}
