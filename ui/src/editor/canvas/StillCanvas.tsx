import "../editor.css";

import { useEffect, useState } from "react";

import { StillJourney } from "../journey";
import { createEditor, EditorContext } from "../state";
import Canvas from "./Canvas";
import type { Live } from "./live";

interface Props {
  text: string;
  /** How somebody went through it, or how it differs from another text. */
  live: Live;
  /** What it is called, for those who hear it; no other canvas of the page may be called so. */
  name: string;
  /** A step was chosen, by its id; "" for none. */
  choose?: (step: string) => void;
}

/** StillCanvas draws a text that nobody edits here: it can be walked and looked at. */
export default function StillCanvas({ text, live, name, choose }: Props) {
  const [editor] = useState(() => {
    const made = createEditor(true);
    made.setState({ live });
    return made;
  });
  useEffect(() => editor.setState({ live }), [editor, live]);
  useEffect(() => editor.subscribe((now, before) => now.chosen !== before.chosen && choose?.(now.chosen?.id ?? "")), [editor, choose]);
  return (
    <div className="editor still">
      <EditorContext value={editor}>
        <StillJourney text={text}>
          <Canvas name={name} />
        </StillJourney>
      </EditorContext>
    </div>
  );
}
