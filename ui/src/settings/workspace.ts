import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { api, given } from "../api/client";
import { setValue, setYaml } from "../document/edits";
import { isFault, parse } from "../document/source";
import type { Edit, Path, Plain } from "../document/types";

export const file = "workspace.yaml";

/** A Tangled part of the file is written in a way that only its text can be changed in. */
export class Tangled extends Error {}

/** Change is one value of the file: text, a list or a mapping; undefined takes the key away. */
export interface Change {
  path: Path;
  value: Plain | undefined;
}

/** spliced makes changes one after another; whatever they do not name keeps its characters and comments. */
export function spliced(text: string, changes: Change[]): string {
  for (const { path, value } of changes) {
    const edit: Edit = value !== null && typeof value === "object" ? setYaml(text, path, flowOf(value)) : setValue(text, path, value ?? undefined);
    if (edit.text === undefined) throw new Tangled(String(edit.line));
    text = edit.text;
  }
  return text;
}

/** flowOf writes a value in one line; words stay as people write them, and hours get their quotes. */
export function flowOf(value: Plain): string {
  if (Array.isArray(value)) return `[${value.map(flowOf).join(", ")}]`;
  if (value !== null && typeof value === "object") {
    return `{${Object.entries(value)
      .map(([key, v]) => `${key}: ${flowOf(v)}`)
      .join(", ")}}`;
  }
  return typeof value === "string" && !/^[a-z][a-z_<>?-]*$/i.test(value) ? JSON.stringify(value) : String(value);
}

/** useWorkspace reads the workspace's file as data, and changes it by splices of the text that is there now. */
export function useWorkspace() {
  const queries = useQueryClient();
  const stored = useQuery({ queryKey: ["workspace"], queryFn: () => given(api.GET("/api/v1/workspace/files")) });
  const change = useMutation({
    mutationFn: async (changes: Change[]) => {
      const { files } = await given(api.GET("/api/v1/workspace/files"));
      return given(api.PUT("/api/v1/workspace/files", { body: { files: { ...files, [file]: spliced(files[file] ?? "", changes) } } }));
    },
    onSuccess: (kept) => queries.setQueryData(["workspace"], kept),
  });
  const read = parse(stored.data?.files[file] ?? "");
  const root = isFault(read) ? {} : read.root;
  return { stored, change, root: mapping(root) };
}

export function mapping(value: Plain | undefined): Record<string, Plain> {
  return value !== null && typeof value === "object" && !Array.isArray(value) ? value : {};
}

export function list(value: Plain | undefined): string[] {
  return (Array.isArray(value) ? value : value === undefined || value === null ? [] : [value]).map(String);
}

const days = { mon: "seg", tue: "ter", wed: "qua", thu: "qui", fri: "sex", sat: "sáb", sun: "dom", all: "todos" } as Record<string, string>;

/** daysIn are days of the week as the file writes them (mon-fri), for a person. */
export function daysIn(value: Plain | undefined, language: string): string {
  const text = list(value ?? "all").join(", ");
  return language === "en" ? text : text.replace(/[a-z]+/g, (day) => days[day] ?? day);
}

export interface Attribute {
  name: string;
  type: string;
  optional: boolean;
  personal: boolean;
}

/** attributesOf are the fields of a contact or an event, as one writes them: string?, {type: string?, pii: true}. */
export function attributesOf(fields: Plain | undefined): Attribute[] {
  return Object.entries(mapping(fields)).map(([name, declared]) => {
    const long = mapping(declared);
    const written = typeof declared === "string" ? declared : typeof long["type"] === "string" ? long["type"] : "";
    const type = written.replace(/\?$/, "") || Object.keys(long).join(", ");
    return { name, type, optional: written.endsWith("?"), personal: long["pii"] === true };
  });
}
