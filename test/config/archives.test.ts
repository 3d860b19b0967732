import { expect, test } from '@jest/globals';
import { settingsTable } from '#config/reference';
import { schema } from '#config/schema';

const archivesOf = (archives: readonly unknown[]) => schema.parse({ archives }).archives;

test('an archive that names no kind is one of DICOMweb, as it always was', () => {
  const [archive] = archivesOf([{ name: 'pacs', url: 'http://pacs:8042/dicom-web', pageSize: 50 }]);
  expect(archive).toMatchObject({ url: 'http://pacs:8042/dicom-web', pageSize: 50, lookbackDays: 2 });
});

test('an archive without DICOMweb is asked over DIMSE, and its objects come by C-GET unless C-MOVE is wanted', () => {
  const old = { kind: 'dimse', aeTitle: 'OLDPACS', host: 'pacs', port: 104 };
  const archives = archivesOf([
    { name: 'a', ...old },
    { name: 'b', ...old, retrieve: 'c-move' },
  ]);
  expect(archives).toMatchObject([{ retrieve: 'c-get', modalities: ['US'] }, { retrieve: 'c-move' }]);
});

test.each([
  [{ kind: 'dimse', name: 'a', aeTitle: 'OLD', host: 'pacs', port: 104, url: 'http://pacs/' }, /url/],
  [{ kind: 'dimse', name: 'a', aeTitle: 'A TITLE THAT IS TOO LONG', host: 'pacs', port: 104 }, /aeTitle/],
  [{ name: 'a', url: 'ftp://pacs/' }, /url/],
  [{ kind: 'ftp', name: 'a' }, /kind/],
])('what does not fit its kind is named: %j', (archive, name) => {
  expect(() => archivesOf([archive])).toThrow(name);
});

test('the reference shows the settings of both kinds', () => {
  const table = settingsTable();
  for (const setting of ['archives[dicomweb].url', 'archives[dimse].aeTitle', 'archives[dimse].retrieve'])
    expect(table).toContain(`\`${setting}\``);
});
