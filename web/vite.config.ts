import { readFileSync } from "node:fs";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

// The typeface goes with its licence, which asks for it.
const licence: Plugin = {
  name: "licence",
  generateBundle() {
    this.emitFile({ type: "asset", fileName: "assets/inter-licence.txt", source: readFileSync(new URL("node_modules/@fontsource-variable/inter/LICENSE", import.meta.url)) });
  },
};

// The dashboard is served at /dashboard/ by Go, which has it in its binary; see embed.go.
export default defineConfig({
  base: "/dashboard/",
  plugins: [react(), licence],
  build: {
    outDir: "dist/app",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0, // data: addresses are refused by the content security policy
    modulePreload: { polyfill: false },
  },
  server: {
    proxy: Object.fromEntries(
      ["/v2", "/console", "/allowed", "/authorized_users", "/user-permissions"].map((path) => [path, "http://127.0.0.1:7766"]),
    ),
  },
});
