import { Stack, Table } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";

import { api, given } from "../api/client";
import { useWords } from "../app/language";
import { Failed } from "../app/Mishap";
import { More } from "../app/More";
import { When } from "../app/When";
import { words } from "./words";

/** Audit lists who did what, newest first. */
export default function Audit() {
  const t = useWords(words);
  const list = useInfiniteQuery({
    queryKey: ["audit"],
    queryFn: ({ pageParam }) => given(api.GET("/api/v1/audit", { params: { query: pageParam ? { cursor: pageParam } : {} } })),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor,
  });
  return (
    <Stack>
      {list.error && <Failed error={list.error} again={() => void list.refetch()} />}
      <div className="scroll-x" role="region" aria-label={t("audit")} tabIndex={0}>
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">{t("when")}</Table.Th>
              <Table.Th scope="col">{t("who")}</Table.Th>
              <Table.Th scope="col">{t("what")}</Table.Th>
              <Table.Th scope="col">{t("target")}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {list.data?.pages
              .flatMap((p) => p.items)
              .map((e) => (
                <Table.Tr key={e.seq}>
                  <Table.Td><When at={e.at} /></Table.Td>
                  <Table.Td>{e.actor}</Table.Td>
                  <Table.Td>{e.action}</Table.Td>
                  <Table.Td>{e.target}</Table.Td>
                </Table.Tr>
              ))}
          </Table.Tbody>
        </Table>
      </div>
      <More list={list} />
    </Stack>
  );
}
