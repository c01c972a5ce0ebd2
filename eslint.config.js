import nx from "@nx/eslint-plugin";
import tseslint from "typescript-eslint";

const layers = [0, 1, 2, 3, 4, 5];
/** A layer may import its own and the ones below; tests may import the private test tools. */
const layerRules = layers.map((layer) => ({
  sourceTag: `layer:${String(layer)}`,
  onlyDependOnLibsWithTags: [
    ...layers.filter((below) => below <= layer).map((below) => `layer:${String(below)}`),
    "layer:test",
  ],
}));
/** The arrows of docs/architecture.md inside a layer: neither end of the wire knows the other. */
const arrowRules = [
  { sourceTag: "end:client", notDependOnLibsWithTags: ["end:server"] },
  { sourceTag: "end:server", notDependOnLibsWithTags: ["end:client"] },
];

export default tseslint.config(
  {
    ignores: [
      "**/dist/**",
      "**/.tsc/**",
      "**/node_modules/**",
      "**/*.js",
      "**/*.mjs",
      "**/*.cjs",
      "**/vitest.config.ts",
    ],
  },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { "@nx": nx },
    rules: {
      "@nx/enforce-module-boundaries": [
        "error",
        {
          allow: [],
          depConstraints: [
            ...layerRules,
            ...arrowRules,
            { sourceTag: "io:none", onlyDependOnLibsWithTags: ["io:none"] },
            { sourceTag: "layer:test", onlyDependOnLibsWithTags: ["*"] },
            { sourceTag: "layer:tool", onlyDependOnLibsWithTags: ["*"] },
          ],
        },
      ],
      "@typescript-eslint/no-non-null-assertion": "off", // byte code reads inside checked bounds
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      "@typescript-eslint/no-unnecessary-condition": [
        "error",
        { allowConstantLoopConditions: "only-allowed-literals" },
      ],
      "@typescript-eslint/no-confusing-void-expression": [
        "error",
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
    },
  },
);
