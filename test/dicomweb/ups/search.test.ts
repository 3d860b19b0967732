import { beforeAll, describe, expect, test } from '@jest/globals';
import { openWorklist } from './open-worklist.ts';
import { send } from './served.ts';

const ups = openWorklist();
const { at, created, warningOf, warned } = ups;

describe('Search (section 11.9)', () => {
  const label = (text: string) => ({ '00741202': { vr: 'LO', Value: [text] } });
  const priority = (text: string) => ({ '00741200': { vr: 'CS', Value: [text] } });
  const search = (query: string) => send(at(`?WorklistLabel=search&${query}`), 'GET');
  const found = async (query: string) =>
    ((await (await search(query)).json()) as Record<string, any>[]).map((each) => each['00080018'].Value[0]);
  const uids: string[] = [];
  beforeAll(async () => {
    for (const each of ['LOW', 'HIGH', 'MEDIUM']) uids.push(await created({ ...label('search'), ...priority(each) }));
  });

  test('the most urgent step comes first', async () => {
    expect(await found('')).toEqual([uids[1], uids[2], uids[0]]);
  });

  test('by priority, by state, by a range of time, by page', async () => {
    expect(await found('ScheduledProcedureStepPriority=HIGH')).toEqual([uids[1]]);
    expect(await found('00741000=SCHEDULED&ScheduledProcedureStepPriority=LOW')).toEqual([uids[0]]);
    expect(await found('ScheduledProcedureStepStartDateTime=20260101-20260103&limit=1&offset=2')).toEqual([uids[0]]);
    expect((await search('ScheduledProcedureStepStartDateTime=20270101-')).status).toBe(204);
    expect((await search('ProcedureStepState=COMPLETED')).status).toBe(204);
  });

  test('206 where there are more', async () => {
    const answer = await search('limit=2');
    expect([answer.status, warningOf(answer)]).toEqual([
      206,
      warned('There are additional results that can be requested.'),
    ]);
    expect(await answer.json()).toHaveLength(2);
  });

  test('every step comes with its return keys, and with what was asked for beyond', async () => {
    const [first] = (await (await search('limit=1')).json()) as Record<string, unknown>[];
    expect(first).toHaveProperty('00404041');
    expect(first).not.toHaveProperty('00741216');
    const [more] = (await (await search('limit=1&includefield=00741216')).json()) as Record<string, unknown>[];
    expect(more).toHaveProperty('00741216');
  });

  test('fuzzy matching is not done, and that is said; what names no attribute is refused', async () => {
    const answer = await search('fuzzymatching=true');
    expect(warningOf(answer)).toBe(
      warned('The fuzzymatching parameter is not supported. Only literal matching has been performed.'),
    );
    expect((await search('Prioritaet=HIGH')).status).toBe(400);
  });
});
