import { Button, TextInput } from "@mantine/core";

import { useWords } from "../../../app/language";
import type { Path } from "../../../document/types";
import { useForm } from "../context";
import { useProblem } from "../fields/useProblem";
import { words as written } from "../plain";
import { useDraft } from "../useDraft";
import { words } from "./words";

/** Those that WhatsApp itself offers first, and what a clinic says with one. */
const usual = [["👍", "emoji_thumb"], ["❤️", "emoji_heart"], ["😂", "emoji_laugh"], ["😮", "emoji_wow"], ["😢", "emoji_sad"], ["🙏", "emoji_thanks"], ["✅", "emoji_done"]] as const;

/** ReactionField is an emoji on the contact's newest message: a usual one, or any other; an empty one takes it back. */
export function ReactionField({ path, providers }: { path: Path; providers: readonly string[] }) {
  const t = useWords(words);
  const form = useForm();
  const problem = useProblem(path);
  const draft = useDraft(written(form.get(path)), (v) => form.set(path, v.trim()));
  return (
    <>
      <TextInput label={t("reaction")} description={t("reaction_hint")} error={problem} value={draft.text} onChange={(e) => draft.type(e.currentTarget.value)} onBlur={draft.flush} />
      <div role="group" aria-label={t("reaction_usual")} className="form-chips">
        {usual.map(([emoji, name]) => (
          <Button key={emoji} size="compact-sm" variant="default" aria-label={t(name)} aria-pressed={draft.text === emoji} onClick={() => form.set(path, emoji)}>
            {emoji}
          </Button>
        ))}
        <Button size="compact-sm" variant="default" aria-pressed={draft.text === ""} onClick={() => form.set(path, "")}>{t("reaction_none")}</Button>
      </div>
      {providers.length > 0 && <small>{t("reaction_by", { providers: providers.join(", ") })}</small>}
    </>
  );
}
