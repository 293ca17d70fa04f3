import { Button } from "@mantine/core";

import { useWords } from "./language";
import { words } from "./words";

/** More loads the next page of a list, when there is one. */
export function More({ list }: { list: { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage: () => unknown } }) {
  const t = useWords(words);
  if (!list.hasNextPage) return null;
  return (
    <Button variant="default" mt="md" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
      {t("more")}
    </Button>
  );
}
