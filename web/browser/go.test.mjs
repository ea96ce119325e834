// The pages of examples/go, to which people sign in with Logto's SDK for Go: one is shown
// to a viewer, another refused with the reason. Started by the test of examples/go.
import assert from "node:assert/strict";
import { api, expected, open, test } from "./visit.mjs";

const { GATEHOUSE_APP: app, GATEHOUSE_LOGTO: logto } = process.env;
let visitor; // of the application

test("whoever signs in is led back and shown what they may see", async () => {
  visitor = await open({}, [app, logto]);
  await visitor.goto(app);
  await visitor.getByRole("link", { name: "Sign up or sign in" }).click();
  await visitor.getByRole("button", { name: "Sign in as ann" }).click();
  await visitor.waitForURL(`${app}/pages/reports`);
  await visitor.getByRole("heading", { level: 1, name: "Reports" }).waitFor();
  await visitor.getByText("Revenue, renewals and support load.").waitFor();
  await visitor.getByRole("link", { name: "Start" }).click();
  await visitor.getByRole("heading", { level: 1, name: "Hello, ann" }).waitFor();
});

test("a page is refused with the reason, until a role permits it", async () => {
  await visitor.getByRole("link", { name: "Administration" }).click();
  const refusal = visitor.getByRole("main");
  await refusal.getByText("You may not delete the reports.").waitFor();
  assert.match(await refusal.innerText(), /permission/);
  assert.equal(await visitor.getByText("Here reports are deleted").count(), 0);
  expected(403);
  await api("POST", "/v2/schema/default/dev/roles/viewer/permissions", { permissions: ["reports:delete"] });
  await visitor.reload();
  await visitor.getByText("Here reports are deleted.").waitFor();
});

test("whoever signs out is nobody, here and at Logto", async () => {
  await visitor.getByRole("button", { name: "Sign out" }).click();
  await visitor.waitForURL(`${app}/`);
  await visitor.getByRole("link", { name: "Sign up or sign in" }).waitFor();
  await visitor.goto(`${app}/pages/reports`);
  await visitor.getByRole("heading", { name: /stand-in for Logto/ }).waitFor();
});
