import { Anchor, Group, Table, Text } from "@mantine/core";
import { GitBranch } from "lucide-react";
import { Link } from "wouter";

import { useFormat } from "../app/format";
import { useWords } from "../app/language";
import { Tag } from "../app/Tag";
import { When } from "../app/When";
import type { JourneyLine } from "./api";
import { JourneyMenu } from "./JourneyMenu";
import { addressOf, goalOf } from "./lines";
import { words } from "./words";

/** Line is a journey in the list. */
export function Line({ journey: j, all }: { journey: JourneyLine; all: JourneyLine[] }) {
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
        {j.tags.length > 0 && (
          <Group gap="0 8px">
            {j.tags.map((tag) => (
              <Anchor key={tag} component={Link} href={addressOf(tag)} size="xs" className="anywhere" lh="1.5rem">
                #{tag}
              </Anchor>
            ))}
          </Group>
        )}
      </Table.Td>
      <Table.Td>
        <Status journey={j} />
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
      <Table.Td ta="right" className="wide">
        <Goal journey={j} />
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
        <Text size="sm">
          <When at={j.updated_at} />
        </Text>
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

/** Goal says how many of those who ended reached a goal, and of how many that speaks. */
function Goal({ journey: j }: { journey: JourneyLine }) {
  const t = useWords(words);
  const goal = goalOf(j);
  if (!goal) {
    return (
      <Text size="sm" c="dimmed" title={t("noGoal")}>
        <span aria-hidden>–</span>
        <span className="visually-hidden">{t("noGoal")}</span>
      </Text>
    );
  }
  if (!("share" in goal)) return t("goalOf", goal);
  return (
    <>
      {goal.share} %
      <Text size="xs" c="dimmed">
        {t("goalOf", j.goal_30d ?? {})}
      </Text>
    </>
  );
}

function Status({ journey: j }: { journey: JourneyLine }) {
  const t = useWords(words);
  return (
    <>
      <Stands journey={j} />
      {j.draining.length > 0 && (
        <>
          {" · "}
          <Tag>{t("draining", { versions: j.draining.map((v) => `v${v.version}`).join(", ") })}</Tag>
        </>
      )}{" "}
      {j.trial && <Tag look="care">{t("trial", { share: j.trial.share })}</Tag>}
      {j.draft_behind && <Tag look="care">{t(j.origin ? "changedInGit" : "draftBehind")}</Tag>}
      {j.draining.map((v) => (
        <Text key={v.version} size="xs" c="dimmed">
          {t("drainingInside", { n: v.inside, version: v.version })}
        </Text>
      ))}
    </>
  );
}

function Stands({ journey: j }: { journey: JourneyLine }) {
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
