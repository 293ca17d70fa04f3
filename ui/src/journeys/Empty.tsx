import { Anchor, Button, Group, Paper, Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";

import { useWords } from "../app/language";
import { useMay, useSession } from "../session/session";
import { models } from "./models";
import type { Start } from "./NewJourney";
import { words } from "./newWords";

/** Empty is the list before there is a journey: three ready-made ones to begin with. */
export default function Empty({ add, make }: { add: ReactNode; make: (start: Start) => void }) {
  const t = useWords(words);
  const may = useMay();
  const session = useSession().data;
  return (
    <Stack align="flex-start">
      <Title order={2} size="h4">
        {t("empty")}
      </Title>
      {may("journeys") && (
        <>
          <Text>{t("emptyWhy")}</Text>
          <div className="cards">
            {models.map((model) => (
              <Paper key={model} withBorder p="md">
                <Stack align="flex-start" gap="xs">
                  <Title order={3} size="h5">
                    {t(model)}
                  </Title>
                  <Text size="sm">{t(`${model}What`)}</Text>
                  <Button variant="default" aria-label={t("useOf", { name: t(model) })} onClick={() => make(model)}>
                    {t("use")}
                  </Button>
                </Stack>
              </Paper>
            ))}
          </div>
          <Group>
            {add}
            <Button variant="default" onClick={() => make("import")}>
              {t("import")}
            </Button>
          </Group>
        </>
      )}
      {session?.local && (
        <Text>
          {t("sandbox")} <Anchor href="/phone">{t("openPhone")}</Anchor>
        </Text>
      )}
    </Stack>
  );
}
