import { useCallback, useEffect, useRef, useState } from "react";

/** How long a person may pause within a word. */
const pause = 300;

/**
 * useDraft holds what is being typed, and hands it on at a pause, on leaving the field
 * and before the field goes away. What changes outside (undo, the canvas) wins unless
 * somebody is typing.
 */
export function useDraft(value: string, commit: (text: string) => void) {
  const [draft, setDraft] = useState<string>();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const latest = useRef({ draft, value, commit });
  useEffect(() => {
    latest.current = { draft, value, commit };
  });
  useEffect(() => {
    if (draft !== undefined && draft === value) setDraft(undefined); // taken over: from here on undo wins
  }, [draft, value]);
  const flush = useCallback(() => {
    clearTimeout(timer.current);
    const { draft: typed, value: stored, commit: give } = latest.current;
    if (typed !== undefined && typed !== stored) give(typed);
    setDraft(undefined);
  }, []);
  useEffect(
    () => () => {
      clearTimeout(timer.current);
      const { draft: typed, value: stored, commit: give } = latest.current;
      if (typed !== undefined && typed !== stored) give(typed);
    },
    [],
  );
  const type = useCallback((text: string) => {
    setDraft(text);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      const { value: stored, commit: give } = latest.current;
      if (text !== stored) give(text);
    }, pause);
  }, []);
  return { text: draft ?? value, type, flush };
}
