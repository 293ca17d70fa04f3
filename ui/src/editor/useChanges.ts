import { useQuery } from "@tanstack/react-query";

import { impactQuery, type Diff } from "../publish/useImpact";
import { useDocument } from "../document/store";

/**
 * useChanges is what publishing the open text would change; nothing while the text has
 * mistakes. It is asked for when the text is saved, not at every key.
 */
export function useChanges(id: string): Diff | undefined {
  const text = useDocument((d) => d.text);
  const still = useDocument((d) => d.saved === "saved" && d.checkedText === d.text && d.checked?.ok === true);
  const diff = useQuery({ ...impactQuery(id, text), enabled: still, staleTime: 30_000, placeholderData: (before) => before });
  return diff.data;
}
