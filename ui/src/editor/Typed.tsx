import { useWords } from "../app/language";
import { useDocument } from "../document/store";
import { words } from "./words";

/** Typed offers to rename everywhere what was renamed by typing in the YAML. */
export function Typed() {
  const t = useWords(words);
  const typed = useDocument((d) => d.typed);
  const rename = useDocument((d) => d.rename);
  if (!typed) return null;
  return (
    <div className="editor-banner" role="status">
      <span>{t("typed", { from: typed.from, to: typed.to })}</span>
      <button type="button" className="text-button" onClick={() => rename(true)}>
        {t("typedFollow")}
      </button>
      <button type="button" className="text-button" onClick={() => rename(false)}>
        {t("typedLeave")}
      </button>
    </div>
  );
}
