import type { Line } from "./script";

/** Said is one message of the conversation; `reaction` is the emoji that the journey left on it. */
export interface Said {
  line: Line;
  reaction?: string;
}

/**
 * chatOf is what stands on the person's phone in one channel. A reaction stands on the
 * person's newest message; where none is shown, it stays a line of its own.
 */
export function chatOf(lines: readonly Line[], channel: string): Said[] {
  const chat: Said[] = [];
  for (const line of lines) {
    const theirs = line.by === "world" && line.verb === "reply" && line.text.startsWith(channel);
    if (!theirs && line.channel !== channel) continue;
    const emoji = line.content?.reaction?.emoji;
    const on = emoji === undefined || line.refused ? undefined : chat.findLast((s) => s.line.by === "world");
    if (on) on.reaction = emoji as string;
    else chat.push({ line });
  }
  return chat;
}
