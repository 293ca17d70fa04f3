import type { Schemas } from "../../api/client";
import { caughtBy, type Step } from "../../document/steps";
import type { LaneOf } from "../layout/lanes";

/** Live is how far the person of a simulation has come. */
export interface Live {
  /** The steps that ran, by id, each with the outcomes it ended with so far. */
  passed: ReadonlyMap<string, ReadonlySet<string>>;
  /** The steps at which the person waits now. */
  here: ReadonlySet<string>;
  /** The step that did something last; "" before the first. */
  last: string;
  /** The journey went on to its last step and ended there by itself. */
  completed: boolean;
}

export type Mark = "passed" | "here" | undefined;

/** liveOf reads a play: what it reached, what it did, and where it rests. Before the first one nobody has moved. */
export function liveOf(played: Schemas["PlayedCase"] | undefined, coverage: Schemas["SimulationResult"]["coverage"]): Live {
  const passed = new Map<string, ReadonlySet<string>>();
  for (const line of played?.lines ?? []) if (line.by === "journey" && line.step_id) passed.set(line.step_id, new Set());
  for (const step of coverage) {
    const reached = step.outcomes.filter((o) => o.count > 0).map((o) => o.outcome);
    if (reached.length > 0) passed.set(step.step_id, new Set(reached));
  }
  return { passed, here: new Set(played?.rest?.steps.map((s) => s.step_id)), last: played?.lines.findLast((l) => l.by === "journey")?.step_id ?? "", completed: played?.ending === "completed" };
}

export const markOf = (live: Live | undefined, id: string): Mark => (live?.here.has(id) ? "here" : live?.passed.has(id) ? "passed" : undefined);

/** taken lists the outcomes of a lane by which the person left its step. */
export function taken(live: Live, step: Step, lane: LaneOf): string[] {
  const reached = live.passed.get(step.id);
  if (!reached) return [];
  const names = lane.outcomes.map((o) => o.name);
  if (lane.loops || step.verb === "parallel") return names; // the lane's own steps say whether they ran
  return names.filter((name) => reached.has(name) || (name === "otherwise" && caughtBy(step, [...reached]).length > 0));
}
