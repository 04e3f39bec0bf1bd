// One's own account: who one is here, and another password.
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";

import { changePassword, type Me } from "../api/accounts";
import { problemFromThrown } from "../api/problem";
import { Done, FormProblem, PasswordField } from "./form";
import { Identities } from "./Identities";
import { Verification } from "./Verification";
import { When } from "./When";

export function ProfilePage({ me: { user } }: { me: Me }) {
  return (
    <>
      <section className="block" aria-labelledby="account-title">
        <h2 id="account-title">Account</h2>
        <dl className="facts">
          <dt>E-mail address</dt>
          <dd>
            {user.email ?? "–"} {user.email_verified && <span className="tag">Confirmed</span>}
          </dd>
          <dt>Name</dt>
          <dd>{user.display_name ?? "–"}</dd>
          <dt>Role</dt>
          <dd>
            {user.role} <small className="is-muted">{user.scopes.join(", ")}</small>
          </dd>
          <dt>Last login</dt>
          <dd>
            <When time={user.last_login_at} />
          </dd>
          <dt>Member since</dt>
          <dd>
            <When time={user.created_at} />
          </dd>
        </dl>
      </section>
      {user.email !== null && !user.email_verified && <Verification />}
      <PasswordForm email={user.email ?? ""} />
      <Identities />
    </>
  );
}

const EMPTY = { old: "", next: "", again: "" };

function PasswordForm({ email }: { email: string }) {
  const queryClient = useQueryClient();
  const [values, setValues] = useState(EMPTY);
  const [differ, setDiffer] = useState(false);
  const change = useMutation({
    mutationFn: changePassword,
    onSuccess: () => {
      setValues(EMPTY);
      void queryClient.invalidateQueries({ queryKey: ["sessions"] });
    },
  });
  const field = (name: keyof typeof EMPTY) => ({
    value: values[name],
    onChange: (event: { target: { value: string } }) => {
      setDiffer(false);
      setValues({ ...values, [name]: event.target.value });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    change.reset();
    if (values.next === values.again) change.mutate({ old: values.old, new: values.next });
    else setDiffer(true);
  };
  return (
    <section className="block" aria-labelledby="password-title">
      <h2 id="password-title">Change password</h2>
      <form onSubmit={submit}>
        <input type="hidden" name="username" autoComplete="username" value={email} readOnly />
        <PasswordField
          label="Password now"
          autoComplete="current-password"
          error={wrongOld(change.error)}
          {...field("old")}
        />
        <PasswordField
          label="New password"
          autoComplete="new-password"
          minLength={12}
          maxLength={256}
          hint="At least 12 characters; a few words are best. All your other sessions end."
          {...field("next")}
        />
        <PasswordField
          label="New password, once more"
          autoComplete="new-password"
          error={differ ? "It is not the same as above." : null}
          {...field("again")}
        />
        {change.isError && wrongOld(change.error) === null && (
          <FormProblem problem={problemFromThrown(change.error)} />
        )}
        {change.isSuccess && <Done>The new password holds. Your other sessions are over.</Done>}
        <button type="submit" className="button is-main" disabled={change.isPending}>
          Change password
        </button>
      </form>
    </section>
  );
}

function wrongOld(error: Error | null): string | null {
  if (error === null || problemFromThrown(error).code !== "login_refused") return null;
  return "This is not your password.";
}
