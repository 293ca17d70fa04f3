import { queryOptions, useQuery } from "@tanstack/react-query";

import { api, given, type Schemas } from "../api/client";

export type Diff = Schemas["Diff"];

/** impactQuery asks what publishing a text would change, and for whom. */
export const impactQuery = (id: string, text: string) =>
  queryOptions({
    queryKey: ["impact", id, text],
    queryFn: () => given(api.POST("/api/v1/journeys/{id}/diff", { params: { path: { id } }, body: { source: text } })),
  });

/** useImpact is what publishing the open text would change, and for whom. */
export function useImpact(id: string, text: string, clean: boolean) {
  return useQuery({ ...impactQuery(id, text), enabled: clean, staleTime: 0 });
}

/** useTests plays the saved tests against the open text; null when none are saved. */
export function useTests(id: string, text: string, clean: boolean) {
  return useQuery({
    queryKey: ["played", id, text],
    enabled: clean,
    staleTime: 0,
    queryFn: async () => {
      const tests = await given(api.GET("/api/v1/journeys/{id}/tests", { params: { path: { id } } }));
      if (tests.source.trim() === "") return null;
      return given(api.POST("/api/v1/journeys/simulate", { body: { files: { [`${id}.journey.yaml`]: text }, scenario: tests.source } }));
    },
  });
}
