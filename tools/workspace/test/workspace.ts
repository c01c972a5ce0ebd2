import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";

/** What the laws read of a package.json. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly exports?: Readonly<Record<string, string | Readonly<Record<string, unknown>>>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly nx?: { readonly tags?: readonly string[] };
}

/** A public package and where it lies, relative to the root. */
export interface Package {
  readonly folder: string;
  readonly manifest: Manifest;
}

/** The root of the workspace. */
export const root: string = join(import.meta.dirname, "../../..");

/** The text of a file, its path relative to the root. */
export function read(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

/** The files that a pattern matches, relative to the root, without what was built or installed. */
export function files(pattern: string): readonly string[] {
  const skipped = new Set(["node_modules", "dist", ".tsc"]);
  return globSync(pattern, { cwd: root, exclude: (path) => skipped.has(path.split("/").at(-1) ?? "") }).sort();
}

/** The modules that a source file, its path relative to the root, imports or exports from. */
export function importsOf(path: string): readonly string[] {
  return ts.preProcessFile(read(path)).importedFiles.map(({ fileName }) => fileName);
}

/** The packages that a source file imports from: "@rtmp/reactor" for "@rtmp/reactor/testing"; neither files nor Node's own. */
export function importedPackages(path: string): readonly string[] {
  return importsOf(path)
    .filter((module) => !module.startsWith(".") && !module.startsWith("node:"))
    .map((module) => module.split("/", module.startsWith("@") ? 2 : 1).join("/"));
}

/** Every package in packages/, by name. */
export const packages: ReadonlyMap<string, Package> = new Map(
  files("packages/*/package.json").map((path) => {
    const manifest = JSON.parse(read(path)) as Manifest;
    return [manifest.name, { folder: path.replace("/package.json", ""), manifest }] as const;
  }),
);

/** The names of all packages, or of those with a tag. */
export function packageNames(tag?: string): readonly string[] {
  const all = [...packages];
  return all.filter(([, { manifest }]) => tag === undefined || manifest.nx?.tags?.includes(tag)).map(([name]) => name);
}

/** The package of that name. */
export function packageNamed(name: string): Package {
  const found = packages.get(name);
  if (found === undefined) throw new RangeError(`no package ${name}`);
  return found;
}

/** The TypeScript sources that a package's exports name, relative to the root. */
export function entriesOf({ folder, manifest }: Package): readonly string[] {
  return Object.values(manifest.exports ?? {}).flatMap((target) => {
    const source = typeof target === "string" ? undefined : target["@rtmp/source"];
    return typeof source === "string" ? [join(folder, source)] : [];
  });
}
