import { Tabs } from "@mantine/core";
import { Suspense } from "react";
import { useLocation } from "wouter";

import { useWords } from "../app/language";
import { later } from "../app/later";
import { Page } from "../app/Page";
import { useMay } from "../session/session";
import { words } from "./words";

const People = later(() => import("./People"));
const Tokens = later(() => import("./Tokens"));
const Hours = later(() => import("./Hours"));
const Schema = later(() => import("./Schema"));
const Password = later(() => import("./Password"));
const Files = later(() => import("./Files"));
const Audit = later(() => import("./Audit"));

/** Settings holds people, tokens, what the workspace knows, the audit trail and one's own password. */
export default function Settings({ tab }: { tab: string }) {
  const t = useWords(words);
  const may = useMay();
  const [, go] = useLocation();
  const tabs = [
    ...(may() ? [{ id: "people", word: "people", body: <People /> } as const, { id: "tokens", word: "tokens", body: <Tokens /> } as const] : []),
    { id: "hours", word: "hours", body: <Hours /> } as const,
    { id: "schema", word: "schema", body: <Schema /> } as const,
    { id: "files", word: "files", body: <Files /> } as const,
    ...(may() ? [{ id: "audit", word: "audit", body: <Audit /> } as const] : []),
    { id: "password", word: "password", body: <Password /> } as const,
  ];
  const chosen = tabs.find((one) => one.id === tab) ?? tabs[0]!;
  return (
    <Page title={t("title")}>
      <Tabs value={chosen.id} onChange={(id) => go(`/settings/${id ?? ""}`)} keepMounted={false}>
        <Tabs.List mb="md">
          {tabs.map((one) => (
            <Tabs.Tab key={one.id} value={one.id}>
              {t(one.word)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {tabs.map((one) => (
          <Tabs.Panel key={one.id} value={one.id}>
            <Suspense>{one.body}</Suspense>
          </Tabs.Panel>
        ))}
      </Tabs>
    </Page>
  );
}
