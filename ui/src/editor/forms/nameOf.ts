import type { Step } from "../../document/steps";
import { words } from "./words";

type Say = (word: keyof typeof words, values?: Record<string, string>) => string;

/** nameOf says a name of the language as people do: `contact.city` is "contato · city". */
export function nameOf(path: string, t: Say, steps: readonly Step[], titleOf: (channel: string) => string): string {
  const [head = "", ...rest] = path.replaceAll("?.", ".").split(".");
  const tail = rest.join(".");
  switch (head) {
    case "now":
      return t("now");
    case "contact":
    case "inputs":
    case "vars":
    case "event":
      return tail === "" ? path : `${t(`group_${head}`)} · ${tail.replaceAll("_", " ")}`;
    case "steps": {
      const [id = "", ...field] = rest;
      const step = steps.find((s) => s.id === id);
      const what = `f_${field[0] ?? ""}`;
      return t("of_step", { what: what in words ? t(what as keyof typeof words & `f_${string}`) : field.join("."), step: step?.name || id });
    }
    case "window": {
      const channel = titleOf(rest[0] ?? "");
      return rest[1] === "open" ? t("window_open", { channel }) : rest[1] === "closes_at" ? t("window_closes", { channel }) : path;
    }
    default:
      return path;
  }
}
