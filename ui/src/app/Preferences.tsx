import { ActionIcon, Menu, useMantineColorScheme, type MantineColorScheme } from "@mantine/core";
import { Check, Settings2 } from "lucide-react";
import type { ReactNode } from "react";

import { useLanguage, useWords, type Language } from "./language";
import { words } from "./words";

const languages: { value: Language; label: string }[] = [
  { value: "pt-BR", label: "Português" },
  { value: "en", label: "English" },
];
const schemes: MantineColorScheme[] = ["auto", "light", "dark"];

/** Preferences is the menu of language and appearance, and of what else is handed in. */
export function Preferences({ children, target }: { children?: ReactNode; target?: ReactNode }) {
  const t = useWords(words);
  const { language, choose } = useLanguage();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const mark = (on: boolean) => <Check size={14} aria-hidden className={on ? undefined : "hidden"} />;
  return (
    <Menu position="right-end" withinPortal>
      <Menu.Target>
        {target ?? (
          <ActionIcon variant="subtle" size="lg" aria-label={t("preferences")}>
            <Settings2 size={20} aria-hidden />
          </ActionIcon>
        )}
      </Menu.Target>
      <Menu.Dropdown>
        {children}
        <Menu.Label>{t("language")}</Menu.Label>
        {languages.map((l) => (
          <Menu.Item key={l.value} lang={l.value} leftSection={mark(l.value === language)} aria-current={l.value === language} onClick={() => choose(l.value)}>
            {l.label}
          </Menu.Item>
        ))}
        <Menu.Label>{t("appearance")}</Menu.Label>
        {schemes.map((s) => (
          <Menu.Item key={s} leftSection={mark(s === colorScheme)} aria-current={s === colorScheme} onClick={() => setColorScheme(s)}>
            {t(s as "auto" | "light" | "dark")}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
