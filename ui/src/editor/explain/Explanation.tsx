import { useQuery } from "@tanstack/react-query";

import { api, given } from "../../api/client";
import { useLanguage } from "../../app/language";
import { inline, itemsOf, piecesOf } from "./pieces";

/** usePage is what `jornada explain` prints of a code, in the language of the page. */
export function usePage(code: string) {
  const { language } = useLanguage();
  return useQuery({ queryKey: ["code", code, language], queryFn: () => given(api.GET("/api/v1/codes/{code}", { params: { path: { code } } })), staleTime: Infinity });
}

/** useVerb is what `jornada explain` prints of a verb, in the language of the page. */
export function useVerb(verb: string) {
  const { language } = useLanguage();
  return useQuery({ queryKey: ["verb", verb, language], queryFn: () => given(api.GET("/api/v1/verbs/{verb}", { params: { path: { verb } } })), staleTime: Infinity });
}

/** Explanation is the page of a code: what it means, an example that is wrong and one that is right. */
export function Explanation({ code }: { code: string }) {
  const { data, error } = usePage(code);
  return <Shown data={data} error={error} />;
}

/** VerbExplanation is the page of a verb: what it does, its fields, how it ends, an example. */
export function VerbExplanation({ verb }: { verb: string }) {
  const { data, error } = useVerb(verb);
  return <Shown data={data} error={error} />;
}

function Shown({ data, error }: { data: { text: string } | undefined; error: Error | null }) {
  if (error) return <p className="is-error">{error.message}</p>;
  if (!data) return null;
  return (
    <div className="explanation">
      {piecesOf(data.text).map((piece, i) =>
        piece.kind === "example" ? (
          <pre key={i} tabIndex={0}>{piece.text}</pre>
        ) : (
          piece.text.split(/\n{2,}/).map((block, j) => <Block key={`${i}/${j}`} text={block} />)
        ),
      )}
    </div>
  );
}

function Block({ text }: { text: string }) {
  const items = itemsOf(text);
  if (!items) return <p><Inline text={text} /></p>;
  return <ul>{items.map((item) => <li key={item}><Inline text={item} /></li>)}</ul>;
}

const Inline = ({ text }: { text: string }) => inline(text).map((p, i) => (p.kind === "code" ? <code key={i}>{p.text}</code> : p.text));
