import type { Path, Plain } from "../../../document/types";
import { list, mapping, words, type Mapping } from "../plain";

/** One way that a message may take: the first channel, or a fallback. */
export interface Route {
  /** 0 is the first channel, then the fallbacks. */
  nth: number;
  channel: string;
  /** What translations call it: `sms`, and `sms2` for a second one on the same channel. */
  place: string;
  /** Where the message stands: […, "ask", "whatsapp"] or […, "fallback", 0, "sms"]. */
  path: Path;
  message: Mapping;
  within: string;
}

/** routes are the ways of a `send` or `ask`, those that name a channel. */
export function routes(body: Plain | undefined, path: Path, channels: readonly string[]): Route[] {
  const found: Route[] = [];
  const add = (v: Plain | undefined, at: Path, nth: number) => {
    const route = mapping(v);
    const channel = Object.keys(route).find((k) => channels.includes(k));
    if (channel === undefined) return;
    const before = found.filter((r) => r.channel === channel).length;
    found.push({ nth, channel, place: before === 0 ? channel : `${channel}${before + 1}`, path: [...at, channel], message: mapping(route[channel]), within: words(route.within) });
  };
  add(body, path, 0);
  list(mapping(body).fallback).forEach((v, i) => add(v, [...path, "fallback", i], i + 1));
  return found;
}

export interface Option {
  id: string;
  title: string;
  /** What stands above it in a list; "" for none. */
  section: string;
  match: string[];
}

export const options = (body: Plain | undefined): Option[] =>
  list(mapping(body).options).map((v) => {
    const o = mapping(v);
    return { id: words(o.id), title: words(o.title), section: words(o.section), match: list(o.match).map(words) };
  });
