import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { makeDicom } from '#test/support/make-dicom';
import { big, createServed, one, other, type Served, stow } from './served.ts';

let served: Served;

beforeAll(async () => {
  served = await createServed();
});

afterAll(() => served.stop());

test('some of several objects fail: 202, and each is told its fate', async () => {
  const fresh = { ...other, sopInstance: '1.2.2.1.2' };
  const broken = makeDicom({ ...other, sopInstance: '1.2.2.1.3' }).subarray(0, 400);
  const answer = await stow(served.url, [makeDicom(fresh), broken, Buffer.from('rubbish')]);
  expect(answer.status).toBe(202);
  const response: any = await answer.json();
  expect(response['00081199'].Value.map((item: any) => item['00081155'].Value[0])).toEqual(['1.2.2.1.2']);
  expect(response['00081190'].Value).toEqual([`${served.url}/dicom-web/studies/1.2.2`]);
  expect(response['00081198'].Value).toEqual([
    {
      '00081150': { vr: 'UI', Value: ['1.2.840.10008.5.1.4.1.1.3.1'] },
      '00081155': { vr: 'UI', Value: ['1.2.2.1.3'] },
      '00081197': { vr: 'US', Value: [0xc000] },
    },
  ]);
  expect(response['0008119A'].Value).toEqual([{ '00081197': { vr: 'US', Value: [0xc000] } }]);
});

test('an object over the limit fails by itself', async () => {
  const answer = await stow(served.url, [makeDicom(big), makeDicom(one)]);
  expect(answer.status).toBe(202);
  const response: any = await answer.json();
  expect(response['00081198'].Value[0]['00081197'].Value).toEqual([0xa700]);
});

test('the study of the address is held against the object', async () => {
  const answer = await stow(served.url, [makeDicom({ ...other, sopInstance: '1.2.2.1.4' })], {
    path: '/studies/1.2.1',
  });
  expect(answer.status).toBe(409);
  const response: any = await answer.json();
  expect(response['00081198'].Value[0]['00081197'].Value).toEqual([0xa900]);
});

test('the same object sent again is stored, once', async () => {
  const { length } = served.archive.instances;
  expect((await stow(served.url, [makeDicom(one)])).status).toBe(200);
  expect(served.archive.instances).toHaveLength(length);
});

test.each([
  ['another type of content', { type: 'multipart/related; type="application/dicom+json"; boundary=edge' }, 415],
  ['one object without multipart', { type: 'application/dicom' }, 415],
  ['no boundary', { type: 'multipart/related; type="application/dicom"' }, 400],
  ['another boundary', { type: 'multipart/related; type="application/dicom"; boundary=other' }, 400],
  ['a part that is no object', { partType: 'text/plain' }, 409],
])('STOW-RS with %s is refused', async (_, settings, status) => {
  expect((await stow(served.url, [makeDicom(one)], settings)).status).toBe(status);
});

test('STOW-RS without an object, or with too many, is refused', async () => {
  expect((await stow(served.url, [])).status).toBe(400);
  expect((await stow(served.url, Array(6).fill(makeDicom(one)))).status).toBe(400);
});

test('a sender that breaks off leaves nothing behind', async () => {
  const before = { ...served.archive.count };
  const file = makeDicom({ ...other, sopInstance: '1.2.2.1.9' });
  async function* half() {
    yield Buffer.concat([Buffer.from('--edge\r\n\r\n'), file.subarray(0, 300)]);
    throw new Error('gone');
  }
  const headers = { 'Content-Type': 'multipart/related; type="application/dicom"; boundary=edge' };
  const request = { method: 'POST', headers, body: half(), duplex: 'half' } as unknown as RequestInit;
  await expect(fetch(`${served.url}/dicom-web/studies`, request)).rejects.toThrow();
  while (served.archive.count.discarded === before.discarded) await new Promise((resume) => setTimeout(resume, 5));
  expect(served.archive.count.kept).toBe(before.kept);
});

test('nothing unexpected has happened in these tests', () => {
  expect(served.events).toEqual([]);
});
