// The login, and from there back to where one was.
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useEffect, useState } from "react";

import { logIn } from "../api/accounts";
import { Problem, problemFromThrown } from "../api/problem";
import { PageLink } from "../shell/PageLink";
import { afterLogin, currentHref, navigate, useSearch } from "../shell/route";
import { CardPage } from "./CardPage";
import { EmailField, FormProblem, PasswordField } from "./form";
import { cameIn, enter, useMe } from "./me";
import { cameBack } from "./providers";
import { ProviderLinks } from "./ProviderLinks";
import { SecondStep } from "./SecondStep";

export function LoginPage() {
  const back = afterLogin(useSearch(), location.origin);
  const queryClient = useQueryClient();
  const me = useMe().data;
  const [came] = useState(() => cameBack(location.hash));
  const [token, setToken] = useState(came.token);
  useEffect(() => {
    // What a provider's login left in the address is for once.
    if (location.hash !== "") history.replaceState(null, "", currentHref());
    if (came.in) void cameIn(queryClient);
  }, [came, queryClient]);
  useEffect(() => {
    if (me) navigate(back, true);
  }, [me, back]);
  return (
    <CardPage title="Log in">
      {/^\/(settings|admin)/.test(back) && (
        <p className="is-muted">That page is for people who are logged in.</p>
      )}
      <FormProblem problem={token === null ? came.problem : null} />
      {token === null ? (
        <>
          <LoginForm onSecond={setToken} />
          <ProviderLinks next={back} />
        </>
      ) : (
        <SecondStep token={token} onBack={() => setToken(null)} />
      )}
      <p className="card-foot">
        <PageLink to="/reset">Forgot your password?</PageLink>
        <PageLink to="/setup">Set up a new server</PageLink>
      </p>
    </CardPage>
  );
}

function LoginForm({ onSecond }: { onSecond: (token: string) => void }) {
  const queryClient = useQueryClient();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const login = useMutation({
    mutationFn: logIn,
    onSuccess: (me) => enter(queryClient, me),
    onError: (error) => {
      setPassword("");
      if (error instanceof Problem && error.token !== null) onSecond(error.token);
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    login.mutate({ email: email.trim(), password });
  };
  return (
    <form onSubmit={submit}>
      <FormProblem problem={login.isError ? inWords(problemFromThrown(login.error)) : null} />
      <EmailField
        label="E-mail address"
        autoComplete="username"
        autoFocus
        value={email}
        onText={setEmail}
      />
      <PasswordField
        label="Password"
        autoComplete="current-password"
        value={password}
        onChange={(event) => setPassword(event.target.value)}
      />
      <button type="submit" className="button is-main" disabled={login.isPending}>
        {login.isPending ? "Logging in…" : "Log in"}
      </button>
    </form>
  );
}

/** What to do about a refused login; the server doesn't say which of the three it was. */
function inWords(problem: Problem): Problem {
  if (problem.code !== "login_refused") return problem;
  const detail = "If both are right, the account may be closed: ask an administrator";
  return new Problem(problem.title, detail, problem.status, problem.code);
}
