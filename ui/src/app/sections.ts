import { Contact, LayoutTemplate, Plug, Route, Settings, type LucideIcon } from "lucide-react";

import type { Scope } from "../session/session";
import type { words } from "./words";

export interface Section {
  word: keyof typeof words;
  href: string;
  icon: LucideIcon;
  /** Any of these scopes opens it; admin opens every one. */
  scopes: Scope[];
}

export const sections: Section[] = [
  { word: "journeys", href: "/journeys", icon: Route, scopes: ["journeys", "read"] },
  { word: "contacts", href: "/contacts", icon: Contact, scopes: ["contacts", "read"] },
  { word: "templates", href: "/templates", icon: LayoutTemplate, scopes: ["journeys", "read"] },
  { word: "channels", href: "/channels", icon: Plug, scopes: [] },
  { word: "settings", href: "/settings", icon: Settings, scopes: ["journeys", "read"] },
];
