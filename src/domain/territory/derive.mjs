// Derives communes.txt, arrondissements.txt and departments.txt from the official geographic code
// as packaged by Etalab. README.md beside this file says how to run it.
//
// Promises: the same input gives the same bytes, sorted by code; a code once listed stays listed.
// Does not: download anything.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [source, target] = process.argv.slice(2);
if (!source || !target) {
  console.error("usage: node derive.mjs <unpacked package> <this folder>");
  process.exit(2);
}

const read = (name) => JSON.parse(readFileSync(join(source, "data", name), "utf8"));
const departmentOf = (code) => code.slice(0, /^9[78]/.test(code) ? 3 : 2);

const communes = read("communes.json");
const departments = read("departements.json");
const known = new Set(departments.map(({ code }) => code));

const ofType = (type) => communes.filter((row) => row.type === type);
const current = ofType("commune-actuelle");
const arrondissements = ofType("arrondissement-municipal");

// The reader takes the department from the code, so the code must tell it.
for (const { code, departement } of [...current, ...arrondissements]) {
  const department = departmentOf(code);
  if (!known.has(department) || (departement ?? department) !== department) {
    throw new Error(`${code} does not begin with its department`);
  }
}

const codeOf = (line) => line.slice(0, line.indexOf(" "));

const write = (name, rows, text) => {
  const lines = rows.map((row) => `${row.code} ${text(row)}`);
  const codes = new Set(lines.map(codeOf));
  if (codes.size !== rows.length) {
    throw new Error(`${name} would hold a code twice`);
  }
  const path = join(target, name);
  const before = existsSync(path) ? readFileSync(path, "utf8").split("\n").filter(Boolean) : [];
  for (const line of before.filter((line) => !codes.has(codeOf(line)))) {
    // Journal lines hold this code and have to be read for ever.
    console.log(`${name}: kept, though retired: ${line}`);
    lines.push(line);
  }
  lines.sort((a, b) => (codeOf(a) < codeOf(b) ? -1 : 1));
  writeFileSync(path, lines.map((line) => `${line}\n`).join(""));
  console.log(`${name}: ${lines.length} lines`);
};

write("communes.txt", current, (row) => row.nom);
write("arrondissements.txt", arrondissements, (row) => `${row.commune} ${row.nom}`);
write("departments.txt", departments, (row) => row.nom);
