import { infiniteQueryOptions, useQuery } from "@tanstack/react-query";

import { api, given } from "../api/client";
import { journeysQuery } from "../journeys/api";
import { useMay } from "../session/session";

/** passagesQuery asks for a contact's ways through journeys, newest first. */
export const passagesQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: ["enrollments", id],
    queryFn: ({ pageParam }) => given(api.GET("/api/v1/enrollments", { params: { query: { contact_id: id, ...(pageParam && { cursor: pageParam }) } } })),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor,
    refetchInterval: 15_000,
  });

/** useJourneyNames calls journeys by their names; by their ids for those who may not see journeys. */
export function useJourneyNames(): (id: string) => string {
  const journeys = useQuery({ ...journeysQuery, enabled: useMay()("journeys", "read") }).data;
  return (id) => journeys?.find((j) => j.id === id)?.name || id;
}
