import type { ComponentType } from "react";

import type { Step } from "../../../document/steps";
import type { Path } from "../../../document/types";
import type { Named } from "../names";
import { AskForm } from "./Ask";
import { CallForm } from "./Call";
import { EmitForm } from "./Emit";
import { EnrollForm } from "./Enroll";
import { ExitForm } from "./Exit";
import { GotoForm } from "./Goto";
import { HandoffForm } from "./Handoff";
import { ParallelForm } from "./Parallel";
import { RepeatForm } from "./Repeat";
import { SendForm } from "./Send";
import { SetForm } from "./Set";
import { SplitForm } from "./Split";
import { SwitchForm } from "./Switch";
import { UpdateForm } from "./Update";
import { WaitForm } from "./Wait";

/** What a verb's form gets: the step, where its body stands, and what it may name. */
export interface VerbProps {
  step: Step;
  path: Path;
  names: readonly Named[];
}

/** verbForms has a form for every verb of the language. */
export const verbForms: Record<string, ComponentType<VerbProps>> = {
  send: SendForm,
  ask: AskForm,
  wait: WaitForm,
  switch: SwitchForm,
  split: SplitForm,
  parallel: ParallelForm,
  repeat: RepeatForm,
  enroll: EnrollForm,
  call: CallForm,
  handoff: HandoffForm,
  set: SetForm,
  update: UpdateForm,
  emit: EmitForm,
  goto: GotoForm,
  exit: ExitForm,
};
