// Writes the types of the APIs that the dashboard speaks, from their contracts:
// npm run types. With --check it writes nothing and fails where they differ.
import { readFile, writeFile } from "node:fs/promises";
import openapiTS, { astToString } from "openapi-typescript";

const header = "// Written by npm run types. Do not edit.\n\n";
let stale = 0;
for (const name of ["console", "permit"]) {
  const contract = new URL(`../api/${name}.yaml`, import.meta.url);
  const to = new URL(`src/api/${name}.gen.ts`, import.meta.url);
  const text = header + astToString(await openapiTS(contract));
  if (!process.argv.includes("--check")) {
    await writeFile(to, text);
  } else if (text !== (await readFile(to, "utf8"))) {
    console.error(`web/src/api/${name}.gen.ts is not what api/${name}.yaml says: run make types`);
    stale = 1;
  }
}
process.exitCode = stale;
