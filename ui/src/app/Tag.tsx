import type { ReactNode } from "react";

/** Tag is a state in a word; its color repeats what the word says. */
export function Tag({ look = "plain", children }: { look?: "plain" | "good" | "care" | "bad"; children: ReactNode }) {
  return <span className={`tag tag-${look}`}>{children}</span>;
}
