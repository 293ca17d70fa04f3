/** plain is text as people compare it: small letters, no accents. */
export const plain = (text: string): string =>
  text
    .normalize("NFD")
    .replace(/\p{Diacritic}/gu, "")
    .toLowerCase();

/** fits says whether every word of the search stands somewhere in the text. */
export function fits(text: string, search: string): boolean {
  const in_ = plain(text);
  return plain(search)
    .split(/\s+/)
    .every((word) => in_.includes(word));
}
