import type { JourneyLine } from "./api";

/** allTags are the tags of some journeys, each once, as a reader sorts them. */
export const allTags = (list: readonly Pick<JourneyLine, "tags">[]): string[] => [...new Set(list.flatMap((j) => j.tags))].sort((a, b) => a.localeCompare(b));

/** addressOf is where the list shows the journeys of a tag; "" = all of them. */
export const addressOf = (tag: string): string => (tag ? `/journeys?${new URLSearchParams({ tag })}` : "/journeys");

/** How many must have ended for a share to say more than the two numbers. */
const enough = 30;

/** goalOf is the share that reached a goal, or the two numbers while they are few; undefined when there is nobody to count. */
export function goalOf(j: Pick<JourneyLine, "goal_30d">): { share: number } | { reached: number; ended: number } | undefined {
  const g = j.goal_30d;
  if (!g || g.ended === 0) return undefined;
  return g.ended < enough ? g : { share: Math.round((100 * g.reached) / g.ended) };
}
