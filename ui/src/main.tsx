import "./app/nonce";
import "./app/styles";

import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { ApiError } from "./api/client";
import { keepFocus } from "./app/keepFocus";
import { LanguageProvider } from "./app/language";
import { nonce } from "./app/nonce";
import { Pages } from "./app/Pages";
import { theme, variables } from "./app/theme";

const queries = new QueryClient({
  defaultOptions: { queries: { staleTime: 5_000, retry: (n, e) => !(e instanceof ApiError) && n < 3, refetchOnWindowFocus: true } },
});

keepFocus();
createRoot(document.getElementById("root") as HTMLElement).render(
  <StrictMode>
    <LanguageProvider>
      <MantineProvider theme={theme} cssVariablesResolver={variables} defaultColorScheme="auto" getStyleNonce={() => nonce}>
        <QueryClientProvider client={queries}>
          <Pages />
        </QueryClientProvider>
      </MantineProvider>
    </LanguageProvider>
  </StrictMode>,
);
