// The other providers that one may log in at.
import { useQuery } from "@tanstack/react-query";

import { fetchProviders } from "../api/accounts";
import { departure } from "./providers";

/** What is known of the providers; they change with the server's settings only. */
export function useProviders() {
  return useQuery({
    queryKey: ["providers"],
    queryFn: ({ signal }) => fetchProviders(signal),
    staleTime: Infinity,
  });
}

export function ProviderLinks({ next }: { next: string }) {
  const providers = useProviders().data ?? [];
  return providers.map(({ name, label }) => (
    <p key={name} className="provider-link">
      <a className="button" href={departure(name, next)}>
        Log in with {label}
      </a>
    </p>
  ));
}
