// What visits of the dashboard share: a browser, and what holds of every page. Tests are
// started by internal/demo, which runs the demo and says in the environment where it is.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { after, before, test as run } from "node:test";
import { chromium } from "playwright-core";

export const base = process.env.GATEHOUSE_URL;
export const key = process.env.GATEHOUSE_API_KEY;
export const link = process.env.GATEHOUSE_LINK;
const shots = process.env.GATEHOUSE_SCREENSHOTS; // a directory; none are taken without
const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

let browser;
export let page;
export let session; // of who is signed in, for pages of their own
const faults = []; // what the console said, where else the page went, and what is not accessible

/** open opens a window, which may go to the origins beside the dashboard's. */
export async function open(options = {}, origins = []) {
  const context = await browser.newContext({ viewport: { width: 1360, height: 920 }, colorScheme: "light", reducedMotion: "reduce", ...options });
  const opened = await context.newPage();
  opened.setDefaultTimeout(60_000); // a machine may be slow
  opened.on("console", (m) => m.type() === "error" && faults.push([base, ...origins].some((o) => m.location().url.startsWith(o)) ? m.text() : `at ${m.location().url}: ${m.text()}`));
  opened.on("pageerror", (e) => faults.push(String(e)));
  opened.on("dialog", (d) => {
    if (d.type() === "beforeunload") return void d.accept(); // edits are left on purpose
    faults.push(`a dialog: ${d.message()}`);
    void d.dismiss();
  });
  opened.on("request", (r) => ![base, ...origins].includes(new URL(r.url()).origin) && !r.url().startsWith("blob:") && faults.push(`a request to ${r.url()}`));
  return opened;
}

before(async () => {
  browser = await chromium.launch({
    executablePath: process.env.GATEHOUSE_CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--force-color-profile=srgb"],
  });
  page = await open();
  if (shots) mkdirSync(shots, { recursive: true });
});

after(() => browser?.close());

/** test is a part of the visit. Each goes on where the one before it ended, so that
 * after a failure there is nothing to see, and those that follow fail, too. */
let failed = false;
export function test(name, part) {
  run(name, async () => {
    assert.ok(!failed, "an earlier part failed");
    failed = true;
    try {
      await part();
    } catch (e) {
      if (shots) await page.screenshot({ path: `${shots}/failed.png` });
      throw e;
    }
    failed = false;
    assert.deepEqual(faults.splice(0), []);
  });
}

/** expected drops what the browser itself reports of an answer that a part asked for. */
export function expected(status) {
  faults.splice(0, faults.length, ...faults.filter((f) => !f.includes(`the server responded with a status of ${status}`)));
}

/** elsewhere drops that a page went to an origin where a part sent it, and what was said there. */
export function elsewhere(origin) {
  faults.splice(0, faults.length, ...faults.filter((f) => !f.startsWith(`a request to ${origin}/`) && !f.startsWith(`at ${origin}/`)));
}

export const at = (path) => page.goto(`${base}/dashboard${path}`);
export const heading = (name) => page.getByRole("heading", { level: 1, name }).waitFor();

/** settled waits until nothing is loading. */
export async function settled(on = page) {
  await on.locator("main").waitFor();
  await on.waitForFunction(() => !document.querySelector("[aria-busy=true], [data-loading=true]"));
}

/** shown is that the page is accessible, fits its width, and how it looks. */
export async function shown(name, on = page) {
  await settled(on);
  await on.evaluate(axe);
  const found = await on.evaluate(() => globalThis.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"] }));
  faults.push(...found.violations.map((v) => `${name}: ${v.id}: ${v.help}: ${v.nodes.slice(0, 3).map((n) => `${n.html.slice(0, 200)} ${n.any[0]?.message ?? ""}`).join(" | ")}`));
  const wide = await on.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  if (wide > 0) faults.push(`${name} is ${wide} pixels too wide`);
  if (shots && !name.startsWith("hostile")) await on.screenshot({ path: `${shots}/${name}.png` });
}

/** signIn goes by the link of the demo, which opens once. */
export async function signIn() {
  await page.goto(link);
  await heading("Overview");
  session = await page.context().storageState();
  expected(401);
}

/** api asks the documented API with the key of the environment. */
export async function api(method, path, body) {
  const answer = await fetch(base + path, { method, headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json" }, body: body && JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return answer.status === 204 ? undefined : answer.json();
}

/** viewer adds a member who may look, and opens the dashboard as that member, by the link
 * that the dialog shows. */
export async function viewer(email, look = async () => {}) {
  await at("/settings");
  await page.getByRole("button", { name: "Add a member" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox", { name: "E-mail address" }).fill(email);
  await dialog.getByRole("button", { name: "Add", exact: true }).click();
  const address = await dialog.locator("[data-link]").getByText("sign-in#").textContent();
  await look();
  await dialog.getByRole("button", { name: "Done" }).click();
  await page.getByRole("cell", { name: email, exact: true }).waitFor();
  const member = await open();
  await member.goto(address);
  await member.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
  expected(401);
  return member;
}
