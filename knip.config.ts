import type { KnipConfig } from 'knip';

// What nothing imports is not there, unless it is reached another way, named here.
export default {
  entry: [
    'src/cli/commands/*.ts', // loaded as a catalogue
    'src/look/worker.ts', // worker threads
    'src/store/writer-worker.ts',
    'src/demonstration-worker.ts',
    'models/runtime-worker.ts',
    'models/echoclip/findings/*.ts', // loaded as a catalogue
    'sr-templates/reports/*.ts', // loaded as a catalogue
    'models/phantom/train/*.ts', // commands of their own
    'src/http/page/*.ts', // served to the browser
    'src/readme.ts', // npm run docs
    'src/bill-of-materials.ts', // npm run sbom
    'test/{kill,fuzz}/run.ts', // commands of their own
    'test/bench/*.ts',
    'test/**/*.test.ts',
    'test/support/*.{cjs,mjs}',
  ],
  project: [
    'src/**/*.ts',
    'dimse/**/*.ts',
    'dicomweb/**/*.ts',
    'sr-templates/**/*.ts',
    'models/**/*.ts',
    'config/**/*.ts',
    'test/**/*.ts',
  ],
  // Foreign peers, installed by the system; a test that lacks one says so.
  ignoreBinaries: [/^dcm/, 'Orthanc', 'openssl', 'storescu', 'storescp', 'dcentvfy', 'dciodvfy'],
  // A font, whose file is read; and programs that src/cli/own-node.mjs runs.
  ignoreDependencies: ['axe-core', 'dejavu-fonts-ttf', 'jest', 'prettier'],
  ignoreExportsUsedInFile: true,
} satisfies KnipConfig;
