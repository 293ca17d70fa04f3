import { Text } from "@mantine/core";

import { useWords } from "../../../app/language";
import { ContentField } from "../fields/ContentField";
import { DurationField } from "../fields/DurationField";
import { PairsField } from "../fields/PairsField";
import { ChoiceField, CountField } from "../fields/Plain";
import { mapping } from "../plain";
import type { VerbProps } from "./forms";
import { words } from "./words";

const methods = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;

export function CallForm({ step, path, names }: VerbProps) {
  const t = useWords(words);
  const body = mapping(step.body).body;
  const flat = body === undefined || (body !== null && typeof body === "object" && !Array.isArray(body) && Object.values(body).every((v) => v === null || typeof v !== "object"));
  return (
    <>
      <ChoiceField label={t("method")} path={[...path, "method"]} choices={methods.map((m) => [m, m] as const)} />
      <ContentField label={t("url")} path={[...path, "url"]} names={names} required />
      <PairsField label={t("query")} path={[...path, "query"]} names={names} />
      <PairsField label={t("headers")} path={[...path, "headers"]} names={[]} />
      {flat ? <PairsField label={t("body")} path={[...path, "body"]} names={names} /> : <Text size="sm" c="dimmed">{t("body_code")}</Text>}
      <DurationField label={t("call_timeout")} path={[...path, "timeout"]} placeholder="10s" unit="m" />
      <CountField label={t("retries")} path={[...path, "retries"]} min={0} max={10} placeholder="3" />
      <PairsField label={t("returns")} path={[...path, "returns"]} names={[]} />
    </>
  );
}
