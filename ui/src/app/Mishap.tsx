import { Alert, Button, Stack, Text } from "@mantine/core";
import { Component, type ReactNode } from "react";
import { useLocation } from "wouter";

import { useWords } from "./language";
import { words } from "./words";

/** Mishap keeps a page that fails from taking the shell with it. */
export function Mishap({ children }: { children: ReactNode }) {
  const [path] = useLocation();
  return <Boundary path={path}>{children}</Boundary>;
}

/** Boundary forgets a failure when the address changes; a page that has not failed stays as it is then. */
class Boundary extends Component<{ path: string; children: ReactNode }, { error: Error | null }> {
  override state = { error: null as Error | null };

  override componentDidUpdate(before: { path: string }) {
    if (this.state.error && before.path !== this.props.path) this.setState({ error: null });
  }

  static getDerivedStateFromError(error: Error) {
    return { error };
  }

  override render() {
    return this.state.error ? <Failed error={this.state.error} /> : this.props.children;
  }
}

/** Failed says what went wrong with a page; an old build's missing script is cured by loading it anew. */
export function Failed({ error, again = () => window.location.reload() }: { error: Error; again?: () => void }) {
  const t = useWords(words);
  return (
    <Alert color="red" title={t("failed")} m="md" role="alert">
      <Stack align="flex-start">
        <Text>{error.message}</Text>
        <Button variant="default" onClick={again}>
          {t("again")}
        </Button>
      </Stack>
    </Alert>
  );
}
