// The frame of settings and administration: the pages beside the one that is open.
import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useEffect } from "react";

import type { Me } from "../api/accounts";
import { problemFromThrown } from "../api/problem";
import { PageLink } from "../shell/PageLink";
import { usePath } from "../shell/route";
import { ErrorPanel, NothingPanel } from "../shell/StatePanel";
import { AuditPage } from "./AuditPage";
import { KeysPage } from "./KeysPage";
import { toLogin, useMe } from "./me";
import { type AccountPath, pagesFor } from "./pages";
import { PreferencesPage } from "./PreferencesPage";
import { ProfilePage } from "./ProfilePage";
import { SecondFactorPage } from "./SecondFactorPage";
import { SessionsPage } from "./SessionsPage";
import { useTitle } from "./title";
import { UsagePage } from "./UsagePage";
import { UsersPage } from "./UsersPage";

const SHOW: Record<AccountPath, (me: Me) => ReactNode> = {
  "/settings": (me) => <ProfilePage me={me} />,
  "/settings/preferences": () => <PreferencesPage />,
  "/settings/sessions": () => <SessionsPage />,
  "/settings/second-factor": () => <SecondFactorPage />,
  "/settings/keys": (me) => <KeysPage me={me} />,
  "/admin/users": (me) => <UsersPage me={me} />,
  "/admin/usage": () => <UsagePage />,
  "/admin/audit": () => <AuditPage />,
};

export function AccountPage() {
  const queryClient = useQueryClient();
  const { data: me, error, refetch } = useMe();
  useEffect(() => {
    if (me === null) toLogin(queryClient);
  }, [me, queryClient]);
  return (
    <main id="main" className="account" tabIndex={-1}>
      {me && <Opened me={me} />}
      {me === undefined && error !== null && (
        <ErrorPanel problem={problemFromThrown(error)} onRetry={() => void refetch()} />
      )}
    </main>
  );
}

function Opened({ me }: { me: Me }) {
  const path = usePath();
  const pages = pagesFor(me);
  const page = pages.find((each) => each.path === path);
  useTitle(page?.label ?? "Settings");
  return (
    <>
      <nav className="account-nav" aria-label="Settings">
        {pages.map((each) => (
          <PageLink key={each.path} to={each.path}>
            {each.label}
          </PageLink>
        ))}
      </nav>
      <div className="account-body">
        {page ? (
          SHOW[page.path](me)
        ) : (
          <NothingPanel title="There is no such page">
            <p>The address leads nowhere, or your role, {me.user.role}, doesn’t open it.</p>
          </NothingPanel>
        )}
      </div>
    </>
  );
}
