// Starts the page: the query cache, the stream, the root component.
import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { Problem } from "./api/problem";
import { needsLogin, toLogin } from "./auth/me";
import { App } from "./shell/App";
import "./styles/base.css";
import "./styles/shell.css";
import "./styles/symbols.css";
import "./styles/market.css";
import "./styles/account.css";
import "./styles/trading.css";
import "./styles/narrow.css";

const onError = (error: Error) => {
  if (needsLogin(error)) toLogin(queryClient);
};
const queryClient: QueryClient = new QueryClient({
  queryCache: new QueryCache({ onError }),
  mutationCache: new MutationCache({ onError }),
  defaultOptions: {
    queries: {
      // What is the caller's fault stays so; anything else may pass, once.
      retry: (failures, error) =>
        failures < 1 && !(error instanceof Problem && error.status >= 400 && error.status < 500),
      retryDelay: 700,
      // The page shows an error and a button instead of waiting in silence for the network.
      networkMode: "always",
      refetchOnWindowFocus: false,
    },
    mutations: { networkMode: "always" },
  },
});

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no element with the id root");
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <App />
    </QueryClientProvider>
  </StrictMode>,
);
