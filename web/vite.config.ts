import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// The dashboard is served at /dashboard/ by Go, which has it in its binary; see embed.go.
export default defineConfig({
  base: "/dashboard/",
  plugins: [react()],
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
