// How one is known at other providers, where there are any: linked with one's password, and unlinked.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { fetchIdentities, linkIdentity, type Provider, unlinkIdentity } from "../api/accounts";
import { problemFromThrown } from "../api/problem";
import { FormProblem } from "./form";
import { OwnPasswordForm } from "./OwnPasswordForm";
import { useProviders } from "./ProviderLinks";
import { When } from "./When";

const KEY = ["identities"];

export function Identities() {
  const queryClient = useQueryClient();
  const providers = useProviders().data ?? [];
  const own = useQuery({ queryKey: KEY, queryFn: ({ signal }) => fetchIdentities(signal) });
  const unlink = useMutation({
    mutationFn: unlinkIdentity,
    onSuccess: () => queryClient.invalidateQueries({ queryKey: KEY }),
  });
  const identities = own.data ?? [];
  const failed = unlink.error ?? own.error;
  if (providers.length === 0 && identities.length === 0) return null;
  const isLinked = ({ name }: Provider) => identities.some(({ provider }) => provider === name);
  return (
    <section className="block" aria-labelledby="identities-title">
      <h2 id="identities-title">Logins at other providers</h2>
      <FormProblem problem={failed === null ? null : problemFromThrown(failed)} />
      <dl className="facts">
        {identities.map(({ provider, label, issuer, subject, linked_at }) => (
          <div key={`${issuer} ${subject}`}>
            <dt>{label}</dt>
            <dd>
              since <When time={linked_at} />{" "}
              {provider !== null && (
                <button
                  type="button"
                  className="button is-small"
                  disabled={unlink.isPending}
                  onClick={() => unlink.mutate(provider)}
                >
                  Unlink
                </button>
              )}
            </dd>
          </div>
        ))}
      </dl>
      {providers
        .filter((provider) => !isLinked(provider))
        .map(({ name, label }) => (
          <OwnPasswordForm
            key={name}
            submit={`Link with ${label}`}
            send={({ password }) => linkIdentity(name, password)}
            onDone={(url) => location.assign(url)}
          />
        ))}
    </section>
  );
}
