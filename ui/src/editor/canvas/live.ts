import type { Schemas } from "../../api/client";
import { caughtBy, type Step } from "../../document/steps";
import type { LaneOf } from "../layout/lanes";

/** Live is how far the person of a simulation, or of an enrollment, has come. */
export interface Live {
  /** The steps that ran, by id, each with the outcomes it ended with so far. */
  passed: ReadonlyMap<string, ReadonlySet<string>>;
  /** The steps at which the person waits now. */
  here: ReadonlySet<string>;
  /** The step that did something last; "" before the first. */
  last: string;
  /** The journey went on to its last step and ended there by itself. */
  completed: boolean;
  /** What two texts are compared by, instead of a way: the steps that one has and the other not, or otherwise. */
  marks?: ReadonlyMap<string, Mark>;
}

export type Mark = "passed" | "here" | "isNew" | "isChanged" | "isGone" | undefined;

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

/** wentBy reads how far somebody has come from what is known of their enrollment. */
export function wentBy(e: Schemas["EnrollmentDetail"]): Live {
  const passed = new Map<string, Set<string>>();
  let last = "";
  for (const { kind, step_id: id = "", result = "" } of e.timeline) {
    if (kind === "step" && id && result !== "skipped") {
      passed.set(id, passed.get(id) ?? new Set());
      last = id;
    }
    if (kind === "outcome") passed.get(id)?.add(result);
  }
  return { passed, here: new Set(e.ended_at ? [] : e.current_steps.map((s) => s.step_id)), last, completed: e.outcome === "completed" };
}

/** compared marks what a change does to the steps of the text before it, or of the text after it. */
export function compared(changes: readonly Schemas["Change"][], side: "before" | "after"): Live {
  const was = new Map(changes.flatMap((c) => (c.was && c.step_id ? [[c.step_id, c.was]] : [])));
  const marks = new Map<string, Mark>();
  for (const { kind, step_id: id } of changes) {
    if (!id) continue;
    if (kind === "step_added") marks.set(id, "isNew");
    else if (kind === "step_removed") marks.set(id, "isGone");
    else if (!marks.has(id)) marks.set(side === "before" ? (was.get(id) ?? id) : id, "isChanged");
  }
  return { passed: new Map(), here: new Set(), last: "", completed: false, marks };
}

export const markOf = (live: Live | undefined, id: string): Mark => live?.marks?.get(id) ?? (live?.here.has(id) ? "here" : live?.passed.has(id) ? "passed" : undefined);

/** taken lists the outcomes of a lane by which the person left its step. */
export function taken(live: Live, step: Step, lane: LaneOf): string[] {
  const reached = live.passed.get(step.id);
  if (!reached) return [];
  const names = lane.outcomes.map((o) => o.name);
  if (lane.loops || step.verb === "parallel") return names; // the lane's own steps say whether they ran
  return names.filter((name) => reached.has(name) || (name === "otherwise" && caughtBy(step, [...reached]).length > 0));
}
