// How the page is built: one script and one style sheet that the binary embeds and serves under
// a strict content security policy, so nothing is inlined and nothing comes from elsewhere.
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const server = process.env.CHANDLERY_URL ?? "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [react()],
  build: {
    sourcemap: false,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
    // The notices that the licences of the bundled libraries ask for.
    license: { fileName: "licenses.md" },
  },
  server: {
    host: "127.0.0.1",
    // Webhooks and other programs' protocols too: the page tells their addresses as its own.
    proxy: {
      "/v1": { target: server, ws: true },
      "/health": server,
      "/hooks": server,
      "/compat": server,
    },
  },
  test: { include: ["src/**/*.test.ts"] },
});
