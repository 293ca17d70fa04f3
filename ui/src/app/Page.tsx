import { Title } from "@mantine/core";
import { useEffect, type ReactNode } from "react";

/** Page is a page of lists and forms: its title, what one can do, and the rest. */
export function Page({ title, actions, children }: { title: string; actions?: ReactNode; children: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · Jornada`;
  }, [title]);
  return (
    <div className="page">
      <div className="page-head">
        <Title order={1}>{title}</Title>
        {actions}
      </div>
      {children}
    </div>
  );
}
