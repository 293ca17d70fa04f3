import { Anchor, Loader, Table, Text, Title } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { Link } from "wouter";

import { api, given } from "../api/client";
import { useWords } from "../app/language";
import { Failed } from "../app/Mishap";
import { More } from "../app/More";
import { Page } from "../app/Page";
import { Tag } from "../app/Tag";
import { When } from "../app/When";
import { channelTitle } from "../editor/summary";
import { History } from "./History";
import { passagesQuery, useJourneyNames } from "./passages";
import { addressesOf, left, nameOf, shown, type Contact as Person } from "./show";
import { worded, words } from "./words";

/** Contact is one person: how to reach them, what they agreed to, where they are. */
export default function Contact({ id }: { id: string }) {
  const t = useWords(words);
  const contact = useQuery({ queryKey: ["contact", id], queryFn: () => given(api.GET("/api/v1/contacts/{id}", { params: { path: { id } } })), refetchInterval: 15_000 });
  if (contact.error) return <Failed error={contact.error} again={() => void contact.refetch()} />;
  if (!contact.data) return <Loader m="xl" role="status" aria-label={t("title")} />;
  const c = contact.data;
  return (
    <Page
      title={nameOf(c)}
      actions={
        <Anchor component={Link} href="/contacts">
          {t("back")}
        </Anchor>
      }
    >
      <Title order={2} size="h4" mb="sm">
        {t("identity")}
      </Title>
      <dl className="facts">
        <dt>id</dt>
        <dd>{c.id}</dd>
        {addressesOf(c).map((a) => (
          <Fact key={a.kind + a.value} name={worded(t, "a", a.kind)} value={a.value} />
        ))}
        {Object.entries(c.attributes).map(([name, value]) => (
          <Fact key={name} name={name} value={shown(value)} />
        ))}
        {c.timezone && <Fact name={t("zone")} value={c.timezone} />}
        {Object.entries(c.opt_in as Record<string, unknown>).map(([channel, yes]) => (
          <Fact key={`opt ${channel}`} name={`${t("optIn")} ${channelTitle(channel)}`} value={t(yes === true ? "yes" : "no")} />
        ))}
      </dl>
      <Windows contact={c} />
      <Passages id={c.id} />
      <History id={c.id} />
    </Page>
  );
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </>
  );
}

function Windows({ contact }: { contact: Person }) {
  const t = useWords(words);
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const tick = setInterval(() => setNow(Date.now()), 30_000);
    return () => clearInterval(tick);
  }, []);
  const windows = Object.entries(contact.windows ?? {});
  return (
    <section className="section">
      <Title order={2} size="h4" mb="sm">
        {t("windows")}
      </Title>
      {windows.length === 0 && <Text>{t("noWindows")}</Text>}
      <dl className="facts">
        {windows.map(([channel, w]) => (
          <Fact key={channel} name={channelTitle(channel)} value={w.open && w.closes_at ? t("windowOpen", { left: left(w.closes_at, now) }) : t("windowClosed")} />
        ))}
      </dl>
    </section>
  );
}

function Passages({ id }: { id: string }) {
  const t = useWords(words);
  const list = useInfiniteQuery(passagesQuery(id));
  const called = useJourneyNames();
  const all = list.data?.pages.flatMap((p) => p.items) ?? [];
  return (
    <section className="section">
      <Title order={2} size="h4" mb="sm">
        {t("journeys")}
      </Title>
      {list.error && <Failed error={list.error} again={() => void list.refetch()} />}
      {list.isSuccess && all.length === 0 && <Text>{t("noJourneys")}</Text>}
      {all.length > 0 && (
        <div className="scroll-x" role="region" aria-label={t("journeys")} tabIndex={0}>
          <Table verticalSpacing="sm">
            <Table.Thead>
              <Table.Tr>
                <Table.Th scope="col">{t("journey")}</Table.Th>
                <Table.Th scope="col">{t("status")}</Table.Th>
                <Table.Th scope="col">{t("where")}</Table.Th>
                <Table.Th scope="col" className="wide">
                  {t("started")}
                </Table.Th>
                <Table.Th scope="col" className="wide">
                  {t("wakes")}
                </Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {all.map((e) => (
                <Table.Tr key={e.id}>
                  <Table.Td>
                    <Link href={`/enrollments/${e.id}`} className="journey-name">
                      {called(e.journey)}
                    </Link>
                  </Table.Td>
                  <Table.Td>
                    <Tag look={e.status === "failed" || e.status === "quarantined" ? "bad" : e.ended_at ? "plain" : "good"}>{t(e.status)}</Tag>
                  </Table.Td>
                  <Table.Td>{e.current_step || e.outcome || "—"}</Table.Td>
                  <Table.Td className="wide"><When at={e.started_at} /></Table.Td>
                  <Table.Td className="wide"><When at={e.next_wake_at} /></Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </div>
      )}
      <More list={list} />
    </section>
  );
}
