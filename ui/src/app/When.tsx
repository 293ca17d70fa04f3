import { useFormat } from "./format";

/** When is a moment; whoever hovers over it learns in which zone it is said. */
export function When({ at, zone }: { at: string | null | undefined; zone?: string | undefined }) {
  const format = useFormat(zone);
  if (!at) return "—";
  return (
    <time dateTime={at} title={format.zone}>
      {format.moment(at)}
    </time>
  );
}
