import { Alert, Anchor, Button, Group, Paper, Stack, Switch, Table, Text, TextInput, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { GitBranch, Plus } from "lucide-react";
import { Suspense, useState } from "react";
import { Link } from "wouter";

import { fits } from "../app/fits";
import { useWords } from "../app/language";
import { Failed } from "../app/Mishap";
import { Page } from "../app/Page";
import { Tag } from "../app/Tag";
import { useFormat } from "../app/format";
import { later } from "../app/later";
import { When } from "../app/When";
import { useMay, useSession } from "../session/session";
import { journeysQuery, type JourneyLine } from "./api";
import { JourneyMenu } from "./JourneyMenu";
import { models } from "./models";
import type { Start } from "./NewJourney";
import { words } from "./words";

const NewJourney = later(() => import("./NewJourney"));

/** Journeys is the list of journeys, and where new ones begin. */
export default function Journeys() {
  const t = useWords(words);
  const may = useMay();
  const list = useQuery(journeysQuery);
  const [search, setSearch] = useState("");
  const [archived, setArchived] = useState(false);
  const [making, setMaking] = useState<Start>();
  const session = useSession().data;
  const all = list.data ?? [];
  const shown = all.filter((j) => (archived || j.status !== "archived") && fits(`${j.name} ${j.draft_name} ${j.id}`, search));
  const add = may("journeys") && (
    <Button leftSection={<Plus size={16} aria-hidden />} onClick={() => setMaking("confirmAppointment")}>
      {t("new")}
    </Button>
  );
  return (
    <Page title={t("title")} actions={all.length > 0 && add}>
      {list.error && <Failed error={list.error} again={() => void list.refetch()} />}
      {list.isSuccess && all.length === 0 && (
        <Stack align="flex-start">
          <Title order={2} size="h4">
            {t("empty")}
          </Title>
          {may("journeys") && (
            <>
              <Text>{t("emptyWhy")}</Text>
              <div className="cards">
                {models.map((model) => (
                  <Paper key={model} withBorder p="md">
                    <Stack align="flex-start" gap="xs">
                      <Title order={3} size="h5">
                        {t(model)}
                      </Title>
                      <Text size="sm">{t(`${model}What`)}</Text>
                      <Button variant="default" aria-label={t("useOf", { name: t(model) })} onClick={() => setMaking(model)}>
                        {t("use")}
                      </Button>
                    </Stack>
                  </Paper>
                ))}
              </div>
              <Group>
                {add}
                <Button variant="default" onClick={() => setMaking("import")}>
                  {t("import")}
                </Button>
              </Group>
            </>
          )}
          {session?.local && (
            <Text>
              {t("sandbox")} <Anchor href="/phone">{t("openPhone")}</Anchor>
            </Text>
          )}
        </Stack>
      )}
      {all.length > 0 && (
        <Stack>
          <Group justify="space-between">
            <TextInput aria-label={t("search")} placeholder={t("search")} value={search} onChange={(e) => setSearch(e.currentTarget.value)} type="search" />
            {all.some((j) => j.status === "archived") && <Switch label={t("archived")} checked={archived} onChange={(e) => setArchived(e.currentTarget.checked)} />}
          </Group>
          {shown.length === 0 ? (
            <Alert color="gray">{t("none")}</Alert>
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

function Line({ journey: j, all }: { journey: JourneyLine; all: JourneyLine[] }) {
  const t = useWords(words);
  const format = useFormat();
  return (
    <Table.Tr>
      <Table.Td>
        <Link href={`/journeys/${j.id}`} className="journey-name">
          {j.name || j.id}
        </Link>
        {j.draft_name && <Text size="xs">{t("draftCalled", { name: j.draft_name })}</Text>}
        <Text size="xs" c="dimmed">
          {j.id}
        </Text>
      </Table.Td>
      <Table.Td>
        <Status journey={j} /> {j.trial && <Tag look="care">{t("trial", { share: j.trial.share })}</Tag>}
        {j.draft_behind && <Tag look="care">{t(j.origin ? "changedInGit" : "draftBehind")}</Tag>}
        {j.origin && (
          <Text size="xs" c="dimmed" title={t("fromGit", { origin: j.origin })}>
            <GitBranch size={12} aria-hidden /> <span className="visually-hidden">{t("fromGit", { origin: "" })}</span>
            {j.origin}
          </Text>
        )}
      </Table.Td>
      <Table.Td ta="right">{format.number(j.inside)}</Table.Td>
      <Table.Td ta="right" className="wide">
        {format.number(j.entered_7d)}
      </Table.Td>
      <Table.Td className="wide">
        {j.problems === null ? (
          <Text size="sm" c="dimmed">
            {t("noDraft")}
          </Text>
        ) : (
          <Text size="sm" fw={j.problems > 0 ? 600 : 400} className={j.problems > 0 ? "problem" : ""}>
            {t("problemCount", { n: j.problems })}
          </Text>
        )}
      </Table.Td>
      <Table.Td className="wide">
        <Text size="sm"><When at={j.updated_at} /></Text>
        {j.edited_by && (
          <Text size="xs" c="dimmed">
            {t("by", { who: j.edited_by.replace(/ \([^)]*\)$/, "") })}
          </Text>
        )}
      </Table.Td>
      <Table.Td ta="right">
        <JourneyMenu journey={j} all={all} />
      </Table.Td>
    </Table.Tr>
  );
}

function Status({ journey: j }: { journey: JourneyLine }) {
  const t = useWords(words);
  const n = j.live_version;
  switch (j.status) {
    case "live":
      return <Tag look="good">{t("live", { n })}</Tag>;
    case "paused":
      return <Tag look="care">{t("paused", { n })}</Tag>;
    case "archived":
      return <Tag>{t("archivedStatus")}</Tag>;
    default:
      return <Tag>{t("draft")}</Tag>;
  }
}
