// What an administrator changes about somebody: their role, and whether they may come in.
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";

import { changeUser, requestReset, type User } from "../api/accounts";
import { problemFromThrown } from "../api/problem";
import { Done, FormProblem } from "./form";
import { RoleField } from "./NewUserForm";

interface UserFormProps {
  user: User;
  onChanged: () => void;
}

export function UserForm({ user, onChanged }: UserFormProps) {
  const [role, setRole] = useState(user.role);
  const change = useMutation({ mutationFn: changeUser, onSuccess: onChanged });
  const mail = useMutation({ mutationFn: requestReset });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    change.mutate({ id: user.id, role });
  };
  const changed = change.variables;
  return (
    <form onSubmit={submit}>
      <FormProblem problem={change.isError ? problemFromThrown(change.error) : null} />
      {change.isSuccess && changed?.role !== undefined && (
        <Done>The role is {changed.role} now.</Done>
      )}
      {change.isSuccess && changed?.active === false && (
        <Done>The account is closed, and its sessions are over.</Done>
      )}
      {change.isSuccess && changed?.active === true && <Done>The account is open again.</Done>}
      <RoleField value={role} onValue={setRole} />
      <button
        type="submit"
        className="button is-main"
        disabled={change.isPending || role === user.role}
      >
        Change role
      </button>
      <hr />
      <p className="is-muted">Who forgot the password gets a code for another one by mail.</p>
      <FormProblem problem={mail.isError ? problemFromThrown(mail.error) : null} />
      {mail.isSuccess && <Done>A code is on its way to {user.email}.</Done>}
      <button
        type="button"
        className="button"
        disabled={mail.isPending || user.email === null}
        onClick={() => mail.mutate({ email: user.email ?? "" })}
      >
        Mail a code
      </button>
      <hr />
      <p className="is-muted">
        {user.active
          ? "A deactivated user is logged out at once and can’t log in."
          : "Deactivated: the user can’t log in."}
      </p>
      <button
        type="button"
        className={user.active ? "button is-danger" : "button"}
        disabled={change.isPending}
        onClick={() => change.mutate({ id: user.id, active: !user.active })}
      >
        {user.active ? "Deactivate" : "Activate"}
      </button>
    </form>
  );
}
