// The story of the demo with Logto's guide in Next.js: who signs up is shown the reports or
// told why not, and the dashboard changes it. Started by the test of examples/nextjs.
import assert from "node:assert/strict";
import { base, expected, heading, open, page as dashboard, settled, signIn, test } from "./visit.mjs";

const { GATEHOUSE_APP: app, GATEHOUSE_LOGTO: logto } = process.env;
let visitor; // of the application

/** says reloads a page of the application until it says something: a webhook may be on its way. */
async function says(path, text) {
  for (let i = 0; i < 100; i++) {
    await visitor.goto(app + path);
    if (await visitor.getByText(text).count()) return;
  }
  assert.fail(`${path} does not say ${text}: ${await visitor.locator("main").innerText()}`);
}

/** reports is what the application's API answers a page. */
const reports = () => visitor.evaluate(async () => (await fetch("/api/reports")).text());

/** give gives a role in the dashboard, on the page of the user. */
async function give(role) {
  await dashboard.getByRole("button", { name: "Give a role" }).click();
  const dialog = dashboard.getByRole("dialog");
  await dialog.getByRole("combobox", { name: "Role" }).click();
  await dashboard.getByRole("option", { name: role }).click();
  await dialog.getByRole("button", { name: "Give it" }).click();
  await dialog.waitFor({ state: "detached" });
  await dashboard.getByRole("button", { name: new RegExp(`^Take ${role} in`) }).waitFor();
}

async function take(role) {
  await dashboard.getByRole("button", { name: new RegExp(`^Take ${role} in`) }).click();
  await dashboard.getByRole("button", { name: "Take it" }).click();
  await dashboard.getByRole("button", { name: new RegExp(`^Take ${role} in`) }).waitFor({ state: "detached" });
}

test("nobody is led to the sign-in, and back to what they wanted when they have signed up", async () => {
  visitor = await open({}, [app, logto]);
  await visitor.goto(app);
  await visitor.getByRole("link", { name: "Sign up or sign in" }).click();
  await visitor.getByLabel("Name optional").fill("Nora Lindqvist");
  await visitor.getByLabel("Username", { exact: true }).fill("nora");
  await visitor.getByRole("button", { name: "Sign up", exact: true }).click();
  await visitor.waitForURL(`${app}/reports`);
  await says("/reports", "Renewals");
  await visitor.getByRole("link", { name: "Start" }).click();
  await visitor.getByRole("heading", { level: 1, name: "Hello, Nora Lindqvist" }).waitFor();
});

test("what no role permits is refused with the reason", async () => {
  await visitor.getByRole("link", { name: "Administration" }).click();
  await visitor.getByText("You may not delete the reports.").waitFor();
  await visitor.getByText("does not have any role that grants").waitFor();
  assert.equal(await visitor.getByText("Here reports are deleted").count(), 0);
});

test("the dashboard shows who has signed up, and the application follows what is changed there", async () => {
  await signIn();
  await dashboard.goto(`${base}/dashboard/users?search=lindqvist`);
  await dashboard.getByRole("link", { name: "Nora Lindqvist" }).click();
  await heading("Nora Lindqvist");
  await settled();
  await take("Viewer");
  await says("/reports", "You may not view the reports.");
  assert.equal(await visitor.getByText("Renewals").count(), 0);
  assert.match(await reports(), /"error":"denied","reason":"no roles assigned/);
  expected(403);

  await give("Editor");
  await says("/reports", "Renewals");
  assert.match(await reports(), /"reports":\["Revenue"/);
  await says("/admin", "You may not delete the reports.");
  await give("Admin");
  await says("/admin", "Here reports are deleted");
});

test("whoever is suspended at Logto is refused", async () => {
  await visitor.goto(logto);
  await visitor.getByRole("button", { name: "Suspend Nora Lindqvist" }).click();
  await visitor.getByRole("button", { name: "Lift the suspension of Nora Lindqvist" }).click();
  await visitor.getByRole("button", { name: "Suspend Nora Lindqvist" }).click();
  await says("/admin", "suspended");
  assert.equal(await visitor.getByText("Here reports are deleted").count(), 0);
});

test("who has signed out is nobody", async () => {
  await visitor.goto(app);
  await visitor.getByRole("button", { name: "Sign out" }).click();
  await visitor.getByRole("link", { name: "Sign up or sign in" }).waitFor();
  assert.equal(visitor.url(), `${app}/`);
  assert.match(await reports(), /"error":"not_signed_in"/);
  expected(401);
  await visitor.goto(`${app}/reports`);
  await visitor.getByText("stand-in for Logto").waitFor();
});
