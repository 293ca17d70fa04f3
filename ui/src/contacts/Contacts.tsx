import { Alert, Stack, Table, Text, TextInput, Title } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useSearch } from "wouter";

import { api, given } from "../api/client";
import { useWords } from "../app/language";
import { Failed } from "../app/Mishap";
import { More } from "../app/More";
import { Page } from "../app/Page";
import { When } from "../app/When";
import { channelTitle } from "../editor/summary";
import { addressesOf, agreed, nameOf } from "./show";
import { words } from "./words";

/** Contacts lists who we know, and finds them. */
export default function Contacts() {
  const t = useWords(words);
  const asked = new URLSearchParams(useSearch()).get("query") ?? "";
  const [search, setSearch] = useState(asked);
  const [query] = useDebouncedValue(search.trim(), 250);
  const list = useInfiniteQuery({
    queryKey: ["contacts", query],
    queryFn: ({ pageParam }) => given(api.GET("/api/v1/contacts", { params: { query: { ...(query && { query }), ...(pageParam && { cursor: pageParam }) } } })),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: keepPreviousData,
  });
  const all = list.data?.pages.flatMap((p) => p.items) ?? [];
  return (
    <Page title={t("title")}>
      {list.error && <Failed error={list.error} again={() => void list.refetch()} />}
      {list.isSuccess && all.length === 0 && !query ? (
        <Stack>
          <Title order={2} size="h4">
            {t("empty")}
          </Title>
          <Text>{t("emptyWhy")}</Text>
        </Stack>
      ) : (
        <Stack>
          <TextInput type="search" aria-label={t("search")} placeholder={t("search")} value={search} onChange={(e) => setSearch(e.currentTarget.value)} maw={360} />
          {list.isSuccess && all.length === 0 ? (
            <Alert color="gray">{t("none")}</Alert>
          ) : (
            <div className="scroll-x" role="region" aria-label={t("title")} tabIndex={0}>
              <Table verticalSpacing="sm">
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th scope="col">{t("name")}</Table.Th>
                    <Table.Th scope="col">{t("addresses")}</Table.Th>
                    <Table.Th scope="col" className="wide">
                      {t("optIn")}
                    </Table.Th>
                    <Table.Th scope="col" className="wide">
                      {t("changed")}
                    </Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {all.map((c) => (
                    <Table.Tr key={c.id}>
                      <Table.Td>
                        <Link href={`/contacts/${encodeURIComponent(c.id)}`} className="journey-name">
                          {nameOf(c)}
                        </Link>
                        <Text size="xs" c="dimmed">
                          {c.id}
                        </Text>
                      </Table.Td>
                      <Table.Td>
                        {addressesOf(c).map((a) => (
                          <Text size="sm" key={a.kind + a.value}>
                            {a.value}
                          </Text>
                        ))}
                      </Table.Td>
                      <Table.Td className="wide">{agreed(c).map(channelTitle).join(", ") || "—"}</Table.Td>
                      <Table.Td className="wide"><When at={c.updated_at} /></Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </div>
          )}
          <More list={list} />
        </Stack>
      )}
    </Page>
  );
}
