import type { Path } from "../../../document/types";
import { useForm, type Diagnostic } from "../context";
import { fieldOf } from "../problems";

/** useProblem is what the checker says of a field: in it, or that it is missing. */
export function useProblem(path: Path): string | undefined {
  const form = useForm();
  // The innermost step around the field: what is said of steps in its branches is theirs.
  const step = form.steps.findLast((s) => s.path.every((part, i) => path[i] === part));
  const ours = (d: Diagnostic) => !d.step_id || d.step_id === step?.id;
  const found = form.problemsAt(path).find(ours);
  if (found) return [found.message, found.suggestion].filter(Boolean).join(": ");
  if (!step || form.get(path) !== undefined || path.length - step.path.length > 2) return undefined;
  return form.diagnostics.find((d) => d.step_id === step.id && fieldOf(d) === path.at(-1))?.message;
}
