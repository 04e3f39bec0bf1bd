// An address, the code for it, and the password that is to hold from then on.
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";

import type { Reset } from "../api/accounts";
import { problemFromThrown } from "../api/problem";
import { CodeField, EmailField, FormProblem, PasswordField } from "./form";

interface CodeFormProps {
  email: string;
  submit: string;
  send: (reset: Reset) => Promise<unknown>;
  onDone: () => void;
}

export function CodeForm({ email: known, submit, send, onDone }: CodeFormProps) {
  const [email, setEmail] = useState(known);
  const [code, setCode] = useState("");
  const [password, setPassword] = useState("");
  const sent = useMutation({ mutationFn: send, onSuccess: onDone });
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    sent.mutate({ email: email.trim(), code, password });
  };
  return (
    <form onSubmit={onSubmit}>
      <FormProblem problem={sent.isError ? problemFromThrown(sent.error) : null} />
      <EmailField label="E-mail address" autoComplete="username" value={email} onText={setEmail} />
      <CodeField value={code} onText={setCode} />
      <PasswordField
        label="New password"
        autoComplete="new-password"
        minLength={12}
        maxLength={256}
        hint="At least 12 characters; a few words are best."
        value={password}
        onChange={(event) => setPassword(event.target.value)}
      />
      <button type="submit" className="button is-main" disabled={sent.isPending}>
        {submit}
      </button>
    </form>
  );
}
