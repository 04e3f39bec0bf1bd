import { expect, it } from "vitest";

import { cameBack, departure } from "./providers";

it("what a provider's login leaves in the address is a session, a next step, or a problem", () => {
  expect(cameBack("#in")).toEqual({ in: true, token: null, problem: null });
  expect(cameBack("#second=chp_abc").token).toBe("chp_abc");
  expect(cameBack("#problem=login_expired").problem?.detail).toContain("begin again");
  expect(cameBack("#problem=anything").problem?.code).toBe("anything");
  expect(cameBack("")).toEqual({ in: false, token: null, problem: null });
});

it("a departure keeps where to go on", () => {
  expect(departure("local", "/?symbol=a:b&interval=1m")).toBe(
    "/v1/auth/oidc/local/begin?next=%2F%3Fsymbol%3Da%3Ab%26interval%3D1m",
  );
});
