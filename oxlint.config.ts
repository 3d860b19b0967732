import { defineConfig } from 'oxlint';

// The layers: which folder may import which, and why. What is not named in `may` is closed. Across folders the
// aliases of package.json are used, so a layer is never crossed unseen; inside a folder `./`.
const layers: readonly { folder: string; alias: string; may: readonly string[]; because: string }[] = [
  { folder: 'src/domain', alias: 'domain', may: [], because: 'the facts of the field stand for themselves' },
  { folder: 'src/image', alias: 'image', may: [], because: 'pixel arithmetic knows pixels only' },
  { folder: 'src/dicom', alias: 'dicom', may: ['domain'], because: 'bytes become facts, whoever asks' },
  {
    folder: 'src/look',
    alias: 'look',
    may: ['domain', 'image', 'dicom', 'src'],
    because: 'reading clips needs no model',
  },
  { folder: 'src/pipeline', alias: 'pipeline', may: ['domain', 'src'], because: 'the story knows no adapter' },
  {
    folder: 'src/store',
    alias: 'store',
    may: ['domain', 'src'],
    because: 'keeping does not depend on who sends or reads',
  },
  {
    folder: 'src/audit',
    alias: 'audit',
    may: ['domain', 'src'],
    because: 'what is told to the audit log does not depend on who did it',
  },
  { folder: 'src/http', alias: 'http', may: ['domain', 'image', 'src'], because: 'the page sees what the ports show' },
  {
    folder: 'src/evaluate',
    alias: 'evaluate',
    may: ['domain', 'image', 'src'],
    because: 'figures are made of answers, whoever gave them',
  },
  {
    folder: 'src/compose',
    alias: 'compose',
    may: ['domain', 'image', 'dicom', 'templates', 'src'],
    because: 'documents are made of templates and pictures',
  },
  {
    folder: 'src/outbound',
    alias: 'outbound',
    may: ['domain', 'dicom', 'templates', 'src'],
    because: 'a message says what the report says',
  },
  {
    folder: 'src/watch',
    alias: 'watch',
    may: ['domain', 'evaluate', 'src'],
    because: 'watching only reads what was kept',
  },
  { folder: 'sr-templates', alias: 'templates', may: ['domain', 'dicom', 'src'], because: 'a report is data' },
  { folder: 'dimse', alias: 'dimse', may: ['domain', 'dicom', 'src'], because: 'the network carries bytes' },
  { folder: 'dicomweb', alias: 'dicomweb', may: ['domain', 'dicom', 'src'], because: 'the web carries bytes' },
  { folder: 'models', alias: 'models', may: ['domain', 'image', 'src'], because: 'a model looks at prepared clips' },
  { folder: 'config', alias: 'config', may: ['domain'], because: 'settings are read once, by main' },
];
const wiring = ['cli', 'test'];
/** What of src every layer may use: the ports, and what threads have in common. */
const ofSrc = ['ports', 'threads'].flatMap((name) => [`!#src/${name}`, `#src/${name}/*`, `!#src/${name}/*`]);
const aliases = [...layers.map(({ alias }) => alias), ...wiring, 'src'];

const restricted = ({ folder, alias, may, because }: (typeof layers)[number], allowOnnxRuntime: boolean) => [
  'error',
  {
    patterns: [
      {
        group: aliases.filter((other) => other !== alias && !may.includes(other)).map((other) => `#${other}/*`),
        message: `${folder} may know ${may.join(', ') || 'nobody'}: ${because}.`,
      },
      ...(may.includes('src') ? [{ group: ['#src/*', ...ofSrc], message: 'Of src, only ports and threads.' }] : []),
      { group: ['../*'], message: 'Across folders by alias, so that a layer is never crossed unseen.' },
      ...(allowOnnxRuntime
        ? []
        : [{ group: ['onnxruntime-node'], message: 'ONNX Runtime has one door: models/runtime.' }]),
    ],
  },
];

export default defineConfig({
  plugins: ['typescript', 'unicorn', 'oxc', 'import', 'promise', 'node'],
  categories: { correctness: 'error', suspicious: 'error' },
  ignorePatterns: ['data', '**/*.mjs', '**/*.cjs'],
  rules: {
    'typescript/no-floating-promises': 'error',
    'typescript/no-misused-promises': 'error',
    'typescript/switch-exhaustiveness-check': 'error',
    'typescript/only-throw-error': 'error',
    'typescript/no-explicit-any': 'error',
    'typescript/await-thenable': 'error',
    'typescript/consistent-type-imports': 'error',
    'eslint/no-console': 'error',
    'eslint/no-param-reassign': 'error',
    'eslint/no-else-return': 'error',
    'eslint/prefer-const': 'error',
    'eslint/eqeqeq': 'error',
    'eslint/max-depth': ['error', 3],
    'eslint/max-lines': ['error', { max: 250, skipComments: true, skipBlankLines: true }],
    'eslint/max-lines-per-function': ['error', { max: 80, skipComments: true, skipBlankLines: true }],
    'eslint/max-params': ['error', 4],
    'import/no-cycle': 'error',
    'node/no-process-env': 'error',
    // Off, each for a reason:
    'typescript/consistent-return': 'off', // the compiler's noImplicitReturns knows exhaustive switches
    'typescript/no-unsafe-type-assertion': 'off', // borders (SQL rows, JSON, DICOM) assert after checking
    'typescript/no-unnecessary-type-parameters': 'off', // readers of rows and JSON name their result
    'typescript/unbound-method': 'off', // ports are objects of functions, none uses `this`
    'eslint/no-await-in-loop': 'off', // order matters more often than speed
    'eslint/no-shadow': 'off',
    'unicorn/no-array-sort': 'off', // arrays of our own making are sorted in place
    'unicorn/no-array-reverse': 'off',
    'unicorn/consistent-function-scoping': 'off',
    'import/no-unassigned-import': 'off',
    'import/no-named-as-default-member': 'off',
    'promise/always-return': 'off',
    'promise/no-callback-in-promise': 'off', // Writable's own methods are given callbacks
    'unicorn/require-post-message-target-origin': 'off', // of windows; ours are worker threads
    'typescript/require-array-sort-compare': 'off', // texts and UIDs, by code unit
  },
  overrides: [
    ...layers.map((layer) => ({
      files: [`${layer.folder}/**`],
      rules: { 'eslint/no-restricted-imports': restricted(layer, false) as never },
    })),
    {
      files: ['models/runtime.ts', 'models/runtime-worker.ts', 'models/runtime/**'],
      rules: {
        'eslint/no-restricted-imports': restricted(
          layers.find(({ alias }) => alias === 'models')!,
          true,
        ) as never,
      },
    },
    { files: ['config/load.ts', 'test/**'], rules: { 'node/no-process-env': 'off' } },
    {
      files: ['test/**'],
      rules: { 'eslint/max-lines-per-function': 'off', 'eslint/max-lines': 'off', 'typescript/no-explicit-any': 'off' },
    },
  ],
});
