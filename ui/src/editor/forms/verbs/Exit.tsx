import { useWords } from "../../../app/language";
import { LabelField } from "../fields/Plain";
import type { VerbProps } from "./forms";
import { words } from "./words";

export function ExitForm({ path }: VerbProps) {
  const t = useWords(words);
  return <LabelField label={t("outcome")} path={path} required />;
}
