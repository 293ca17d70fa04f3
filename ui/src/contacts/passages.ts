import { infiniteQueryOptions } from "@tanstack/react-query";

import { api, given } from "../api/client";

/** passagesQuery asks for a contact's ways through journeys, newest first. */
export const passagesQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: ["enrollments", id],
    queryFn: ({ pageParam }) => given(api.GET("/api/v1/enrollments", { params: { query: { contact_id: id, ...(pageParam && { cursor: pageParam }) } } })),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor,
    refetchInterval: 15_000,
  });
