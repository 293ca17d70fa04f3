import { CircleQuestionMark } from "lucide-react";
import { useState } from "react";

import { useWords } from "../../app/language";
import { Dialog } from "../Dialog";
import { useVerb, VerbExplanation } from "../explain/Explanation";
import { words } from "./words";

/** VerbHelp opens the page of the verb that a form is about. */
export function VerbHelp({ verb, named }: { verb: string; named: string }) {
  const t = useWords(words);
  const [open, setOpen] = useState(false);
  return (
    <>
      <button type="button" className="icon-button form-help" aria-haspopup="dialog" aria-label={t("help_of", { verb: named })} title={t("help_of", { verb: named })} onClick={() => setOpen(true)}>
        <CircleQuestionMark size={16} aria-hidden />
      </button>
      {open && <Help verb={verb} named={named} close={() => setOpen(false)} />}
    </>
  );
}

function Help({ verb, named, close }: { verb: string; named: string; close: () => void }) {
  const page = useVerb(verb);
  return (
    <Dialog title={`${named}${page.data ? ` · ${page.data.verb}: ${page.data.title}` : ""}`} close={close} wide>
      <VerbExplanation verb={verb} />
    </Dialog>
  );
}
