import type { Schemas } from "../../../api/client";
import { setValue, setYaml } from "../../../document/edits";
import { same } from "../../../document/plain";
import type { Edit, Path, Plain } from "../../../document/types";
import { guessed, writtenAs, type Named } from "../names";
import { flow, fold, mapping, words, type Mapping } from "../plain";
import { options, type Option } from "./routes";

type Channel = Schemas["SchemaChannel"];
type Template = Schemas["Template"];

/** converted is a message for another channel: what it says stays, as far as it can. */
export function converted(message: Mapping, to: Channel): Plain {
  const said = words(message.text) || words(message.markdown);
  if (to.letter) return { subject: words(message.subject), markdown: said };
  const media = to.media && Object.keys(mapping(message.media)).length > 0 ? { media: message.media as Plain } : {};
  return { text: said, ...media };
}

/** sendable are the templates that may go now: approved ones, and those that nobody approves. */
export const sendable = (t: Template): boolean => t.status === "approved" || t.status === "";

/** valuesFor fills a template's parameters by their names; what stands already stays. */
export function valuesFor(template: Template, names: readonly Named[], old: Mapping = {}): { [key: string]: Plain } {
  const params: { [key: string]: Plain } = {};
  for (const name of template.params) {
    const named = guessed(name, names);
    params[name] = words(old[name]) || (named ? writtenAs(named) : "");
  }
  return params;
}

/** filledIn is a template's text as own text: its parameters become what they were given. */
export function filledIn(template: Template, params: Mapping): string {
  const text = template.body || template.markdown;
  return text.replace(/\{\{\s*(\w+)\s*\}\}/g, (whole, name: string) => words(params[name]) || whole);
}

/** fromButtons makes options of a template's buttons; those that stand already keep their ids. */
export function fromButtons(buttons: readonly string[], old: readonly Option[]): Option[] {
  const taken = old.filter((o) => buttons.includes(o.title)).map((o) => o.id);
  return buttons.map((title) => {
    const same = old.find((o) => o.title === title);
    if (same) return same;
    const id = fold(title, taken);
    taken.push(id);
    return { id, title, section: "", match: [] };
  });
}

/**
 * answersOf makes a question's answers those of its template's buttons, and gives each
 * new one a branch; answers that no button gives go, with their branches when nothing
 * happens there.
 */
export function answersOf(buttons: readonly string[], question: Plain | undefined, branches: Mapping, step: Path): ((text: string) => Edit)[] {
  const old = options(question);
  const next = fromButtons(buttons, old);
  const ids = next.map((o) => o.id);
  const gone = old.map((o) => o.id).filter((id) => !ids.includes(id) && Array.isArray(branches[id]) && (branches[id] as Plain[]).length === 0);
  const fresh = ids.filter((id) => !old.some((o) => o.id === id));
  const wanted = [...fresh, ...(Object.hasOwn(branches, "otherwise") ? [] : ["timeout"])].filter((id) => !Object.hasOwn(branches, id));
  return [
    (text) => setYaml(text, [...step, "ask", "options"], flow(next.map(optionPlain))),
    ...wanted.map((id) => (text: string) => setYaml(text, [...step, "branches", id], "[]")),
    ...gone.map((id) => (text: string) => setValue(text, [...step, "branches", id], undefined)),
  ];
}

/** bringsAnswers reports whether buttons give other answers than a question has, and nothing happens yet on those that would go. */
export function bringsAnswers(buttons: readonly string[], question: Plain | undefined, branches: Mapping): boolean {
  const old = options(question);
  if (buttons.length === 0 || old.length === 0 || same(old.map((o) => o.title), [...buttons])) return false;
  return old.every((o) => buttons.includes(o.title) || !Array.isArray(branches[o.id]) || (branches[o.id] as Plain[]).length === 0);
}

/** optionPlain is an option as it is written: `section` and `match` only when there is one. */
export const optionPlain = (o: Option): Plain => ({ id: o.id, title: o.title, ...(o.section ? { section: o.section } : {}), ...(o.match.length > 0 ? { match: o.match } : {}) });
