import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bundlePage } from "./bundle-page.ts";

// Run in the app's folder by its build: node src/page-bundle/build-page.ts
const target = "dist/page";
mkdirSync(target, { recursive: true });
for (const [path, { body }] of await bundlePage("src/page")) {
  if (path !== "/") writeFileSync(join(target, path), body);
}
