import { expect, test } from '@jest/globals';
import { divide, liveSettings } from '#config/live';
import { loadConfiguration } from '#config/load';
import { schema, type Configuration } from '#config/schema';

const running = loadConfiguration({ overrides: { dataFolder: '/tmp/x' } });
const destination = { kind: 'stow-rs', name: 'pacs', url: 'http://pacs.example/dicom-web' };
const wanted = (overrides: Readonly<Record<string, unknown>>): Configuration =>
  loadConfiguration({ overrides: { dataFolder: '/tmp/x', ...overrides } });

test('the same configuration changes nothing', () => {
  expect(divide(running, wanted({}))).toEqual({ configuration: running, changed: [], needRestart: [] });
});

test('what may hold at once is taken over, what may not is named and left', () => {
  const divided = divide(
    running,
    wanted({
      'assessment.quietPeriodMs': 5,
      'dimse.callingAeTitles': ['ECHO1'],
      'dimse.port': 104,
      'log.level': 'debug',
      'models.threads': 1,
      dataFolder: '/tmp/y',
      destinations: [destination],
    }),
  );
  expect(divided.changed.toSorted()).toEqual([
    'assessment.quietPeriodMs',
    'destinations',
    'dimse.callingAeTitles',
    'log.level',
  ]);
  expect(divided.needRestart.toSorted()).toEqual(['dataFolder', 'dimse.port', 'models.threads']);
  expect(divided.configuration).toMatchObject({
    dataFolder: '/tmp/x',
    assessment: { quietPeriodMs: 5 },
    dimse: { callingAeTitles: ['ECHO1'], port: running.dimse.port },
    destinations: [{ name: 'pacs' }],
  });
  expect(running.dimse.callingAeTitles).toEqual([]);
});

test('a section that is taken out of the file is taken out', () => {
  const before = wanted({ 'dimse.tls': { keyFile: 'k', certificateFile: 'c' } });
  expect(divide(before, wanted({})).needRestart).toEqual(['dimse.tls']);
  const { configuration } = divide(wanted({ destinations: [destination] }), wanted({}));
  expect(configuration.destinations).toEqual([]);
});

test('every setting that is called live is one', () => {
  const whole = schema.parse({}) as Readonly<Record<string, unknown>>;
  for (const path of liveSettings) {
    const value = path.split('.').reduce<unknown>((at, step) => (at as Record<string, unknown>)[step], whole);
    expect([path, value]).not.toEqual([path, undefined]);
  }
});
