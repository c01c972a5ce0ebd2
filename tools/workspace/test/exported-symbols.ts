import { join } from "node:path";
import ts from "typescript";
import { entriesOf, packages, read, root } from "./workspace.ts";

/** A name that a package exports and what it stands for. */
export interface ExportedSymbol {
  readonly name: string;
  readonly symbol: ts.Symbol;
  /** Whether it exists at run time. */
  readonly isValue: boolean;
}

const { config } = ts.parseConfigFileTextToJson("tsconfig.base.json", read("tsconfig.base.json")) as {
  readonly config: { readonly compilerOptions: Readonly<Record<string, unknown>> };
};
const aboutOutput =
  /^(?:composite|declaration|declarationMap|emitDeclarationOnly|isolatedDeclarations|outDir|rootDir)$/;
const base = Object.entries(config.compilerOptions).filter(([name]) => !aboutOutput.test(name));

/** The options of the workspace, for checking files without writing any. */
export const compilerOptions: ts.CompilerOptions = {
  ...ts.convertCompilerOptionsFromJson(Object.fromEntries(base), root).options,
  configFilePath: join(root, "tsconfig.base.json"),
  noEmit: true,
};
delete compilerOptions.tsBuildInfoFile;

const entries = [...packages.values()].flatMap(entriesOf);
const program = ts.createProgram(
  entries.map((path) => join(root, path)),
  compilerOptions,
);

/** Resolves types of all packages together. */
export const checker: ts.TypeChecker = program.getTypeChecker();

/** What an entry, its path relative to the root, exports: aliases are followed to what they name. */
export function exportsOf(entry: string): readonly ExportedSymbol[] {
  const file = program.getSourceFile(join(root, entry));
  const module = file === undefined ? undefined : checker.getSymbolAtLocation(file);
  if (module === undefined) throw new RangeError(`${entry} is no module`);
  return checker.getExportsOfModule(module).map((exported) => {
    const isAlias = (exported.flags & ts.SymbolFlags.Alias) !== 0;
    const symbol = isAlias ? checker.getAliasedSymbol(exported) : exported;
    const isTypeOnly = exported.declarations?.some(ts.isTypeOnlyExportDeclaration) ?? false;
    return { name: exported.name, symbol, isValue: !isTypeOnly && (symbol.flags & ts.SymbolFlags.Value) !== 0 };
  });
}

/** The first paragraph of a symbol's doc comment; empty if it has none. */
export function firstParagraph(symbol: ts.Symbol): string {
  const text = ts.displayPartsToString(symbol.getDocumentationComment(checker));
  return text.split(/\n\s*\n/)[0]?.trim() ?? "";
}

/** The public methods and accessors that a class declares itself. */
export function publicMembers(symbol: ts.Symbol): readonly ts.Symbol[] {
  const declaration = symbol.valueDeclaration;
  if (declaration === undefined || !ts.isClassDeclaration(declaration)) return [];
  const members = declaration.members.filter(
    (member) => ts.isMethodDeclaration(member) || ts.isGetAccessorDeclaration(member),
  );
  return members
    .filter(
      (member) => (ts.getCombinedModifierFlags(member) & (ts.ModifierFlags.Private | ts.ModifierFlags.Protected)) === 0,
    )
    .filter((member) => ts.isIdentifier(member.name))
    .map((member) => checker.getSymbolAtLocation(member.name))
    .filter((member) => member !== undefined);
}
