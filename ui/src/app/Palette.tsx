import { Modal, TextInput, UnstyledButton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Route, UserSearch } from "lucide-react";
import { useState, type KeyboardEvent, type ReactNode } from "react";
import { useLocation } from "wouter";

import { journeysQuery } from "../journeys/api";
import { useMay } from "../session/session";
import { fits } from "./fits";
import { useWords } from "./language";
import { offered } from "./offers";
import "./palette.css";
import { sections } from "./sections";
import { words } from "./words";

interface Target {
  id: string;
  label: string;
  kind?: string;
  icon: ReactNode;
  run: () => void;
}

/** So many are listed; who seeks among more types another letter. */
const most = 50;

/** Palette goes to a section, a journey, a contact or what the open page offers, by a few letters of its name. */
export default function Palette({ close }: { close: () => void }) {
  const t = useWords(words);
  const may = useMay();
  const [, go] = useLocation();
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const [offers] = useState(offered);
  const [before] = useState(() => document.activeElement as HTMLElement | null);
  const dismiss = () => {
    close();
    requestAnimationFrame(() => before?.focus({ preventScroll: true }));
  };
  const seesJourneys = may("journeys", "read");
  const journeys = useQuery({ ...journeysQuery, enabled: seesJourneys });
  const to = (href: string) => () => go(href);
  const found: (Target & { sought: string })[] = [
    ...offers.filter((o) => !o.many || text.trim()).map((o) => ({ ...o, sought: `${o.label} ${o.kind}` })),
    ...sections.filter((s) => may(...s.scopes)).map((s) => ({ id: s.href, label: t(s.word), icon: <s.icon size={16} aria-hidden />, run: to(s.href), sought: `${t(s.word)} ${s.href}` })),
    ...(journeys.data ?? []).map((j) => ({ id: `j-${j.id}`, label: j.name || j.id, icon: <Route size={16} aria-hidden />, run: to(`/journeys/${j.id}`), sought: `${j.name} ${j.id}` })),
  ];
  const targets: Target[] = found.filter((one) => fits(one.sought, text)).slice(0, most);
  if (text.trim() && may("contacts", "read")) {
    targets.push({ id: "contacts", label: t("searchContacts", { text }), icon: <UserSearch size={16} aria-hidden />, run: to(`/contacts?query=${encodeURIComponent(text.trim())}`) });
  }
  const chosen = Math.min(at, targets.length - 1);
  const open = (one: Target | undefined) => {
    if (!one) return;
    close();
    one.run();
  };
  const key = (e: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
    if (step && targets.length > 0) {
      e.preventDefault();
      setAt((chosen + step + targets.length) % targets.length);
    }
    if (e.key === "Enter") {
      e.preventDefault();
      open(targets[chosen]);
    }
  };
  return (
    <Modal.Root opened onClose={dismiss} padding="xs" size="lg" yOffset="12vh">
      <Modal.Overlay />
      <Modal.Content aria-label={t("search")}>
        <Modal.Body>
          <TextInput
            data-autofocus
            role="combobox"
            aria-label={t("find")}
            aria-expanded
            aria-controls="palette-list"
            aria-activedescendant={targets[chosen] ? `palette-${targets[chosen].id}` : undefined}
            placeholder={t("find")}
            value={text}
            onChange={(e) => {
              setText(e.currentTarget.value);
              setAt(0);
            }}
            onKeyDown={key}
          />
          <div id="palette-list" role="listbox" aria-label={t("find")} className="palette-list">
            {targets.map((one, i) => (
              <UnstyledButton
                key={one.id}
                id={`palette-${one.id}`}
                role="option"
                aria-selected={i === chosen}
                tabIndex={-1}
                className="palette-item"
                onMouseMove={() => setAt(i)}
                onClick={() => open(one)}
              >
                {one.icon} {one.label} {one.kind && <span className="palette-kind">{one.kind}</span>}
              </UnstyledButton>
            ))}
          </div>
          {targets.length === 0 && <p className="palette-none">{t("nothing")}</p>}
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}
