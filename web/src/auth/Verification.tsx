// Whether one's address was shown to be one's own, and the code that shows it.
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";

import { confirmVerification, requestVerification } from "../api/accounts";
import { problemFromThrown } from "../api/problem";
import { CodeField, Done, FormProblem } from "./form";

export function Verification() {
  const queryClient = useQueryClient();
  const [code, setCode] = useState("");
  const request = useMutation({ mutationFn: requestVerification });
  const confirm = useMutation({
    mutationFn: confirmVerification,
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ["me"] }),
  });
  const failed = confirm.error ?? request.error;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    confirm.mutate({ code });
  };
  return (
    <form className="block" aria-label="Confirm the address" onSubmit={submit}>
      <p className="is-muted">
        Your address is not confirmed yet. A code that is mailed to it shows that it is yours.
      </p>
      <FormProblem problem={failed === null ? null : problemFromThrown(failed)} />
      {request.isSuccess ? (
        <>
          <Done>A code is on its way.</Done>
          <CodeField value={code} onText={setCode} />
          <button type="submit" className="button is-main" disabled={confirm.isPending}>
            Confirm
          </button>
        </>
      ) : (
        <button
          type="button"
          className="button"
          disabled={request.isPending}
          onClick={() => request.mutate()}
        >
          Mail me a code
        </button>
      )}
    </form>
  );
}
