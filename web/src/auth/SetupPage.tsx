// The first administrator of a server that has nobody yet.
import { useQueryClient } from "@tanstack/react-query";

import { logIn, type Reset, setUp } from "../api/accounts";
import { navigate } from "../shell/route";
import { CardPage } from "./CardPage";
import { CodeForm } from "./CodeForm";
import { enter } from "./me";

export function SetupPage() {
  const queryClient = useQueryClient();
  const send = async ({ email, code, password }: Reset) => {
    await setUp({ email, code, password });
    enter(queryClient, await logIn({ email, password }));
  };
  return (
    <CardPage title="First administrator">
      <p className="is-muted">
        A server without anybody tells a code on its terminal when it starts:{" "}
        <code>chandlery up</code>.
      </p>
      <CodeForm
        email=""
        submit="Create and log in"
        send={send}
        onDone={() => navigate("/admin/users", true)}
      />
    </CardPage>
  );
}
