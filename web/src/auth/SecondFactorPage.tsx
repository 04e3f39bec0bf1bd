// The second factor: on or off, the app that is enrolled, and codes for when it is lost.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";

import { disableTotp, enrolTotp, fetchTotp, type TotpEnrolment } from "../api/accounts";
import { problemFromThrown } from "../api/problem";
import { ErrorPanel } from "../shell/StatePanel";
import { EnrolmentForm } from "./EnrolmentForm";
import { Done, FormProblem, PasswordField } from "./form";
import { Once } from "./Once";
import { When } from "./When";

export function SecondFactorPage() {
  const queryClient = useQueryClient();
  const totp = useQuery({ queryKey: ["totp"], queryFn: ({ signal }) => fetchTotp(signal) });
  const [enrolment, setEnrolment] = useState<TotpEnrolment | null>(null);
  const [codes, setCodes] = useState<string[] | null>(null);
  const reread = () => void queryClient.invalidateQueries({ queryKey: ["totp"] });
  const confirmed = (recovery: string[]) => {
    setCodes(recovery);
    setEnrolment(null);
    reread();
  };
  let shown;
  if (codes !== null) {
    shown = (
      <Once
        title="Logins need your app from now on."
        note="Keep these recovery codes: each stands for the app once, and they are not shown again."
        label="Recovery codes"
        value={codes.join("\n")}
        onClose={() => setCodes(null)}
      />
    );
  } else if (enrolment !== null) {
    shown = <EnrolmentForm enrolment={enrolment} onConfirmed={confirmed} />;
  } else if (totp.data?.enabled) {
    shown = (
      <>
        <Done>
          On since <When time={totp.data.since} />. Recovery codes left: {totp.data.recovery_codes}.
        </Done>
        <OwnPasswordForm submit="Turn it off" danger send={disableTotp} onDone={reread} />
      </>
    );
  } else if (totp.data) {
    shown = (
      <>
        <p className="is-muted">
          With it a login needs your password and six digits of an app on your phone.
        </p>
        <OwnPasswordForm submit="Turn it on" send={enrolTotp} onDone={setEnrolment} />
      </>
    );
  } else if (totp.error !== null) {
    const problem = problemFromThrown(totp.error);
    shown = <ErrorPanel problem={problem} onRetry={() => void totp.refetch()} />;
  }
  return (
    <section className="block" aria-labelledby="totp-title">
      <h2 id="totp-title">Second factor</h2>
      {shown}
    </section>
  );
}

interface OwnPasswordFormProps<T> {
  submit: string;
  danger?: boolean;
  send: (own: { password: string }) => Promise<T>;
  onDone: (answer: T) => void;
}

function OwnPasswordForm<T>({ submit, danger, send, onDone }: OwnPasswordFormProps<T>) {
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
