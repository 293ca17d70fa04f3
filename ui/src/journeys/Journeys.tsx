import { Alert, Button, Group, Stack, Switch, Table, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { Suspense, useState } from "react";
import { useSearchParams } from "wouter";

import { fits } from "../app/fits";
import { useWords } from "../app/language";
import { Failed } from "../app/Mishap";
import { Page } from "../app/Page";
import { later } from "../app/later";
import { useMay } from "../session/session";
import { journeysQuery } from "./api";
import { Line } from "./Line";
import { allTags } from "./lines";
import type { Start } from "./NewJourney";
import { TagFilter } from "./TagFilter";
import { words } from "./words";

const Empty = later(() => import("./Empty"));
const NewJourney = later(() => import("./NewJourney"));

/** Journeys is the list of journeys, and where new ones begin. */
export default function Journeys() {
  const t = useWords(words);
  const may = useMay();
  const list = useQuery(journeysQuery);
  const [search, setSearch] = useState("");
  const [archived, setArchived] = useState(false);
  const [making, setMaking] = useState<Start>();
  const all = list.data ?? [];
  const tag = useSearchParams()[0].get("tag") ?? "";
  const listed = all.filter((j) => archived || j.status !== "archived");
  const shown = listed.filter((j) => (!tag || j.tags.includes(tag)) && fits(`${j.name} ${j.draft_name} ${j.id}`, search));
  // One that no journey has any more stays, so that the way back to all is there.
  const tags = allTags([...listed, ...(tag ? [{ tags: [tag] }] : [])]);
  const add = may("journeys") && (
    <Button leftSection={<Plus size={16} aria-hidden />} onClick={() => setMaking("confirmAppointment")}>
      {t("new")}
    </Button>
  );
  return (
    <Page title={t("title")} actions={all.length > 0 && add}>
      {list.error && <Failed error={list.error} again={() => void list.refetch()} />}
      <Suspense>{list.isSuccess && all.length === 0 && <Empty add={add} make={setMaking} />}</Suspense>
      {all.length > 0 && (
        <Stack>
          <Group justify="space-between">
            <TextInput aria-label={t("search")} placeholder={t("search")} value={search} onChange={(e) => setSearch(e.currentTarget.value)} type="search" />
            {all.some((j) => j.status === "archived") && <Switch label={t("archived")} checked={archived} onChange={(e) => setArchived(e.currentTarget.checked)} />}
          </Group>
          {tags.length > 0 && <TagFilter tags={tags} chosen={tag} />}
          {shown.length === 0 ? (
            <Alert color="gray">{t(tag ? "noneTagged" : "none", { tag })}</Alert>
          ) : (
            <div className="scroll-x" role="region" aria-label={t("title")} tabIndex={0}>
              <Table verticalSpacing="sm">
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th scope="col">{t("name")}</Table.Th>
                    <Table.Th scope="col">{t("status")}</Table.Th>
                    <Table.Th scope="col" ta="right">
                      {t("inside")}
                    </Table.Th>
                    <Table.Th scope="col" ta="right" className="wide">
                      {t("entered")}
                    </Table.Th>
                    <Table.Th scope="col" ta="right" className="wide" title={t("goalWhy")}>
                      {t("goal")}
                    </Table.Th>
                    <Table.Th scope="col" className="wide">
                      {t("problems")}
                    </Table.Th>
                    <Table.Th scope="col" className="wide">
                      {t("edited")}
                    </Table.Th>
                    <Table.Th scope="col">
                      <span className="visually-hidden">{t("actions")}</span>
                    </Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {shown.map((j) => (
                    <Line key={j.id} journey={j} all={all} />
                  ))}
                </Table.Tbody>
              </Table>
            </div>
          )}
        </Stack>
      )}
      <Suspense>{making && <NewJourney taken={all.map((j) => j.id)} start={making} close={() => setMaking(undefined)} />}</Suspense>
    </Page>
  );
}
