// An app is told the secret, by camera or by hand, and shows that it has it.
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";

import { confirmTotp, type TotpEnrolment } from "../api/accounts";
import { problemFromThrown } from "../api/problem";
import { AppCodeField, FormProblem } from "./form";

interface EnrolmentFormProps {
  enrolment: TotpEnrolment;
  onConfirmed: (recoveryCodes: string[]) => void;
}

export function EnrolmentForm({ enrolment, onConfirmed }: EnrolmentFormProps) {
  const [code, setCode] = useState("");
  const confirm = useMutation({ mutationFn: confirmTotp, onSuccess: onConfirmed });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    confirm.mutate({ code: code.trim() });
  };
  return (
    <form onSubmit={submit}>
      <p>Scan this with an authenticator app, or type the secret into it.</p>
      <img
        className="qr-code"
        alt="QR code of the secret below"
        src={`data:image/svg+xml,${encodeURIComponent(enrolment.qr_svg)}`}
      />
      <code className="secret">{enrolment.secret}</code>
      <AppCodeField label="Six digits that the app shows" value={code} onText={setCode} />
      <FormProblem problem={confirm.isError ? problemFromThrown(confirm.error) : null} />
      <button type="submit" className="button is-main" disabled={confirm.isPending}>
        Confirm
      </button>
    </form>
  );
}
