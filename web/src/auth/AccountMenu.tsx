// Who is logged in, in the header, with the way to their pages and out; or the way in.
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";

import { logOut, type Me } from "../api/accounts";
import { problemFromThrown } from "../api/problem";
import { PersonIcon } from "../shell/icons";
import { PageLink } from "../shell/PageLink";
import { loginHref, navigate, usePath, useSearch } from "../shell/route";
import { FormProblem } from "./form";
import { enter, needsLogin, useMe } from "./me";
import { pagesFor } from "./pages";

export function AccountMenu() {
  const path = usePath();
  const search = useSearch();
  const me = useMe().data;
  if (me) return <Menu me={me} />;
  if (["/login", "/reset", "/setup"].includes(path) || me === undefined) return null;
  return (
    <PageLink to={loginHref(path + search)} className="button is-small">
      Log in
    </PageLink>
  );
}

function Menu({ me }: { me: Me }) {
  const queryClient = useQueryClient();
  const menu = useRef<HTMLDivElement>(null);
  const close = () => menu.current?.hidePopover();
  const leave = () => {
    close();
    enter(queryClient, null);
    navigate("/login");
  };
  const logout = useMutation({
    mutationFn: logOut,
    onSuccess: leave,
    // A session that is over already needs no end.
    onError: (error) => {
      if (needsLogin(error)) leave();
    },
  });
  const { email, display_name, role } = me.user;
  const name = display_name ?? email ?? "Account";
  return (
    <>
      <button
        type="button"
        className="account-button"
        popoverTarget="account-menu"
        aria-label={`Account: ${name}`}
      >
        <PersonIcon />
        <span>{name}</span>
      </button>
      <div ref={menu} id="account-menu" className="account-menu" popover="auto">
        <p>
          <b>{name}</b>
          {display_name && email && <span>{email}</span>}
          <span>{role}</span>
        </p>
        <nav aria-label="Account">
          {pagesFor(me).map(({ path, label }) => (
            <PageLink key={path} to={path} onFollow={close}>
              {label}
            </PageLink>
          ))}
        </nav>
        <FormProblem problem={logout.isError ? problemFromThrown(logout.error) : null} />
        <button type="button" disabled={logout.isPending} onClick={() => logout.mutate()}>
          Log out
        </button>
      </div>
    </>
  );
}
