import { Group, Paper, Stack } from "@mantine/core";
import type { ReactNode } from "react";

import { Preferences } from "../app/Preferences";

/** Door is the frame of what one sees before being let in. */
export function Door({ children }: { children: ReactNode }) {
  return (
    <main className="door" id="main">
      <Paper withBorder shadow="sm" p="xl" className="door-card">
        <Stack>{children}</Stack>
      </Paper>
      <Group justify="center">
        <Preferences />
      </Group>
      <div id="floats" />
    </main>
  );
}
