import { Loader } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { Suspense, useCallback, useEffect, useState, type ReactNode } from "react";

import { signedOut } from "../api/client";
import { useWords } from "../app/language";
import { later } from "../app/later";
import { useSession } from "./session";
import "./session.css";
import { words } from "./words";

const SignIn = later(() => import("./SignIn"));
const Expired = later(() => import("./Expired"));

/**
 * Gate shows the pages to whoever is signed in. When a session ends meanwhile, the
 * page stays as it is, with what was edited in it, and the person signs in above it.
 */
export function Gate({ children }: { children: ReactNode }) {
  const t = useWords(words);
  const session = useSession();
  const queries = useQueryClient();
  const [expired, setExpired] = useState(false);
  useEffect(() => {
    const over = () => setExpired(true);
    signedOut.addEventListener("signedout", over);
    return () => signedOut.removeEventListener("signedout", over);
  }, []);
  const local = session.data?.local ?? false;
  const back = useCallback(() => {
    setExpired(false);
    signedOut.dispatchEvent(new Event("signedin"));
    return queries.invalidateQueries();
  }, [queries]);
  useEffect(() => {
    if (!expired || !local) return;
    // At the machine itself nobody is asked: a new session begins.
    void queries.refetchQueries({ queryKey: ["session"] }).then(back);
  }, [back, expired, local, queries]);

  const waiting = (
    <main className="door" id="main">
      <div role="status">
        {session.failureCount > 0 ? (
          <>
            <strong>{t("away")}</strong>
            <p>{t("awayWhy")}</p>
          </>
        ) : (
          <Loader aria-label={t("loading")} role="img" />
        )}
      </div>
    </main>
  );
  if (session.isPending) return waiting;
  if (!session.data?.signed_in) {
    return (
      <Suspense fallback={waiting}>
        <SignIn />
      </Suspense>
    );
  }
  return (
    <>
      {children}
      <Suspense>{expired && !local && <Expired email={session.data.email ?? ""} done={() => void back()} />}</Suspense>
    </>
  );
}
