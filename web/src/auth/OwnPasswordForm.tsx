// What is done only by whoever knows the account's password, not by somebody at an open session.
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";

import { problemFromThrown } from "../api/problem";
import { FormProblem, PasswordField } from "./form";

interface OwnPasswordFormProps<T> {
  submit: string;
  danger?: boolean;
  send: (own: { password: string }) => Promise<T>;
  onDone: (answer: T) => void;
}

export function OwnPasswordForm<T>({ submit, danger, send, onDone }: OwnPasswordFormProps<T>) {
  const [password, setPassword] = useState("");
  const sent = useMutation({ mutationFn: send, onSuccess: onDone });
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    sent.mutate({ password });
  };
  return (
    <form onSubmit={onSubmit}>
      <PasswordField
        label="Your password"
        autoComplete="current-password"
        value={password}
        onChange={(event) => setPassword(event.target.value)}
      />
      <FormProblem problem={sent.isError ? problemFromThrown(sent.error) : null} />
      <button
        type="submit"
        className={danger ? "button is-danger" : "button is-main"}
        disabled={sent.isPending}
      >
        {submit}
      </button>
    </form>
  );
}
