// The story of the demo with Logto's guide in Next.js: who signs up is shown the reports or
// told why not, and the dashboard changes it. Started by the test of examples/nextjs.
import assert from "node:assert/strict";
import { give, profile, says, signUp, take } from "./story.mjs";
import { expected, open, page as dashboard, signIn, test } from "./visit.mjs";

const { GATEHOUSE_APP: app, GATEHOUSE_LOGTO: logto } = process.env;
let visitor; // of the application

/** reports is what the application's API answers a page. */
const reports = () => visitor.evaluate(async () => (await fetch("/api/reports")).text());

test("nobody is led to the sign-in, and back to what they wanted when they have signed up", async () => {
  visitor = await open({}, [app, logto]);
  await visitor.goto(app);
  await visitor.getByRole("link", { name: "Sign up or sign in" }).click();
  await signUp(visitor);
  await visitor.waitForURL(`${app}/reports`);
  await says(visitor, `${app}/reports`, "Renewals");
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
  await profile(dashboard);
  await take(dashboard, "Viewer");
  await says(visitor, `${app}/reports`, "You may not view the reports.");
  assert.equal(await visitor.getByText("Renewals").count(), 0);
  assert.match(await reports(), /"error":"denied","reason":"no roles assigned/);
  expected(403);

  await give(dashboard, "Editor");
  await says(visitor, `${app}/reports`, "Renewals");
  assert.match(await reports(), /"reports":\["Revenue"/);
  await says(visitor, `${app}/admin`, "You may not delete the reports.");
  await give(dashboard, "Admin");
  await says(visitor, `${app}/admin`, "Here reports are deleted");
});

test("whoever is suspended at Logto is refused", async () => {
  await visitor.goto(logto);
  await visitor.getByRole("button", { name: "Suspend Nora Lindqvist" }).click();
  await visitor.getByRole("button", { name: "Lift the suspension of Nora Lindqvist" }).click();
  await visitor.getByRole("button", { name: "Suspend Nora Lindqvist" }).click();
  await says(visitor, `${app}/admin`, "suspended");
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
