import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { loadConfiguration } from '#config/load';
import type { AgentEvent } from '#domain/event';
import { createLive } from '#src/live';
import { watchConfiguration } from '#src/watch-configuration';
import { until } from '#test/support/agent-process';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'apical-reload-'));
  file = join(folder, 'apical.yaml');
});
afterEach(() => rmSync(folder, { recursive: true }));

function watching(first: string) {
  writeFileSync(file, first);
  const load = () => loadConfiguration({ file });
  const live = createLive(load());
  const events: AgentEvent[] = [];
  const watched = watchConfiguration({ file, load }, { live, publish: (event) => events.push(event), everyMs: 20 });
  return { live, watched, events };
}

test('a file that has changed is read by itself', async () => {
  const { live, watched, events } = watching('assessment: { quietPeriodMs: 1000 }');
  try {
    writeFileSync(file, 'assessment: { quietPeriodMs: 20000 }');
    await until(async () => events[0], { seconds: 10, what: 'the event' });
    expect(events).toEqual([{ kind: 'configuration-applied', changed: ['assessment.quietPeriodMs'], needRestart: [] }]);
    expect(live.current().assessment.quietPeriodMs).toBe(20_000);
  } finally {
    watched.close();
  }
});

test('a wrong file changes nothing, says where it is wrong, and is forgotten once it is right', () => {
  const { live, watched, events } = watching('log: { level: info }');
  const before = live.current();
  writeFileSync(
    file,
    'log: { level: debug }\nassessment: { quietPeriodMs: soon }\narchives: [{ name: a, url: "ftp://x" }]',
  );
  watched.reload();
  expect(live.current()).toBe(before);
  expect(events).toMatchObject([{ kind: 'configuration-refused' }]);
  expect(watched.state().refused).toMatch(
    /apical\.yaml: line 3: archives\.0\.url: .*; line 2: assessment\.quietPeriodMs: /,
  );
  writeFileSync(file, 'log: { level: debug }');
  watched.reload();
  expect(watched.state()).toEqual({ needRestart: [] });
  expect(live.current().log.level).toBe('debug');
  watched.close();
});

test('a schedule that is none is refused with its place', () => {
  writeFileSync(file, 'archives: [{ name: a, url: "http://x/", schedule: "61 * * * *" }]');
  expect(() => loadConfiguration({ file })).toThrow(/archives\.0\.schedule: /);
});

test('what waits for a restart is named, and goes on being named until it is done', () => {
  const { watched, events } = watching('dimse: { port: 1104 }');
  writeFileSync(file, 'dimse: { port: 1105 }\nlog: { level: warn }');
  watched.reload();
  watched.reload();
  expect(events).toEqual([
    { kind: 'configuration-applied', changed: ['log.level'], needRestart: ['dimse.port'] },
    { kind: 'configuration-applied', changed: [], needRestart: ['dimse.port'] },
  ]);
  expect(watched.state()).toEqual({ needRestart: ['dimse.port'] });
  watched.close();
});
