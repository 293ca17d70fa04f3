import { useQuery } from "@tanstack/react-query";
import { createContext, useContext, useMemo, type ReactNode } from "react";

import { api, given, type Schemas } from "../../api/client";
import { setValue, setYaml } from "../../document/edits";
import { read, type Reading } from "../../document/read";
import { walk, type Step } from "../../document/steps";
import type { Edit, Path, Plain, Renamed } from "../../document/types";
import { named, type Named } from "./names";
import { at, flow } from "./plain";
import { within } from "./problems";

export type Diagnostic = Schemas["Diagnostic"];
export type RouteWindow = Schemas["RouteWindow"];

/** What the checker said of the text, and how the document is changed. */
export interface FormSource {
  text: string;
  /** apply takes an edit, or remembers that it was refused. */
  apply(edit: Edit, label: string): boolean;
  /** Whether the checker has seen this very text: its edits fit no other. */
  fresh: boolean;
  diagnostics: readonly Diagnostic[];
  windows: readonly RouteWindow[];
}

export interface Form extends FormSource {
  reading: Reading;
  root: Plain;
  steps: Step[];
  schema: Schemas["Schema"] | undefined;
  templates: readonly Schemas["Template"][];
  get(path: Path): Plain | undefined;
  /** set writes one value; undefined removes the key. */
  set(path: Path, value: string | number | boolean | undefined): void;
  /** put writes any value. */
  put(path: Path, value: Plain): void;
  /** change makes several edits one step of undo; each gets the text of the one before. */
  change(label: string, ...edits: ((text: string) => Edit)[]): boolean;
  problemsAt(path: Path): Diagnostic[];
  names(step?: Step, event?: string): Named[];
}

const FormContext = createContext<Form | undefined>(undefined);

export function useForm(): Form {
  const form = useContext(FormContext);
  if (!form) throw new Error("a form stands outside FormProvider");
  return form;
}

const nothing: Plain = {};

/** The schema changes with the workspace only, which nobody edits here. */
export const useSchema = () => useQuery({ queryKey: ["names"], queryFn: () => given(api.GET("/api/v1/names")), staleTime: 60_000 });
export const useTemplates = () => useQuery({ queryKey: ["templates"], queryFn: () => given(api.GET("/api/v1/templates")), staleTime: 60_000 });

export function FormProvider({ source, children }: { source: FormSource; children: ReactNode }) {
  const schema = useSchema().data;
  const templates = useTemplates().data?.items;
  const { text } = source;
  const reading = useMemo(() => read(text), [text]);
  const form = useMemo((): Form => {
    const root = reading.ok ? reading.root : nothing;
    const steps = walk(root);
    const change: Form["change"] = (label, ...edits) => {
      let now = text;
      const renamed: Renamed[] = [];
      for (const make of edits) {
        const edit = make(now);
        if (edit.text === undefined) return source.apply(edit, label);
        now = edit.text;
        renamed.push(...(edit.renamed ?? []));
      }
      return source.apply({ text: now, renamed }, label);
    };
    const label = (path: Path) => path.filter((p) => typeof p === "string").slice(-2).join(" ");
    return {
      ...source,
      reading,
      root,
      steps,
      schema,
      templates: templates ?? [],
      change,
      get: (path) => at(root, path),
      set: (path, value) => void change(label(path), (t) => setValue(t, path, value)),
      put: (path, value) => void change(label(path), (t) => setYaml(t, path, flow(value))),
      problemsAt: (path) => (reading.ok ? source.diagnostics.filter((d) => within(d, reading.at(path))) : []),
      names: (step, event) => named(root, steps, schema, step, event),
    };
  }, [reading, schema, source, templates, text]);
  return <FormContext value={form}>{children}</FormContext>;
}
