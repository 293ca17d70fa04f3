import { Menu } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { CircleUser, LogOut, Search } from "lucide-react";
import { Suspense, useState, type ReactNode } from "react";
import { Link, useLocation } from "wouter";

import { useMay, useSession, useSignOut } from "../session/session";
import { useReachable } from "./connection";
import { useWords } from "./language";
import { later } from "./later";
import { Preferences } from "./Preferences";
import { sections } from "./sections";
import "./shell.css";
import { words } from "./words";

const Environment = later(() => import("./Environment"));
const Palette = later(() => import("./Palette"));

/** Shell is what stands around every page: sections, the palette, language, account. */
export function Shell({ children }: { children: ReactNode }) {
  const t = useWords(words);
  const [path] = useLocation();
  const may = useMay();
  const session = useSession().data;
  const signOut = useSignOut();
  const reachable = useReachable();
  const [palette, setPalette] = useState(false);
  // Also from within a field, and above the browser's own use of the key.
  useHotkeys([["mod+K", () => setPalette(true)]], [], true);
  return (
    <div className="shell">
      <a className="skip" href="#main">
        {t("skip")}
      </a>
      <nav className="shell-bar" aria-label={t("sections")}>
        <button type="button" className="shell-link" aria-label={t("search")} title={t("search")} onClick={() => setPalette(true)}>
          <Search size={20} aria-hidden />
        </button>
        <ul>
          {sections
            .filter((s) => may(...s.scopes))
            .map((s) => (
              <li key={s.href}>
                <Link className="shell-link" href={s.href} aria-current={path.startsWith(s.href) ? "page" : undefined}>
                  <s.icon size={20} aria-hidden />
                  {t(s.word)}
                </Link>
              </li>
            ))}
        </ul>
        <span className="shell-space" />
        <Suspense>{session && (session.demo || session.clock) && <Environment session={session} />}</Suspense>
        <Preferences
          target={
            <button type="button" className="shell-link" aria-label={t("preferences")} title={session?.name ?? ""}>
              <CircleUser size={20} aria-hidden />
            </button>
          }
        >
          {session?.demo && <Menu.Label>{t("demo")}</Menu.Label>}
          {session?.name && <Menu.Label>{t("signedInAs", { name: session.name })}</Menu.Label>}
          {session?.user_id && !session.local && (
            <Menu.Item leftSection={<LogOut size={14} aria-hidden />} onClick={() => void signOut()}>
              {t("signOut")}
            </Menu.Item>
          )}
        </Preferences>
      </nav>
      <main className="shell-main" id="main" tabIndex={-1}>
        <div role="status" aria-live="polite">
          {!reachable && <div className="away">{t("away")}</div>}
        </div>
        {/* The editor lays itself out in what there is; lists scroll. */}
        <div className={/^\/journeys\/./.test(path) ? "shell-fill" : "shell-scroll"}>{children}</div>
        <div id="floats" />
      </main>
      <Suspense>{palette && <Palette close={() => setPalette(false)} />}</Suspense>
    </div>
  );
}
