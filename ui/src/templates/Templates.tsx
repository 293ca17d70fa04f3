import { Alert, Stack, Table, Text, TextInput, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";

import { api, given } from "../api/client";
import { fits } from "../app/fits";
import { useWords } from "../app/language";
import { Failed } from "../app/Mishap";
import { Page } from "../app/Page";
import { Tag } from "../app/Tag";
import { journeysQuery } from "../journeys/api";
import { words } from "./words";

const looks: Record<string, "good" | "care" | "bad"> = { approved: "good", pending: "care", rejected: "bad", paused: "bad", disabled: "bad" };

/** Templates lists what the providers have approved, as the checker sees it. */
export default function Templates() {
  const t = useWords(words);
  const [search, setSearch] = useState("");
  const list = useQuery({ queryKey: ["templates"], queryFn: async () => (await given(api.GET("/api/v1/templates"))).items });
  const journeys = useQuery(journeysQuery);
  const nameOf = (id: string) => journeys.data?.find((j) => j.id === id)?.name || id;
  const all = list.data ?? [];
  const shown = all.filter((one) => fits(`${one.name} ${one.channel} ${one.body} ${one.subject}`, search));
  const said = (word: string) => (word in words ? t(word as keyof typeof words) : word);
  return (
    <Page title={t("title")}>
      {list.error && <Failed error={list.error} again={() => void list.refetch()} />}
      {list.isSuccess && all.length === 0 && (
        <Stack>
          <Title order={2} size="h4">
            {t("empty")}
          </Title>
          <Text>{t("emptyWhy")}</Text>
        </Stack>
      )}
      {all.length > 0 && (
        <Stack>
          <TextInput type="search" aria-label={t("search")} placeholder={t("search")} value={search} onChange={(e) => setSearch(e.currentTarget.value)} maw={320} />
          {shown.length === 0 ? (
            <Alert color="gray">{t("none")}</Alert>
          ) : (
            <div className="scroll-x" role="region" aria-label={t("title")} tabIndex={0}>
              <Table verticalSpacing="sm">
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th scope="col">{t("name")}</Table.Th>
                    <Table.Th scope="col">{t("channel")}</Table.Th>
                    <Table.Th scope="col" className="wide">
                      {t("language")}
                    </Table.Th>
                    <Table.Th scope="col" className="wide">
                      {t("category")}
                    </Table.Th>
                    <Table.Th scope="col">{t("status")}</Table.Th>
                    <Table.Th scope="col">{t("usedBy")}</Table.Th>
                    <Table.Th scope="col" className="wide">
                      {t("text")}
                    </Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {shown.map((one) => (
                    <Table.Tr key={`${one.channel}/${one.name}/${one.language}`}>
                      <Table.Td fw={600}>{one.name}</Table.Td>
                      <Table.Td>{one.channel}</Table.Td>
                      <Table.Td className="wide">{one.language || "—"}</Table.Td>
                      <Table.Td className="wide">{said(one.category)}</Table.Td>
                      <Table.Td>{one.status ? <Tag look={looks[one.status] ?? "plain"}>{said(one.status)}</Tag> : "—"}</Table.Td>
                      <Table.Td>
                        {t("usedByCount", { n: one.journeys.length })}
                        {one.journeys.map((id) => (
                          <Text size="xs" key={id}>
                            <Link href={`/journeys/${id}`}>{nameOf(id)}</Link>
                          </Text>
                        ))}
                      </Table.Td>
                      <Table.Td className="wide" maw={420}>
                        <Text size="sm">{one.body || one.subject || one.markdown.slice(0, 160)}</Text>
                        {one.buttons.length > 0 && (
                          <Text size="xs" c="dimmed">
                            {t("buttons", { list: one.buttons.join(" · ") })}
                          </Text>
                        )}
                      </Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </div>
          )}
        </Stack>
      )}
    </Page>
  );
}
