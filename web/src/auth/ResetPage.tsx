// A new password for somebody who can't come in: a code is mailed, and typed here.
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";

import { confirmReset, requestReset } from "../api/accounts";
import { problemFromThrown } from "../api/problem";
import { PageLink } from "../shell/PageLink";
import { CardPage } from "./CardPage";
import { CodeForm } from "./CodeForm";
import { Done, EmailField, FormProblem } from "./form";

export function ResetPage() {
  const [email, setEmail] = useState("");
  const [step, setStep] = useState<"ask" | "code" | "done">("ask");
  const request = useMutation({ mutationFn: requestReset, onSuccess: () => setStep("code") });
  const ask = (event: FormEvent) => {
    event.preventDefault();
    request.mutate({ email: email.trim() });
  };
  return (
    <CardPage title="Forgotten password">
      {step === "ask" && (
        <form onSubmit={ask}>
          <FormProblem problem={request.isError ? problemFromThrown(request.error) : null} />
          <EmailField
            label="E-mail address"
            autoComplete="username"
            autoFocus
            value={email}
            onText={setEmail}
          />
          <button type="submit" className="button is-main" disabled={request.isPending}>
            Mail me a code
          </button>
          <button type="button" className="link-button" onClick={() => setStep("code")}>
            I have a code
          </button>
        </form>
      )}
      {step === "code" && (
        <>
          {request.isSuccess && (
            <Done>If somebody here has this address, a code is on its way to it.</Done>
          )}
          <CodeForm
            email={email}
            submit="Set the password"
            send={confirmReset}
            onDone={() => setStep("done")}
          />
        </>
      )}
      {step === "done" && <Done>The new password holds. All your sessions are over.</Done>}
      <p className="card-foot">
        <PageLink to="/login">Log in</PageLink>
      </p>
    </CardPage>
  );
}
