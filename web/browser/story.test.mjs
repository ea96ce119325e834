// The demo's story in a browser: who signs up sees the reports or why not, and the
// dashboard changes it. Started by internal/demo's test, which says where it runs.
import assert from "node:assert/strict";
import { give, profile, says, signUp, take } from "./story.mjs";
import { expected, open, session, signIn, test } from "./visit.mjs";

const { GATEHOUSE_URL: gatehouse, GATEHOUSE_APP: app, GATEHOUSE_LOGTO: logto, GATEHOUSE_STORY: shots } = process.env;
const viewport = { width: 1180, height: 860 };

const shot = (on, name) => shots && on.screenshot({ path: `${shots}/demo-${name}.png` });

test("from the sign-up to a role that is changed", async () => {
  await signIn();
  const dashboard = await open({ viewport, storageState: session });
  const reports = await open({ viewport }, [app, logto]);
  const shows = (text) => says(reports, `${app}/reports`, text);

  await reports.goto(app);
  await reports.getByRole("link", { name: "Sign up or sign in" }).click();
  await signUp(reports, () => shot(reports, "sign-up"));
  await reports.waitForURL(`${app}/**`);
  await shows("Revenue");
  await reports.getByRole("heading", { level: 1, name: "Reports" }).waitFor();
  await reports.getByText("Nora Lindqvist").waitFor();
  await shot(reports, "reports-allowed");

  await profile(dashboard);
  await take(dashboard, "Viewer");
  await dashboard.getByText("No role is held").waitFor();
  await shows("You may not see the reports");
  await shot(reports, "reports-denied");
  assert.equal(await reports.getByRole("link", { name: "Open the dashboard" }).getAttribute("href"), `${gatehouse}/dashboard/`);

  await give(dashboard, "Editor");
  await shot(dashboard, "user");
  await shows("by editor");
  await reports.getByRole("heading", { level: 1, name: "Reports" }).waitFor();

  await reports.goto(logto);
  await reports.getByRole("button", { name: "Suspend Nora Lindqvist" }).click();
  await reports.getByRole("button", { name: "Lift the suspension of Nora Lindqvist" }).waitFor();
  await shows("You may not see the reports");
  expected(403);
});
