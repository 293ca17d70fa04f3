import { Button, Group } from "@mantine/core";
import { Link } from "wouter";

import { useWords } from "../app/language";
import { addressOf } from "./lines";
import { words } from "./words";

/** TagFilter narrows the list to a tag. What is chosen stands in the address. */
export function TagFilter({ tags, chosen }: { tags: string[]; chosen: string }) {
  const t = useWords(words);
  return (
    <Group component="nav" gap={6} aria-label={t("tags")}>
      {["", ...tags].map((tag) => (
        <Button key={tag} component={Link} href={addressOf(tag)} size="compact-sm" variant={tag === chosen ? "filled" : "default"} aria-current={tag === chosen ? "true" : undefined} maw="100%">
          {tag || t("allTags")}
        </Button>
      ))}
    </Group>
  );
}
