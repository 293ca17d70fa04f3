/** Where two texts agree: pairs of line numbers, rising on both sides. */
function common(a: string[], b: string[]): [number, number][] {
  let top = 0;
  while (top < a.length && top < b.length && a[top] === b[top]) top++;
  let foot = 0;
  while (foot < a.length - top && foot < b.length - top && a[a.length - 1 - foot] === b[b.length - 1 - foot]) foot++;
  const rows = a.length - top - foot;
  const columns = b.length - top - foot;
  const pairs: [number, number][] = [];
  for (let i = 0; i < top; i++) pairs.push([i, i]);
  if (rows * columns <= 4_000_000) {
    const longest = Array.from({ length: rows + 1 }, () => new Uint16Array(columns + 1));
    const at = (i: number, j: number) => longest[i]?.[j] ?? 0;
    for (let i = rows - 1; i >= 0; i--) {
      const row = longest[i] as Uint16Array;
      for (let j = columns - 1; j >= 0; j--) row[j] = a[top + i] === b[top + j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
    for (let i = 0, j = 0; i < rows && j < columns; ) {
      if (a[top + i] === b[top + j]) pairs.push([top + i++, top + j++]);
      else if (at(i + 1, j) >= at(i, j + 1)) i++;
      else j++;
    }
  }
  for (let i = foot; i > 0; i--) pairs.push([a.length - i, b.length - i]);
  return pairs;
}

/**
 * merged joins two changes of one text line by line. It is undefined when both changed
 * the same lines, or lines that touch: then a person has to say what is meant.
 */
export function merged(base: string, mine: string, theirs: string): string | undefined {
  if (mine === theirs || theirs === base) return mine;
  if (mine === base) return theirs;
  const split = (text: string) => text.split(/(?<=\n)/);
  const [old, own, other] = [split(base), split(mine), split(theirs)];
  const inOwn = new Map(common(old, own));
  const inOther = new Map(common(old, other));
  const out: string[] = [];
  let [i, j, k] = [0, 0, 0];
  const same = (x: string[], y: string[]) => x.length === y.length && x.every((line, n) => line === y[n]);
  while (i <= old.length) {
    let next = i;
    while (next < old.length && (inOwn.get(next) === undefined || inOther.get(next) === undefined)) next++;
    const ownTo = next < old.length ? (inOwn.get(next) as number) : own.length;
    const otherTo = next < old.length ? (inOther.get(next) as number) : other.length;
    const [was, a, b] = [old.slice(i, next), own.slice(j, ownTo), other.slice(k, otherTo)];
    if (same(a, b) || same(b, was)) out.push(...a);
    else if (same(a, was)) out.push(...b);
    else return undefined;
    if (next >= old.length) break;
    out.push(old[next] as string);
    [i, j, k] = [next + 1, ownTo + 1, otherTo + 1];
  }
  return out.join("");
}
