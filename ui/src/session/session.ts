import { queryOptions, useQuery, useQueryClient } from "@tanstack/react-query";

import { api, given, type Schemas } from "../api/client";

export type Session = Schemas["Session"];
export type Scope = Schemas["Scope"];

/** A way in: e-mail and password, a link and the password one chooses, or, at the machine itself, nothing. */
export type WayIn = { email: string; password: string } | { link: string; password: string; name?: string; email?: string } | Record<string, never>;

const sessionQuery = queryOptions({
  queryKey: ["session"],
  queryFn: async (): Promise<Session> => {
    const now = await given(api.GET("/api/v1/session"));
    return !now.signed_in && now.local ? signIn({}) : now;
  },
  staleTime: 5 * 60_000,
});

export const useSession = () => useQuery(sessionQuery);

/** useMay says what the person may do: what the scopes of a route are to a token. */
export function useMay(): (...scopes: Scope[]) => boolean {
  const held = useSession().data?.scopes ?? [];
  return (...scopes) => held.includes("admin") || scopes.some((s) => held.includes(s));
}

export const signIn = (way: WayIn): Promise<Session> => given(api.POST("/api/v1/session", { body: way }));

export function useSignOut(): () => Promise<void> {
  const queries = useQueryClient();
  return async () => {
    await given(api.DELETE("/api/v1/session"));
    queries.clear();
    window.location.assign("/");
  };
}
