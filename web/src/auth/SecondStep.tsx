// The second step of a login: six digits of the app, or a recovery code.
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";

import { logInSecond } from "../api/accounts";
import { problemFromThrown } from "../api/problem";
import { AppCodeField, FormProblem } from "./form";
import { enter } from "./me";

interface SecondStepProps {
  token: string;
  onBack: () => void;
}

export function SecondStep({ token, onBack }: SecondStepProps) {
  const queryClient = useQueryClient();
  const [code, setCode] = useState("");
  const login = useMutation({
    mutationFn: logInSecond,
    onSuccess: (me) => enter(queryClient, me),
    onError: () => setCode(""),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    login.mutate({ token, code: code.trim() });
  };
  return (
    <form onSubmit={submit}>
      <FormProblem problem={login.isError ? problemFromThrown(login.error) : null} />
      <AppCodeField
        label="Code of your app"
        hint="Or one of your recovery codes."
        autoFocus
        value={code}
        onText={setCode}
      />
      <button type="submit" className="button is-main" disabled={login.isPending}>
        Log in
      </button>
      <button type="button" className="link-button" onClick={onBack}>
        Begin again
      </button>
    </form>
  );
}
