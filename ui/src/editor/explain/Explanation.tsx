import { useQuery } from "@tanstack/react-query";

import { api, given } from "../../api/client";
import { useLanguage } from "../../app/language";
import { inline, piecesOf } from "./pieces";

/** usePage is what `jornada explain` prints of a code, in the language of the page. */
export function usePage(code: string) {
  const { language } = useLanguage();
  return useQuery({ queryKey: ["code", code, language], queryFn: () => given(api.GET("/api/v1/codes/{code}", { params: { path: { code } } })), staleTime: Infinity });
}

/** Explanation is the page of a code: what it means, an example that is wrong and one that is right. */
export function Explanation({ code }: { code: string }) {
  const { data, error } = usePage(code);
  if (error) return <p className="is-error">{error.message}</p>;
  if (!data) return null;
  return (
    <div className="explanation">
      {piecesOf(data.text).map((piece, i) =>
        piece.kind === "example" ? (
          <pre key={i} tabIndex={0}>{piece.text}</pre>
        ) : (
          piece.text.split(/\n{2,}/).map((line, j) => <p key={`${i}/${j}`}>{inline(line).map((p, k) => (p.kind === "code" ? <code key={k}>{p.text}</code> : p.text))}</p>)
        ),
      )}
    </div>
  );
}
