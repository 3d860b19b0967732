import Sequencer from '@jest/test-sequencer';

// The longest suites come first, so that at the end nobody waits for one of them. Jest knows how long each took the last time;
// a fresh checkout does not, and would begin with the largest files.
const longest = [
  'agent/corpus',
  'viewer/viewer',
  'kill/kill',
  'compose/results',
  'cli/evaluate-phantoms',
  'agent/demo',
  'agent/delivery',
  'agent/unreliable-destinations',
  'dicomweb/orthanc',
  'agent/recovery',
  'models/phantom/embedded-models',
  'look/mask',
];

/** Jest's order, but for a first run. */
export default class LongestFirst extends Sequencer {
  sort(tests) {
    const sorted = super.sort(tests); // fills in the durations
    if (sorted.some(({ duration }) => duration !== undefined)) return sorted;
    const place = ({ path }) => longest.findIndex((name) => path.endsWith(`/test/${name}.test.ts`));
    return [
      ...sorted.filter((test) => place(test) >= 0).sort((a, b) => place(a) - place(b)),
      ...sorted.filter((test) => place(test) < 0),
    ];
  }
}
