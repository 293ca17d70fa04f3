import { queryOptions } from "@tanstack/react-query";

import { api, given, type Schemas } from "../api/client";

export type JourneyLine = Schemas["JourneyLine"];

export const journeysQuery = queryOptions({
  queryKey: ["journeys"],
  queryFn: async () => (await given(api.GET("/api/v1/journeys"))).items,
  refetchInterval: 15_000,
});

export type Steer = "pause" | "resume" | "archive" | "unarchive";

export async function steer(id: string, what: Steer): Promise<void> {
  const params = { path: { id } };
  if (what === "pause") await given(api.POST("/api/v1/journeys/{id}/pause", { params }));
  if (what === "resume") await given(api.POST("/api/v1/journeys/{id}/resume", { params }));
  if (what === "archive") await given(api.POST("/api/v1/journeys/{id}/archive", { params }));
  if (what === "unarchive") await given(api.POST("/api/v1/journeys/{id}/unarchive", { params }));
}

/** create saves a draft under an id that nothing has. */
export async function create(id: string, source: string): Promise<void> {
  await given(api.PUT("/api/v1/journeys/{id}/draft", { params: { path: { id } }, body: { source } }));
}

/** sourceOf is a journey's text: its draft, else what is live. */
export async function sourceOf(id: string): Promise<string> {
  const j = await given(api.GET("/api/v1/journeys/{id}", { params: { path: { id } } }));
  return j.draft?.source ?? j.live?.source ?? "";
}
