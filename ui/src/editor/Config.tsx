import { Inspector } from "./forms/Inspector";
import { useEditor } from "./state";

/** Config is the journey's own card as a page: its name, who enters, when messages may go, goals and exits. */
export default function Config() {
  const readOnly = useEditor((e) => e.readOnly);
  return (
    <div className="editor-config" tabIndex={readOnly ? 0 : undefined}>
      <fieldset className="bare" disabled={readOnly}>
        <Inspector path={[]} />
      </fieldset>
    </div>
  );
}
