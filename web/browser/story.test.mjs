// The demo's story in a browser: who signs up sees the reports or why not, and the
// dashboard changes it. Started by internal/demo's test, which says where it runs.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";

const { GATEHOUSE_LINK: link, GATEHOUSE_URL: gatehouse, GATEHOUSE_APP: app, GATEHOUSE_LOGTO: logto, GATEHOUSE_STORY: shots } = process.env;

let browser, reports, dashboard;
const faults = [];

before(async () => {
  browser = await chromium.launch({
    executablePath: process.env.GATEHOUSE_CHROMIUM,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--force-color-profile=srgb"],
  });
  const context = await browser.newContext({ viewport: { width: 1180, height: 860 }, colorScheme: "light", reducedMotion: "reduce" });
  context.setDefaultTimeout(60_000);
  context.on("page", (page) => page.on("pageerror", (e) => faults.push(String(e))));
  context.on("request", (r) => ![app, logto, gatehouse].includes(new URL(r.url()).origin) && faults.push(`a request to ${r.url()}`));
  [reports, dashboard] = [await context.newPage(), await context.newPage()];
});

after(() => browser?.close());

const shot = (page, name) => shots && page.screenshot({ path: `${shots}/demo-${name}.png` });

/** says reloads the application until it says something: a webhook may be on its way. */
async function says(text) {
  for (let i = 0; i < 100; i++) {
    await reports.goto(`${app}/reports`);
    if (await reports.getByText(text).count()) return;
  }
  assert.fail(`the application does not say ${text}: ${await reports.locator("main").innerText()}`);
}

test("from the sign-up to a role that is changed", async () => {
  await dashboard.goto(link);
  await dashboard.getByRole("heading", { level: 1, name: "Overview" }).waitFor();

  await reports.goto(app);
  await reports.getByRole("link", { name: "Sign up or sign in" }).click();
  await reports.getByLabel("Name optional").fill("Nora Lindqvist");
  await reports.getByLabel("Username", { exact: true }).fill("nora");
  await shot(reports, "sign-up");
  await reports.getByRole("button", { name: "Sign up", exact: true }).click();
  await reports.waitForURL(`${app}/**`);
  await says("Nora Lindqvist");
  await reports.getByRole("heading", { level: 1, name: "Reports" }).waitFor();
  await shot(reports, "reports-allowed");

  await dashboard.goto(`${gatehouse}/dashboard/users?search=lindqvist`);
  await dashboard.getByRole("link", { name: "Nora Lindqvist" }).click();
  await dashboard.getByRole("heading", { level: 1, name: "Nora Lindqvist" }).waitFor();
  await dashboard.getByRole("button", { name: /^Take Viewer in/ }).click();
  await dashboard.getByRole("button", { name: "Take it" }).click();
  await dashboard.getByText("No role is held").waitFor();

  await says("You may not see the reports");
  await shot(reports, "reports-denied");
  assert.equal(await reports.getByRole("link", { name: "Open the dashboard" }).getAttribute("href"), `${gatehouse}/dashboard/`);

  await dashboard.getByRole("button", { name: "Give a role" }).click();
  const dialog = dashboard.getByRole("dialog");
  await dialog.getByRole("combobox", { name: "Role" }).click();
  await dashboard.getByRole("option", { name: "Editor" }).click();
  await dialog.getByRole("button", { name: "Give it" }).click();
  await dialog.waitFor({ state: "detached" });
  await dashboard.getByRole("button", { name: /^Take Editor in/ }).waitFor();
  await shot(dashboard, "user");

  await says("by editor");
  await reports.getByRole("heading", { level: 1, name: "Reports" }).waitFor();

  await reports.goto(logto);
  await reports.getByRole("button", { name: "Suspend Nora Lindqvist" }).click();
  await reports.getByRole("button", { name: "Lift the suspension of Nora Lindqvist" }).waitFor();
  await says("You may not see the reports");
  assert.deepEqual(faults, []);
});
