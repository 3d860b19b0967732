import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { transferSyntaxes } from '#dicom/transfer-syntaxes';
import { requestAssociation } from '#dimse/association-requestor';
import { conformanceTables } from '#dimse/conformance';
import { storageCommitment, studyRoot } from '#dimse/sop-classes';
import { startListening, type Listening } from './listening.ts';

let listening: Listening;
beforeEach(async () => {
  listening = await startListening({ commitment: [{ aeTitle: 'ECHO1' }] });
});
afterEach(() => listening.stop());

/** The rows of the statement's table whose first column is headed so. */
function rows(heading: string): readonly (readonly string[])[] {
  const tables = conformanceTables().split('\n\n');
  const table = tables.find((each) => each.startsWith(`| ${heading} |`)) ?? '';
  const lines = table.split('\n').slice(2);
  return lines.map((line) => line.slice(2, -2).split(' | '));
}

const uidIn = (cell = '') => cell.replaceAll('`', '');

/** Which of the classes, each in this syntax, a real association of ours is granted. */
async function granted(
  classes: readonly string[],
  syntax: string,
  { callingAeTitle = 'SCANNER', providedByUs = [] }: { callingAeTitle?: string; providedByUs?: readonly string[] } = {},
): Promise<readonly string[]> {
  const found: string[] = [];
  for (let from = 0; from < classes.length; from += 128) {
    const asked = classes.slice(from, from + 128);
    const contexts = asked.map((uid, index) => ({
      id: 2 * index + 1,
      abstractSyntax: uid,
      transferSyntaxes: [syntax],
    }));
    const to = { aeTitle: 'APICAL', host: '127.0.0.1', port: listening.listener.port };
    const calling = { to, callingAeTitle, timeoutMs: 5000, signal: new AbortController().signal };
    const association = await requestAssociation({ ...calling, contexts, providedByUs });
    found.push(
      ...contexts.filter(({ id }) => association.accepted.has(id)).map(({ abstractSyntax }) => abstractSyntax),
    );
    await association.release();
  }
  return found;
}

test('an association is granted what the statement says we provide, and nothing else', async () => {
  const provided = rows('SOP class').filter(([, , , scp]) => scp === 'yes').map(([, uid]) => uidIn(uid)); // prettier-ignore
  expect(provided.length).toBeGreaterThan(100);
  const all = rows('SOP class').map(([, uid]) => uidIn(uid));
  expect(await granted([...all, '1.2.840.10008.5.1.4.31'], '1.2.840.10008.1.2')).toEqual(provided);
});

test('a storage class is granted in every transfer syntax of the statement, and in no other', async () => {
  const stated = rows('transfer syntax').map(([, uid]) => uidIn(uid));
  expect(stated).toEqual(transferSyntaxes.map(({ uid }) => uid));
  const ultrasound = '1.2.840.10008.5.1.4.1.1.3.1';
  for (const syntax of stated) expect(await granted([ultrasound], syntax)).toEqual([ultrasound]);
  expect(await granted([ultrasound], '1.2.3.4')).toEqual([]);
});

test('commitments are given to those who are named, and heard from anybody who provides them', async () => {
  const { uid } = storageCommitment;
  const little = '1.2.840.10008.1.2';
  expect(await granted([uid], little)).toEqual([]);
  expect(await granted([uid], little, { callingAeTitle: 'ECHO1' })).toEqual([uid]);
  expect(await granted([uid], little, { providedByUs: [uid] })).toEqual([uid]);
  expect(rows('SOP class').find(([, cell]) => uidIn(cell) === uid)?.[3]).toMatch(/named in `dimse\.commitment`/);
});

test('the statement names the queries that we make and do not answer', () => {
  for (const { uid } of Object.values(studyRoot))
    expect(
      rows('SOP class')
        .find(([, cell]) => uidIn(cell) === uid)
        ?.slice(2),
    ).toEqual(['yes', 'no']);
});
