// Bundles the studio: `make studio`. The first line of what it writes holds the hash of its sources (a test compares).

import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { build } from "esbuild";

const BUNDLED = ["idiomorph", "sortablejs"];

/** sha256 of names and contents of the sources and of what pins the tools, in the order of their names. */
function hashOfSources() {
  const names = readdirSync(".").filter((name) => /\.(ts|mjs|json)$/.test(name)).sort();
  const hash = createHash("sha256");
  for (const name of names) hash.update(`${name}\0`).update(readFileSync(name)).update("\0");
  return hash.digest("hex");
}

/** What each library asks to be kept with it. */
function licences() {
  return BUNDLED.map((name) => {
    const { version } = JSON.parse(readFileSync(`node_modules/${name}/package.json`, "utf-8"));
    return `${name} ${version}\n\n${readFileSync(`node_modules/${name}/LICENSE`, "utf-8").trim()}`;
  }).join("\n\n");
}

await build({
  entryPoints: ["studio.ts"],
  outfile: "../static/studio.js",
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2022",
  charset: "utf8",
  legalComments: "none",
  banner: { js: `/* Made by make studio. Sources: sha256 ${hashOfSources()} */\n/*!\n${licences()}\n*/` },
});
