import { createTheme, type CSSVariablesResolver } from "@mantine/core";

export const theme = createTheme({
  primaryColor: "indigo",
  primaryShade: 8, // white on it has 5.6:1, in the light and in the dark
  autoContrast: true,
  fontFamily: "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif",
  defaultRadius: "md",
  respectReducedMotion: true,
  cursorType: "pointer",
  components: {
    // What floats stands inside of main, where readers that go by landmarks find it.
    Popover: { defaultProps: { portalProps: { target: "#floats" } } },
    Tooltip: { defaultProps: { portalProps: { target: "#floats" } } },
    Menu: { defaultProps: { withInitialFocusPlaceholder: false } },
  },
});

// Mantine's dimmed text and its errors miss a contrast of 4.5:1 on its own backgrounds.
export const variables: CSSVariablesResolver = () => ({
  variables: {},
  light: { "--mantine-color-dimmed": "#4d5666", "--mantine-color-error": "#b42318" },
  dark: { "--mantine-color-dimmed": "#adb5c2", "--mantine-color-error": "#ffa8a8" },
});
