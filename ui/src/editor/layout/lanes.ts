import { normalOf, outcomesOf, type Step } from "../../document/steps";
import type { Path } from "../../document/types";

/** One outcome of a lane, and the list of steps that it leads to when it has one. */
export interface LaneOutcome {
  name: string;
  list: Path | undefined;
}

/** A way out of a step: into a branch of its own, or on to the next step. */
export interface LaneOf {
  outcomes: LaneOutcome[];
  /** The steps drawn under it; undefined where it just goes on. */
  list: Path | undefined;
  /** Back to the step, as from the inside of a `repeat`. */
  loops: boolean;
}

/**
 * lanesOf gives a step's ways out in the order of the file. Outcomes that just go on
 * share one: branches without steps, and the normal outcome, which comes first when
 * the file does not name it. A step that ends the journey or jumps has none.
 */
export function lanesOf(step: Step): LaneOf[] {
  if (step.verb === "exit" || step.verb === "goto") return [];
  const lanes: LaneOf[] = [];
  let goesOn: LaneOf | undefined;
  const on = (outcome: LaneOutcome) => {
    if (goesOn) goesOn.outcomes.push(outcome);
    else lanes.push((goesOn = { outcomes: [outcome], list: undefined, loops: false }));
  };
  if (step.inner) lanes.push({ outcomes: [{ name: "", list: step.inner }], list: step.inner, loops: true });
  const named = new Set(step.branches.map((b) => b.outcome));
  const normal = normalOf(step);
  if (normal && !named.has(normal)) on({ name: normal, list: undefined });
  for (const branch of step.branches) {
    if (branch.steps === 0) on({ name: branch.outcome, list: branch.list });
    else lanes.push({ outcomes: [{ name: branch.outcome, list: branch.list }], list: branch.list, loops: false });
  }
  if (["switch", "split", "parallel"].includes(step.verb) && !named.has("otherwise")) {
    for (const name of outcomesOf(step)) if (!named.has(name)) on({ name, list: [...step.path, "branches", name] });
  }
  if (lanes.length === 0) lanes.push({ outcomes: [], list: undefined, loops: false });
  return lanes;
}

/** straight reports whether a step has one way out of which nothing need be said. */
export function straight(step: Step, lanes: LaneOf[]): boolean {
  const [only] = lanes;
  return lanes.length === 1 && only?.list === undefined && step.branches.length === 0 && (only?.outcomes.length ?? 0) <= 1;
}
