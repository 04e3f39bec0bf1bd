// Somebody new. The password is for them to change; it is shown once more until the box is closed.
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";

import { createUser, ROLES } from "../api/accounts";
import { problemFromThrown } from "../api/problem";
import { EmailField, Field, FormProblem, PasswordField, SelectField } from "./form";
import { Once } from "./Once";

interface NewUserFormProps {
  onCreated: () => void;
  onClose: () => void;
}

const PASSWORD_BYTES = 15;

/** Random, and of characters that can be read out and typed. */
function randomPassword(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(PASSWORD_BYTES));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_");
}

export function NewUserForm({ onCreated, onClose }: NewUserFormProps) {
  const [email, setEmail] = useState("");
  const [name, setName] = useState("");
  const [role, setRole] = useState<string>("viewer");
  const [password, setPassword] = useState(randomPassword);
  const create = useMutation({ mutationFn: createUser, onSuccess: onCreated });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const display = name.trim() === "" ? {} : { display_name: name.trim() };
    create.mutate({ email: email.trim(), role, password, ...display });
  };
  if (create.isSuccess) {
    return (
      <Once
        title={`${create.data.email ?? "The user"} may log in.`}
        note="Hand over this password; it is not shown again. They change it in their settings."
        label="Password"
        value={password}
        onClose={onClose}
      />
    );
  }
  return (
    <form onSubmit={submit}>
      <EmailField label="E-mail address" autoComplete="off" value={email} onText={setEmail} />
      <Field
        label="Name"
        hint="What the page calls them; may be left out."
        autoComplete="off"
        maxLength={100}
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <RoleField value={role} onValue={setRole} />
      <PasswordField
        label="Password"
        hint="A random one, or another of at least 12 characters."
        autoComplete="new-password"
        minLength={12}
        maxLength={256}
        value={password}
        onChange={(event) => setPassword(event.target.value)}
      />
      <FormProblem problem={create.isError ? problemFromThrown(create.error) : null} />
      <button type="submit" className="button is-main" disabled={create.isPending}>
        Create
      </button>
    </form>
  );
}

/** What each role is for, as docs/accounts.md says. */
const FOR: Record<(typeof ROLES)[number], string> = {
  admin: "runs the installation and its people",
  trader: "reads markets, writes points",
  analyst: "reads markets, writes points",
  viewer: "looks at the page",
};

export function RoleField(props: { value: string; onValue: (role: string) => void }) {
  return (
    <SelectField label="Role" {...props}>
      {ROLES.map((role) => (
        <option key={role} value={role}>
          {role}: {FOR[role]}
        </option>
      ))}
    </SelectField>
  );
}
