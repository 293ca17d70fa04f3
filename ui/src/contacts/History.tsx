import { Anchor, Text, Title } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "wouter";

import { api, given } from "../api/client";
import { useWords } from "../app/language";
import { More } from "../app/More";
import { When } from "../app/When";
import { channelTitle } from "../editor/summary";
import { historyOf, type Deed } from "./history";
import { passagesQuery, useJourneyNames } from "./passages";
import { worded, words } from "./words";

/** History is all that happened with a contact, across journeys, newest first. */
export function History({ id }: { id: string }) {
  const t = useWords(words);
  const passages = useInfiniteQuery(passagesQuery(id));
  const called = useJourneyNames();
  const messages = useInfiniteQuery({
    queryKey: ["messages", id],
    queryFn: ({ pageParam }) => given(api.GET("/api/v1/messages", { params: { query: { contact_id: id, ...(pageParam && { cursor: pageParam }) } } })),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor,
    refetchInterval: 15_000,
    retry: false,
  });
  const known = [passages, messages] as const;
  const deeds = historyOf(
    { items: passages.data?.pages.flatMap((p) => p.items) ?? [], more: passages.hasNextPage },
    { items: messages.data?.pages.flatMap((p) => p.items) ?? [], more: messages.hasNextPage },
  );
  if (deeds.length === 0) return null;
  const older = {
    hasNextPage: known.some((list) => list.hasNextPage),
    isFetchingNextPage: known.some((list) => list.isFetchingNextPage),
    fetchNextPage: () => known.forEach((list) => list.hasNextPage && void list.fetchNextPage()),
  };
  return (
    <section className="section">
      <Title order={2} size="h4" mb="sm">
        {t("history")}
      </Title>
      <ol className="log">
        {deeds.map((deed) => (
          <Line key={deed.key} deed={deed} journey={called(deed.journey)} />
        ))}
      </ol>
      <More list={older} />
    </section>
  );
}

function Line({ deed, journey }: { deed: Deed; journey: string }) {
  const t = useWords(words);
  const said = (d: Deed): string => {
    if (d.kind === "entered") return t("enteredJourney");
    if (d.kind === "left") return t("leftJourney", { outcome: worded(t, "", d.outcome) });
    const { channel, status, content, in_place_of } = d.message;
    return [t("messageBy", { channel: channelTitle(channel) }), worded(t, "m", status), in_place_of && t("standsIn"), content.text || content.subject || content.template].filter(Boolean).join(" · ");
  };
  return (
    <li>
      <Text size="xs" c="dimmed">
        <When at={deed.at} />
        {deed.journey && (
          <>
            {" · "}
            <Anchor component={Link} size="xs" href={deed.enrollment ? `/enrollments/${deed.enrollment}` : `/journeys/${deed.journey}`}>
              {journey}
            </Anchor>
          </>
        )}
      </Text>
      <Text size="sm" className="anywhere">
        {said(deed)}
      </Text>
    </li>
  );
}
