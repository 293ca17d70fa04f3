import { useWords } from "../app/language";
import { isMoment, leaves, shown } from "../contacts/show";
import { words } from "./words";

/** Values are the journey's own at the moment at which a play rests. */
export function Values({ of: values, when }: { of: Record<string, unknown>; when: (at: string) => string }) {
  const t = useWords(words);
  const list = leaves(values);
  if (list.length === 0) return null;
  return (
    <details className="play-who" open>
      <summary>{t("values")}</summary>
      <dl className="play-values">
        {list.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{typeof value === "string" && isMoment(value) ? when(value) : shown(value)}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
