// The second factor: on or off, the app that is enrolled, and codes for when it is lost.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { disableTotp, enrolTotp, fetchTotp, type TotpEnrolment } from "../api/accounts";
import { problemFromThrown } from "../api/problem";
import { ErrorPanel } from "../shell/StatePanel";
import { EnrolmentForm } from "./EnrolmentForm";
import { Done } from "./form";
import { Once } from "./Once";
import { OwnPasswordForm } from "./OwnPasswordForm";
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
