import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from "@mantine/core";

const gate: MantineColorsTuple = ["#e9f8f5", "#cfeee8", "#a3ddd2", "#72cbbb", "#4abca8", "#2fae98", "#1c9c87", "#0c766a", "#0a655b", "#064a43"];
const slate: MantineColorsTuple = ["#dbe1e6", "#bcc6ce", "#98a4ae", "#75828d", "#3d4953", "#2c363f", "#222b33", "#161d23", "#10161b", "#0b1014"];

const sans = '"Inter Variable", Inter, ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif';

export const theme = createTheme({
  colors: { gate, dark: slate },
  primaryColor: "gate",
  primaryShade: { light: 7, dark: 7 },
  defaultRadius: "md",
  fontFamily: sans,
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace',
  headings: { fontFamily: sans, fontWeight: "650", sizes: { h1: { fontSize: "1.55rem", lineHeight: "1.25" }, h2: { fontSize: "1.05rem", lineHeight: "1.4" }, h3: { fontSize: "0.95rem" } } },
  cursorType: "pointer",
  respectReducedMotion: true,
  components: {
    Paper: { defaultProps: { withBorder: true, radius: "lg", p: "lg" } },
    SegmentedControl: { defaultProps: { withItemsBorders: false } },
    Modal: { defaultProps: { radius: "lg", centered: true } },
  },
});

// What is dimmed, and placeholders, keep the contrast that WCAG AA asks for.
export const variables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--mantine-color-dimmed": "#56616b",
    "--mantine-color-placeholder": "#64707a",
    "--mantine-color-body": "#f6f8f9",
    "--mantine-color-error": "#b3261e",
    "--gh-card": "#ffffff",
    "--gh-line": "#dfe5e9",
    "--gh-allow": "#0c6b4f",
    "--gh-allow-soft": "#ddf3ea",
    "--gh-deny": "#a8261d",
    "--gh-deny-soft": "#fbe6e4",
    "--gh-warn": "#7f4d00",
    "--gh-warn-soft": "#fdf0d5",
    "--gh-info": "#1d4f8f",
    "--gh-info-soft": "#e4eefb",
    "--gh-quiet": "#4a555f",
    "--gh-quiet-soft": "#edf1f3",
    "--gh-fixed": "#edf1f3",
  },
  dark: {
    "--mantine-color-dimmed": "#a2aeb8",
    "--mantine-color-placeholder": "#94a0aa",
    "--mantine-color-body": "#10161b",
    "--mantine-color-error": "#ff9a92",
    "--gh-card": "#182027",
    "--gh-line": "#2c363f",
    "--gh-allow": "#6fdcb4",
    "--gh-allow-soft": "#143a30",
    "--gh-deny": "#ff9d94",
    "--gh-deny-soft": "#45201e",
    "--gh-warn": "#f3c169",
    "--gh-warn-soft": "#3d2f12",
    "--gh-info": "#9cc5f7",
    "--gh-info-soft": "#1a2f49",
    "--gh-quiet": "#b7c1ca",
    "--gh-quiet-soft": "#252e36",
    "--gh-fixed": "#141b21",
  },
});
