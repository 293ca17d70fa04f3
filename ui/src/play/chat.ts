import type { Line } from "./script";

/** Said is one message of the conversation; `reaction` is the emoji that the journey left on it. */
export interface Said {
  line: Line;
  /** What the person answered. */
  answer?: string;
  reaction?: string;
}

/** answerOf is what the person answered on a line: what they wrote, or what stood on the button they pressed. */
export function answerOf(line: Line, before: readonly Line[]): { channel: string; text: string } {
  const [, channel = "", said = ""] = /^(\S+)\s*([^]*)$/.exec(line.text) ?? [];
  const pressed = before.findLast((l) => l.channel === channel && l.content?.choices?.some((c) => c.id === said));
  return { channel, text: pressed?.content?.choices?.find((c) => c.id === said)?.title ?? said.trim() };
}

/**
 * chatOf is what stands on the person's phone in one channel. A reaction stands on the
 * person's newest message; where none is shown, it stays a line of its own.
 */
export function chatOf(lines: readonly Line[], channel: string): Said[] {
  const chat: Said[] = [];
  for (const [i, line] of lines.entries()) {
    const theirs = line.by === "world" && line.verb === "reply" && line.text.startsWith(channel);
    if (!theirs && line.channel !== channel) continue;
    const emoji = line.content?.reaction?.emoji;
    const on = emoji === undefined || line.refused ? undefined : chat.findLast((s) => s.line.by === "world");
    if (on) on.reaction = emoji as string;
    else chat.push(theirs ? { line, answer: answerOf(line, lines.slice(0, i)).text } : { line });
  }
  return chat;
}
