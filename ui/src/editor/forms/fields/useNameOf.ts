import { useWords } from "../../../app/language";
import { useForm } from "../context";
import { nameOf } from "../nameOf";
import { words } from "../words";

/** useNameOf says the names of the journey whose form this is. */
export function useNameOf(): (path: string) => string {
  const t = useWords(words);
  const { steps, schema } = useForm();
  return (path) => nameOf(path, t, steps, (channel) => schema?.channels.find((c) => c.channel === channel)?.title ?? channel);
}
