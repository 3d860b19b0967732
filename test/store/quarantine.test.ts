import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { AgentEvent } from '#domain/event';
import { boundQuarantine } from '#src/bound-quarantine';

let dataFolder: string;
const at = (name: string) => join(dataFolder, 'quarantine', name);
beforeEach(() => {
  dataFolder = mkdtempSync(join(tmpdir(), 'quarantine-'));
  mkdirSync(at(''));
});
afterEach(() => rmSync(dataFolder, { recursive: true }));

function put(name: string): AgentEvent {
  writeFileSync(at(`${name}.dcm`), 'ten bytes.');
  writeFileSync(at(`${name}.json`), '{}');
  return { kind: 'instance-refused', code: 'OBJECT_UNREADABLE', detail: '', by: 'c-store', quarantine: name };
}

test.each([
  ['objects', { quarantineMax: 2, quarantineBytesMax: 1e9 }],
  ['bytes', { quarantineMax: 1e9, quarantineBytesMax: 25 }],
])(
  'beyond so many %s the oldest that were refused give way, those of an earlier run first, and it is told',
  async (_name, limits) => {
    const events: AgentEvent[] = [];
    put('1-earlier');
    put('2-earlier');
    const bound = boundQuarantine(dataFolder, { limits, publish: (event) => void events.push(event) });
    bound.record(put('3-now'));
    bound.record(put('4-now'));
    bound.record({ kind: 'instance-refused', code: 'TOO_BUSY', detail: '', by: 'c-store' }); // nothing of it was kept
    await bound.close();
    expect(readdirSync(at('')).toSorted()).toEqual(['3-now.dcm', '3-now.json', '4-now.dcm', '4-now.json']);
    const gone = events.map((event) => (event.kind === 'quarantine-bounded' ? event.gone : NaN));
    expect(gone.reduce((sum, each) => sum + each, 0)).toBe(2);
  },
);

test('within its bounds the quarantine is left alone', async () => {
  const limits = { quarantineMax: 5, quarantineBytesMax: 1000 };
  const events: AgentEvent[] = [];
  const bound = boundQuarantine(dataFolder, { limits, publish: (event) => void events.push(event) });
  bound.record(put('1'));
  await bound.close();
  expect(existsSync(at('1.dcm'))).toBe(true);
  expect(events).toEqual([]);
});
